/** Prices of one side of a book in order, for the quality report; quantities only decide whether a level is there. */

/** Levels a side holds at most; venues show a few thousand. More are left out: they are far from the touch. */
const LEVELS_MAX = 1_000_000;

/** A set of price levels. */
export class SortedLevels {
  #prices = new Float64Array(2_048);
  #count = 0;

  /** The lowest price; NaN of an empty side. */
  get lowest(): number {
    return this.#count === 0 ? Number.NaN : this.#prices[0]!;
  }

  /** The highest price; NaN of an empty side. */
  get highest(): number {
    return this.#count === 0 ? Number.NaN : this.#prices[this.#count - 1]!;
  }

  /** Sets a level; quantity 0 removes it. */
  set(price: number, qty: number): void {
    const at = this.#position(price);
    const isThere = at < this.#count && this.#prices[at] === price;
    if (isThere === qty > 0) return;
    if (isThere) {
      this.#prices.copyWithin(at, at + 1, this.#count);
      this.#count--;
      return;
    }
    if (this.#count === LEVELS_MAX) return;
    if (this.#count === this.#prices.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#prices);
      this.#prices = larger;
    }
    this.#prices.copyWithin(at + 1, at, this.#count);
    this.#prices[at] = price;
    this.#count++;
  }

  /** Removes all levels. */
  clear(): void {
    this.#count = 0;
  }

  #position(price: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#prices[middle]! < price) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
