/** Quantiles of the last N numbers: the yardstick for what is usual here and now. O(N) a number for the N of a few hundred used. */
import { assert } from '#core';

/** A sliding window over numbers. */
export class RollingQuantile {
  readonly #recent: Float64Array;
  readonly #sorted: Float64Array;
  #count = 0;
  #next = 0;

  /** Keeps the last `window` numbers. */
  constructor(window: number) {
    assert(Number.isInteger(window) && window > 0, 'a window holds at least one number');
    this.#recent = new Float64Array(window);
    this.#sorted = new Float64Array(window);
  }

  /** How many numbers the window holds. */
  get count(): number {
    return this.#count;
  }

  /** Adds a number; the oldest leaves a full window. */
  add(value: number): void {
    const window = this.#recent.length;
    if (this.#count === window) {
      const leaving = this.#position(this.#recent[this.#next]!);
      this.#sorted.copyWithin(leaving, leaving + 1, this.#count);
      this.#count--;
    }
    const at = this.#position(value);
    this.#sorted.copyWithin(at + 1, at, this.#count);
    this.#sorted[at] = value;
    this.#count++;
    this.#recent[this.#next] = value;
    this.#next = (this.#next + 1) % window;
  }

  /** Returns the number below which the part `quantile` (0 to 1) of the window lies; NaN of an empty window. */
  at(quantile: number): number {
    if (this.#count === 0) return Number.NaN;
    return this.#sorted[Math.floor((this.#count - 1) * quantile)]!;
  }

  #position(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
