/** How far the venue's clock is ahead of ours: asked for again and again, a few questions in a row; the filter of `net` makes the reading of them. */
import type { EpochUs } from '#core';
import { type Cancel, ClockFilter, type ClockReading } from '#net';
import type { RestCall } from '../market/index.ts';
import type { RestGate, RestOutcome } from './rest-gate.ts';

/** Measures again and again. */
export class ClockOffset {
  readonly #gate: RestGate;
  readonly #call: RestCall<EpochUs> | null;
  readonly #everyUs: number;
  readonly #filter = new ClockFilter();
  #dueUs: EpochUs = 0;
  #cancel: Cancel | null = null;
  #reading: ClockReading | null = null;

  /** `call` `null` = the venue does not tell its time. */
  constructor(gate: RestGate, call: RestCall<EpochUs> | null, everyUs: number) {
    this.#gate = gate;
    this.#call = call;
    this.#everyUs = everyUs;
  }

  /** The last measurement; `null` before the first. */
  get reading(): ClockReading | null {
    return this.#reading;
  }

  /** Asks when it is time to. */
  pump(nowUs: EpochUs): void {
    const call = this.#call;
    if (call === null || this.#cancel !== null || nowUs < this.#dueUs) return;
    this.#cancel = this.#gate.send(
      call,
      (body) => call.parse(body),
      (outcome) => this.#land(outcome),
    );
  }

  /** Asks no more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #land(outcome: RestOutcome<EpochUs>): void {
    const { answeredUs, askedUs } = outcome;
    this.#cancel = null;
    this.#filter.take(outcome.kind === 'good' ? outcome.value : null, askedUs, answeredUs);
    if (!this.#filter.isComplete) {
      this.pump(answeredUs);
      return;
    }
    this.#reading = this.#filter.best ?? this.#reading;
    this.#filter.begin();
    this.#dueUs = answeredUs + this.#everyUs;
  }
}
