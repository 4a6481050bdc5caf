/**
 * How lively a market is, learned from its stream as it passes: variance of the mid price and volume, both per microsecond, older observations
 * weighing less. What it is not: a look ahead; an estimate knows what was before it and nothing else.
 */
import {
  assert,
  type Checkpointable,
  type EpochUs,
  stateRecord,
  US_PER_DAY,
  US_PER_MINUTE,
  US_PER_SECOND,
} from '#core';

/** Weight of an observation halves in this time. */
const HALF_LIFE_US = 30 * US_PER_MINUTE;
/** Mid prices are compared at least this far apart, so that the bounce between two prices is not taken for movement. */
const SAMPLE_US = US_PER_SECOND;
/** Before so much was seen, volatility counts at least as `PRIOR` and volume as though this long had passed. */
const WARM_US = 10 * US_PER_MINUTE;
/** Variance per microsecond of 100 % a year. */
const PRIOR_VARIANCE = 1 / (365.25 * US_PER_DAY);

/** Estimates of volatility and volume of one instrument. */
export class StreamActivity implements Checkpointable {
  #lastMidTicks = Number.NaN;
  #lastUs: EpochUs = Number.NaN;
  /** Sums, decayed to `#lastUs`. */
  #squares = 0;
  #elapsedUs = 0;
  #volumeLots = 0;
  /** Printed since `#lastUs`. */
  #newLots = 0;

  /** Standard deviation of the log price over one microsecond. */
  get sigmaPerRootUs(): number {
    const seen = this.#elapsedUs > 0 ? this.#squares / this.#elapsedUs : 0;
    return Math.sqrt(this.#elapsedUs < WARM_US ? Math.max(seen, PRIOR_VARIANCE) : seen);
  }

  /** Printed lots per microsecond; 0 before the first print. */
  get lotsPerUs(): number {
    return (this.#volumeLots + this.#newLots) / Math.max(this.#elapsedUs, WARM_US);
  }

  /** Takes note of a print. */
  onPrint(lots: number): void {
    this.#newLots += lots;
  }

  /** Takes note of a mid price, a number above 0. */
  onMid(midTicks: number, nowUs: EpochUs): void {
    assert(midTicks > 0, 'a mid price is above 0');
    if (Number.isNaN(this.#lastUs)) {
      this.#lastMidTicks = midTicks;
      this.#lastUs = nowUs;
      return;
    }
    const passedUs = nowUs - this.#lastUs;
    if (passedUs < SAMPLE_US) return;
    const weight = 2 ** (-passedUs / HALF_LIFE_US);
    const move = Math.log(midTicks / this.#lastMidTicks);
    this.#squares = this.#squares * weight + move * move;
    this.#elapsedUs = this.#elapsedUs * weight + passedUs;
    this.#volumeLots = this.#volumeLots * weight + this.#newLots;
    this.#newLots = 0;
    this.#lastMidTicks = midTicks;
    this.#lastUs = nowUs;
  }

  saveState(): unknown {
    return {
      last: [this.#lastMidTicks, this.#lastUs],
      sums: [this.#squares, this.#elapsedUs, this.#volumeLots, this.#newLots],
    };
  }

  loadState(state: unknown): void {
    const { last, sums } = stateRecord(state, 'stream activity');
    [this.#lastMidTicks, this.#lastUs] = last as [number, number];
    [this.#squares, this.#elapsedUs, this.#volumeLots, this.#newLots] = sums as [
      number,
      number,
      number,
      number,
    ];
  }
}
