/** Predictions that wait until their horizon has passed; only then is known what became of them. */
import { type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { InstrumentIx } from '#domain';

/** Predictions of one snapshot. */
export interface PendingOutcome {
  readonly dueUs: EpochUs;
  readonly instrumentIx: InstrumentIx;
  readonly priceTicks: number;
  readonly votes: readonly PendingVote[];
}

/** One model's prediction. */
export interface PendingVote {
  readonly predictionId: number;
  readonly model: string;
  /** As it entered the fusion. */
  readonly probability: number;
  readonly action: 'long' | 'short' | 'hold';
}

/** More than this means that time does not pass for some instrument; the oldest then go without an outcome. */
const PENDING_MAX = 50_000;

/** A queue an instrument, in order of time. */
export class OutcomeQueue implements Checkpointable {
  #pending: PendingOutcome[] = [];

  /** How many snapshots wait. */
  get count(): number {
    return this.#pending.length;
  }

  /** Adds the predictions of a snapshot. */
  push(outcome: PendingOutcome): void {
    this.#pending.push(outcome);
    if (this.#pending.length > PENDING_MAX) this.#pending.shift();
  }

  /** Removes and returns what is due for an instrument at `nowUs`, oldest first. */
  takeDue(instrumentIx: InstrumentIx, nowUs: EpochUs): readonly PendingOutcome[] {
    const first = this.#pending[0];
    if (first === undefined || first.dueUs > nowUs) return NONE;
    const due: PendingOutcome[] = [];
    const rest: PendingOutcome[] = [];
    for (const outcome of this.#pending) {
      (outcome.instrumentIx === instrumentIx && outcome.dueUs <= nowUs ? due : rest).push(outcome);
    }
    this.#pending = rest;
    return due;
  }

  saveState(): unknown {
    return { pending: structuredClone(this.#pending) };
  }

  loadState(state: unknown): void {
    this.#pending = structuredClone(stateRecord(state, 'outcome queue').pending) as PendingOutcome[];
  }
}

const NONE: readonly PendingOutcome[] = Object.freeze([]);
