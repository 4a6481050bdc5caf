/**
 * Quantities of one side near the touch, indexed by tick: the part of a book side that nearly all updates hit. What it is not: it does not
 * know prices (the caller gives offsets in [0, span)), it chooses no place and refuses nothing; `BookSide` does.
 *
 * Offsets are grouped in pages of 4, and only pages that hold a level have memory; so a window may be wide where levels are sparse. Two
 * bitmaps above the pages find the next level. Invariants: a bit is set where the quantity is > 0; a page without a level is free and all
 * zero; `count` is the number of set bits.
 */
import { assert } from '#core';

const PAGE_BITS = 2;
/** Offsets of a page. */
const PAGE = 1 << PAGE_BITS;
const POOL_START = 8;
const NO_PAGE = -1;

/** Least span: 128 pages, 256 bytes of index. */
export const WINDOW_SPAN_MIN = 512;
/** Greatest span: as many pages as a signed 16-bit number can tell apart. */
export const WINDOW_SPAN_MAX = 1 << 17;

/** Quantities at offsets [0, `span`); highest offset = best level. */
export class LevelWindow {
  /** Levels in it. */
  count = 0;
  #span = 0;
  /** Page number to the slot of its memory. */
  #slots = new Int16Array(0);
  /** One bit a page that holds a level. */
  #words = new Int32Array(0);
  /** One bit a word that is not 0. */
  #tops = new Int32Array(0);
  #lots = new Float64Array(POOL_START * PAGE);
  /** One bit a level of the page in that slot. */
  #bits = new Uint8Array(POOL_START);
  #freeSlots = new Int16Array(POOL_START);
  #freeCount = 0;
  #slotsUsed = 0;

  /** Offsets that it covers; 0 = closed. */
  get span(): number {
    return this.#span;
  }

  /** Bytes of its arrays. */
  get byteLength(): number {
    const index = this.#slots.byteLength + this.#words.byteLength + this.#tops.byteLength;
    return index + this.#lots.byteLength + this.#bits.byteLength + this.#freeSlots.byteLength;
  }

  /** Empties it and covers `span` offsets from now on, a power of two in [512, 2^17]. */
  open(span: number): void {
    assert(
      span >= WINDOW_SPAN_MIN && span <= WINDOW_SPAN_MAX && (span & (span - 1)) === 0,
      'a level window spans a power of two',
    );
    if (span === this.#span) {
      this.clear();
      return;
    }
    const pageCount = span / PAGE;
    this.#slots = new Int16Array(pageCount).fill(NO_PAGE);
    this.#words = new Int32Array(pageCount / 32);
    this.#tops = new Int32Array(Math.ceil(pageCount / 1024));
    this.#span = span;
    this.#forgetPages();
  }

  /** Forgets all levels; keeps memory and span. */
  clear(): void {
    this.#slots.fill(NO_PAGE);
    this.#words.fill(0);
    this.#tops.fill(0);
    this.#forgetPages();
  }

  /** Sets the quantity at an offset, 0 removes. */
  set(offset: number, qtyLots: number): void {
    const page = offset >> PAGE_BITS;
    let slot = this.#slots[page]!;
    if (slot < 0) {
      if (qtyLots === 0) return;
      slot = this.#takePage(page);
    }
    const at = (slot << PAGE_BITS) | (offset & (PAGE - 1));
    const before = this.#lots[at]!;
    this.#lots[at] = qtyLots;
    if (before > 0 !== qtyLots > 0) this.#turn(page, slot, offset);
  }

  /**
   * Sets levels from `from` on as long as they lie in the window and are levels; `sign` x price - `base` is the offset. Returns the index of the
   * first that is not (or that needs more memory), or `count`. It says what `set` says once more, because calls in its loop would halve its speed.
   */
  setRun(
    priceTicks: Float64Array,
    qtyLots: Float64Array,
    from: number,
    count: number,
    sign: number,
    base: number,
  ): number {
    const span = this.#span;
    const slots = this.#slots;
    const pool = this.#lots;
    const bitsOf = this.#bits;
    const freeSlots = this.#freeSlots;
    const words = this.#words;
    const tops = this.#tops;
    const capacity = bitsOf.length;
    let freeCount = this.#freeCount;
    let slotsUsed = this.#slotsUsed;
    let change = 0;
    let i = from;
    for (; i < count; i++) {
      const offset = sign * priceTicks[i]! - base;
      const lots = qtyLots[i]!;
      // A whole number in [0, span), and a whole number that is safe and not negative.
      if (offset >>> 0 !== offset || offset >= span || !isQuantity(lots)) break;
      const page = offset >> PAGE_BITS;
      let slot = slots[page]!;
      if (slot < 0) {
        if (lots === 0) continue;
        if (freeCount === 0) {
          if (slotsUsed === capacity) break;
          slot = slotsUsed++;
        } else slot = freeSlots[--freeCount]!;
        slots[page] = slot;
        words[page >> 5] = words[page >> 5]! | (1 << (page & 31));
        tops[page >> 10] = tops[page >> 10]! | (1 << ((page >> 5) & 31));
      }
      const at = (slot << PAGE_BITS) | (offset & (PAGE - 1));
      if (pool[at]! > 0 !== lots > 0) {
        const bits = bitsOf[slot]! ^ (1 << (offset & (PAGE - 1)));
        bitsOf[slot] = bits;
        if (bits === 0) {
          slots[page] = NO_PAGE;
          freeSlots[freeCount++] = slot;
          const pages = words[page >> 5]! & ~(1 << (page & 31));
          words[page >> 5] = pages;
          if (pages === 0) tops[page >> 10] = tops[page >> 10]! & ~(1 << ((page >> 5) & 31));
        }
        change += lots > 0 ? 1 : -1;
      }
      pool[at] = lots;
    }
    this.count += change;
    this.#freeCount = freeCount;
    this.#slotsUsed = slotsUsed;
    return i;
  }

