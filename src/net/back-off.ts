/**
 * How long to wait before another try: exponential back-off with full jitter, so that clients that lost a venue together do not come back
 * together. Pure: the randomness comes in. Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */
import { assert, type EpochUs, type Prng, US_PER_DAY, US_PER_MS, US_PER_SECOND } from '#core';

/** Longest delay unless told otherwise. */
export const BACK_OFF_US_MAX = 30 * US_PER_SECOND;
/** The first delay is shorter than this unless told otherwise. */
export const BACK_OFF_BASE_US = 500 * US_PER_MS;
/** Longest wait that is believed of a venue: the longest ban that one of them documents (Binance, 3 days). */
export const RETRY_AFTER_US_MAX = 3 * US_PER_DAY;

/** Counts failures and says how long to wait; `reset` after a success that has proved itself. */
export class BackOff {
  readonly #prng: Prng;
  readonly #baseUs: number;
  readonly #maxUs: number;
  #limitUs: number;

  /** The n-th delay is uniform in [0, min(`maxUs`, `baseUs` x 2^n)). */
  constructor(prng: Prng, baseUs: number = BACK_OFF_BASE_US, maxUs: number = BACK_OFF_US_MAX) {
    assert(Number.isSafeInteger(baseUs) && baseUs > 0, `a base is a positive integer, was ${baseUs}`);
    assert(
      Number.isSafeInteger(maxUs) && maxUs >= baseUs,
      `the longest delay is at least the base, was ${maxUs}`,
    );
    this.#prng = prng;
    this.#baseUs = baseUs;
    this.#maxUs = maxUs;
    this.#limitUs = baseUs;
  }

  /** Returns the next delay in microseconds, an integer. */
  nextUs(): number {
    const delayUs = this.#prng.integer(0, this.#limitUs);
    this.#limitUs = Math.min(this.#maxUs, this.#limitUs * 2);
    return delayUs;
  }

  /** Begins again with short delays. */
  reset(): void {
    this.#limitUs = this.#baseUs;
  }
}

/**
 * Reads a `Retry-After` header, whole seconds or a date of HTTP, into the moment until which to wait, at most `RETRY_AFTER_US_MAX` from
 * now; `undefined` when it is neither. Source: RFC 9110, section 10.2.3.
 */
export function retryAfterUs(header: string, nowUs: EpochUs): EpochUs | undefined {
  const text = header.trim();
  const isSeconds = /^\d+$/.test(text);
  const untilUs = isSeconds ? nowUs + Number(text) * US_PER_SECOND : httpDateUs(text);
  return untilUs === undefined ? undefined : Math.min(Math.max(untilUs, nowUs), nowUs + RETRY_AFTER_US_MAX);
}

/** Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may still send. */
function httpDateUs(text: string): EpochUs | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms * US_PER_MS;
}
