/**
 * How far the venue's clock is ahead of ours: three questions in a row, the one that came back fastest counts, because it hides the least. The error is at
 * most half of its round trip. Source: RFC 5905, section 10 (the clock filter of NTP), without its statistics.
 */
import type { EpochUs } from '#core';
import type { Cancel } from '#net';
import type { RestCall } from '../market/index.ts';
import type { RestGate, RestOutcome } from './rest-gate.ts';

const SAMPLES = 3;

/** A measured offset. */
export interface ClockReading {
  /** Venue's clock minus ours. */
  readonly offsetUs: number;
  /** Round trip of the best question; the offset is right within half of it. */
  readonly roundTripUs: number;
  readonly measuredUs: EpochUs;
}

/** Measures again and again. */
export class ClockOffset {
  readonly #gate: RestGate;
  readonly #call: RestCall<EpochUs> | null;
  readonly #everyUs: number;
  #dueUs: EpochUs = 0;
  #cancel: Cancel | null = null;
  #best: ClockReading | null = null;
  #sampleCount = 0;
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
    this.#sampleCount++;
    if (outcome.kind === 'good') {
      const roundTripUs = answeredUs - askedUs;
      const offsetUs = outcome.value - Math.round((askedUs + answeredUs) / 2);
      if (this.#best === null || roundTripUs < this.#best.roundTripUs) {
        this.#best = { offsetUs, roundTripUs, measuredUs: answeredUs };
      }
    }
    if (this.#sampleCount < SAMPLES) {
      this.pump(answeredUs);
      return;
    }
    if (this.#best !== null) this.#reading = this.#best;
    this.#best = null;
    this.#sampleCount = 0;
    this.#dueUs = answeredUs + this.#everyUs;
  }
}
