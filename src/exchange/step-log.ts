/**
 * What the exchange keeps so that a trader can be told again: each call of `advance` since the trader's last acknowledged event, with what
 * it carried and the very text of the answer. Pure and bounded: at the bound nothing is forgotten, the log says that it is full.
 */
import { assert } from '#core';

/** One call of `advance` and its answer. */
export interface LoggedStep {
  readonly limitUs: number | null;
  /** The commands as text, to be compared. */
  readonly commands: string;
  /** The answer as it was sent. */
  readonly reply: string;
  /** Number of the last event after this call. */
  readonly worldSeq: number;
}

/** How much is kept. */
export interface StepLogLimits {
  readonly stepsMax: number;
  /** Characters of commands and answers together. */
  readonly charsMax: number;
}

/** Enough for 250,000 calls; a call with a candle takes 300 characters, one with a full book some thousands. */
export const STEP_LOG_LIMITS: StepLogLimits = { stepsMax: 250_000, charsMax: 256 * 1024 * 1024 };

/** A call and the event that it stands after. */
export interface Standing {
  readonly step: number;
  readonly worldSeq: number;
}

/** The calls of a session, numbered 1, 2, 3, ...; those before `first` are forgotten. */
export class StepLog {
  readonly #limits: StepLogLimits;
  readonly #steps = new Map<number, LoggedStep>();
  #chars = 0;
  /** The newest forgotten call: the earliest moment that can be resumed. */
  #first: Standing = { step: 0, worldSeq: 0 };
  #last: Standing = { step: 0, worldSeq: 0 };

  constructor(limits: StepLogLimits = STEP_LOG_LIMITS) {
    assert(limits.stepsMax > 0 && limits.charsMax > 0, 'a step log holds something');
    this.#limits = limits;
  }

  /** The earliest moment that can be resumed. */
  get first(): Standing {
    return this.#first;
  }

  /** The newest call. */
  get last(): Standing {
    return this.#last;
  }

  /** How many calls are kept. */
  get stepCount(): number {
    return this.#steps.size;
  }

  /** True when no further call may be made before older ones are acknowledged. */
  get isFull(): boolean {
    return this.#steps.size >= this.#limits.stepsMax || this.#chars >= this.#limits.charsMax;
  }

  /** Adds the call after the last one. */
  add(entry: LoggedStep): void {
    assert(!this.isFull, 'a call is only made when it can be kept');
    const gained = entry.worldSeq - this.#last.worldSeq;
    assert(gained === 0 || gained === 1, `a call gives at most one event, gave ${gained}`);
    this.#last = { step: this.#last.step + 1, worldSeq: entry.worldSeq };
    this.#steps.set(this.#last.step, entry);
    this.#chars += charsOf(entry);
  }

  /** Returns a call that is kept. */
  find(step: number): LoggedStep | undefined {
    return this.#steps.get(step);
  }

  /** Returns the number of the last event after a call, `undefined` when it was not made or is forgotten. */
  worldSeqAt(step: number): number | undefined {
    return step === this.#first.step ? this.#first.worldSeq : this.#steps.get(step)?.worldSeq;
  }

  /** Returns the call that gave an event (0 = before the first call), `undefined` when it was not made or is forgotten. */
  stepOf(worldSeq: number): number | undefined {
    if (worldSeq === this.#first.worldSeq) return this.#first.step;
    for (const [step, entry] of this.#steps) if (entry.worldSeq === worldSeq) return step;
    return undefined;
  }

  /** Forgets the calls up to the one that gave event `worldSeq`. */
  forgetUpTo(worldSeq: number): void {
    assert(worldSeq <= this.#last.worldSeq, `event ${worldSeq} was sent, the last is ${this.#last.worldSeq}`);
    for (const [step, entry] of this.#steps) {
      // A call without an event after it is one that a trader at this event has yet to make again.
      const isPast = entry.worldSeq <= worldSeq && this.#first.worldSeq < worldSeq;
      if (!isPast) break;
      this.#steps.delete(step);
      this.#chars -= charsOf(entry);
      this.#first = { step, worldSeq: entry.worldSeq };
    }
  }
}

function charsOf(entry: LoggedStep): number {
  return entry.commands.length + entry.reply.length;
}