  /** Returns the quantity at an offset; 0 when there is no level. */
  lotsAt(offset: number): number {
    const slot = this.#slots[offset >> PAGE_BITS]!;
    return slot < 0 ? 0 : this.#lots[(slot << PAGE_BITS) | (offset & (PAGE - 1))]!;
  }

  /** Returns the highest offset with a level; -1 when it is empty. */
  highest(): number {
    const tops = this.#tops;
    for (let top = tops.length - 1; top >= 0; top--) {
      const bits = tops[top]!;
      if (bits !== 0) return this.#highestIn((top << 5) | highestBit(bits));
    }
    return -1;
  }

  /** Returns the lowest offset with a level; -1 when it is empty. */
  lowest(): number {
    const tops = this.#tops;
    for (let top = 0; top < tops.length; top++) {
      const bits = tops[top]!;
      if (bits === 0) continue;
      const word = (top << 5) | lowestBit(bits);
      const page = (word << 5) | lowestBit(this.#words[word]!);
      return (page << PAGE_BITS) | lowestBit(this.#bits[this.#slots[page]!]!);
    }
    return -1;
  }

  /** Returns the next offset with a level below this one, -1 when there is none. */
  below(offset: number): number {
    const page = offset >> PAGE_BITS;
    const slot = this.#slots[page]!;
    if (slot >= 0) {
      const bits = this.#bits[slot]! & ((1 << (offset & (PAGE - 1))) - 1);
      if (bits !== 0) return (page << PAGE_BITS) | highestBit(bits);
    }
    const word = page >> 5;
    const pages = this.#words[word]! & ((1 << (page & 31)) - 1);
    if (pages !== 0) return this.#highestOfPage((word << 5) | highestBit(pages));
    let top = word >> 5;
    let words = this.#tops[top]! & ((1 << (word & 31)) - 1);
    while (words === 0) {
      if (top === 0) return -1;
      words = this.#tops[--top]!;
    }
    return this.#highestIn((top << 5) | highestBit(words));
  }

  /** Writes its levels in ascending order from `at` on, prices as `base` + offset; returns the place behind the last one. */
  copyTo(keys: Float64Array, lots: Float64Array, at: number, base: number): number {
    let end = at + this.count;
    for (let offset = this.highest(); offset >= 0; offset = this.below(offset)) {
      end--;
      keys[end] = base + offset;
      lots[end] = this.lotsAt(offset);
    }
    assert(end === at, 'a level window counts its levels right');
    return at + this.count;
  }

  #highestIn(word: number): number {
    return this.#highestOfPage((word << 5) | highestBit(this.#words[word]!));
  }

  #highestOfPage(page: number): number {
    return (page << PAGE_BITS) | highestBit(this.#bits[this.#slots[page]!]!);
  }

  #takePage(page: number): number {
    if (this.#freeCount === 0 && this.#slotsUsed === this.#bits.length) this.#grow();
    const slot = this.#freeCount > 0 ? this.#freeSlots[--this.#freeCount]! : this.#slotsUsed++;
    this.#slots[page] = slot;
    const word = page >> 5;
    this.#words[word] = this.#words[word]! | (1 << (page & 31));
    this.#tops[word >> 5] = this.#tops[word >> 5]! | (1 << (word & 31));
    return slot;
  }

  /** Marks a level that has come or gone. */
  #turn(page: number, slot: number, offset: number): void {
    const before = this.#bits[slot]!;
    const bits = before ^ (1 << (offset & (PAGE - 1)));
    this.#bits[slot] = bits;
    this.count += bits > before ? 1 : -1;
    if (bits === 0) this.#freePage(page, slot);
  }

  #freePage(page: number, slot: number): void {
    this.#slots[page] = NO_PAGE;
    this.#freeSlots[this.#freeCount++] = slot;
    const word = page >> 5;
    const pages = this.#words[word]! & ~(1 << (page & 31));
    this.#words[word] = pages;
    if (pages === 0) this.#tops[word >> 5] = this.#tops[word >> 5]! & ~(1 << (word & 31));
  }

  #forgetPages(): void {
    this.#lots.fill(0, 0, this.#slotsUsed * PAGE);
    this.#bits.fill(0, 0, this.#slotsUsed);
    this.#freeCount = 0;
    this.#slotsUsed = 0;
    this.count = 0;
  }

  #grow(): void {
    // By a half: a book of a thousand sparse levels is mostly this memory.
    const slots = Math.min(this.#bits.length + (this.#bits.length >> 1), this.#span / PAGE);
    const lots = new Float64Array(slots * PAGE);
    const bits = new Uint8Array(slots);
    const freeSlots = new Int16Array(slots);
    lots.set(this.#lots);
    bits.set(this.#bits);
    freeSlots.set(this.#freeSlots);
    this.#lots = lots;
    this.#bits = bits;
    this.#freeSlots = freeSlots;
  }
}

/** Index of the highest set bit of a word that is not 0. */
function highestBit(bits: number): number {
  return 31 - Math.clz32(bits);
}

/** Index of the lowest set bit of a word that is not 0. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** True for a whole, safe number that is not negative. */
export function isQuantity(qtyLots: number): boolean {
  return qtyLots >= 0 && qtyLots <= Number.MAX_SAFE_INTEGER && Math.floor(qtyLots) === qtyLots;
}
