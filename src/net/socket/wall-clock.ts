/**
 * The wall clock with microseconds, and without steps back. It runs with the monotonic clock and is held against the wall clock at every
 * reading: behind it, it jumps forward; ahead of it, it runs at half speed until the other has caught up. So durations stay positive
 * when somebody sets the clock of the machine back.
 */
import type { EpochUs } from '#core';

const US_PER_MS = 1_000;
/** Share of the passing time by which a clock that is ahead is held back. */
const SLEW = 0.5;

/** Where time is read. */
export interface TimeSources {
  /** Milliseconds since the epoch, whole: the host's clock, which may be set. */
  readonly wallMs: () => number;
  /** Milliseconds since anything, with fractions; never runs back. */
  readonly monotonicMs: () => number;
}

const HOST: TimeSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/** A clock that never decreases. */
export class WallClock {
  readonly #sources: TimeSources;
  /** Wall time less monotonic time. */
  #offsetUs = Number.NEGATIVE_INFINITY;
  #monotonicUs: number;
  #lastUs: EpochUs = 0;

  constructor(sources: TimeSources = HOST) {
    this.#sources = sources;
    this.#monotonicUs = sources.monotonicMs() * US_PER_MS;
  }

  /** Returns the time in whole microseconds. */
  nowUs(): EpochUs {
    const monotonicUs = this.#sources.monotonicMs() * US_PER_MS;
    const wallUs = this.#sources.wallMs() * US_PER_MS;
    const elapsedUs = monotonicUs - this.#monotonicUs;
    this.#monotonicUs = monotonicUs;
    const leastUs = wallUs - monotonicUs;
    // The wall clock says whole milliseconds: the true time lies within the one after its reading.
    const aheadUs = this.#offsetUs - (leastUs + US_PER_MS);
    if (this.#offsetUs < leastUs) this.#offsetUs = leastUs;
    else if (aheadUs > 0) this.#offsetUs -= Math.min(aheadUs, elapsedUs * SLEW);
    this.#lastUs = Math.max(this.#lastUs, Math.floor(monotonicUs + this.#offsetUs));
    return this.#lastUs;
  }
}
