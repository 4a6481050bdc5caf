/**
 * The time of a Binance-compatible exchange: a multiple of real time, or real time itself, some way behind. A machine that cannot keep up, or slept, makes it slower and
 * never makes it jump: of each turn at most `TURN_US_MAX` count.
 */
import { type EpochUs, US_PER_SECOND } from '#core';
import type { ExchangeClock } from '#exchange';

/** What passes of real time between two looks at most. */
const TURN_US_MAX = US_PER_SECOND;

/** What a clock is made of. */
export interface ExchangeTimeParts {
  readonly startUs: EpochUs;
  /** Simulated time in times of real time. */
  readonly speed: number;
  /** Monotonic, microseconds. */
  readonly monotonicUs: () => number;
  readonly wallNowUs: () => EpochUs;
}

/** A clock that begins when it is first asked. */
export class ExchangeTime implements ExchangeClock {
  readonly #parts: ExchangeTimeParts;
  #lastUs: number | null = null;
  #passedUs = 0;

  constructor(parts: ExchangeTimeParts) {
    this.#parts = parts;
  }

  nowUs(): EpochUs {
    const { monotonicUs, speed, startUs } = this.#parts;
    const nowUs = monotonicUs();
    this.#passedUs += Math.min(TURN_US_MAX, nowUs - (this.#lastUs ?? nowUs));
    this.#lastUs = nowUs;
    return startUs + Math.floor(this.#passedUs * speed);
  }

  clientNowUs(): EpochUs {
    return this.#parts.wallNowUs();
  }
}

/** A clock that is the wall's, some way behind it: that of a live market, whose events come when they come. */
export function timeBehind(behindUs: number, wallNowUs: () => EpochUs): ExchangeClock {
  let latestUs = 0;
  return {
    nowUs: () => {
      latestUs = Math.max(latestUs, wallNowUs() - behindUs);
      return latestUs;
    },
    clientNowUs: wallNowUs,
  };
}
