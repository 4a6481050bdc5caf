/**
 * Quantities of one side near the touch, one place a tick: what nearly every update of a recorded book hits. What it is not: it knows neither
 * prices (the caller gives offsets) nor what lies outside of it (`replay-levels.ts`). Invariant: a bit is set where a quantity is above 0, a bit
 * of the upper map where a word of the lower one is not 0.
 */

/** Offsets that a window covers: 1 MB of quantities. */
export const TICK_WINDOW_SPAN = 1 << 17;

/** Quantities at offsets [0, TICK_WINDOW_SPAN). */
export class TickWindow {
  /** The quantities; who writes them itself calls `turn` where one becomes 0 or is 0 no longer. */
  readonly lots = new Float64Array(TICK_WINDOW_SPAN);
  /** One bit an offset. */
  readonly #words = new Int32Array(TICK_WINDOW_SPAN >> 5);
  /** One bit a word. */
  readonly #tops = new Int32Array(TICK_WINDOW_SPAN >> 10);

  /** Returns the quantity at an offset. */
  lotsAt(offset: number): number {
    return this.lots[offset]!;
  }

  /** Sets the quantity at an offset, 0 removes; returns what stood there. */
  set(offset: number, lots: number): number {
    const before = this.lots[offset]!;
    this.lots[offset] = lots;
    if (before > 0 !== lots > 0) this.turn(offset);
    return before;
  }

  /** Returns the next offset below that has a quantity; -1 when there is none. `offset` may be the span. */
  below(offset: number): number {
    let word = offset >> 5;
    let bits = word < this.#words.length ? this.#words[word]! & ((1 << (offset & 31)) - 1) : 0;
    if (bits === 0) {
      let top = word >> 5;
      let words = top < this.#tops.length ? this.#tops[top]! & ((1 << (word & 31)) - 1) : 0;
      while (words === 0) {
        if (top === 0) return -1;
        words = this.#tops[--top]!;
      }
      word = (top << 5) | (31 - Math.clz32(words));
      bits = this.#words[word]!;
    }
    return (word << 5) | (31 - Math.clz32(bits));
  }

  /** Returns the next offset above that has a quantity; -1 when there is none. `offset` may be -1. */
  above(offset: number): number {
    const from = offset + 1;
    let word = from >> 5;
    if (word >= this.#words.length) return -1;
    let bits = this.#words[word]! & (-1 << (from & 31));
    if (bits === 0) {
      const next = word + 1;
      let top = next >> 5;
      if (top >= this.#tops.length) return -1;
      let words = this.#tops[top]! & (-1 << (next & 31));
      while (words === 0) {
        if (++top === this.#tops.length) return -1;
        words = this.#tops[top]!;
      }
      word = (top << 5) | lowestBit(words);
      bits = this.#words[word]!;
    }
    return (word << 5) | lowestBit(bits);
  }

  /** Marks that a quantity has become 0 or is 0 no longer. */
  turn(offset: number): void {
    const word = offset >> 5;
    const bits = this.#words[word]! ^ (1 << (offset & 31));
    this.#words[word] = bits;
    const bit = 1 << (word & 31);
    const top = word >> 5;
    this.#tops[top] = bits === 0 ? this.#tops[top]! & ~bit : this.#tops[top]! | bit;
  }
}

/** Index of the lowest set bit of a word that is not 0. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
