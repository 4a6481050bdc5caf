/**
 * The levels of one side of a recorded book: a window of ticks around the touch (`TickWindow`), and an `L2Book` for the few that lie outside. Where
 * the window stands is a matter of speed alone. What it is not: it knows no touch and no other side (`replay-book.ts`). Invariants: every level is
 * in exactly one of the two; a level has a whole price of at least 1 tick and a whole quantity.
 */
import { L2Book } from '#book';
import { assert } from '#core';
import type { Side } from '#domain';
import { TICK_WINDOW_SPAN, TickWindow } from './tick-window.ts';

/** Updates that may miss the window, beside some for each level outside, until its place is looked at: that costs a sort of all levels. */
const MISSES_MIN = 4096;
const MISSES_PER_LEVEL = 8;
/** The window is placed anew when what is asked for lies nearer to its ends than this share, or outside. */
const EDGE = TICK_WINDOW_SPAN / 8;

/** Levels of a side by price. */
export class ReplayLevels {
  readonly #side: Side;
  /** The window; quantities may be written into it as it says. */
  readonly window = new TickWindow();
  /** Prices [base, base + TICK_WINDOW_SPAN) are the window's; minus infinity = it has no place yet. */
  #base = Number.NEGATIVE_INFINITY;
  readonly #far: L2Book;
  #misses = 0;

  /** `levelsMax` bounds the levels outside of the window; the worst gives way. */
  constructor(side: Side, levelsMax?: number) {
    this.#side = side;
    this.#far = new L2Book(levelsMax);
  }

  /** The price of the window's first place; minus infinity before the first level. */
  get base(): number {
    return this.#base;
  }

  /** Returns the quantity at a price; 0 = no level. */
  lotsOf(priceTicks: number): number {
    const offset = priceTicks - this.#base;
    if (offset >>> 0 === offset && offset < TICK_WINDOW_SPAN) return this.window.lotsAt(offset);
    return this.#far.qtyLotsOf(this.#side, priceTicks);
  }

  /** Sets a level to an absolute quantity, 0 removes; returns what stood there. */
  set(priceTicks: number, lots: number): number {
    assert(isWhole(lots), 'a level has whole lots, at least 0');
    const offset = priceTicks - this.#base;
    // One comparison asks for a whole number within the window.
    if (offset >>> 0 === offset && offset < TICK_WINDOW_SPAN) return this.window.set(offset, lots);
    return this.#setFar(priceTicks, lots);
  }

  /** Returns the price of the next level below; minus infinity when there is none. */
  below(priceTicks: number): number {
    const base = this.#base;
    if (priceTicks > base + TICK_WINDOW_SPAN) {
      const far = this.#farBelow(priceTicks);
      if (far >= base) return far;
    }
    const offset = Math.min(priceTicks - base, TICK_WINDOW_SPAN);
    const within = offset > 0 ? this.window.below(offset) : -1;
    return within >= 0 ? base + within : this.#farBelow(Math.min(priceTicks, base));
  }

  /** Returns the price of the next level above; infinity when there is none. */
  above(priceTicks: number): number {
    const base = this.#base;
    if (priceTicks < base - 1) {
      const far = this.#farAbove(priceTicks);
      if (far < base) return far;
    }
    const offset = Math.max(priceTicks - base, -1);
    const within = offset < TICK_WINDOW_SPAN ? this.window.above(offset) : -1;
    return within >= 0 ? base + within : this.#farAbove(Math.max(priceTicks, base + TICK_WINDOW_SPAN - 1));
  }

  /** Forgets all levels. */
  clear(): void {
    for (let at = this.window.below(TICK_WINDOW_SPAN); at >= 0; at = this.window.below(at))
      this.window.set(at, 0);
    this.#far.clear();
    this.#base = Number.NEGATIVE_INFINITY;
    this.#misses = 0;
  }

  #setFar(priceTicks: number, lots: number): number {
    assert(Number.isSafeInteger(priceTicks) && priceTicks >= 1, 'a level has a price of at least 1 tick');
    if (this.#base === Number.NEGATIVE_INFINITY) {
      this.#base = baseAround(priceTicks);
      return this.window.set(priceTicks - this.#base, lots);
    }
    const before = this.#far.qtyLotsOf(this.#side, priceTicks);
    this.#far.setLevel(this.#side, priceTicks, lots);
    if (++this.#misses > MISSES_MIN + MISSES_PER_LEVEL * this.#far.levelCount(this.#side)) this.#reconsider();
    return before;
  }

  /** Moves the window to where most levels would be found in it: around the middle level. */
  #reconsider(): void {
    this.#misses = 0;
    const middle = this.#middleTicks();
    const offset = middle - this.#base;
    if (offset >= EDGE && offset < TICK_WINDOW_SPAN - EDGE) return;
    for (let at = this.window.below(TICK_WINDOW_SPAN); at >= 0; at = this.window.below(at)) {
      this.#far.setLevel(this.#side, this.#base + at, this.window.set(at, 0));
    }
    this.#base = baseAround(middle);
    const levels = this.#farLevels();
    for (const [priceTicks, lots] of levels) {
      const place = priceTicks - this.#base;
      if (place < 0 || place >= TICK_WINDOW_SPAN) continue;
      this.#far.setLevel(this.#side, priceTicks, 0);
      this.window.set(place, lots);
    }
  }

  /** Price that half of the better half of the levels is better than: near the touch, and no outlier. */
  #middleTicks(): number {
    const prices = this.#farLevels().map(([priceTicks]) => priceTicks);
    for (let at = this.window.below(TICK_WINDOW_SPAN); at >= 0; at = this.window.below(at))
      prices.push(this.#base + at);
    prices.sort((a, b) => (this.#side === 'buy' ? b - a : a - b));
    return prices[prices.length >> 2] ?? this.#base + TICK_WINDOW_SPAN / 2;
  }

  #farLevels(): (readonly [number, number])[] {
    const count = this.#far.levelCount(this.#side);
    return Array.from({ length: count }, (_, index) => [
      this.#far.priceTicksAt(this.#side, index),
      this.#far.qtyLotsAt(this.#side, index),
    ]);
  }

  #farBelow(priceTicks: number): number {
    let best = Number.NEGATIVE_INFINITY;
    const count = this.#far.levelCount(this.#side);
    for (let index = 0; index < count; index++) {
      const price = this.#far.priceTicksAt(this.#side, index);
      if (price < priceTicks && price > best) best = price;
    }
    return best;
  }

  #farAbove(priceTicks: number): number {
    let best = Number.POSITIVE_INFINITY;
    const count = this.#far.levelCount(this.#side);
    for (let index = 0; index < count; index++) {
      const price = this.#far.priceTicksAt(this.#side, index);
      if (price > priceTicks && price < best) best = price;
    }
    return best;
  }
}

function baseAround(priceTicks: number): number {
  return Math.max(1, priceTicks - TICK_WINDOW_SPAN / 2);
}

/** True for a whole, safe number that is not negative. */
export function isWhole(lots: number): boolean {
  return lots >= 0 && lots <= Number.MAX_SAFE_INTEGER && Math.floor(lots) === lots;
}
