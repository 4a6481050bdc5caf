/**
 * One side of a book: a window of levels near the touch and a sorted map of the others (`LevelWindow`, `LevelBlocks`), which together are one
 * sorted sequence of levels. What it is not: it knows no other side, no messages and no sequence numbers.
 *
 * A key is the price with the side's sign, so that a greater key is always better. Where the window stands is a matter of speed alone: it never
 * shows in what the side answers or saves. It is placed anew when many updates have missed it, never more often than levels are held, so
 * that moving costs a constant amount per update. Invariants: every level is in exactly one of the two; `count` <= `levelsMax`.
 */
import { assert } from '#core';
import type { LevelBuffer } from './book-update.ts';
import { LevelBlocks } from './level-blocks.ts';
import { isQuantity, LevelWindow, WINDOW_SPAN_MAX, WINDOW_SPAN_MIN } from './level-window.ts';

/** A saved side: worst level first; keys are the price, negated for asks. */
export interface SideState {
  readonly keys: Float64Array;
  readonly lots: Float64Array;
}

/** Updates that may miss the window before its place is looked at, beside one a level. */
const MISSES_MIN = 64;
/** Levels at absurdly good prices that do not draw the window away from the others. */
const OUTLIERS_MAX = 8;
/** The window covers at least this share of the levels where its greatest span allows. */
const COVERED_SHARE = 7 / 8;
/** The window may have that many offsets a level: bounds its memory in a sparse book. */
const SPAN_PER_LEVEL = 32;
/** Of the span, what lies above the touch at the time of placing. */
const ROOM_SHARE = 1 / 8;

/** Where levels are gathered while a window is placed anew; shared, because that never is interrupted. */
const gathered = { keys: new Float64Array(0), lots: new Float64Array(0) };

/** One side of a book: levels in strict order of price, quantities > 0. */
export class BookSide {
  readonly #sign: 1 | -1;
  readonly #levelsMax: number;
  readonly #window = new LevelWindow();
  readonly #rest = new LevelBlocks();
  /** Keys [base, top) are the window's. */
  #base = 0;
  #top = 0;
  /** Levels of the rest with keys >= top. */
  #aboveCount = 0;
  /** Updates that missed the window since its place was looked at. */
  #misses = 0;
  /** The level asked for last: its index (-1 = the side has changed since) and key. */
  #cursorIndex = -1;
  #cursorKey = 0;

  /** `sign`: 1 for bids, -1 for asks. */
  constructor(sign: 1 | -1, levelsMax: number) {
    this.#sign = sign;
    this.#levelsMax = levelsMax;
  }

  /** Levels held. */
  get count(): number {
    return this.#window.count + this.#rest.count;
  }

  /** Bytes of its arrays. */
  get byteLength(): number {
    return this.#window.byteLength + this.#rest.byteLength;
  }

  /** Price of the best level; `NaN` when there is none. */
  get bestTicks(): number {
    return this.#sign * this.#bestKey();
  }

  /** Price of the level at `index`, 0 = best; `NaN` outside. One after the other is cheap, and the last one. */
  priceAt(index: number): number {
    return this.#sign * this.#keyAt(index);
  }

  /** Quantity of the level at `index`; 0 outside. */
  lotsAt(index: number): number {
    const key = this.#keyAt(index);
    return Number.isNaN(key) ? 0 : this.#lotsOfKey(key);
  }

  /** Quantity at a price; 0 when there is no level. */
  lotsOf(priceTicks: number): number {
    return this.#lotsOfKey(this.#sign * priceTicks);
  }

  /** Writes the best levels into arrays of equal length, best first; returns how many there were. */
  copyBest(priceTicks: Float64Array, qtyLots: Float64Array): number {
    const count = Math.min(this.count, priceTicks.length);
    let key = this.#bestKey();
    for (let i = 0; i < count; i++) {
      priceTicks[i] = this.#sign * key;
      qtyLots[i] = this.#lotsOfKey(key);
      key = this.#keyBelow(key);
    }
    return count;
  }

  /** Sum of the best `levelCount` quantities. */
  depthLots(levelCount: number): number {
    let lots = 0;
    let key = this.#bestKey();
    for (let i = 0; i < levelCount && !Number.isNaN(key); i++) {
      lots += this.#lotsOfKey(key);
      key = this.#keyBelow(key);
    }
    return lots;
  }

  /** Sum of the quantities at `limitTicks` or better. */
  depthLotsWithin(limitTicks: number): number {
    const limit = this.#sign * limitTicks;
    let lots = 0;
    for (let key = this.#bestKey(); key >= limit; key = this.#keyBelow(key)) lots += this.#lotsOfKey(key);
    return lots;
  }

  /** Sets one level to an absolute quantity, 0 removes; false when that is no level: a price below 1 tick, a negative or broken number. */
  set(priceTicks: number, qtyLots: number): boolean {
    const key = this.#sign * priceTicks;
    const offset = key - this.#base;
    // One comparison asks for a whole number within the window: what is in it is a price of at least 1 tick (`#place`).
    if (offset >>> 0 === offset && offset < this.#window.span && isQuantity(qtyLots)) {
      this.#cursorIndex = -1;
      if (this.count < this.#levelsMax || qtyLots === 0 || this.#hasRoomFor(key)) {
        this.#window.set(offset, qtyLots);
      }
      return true;
    }
    return this.#setFar(key, qtyLots);
  }

  /**
   * Sets levels in the order received, leaving out those whose own sequence number is given and at most `afterSequence`. False when one of
   * them is no level; those before it were set.
   */
  apply(levels: LevelBuffer, afterSequence: number): boolean {
    const { count, priceTicks, qtyLots, sequence } = levels;
    this.#cursorIndex = -1;
    const isPlain = afterSequence < 0;
    for (let i = 0; i < count; i++) {
      // Runs within the window go at once; what they may add must fit, so that no level has to give way.
      if (isPlain && this.count + count <= this.#levelsMax) {
        i = this.#window.setRun(priceTicks, qtyLots, i, count, this.#sign, this.#base);
        if (i === count) return true;
      } else if (!isPlain && sequence[i]! > 0 && sequence[i]! <= afterSequence) continue;
      if (!this.set(priceTicks[i]!, qtyLots[i]!)) return false;
    }
    return true;
  }

  /** Gives up the worst levels beyond `levelCount`; `cut` takes them as removals, the worst first. */
  truncate(levelCount: number, cut?: LevelBuffer): void {
    while (this.count > levelCount) {
      if (cut !== undefined)
        assert(cut.push(this.#sign * this.#worstKey(), 0), 'levels that are cut fit a message');
      this.#removeWorst();
    }
  }

  /** Forgets all levels and keeps the memory. */
  clear(): void {
    this.#window.clear();
    this.#rest.clear();
    this.#aboveCount = 0;
    this.#misses = 0;
    this.#cursorIndex = -1;
  }

  /** Returns its levels, worst first, as arrays of their own. */
  save(): SideState {
    const state = { keys: new Float64Array(this.count), lots: new Float64Array(this.count) };
    this.#gatherInto(state.keys, state.lots);
    return state;
  }

  /** Takes the levels of a saved side, worst first. */
  load(state: SideState): void {
    const { keys, lots } = state;
    assert(
      keys.length === lots.length && keys.length <= this.#levelsMax,
      'saved book side has as many prices as quantities, within its bound',
    );
    this.clear();
    this.#place(keys, lots, keys.length);
    assert(this.count === keys.length, 'saved book side has strictly ordered prices and quantities above 0');
  }

  #setFar(key: number, qtyLots: number): boolean {
    if (!Number.isSafeInteger(key) || this.#sign * key <= 0 || !isQuantity(qtyLots)) return false;
    this.#cursorIndex = -1;
    if (this.count >= this.#levelsMax && qtyLots > 0 && !this.#hasRoomFor(key)) return true;
    const change = this.#rest.set(key, qtyLots);
    if (key >= this.#top) this.#aboveCount += change;
    if (++this.#misses > MISSES_MIN + this.count) this.#reconsider();
    return true;
  }

  /** For a full side: true when the level is there already, or better than the worst one, which then gives way. */
  #hasRoomFor(key: number): boolean {
    if (this.#lotsOfKey(key) > 0) return true;
    if (key < this.#worstKey()) return false;
    this.#removeWorst();
    return true;
  }

  #removeWorst(): void {
    const key = this.#worstKey();
    this.#cursorIndex = -1;
    if (key >= this.#base && key < this.#top) this.#window.set(key - this.#base, 0);
    else {
      const change = this.#rest.set(key, 0);
      if (key >= this.#top) this.#aboveCount += change;
    }
  }

  #lotsOfKey(key: number): number {
    if (key >= this.#base && key < this.#top) {
      const offset = key - this.#base;
      return offset >>> 0 === offset ? this.#window.lotsAt(offset) : 0;
    }
    return this.#rest.lotsOf(key);
  }

  #bestKey(): number {
    if (this.#aboveCount > 0 || this.#window.count === 0) return this.#rest.best;
    return this.#base + this.#window.highest();
  }

  #worstKey(): number {
    if (this.#rest.count > this.#aboveCount || this.#window.count === 0) return this.#rest.worst;
    return this.#base + this.#window.lowest();
  }

  /** The next worse key; `NaN` when there is none. */
  #keyBelow(key: number): number {
    if (key < this.#base || this.#window.count === 0) return this.#rest.below(key);
    if (key < this.#top) {
      const offset = this.#window.below(key - this.#base);
      return offset >= 0 ? this.#base + offset : this.#rest.below(this.#base);
    }
    const above = this.#rest.below(key);
    return above >= this.#top ? above : this.#base + this.#window.highest();
  }

  #keyAt(index: number): number {
    const cursor = this.#cursorIndex;
    if (cursor >= 0 && index === cursor) return this.#cursorKey;
    const { count } = this;
    // Not a whole number in [0, count): no level.
    if (!(index >= 0 && index < count) || Math.floor(index) !== index) return Number.NaN;
    if (index === count - 1) return this.#worstKey();
    const isAhead = cursor >= 0 && cursor < index;
    let key = isAhead ? this.#cursorKey : this.#bestKey();
    for (let at = isAhead ? cursor : 0; at < index; at++) key = this.#keyBelow(key);
    this.#cursorIndex = index;
    this.#cursorKey = key;
    return key;
  }

  /** Places the window anew when another place would be better. */
  #reconsider(): void {
    this.#misses = 0;
    const { count } = this;
    if (gathered.keys.length < count) {
      gathered.keys = new Float64Array(count * 2);
      gathered.lots = new Float64Array(count * 2);
    }
    this.#gatherInto(gathered.keys, gathered.lots);
    const place = placeOf(gathered.keys, count, this.#sign);
    const { span } = this.#window;
    const isSpanRight = place.span === span || place.span * 2 === span;
    if (isSpanRight && Math.abs(place.top - this.#top) <= span * (ROOM_SHARE / 2)) return;
    this.#place(gathered.keys, gathered.lots, count);
  }

  /** Puts sorted levels where they belong, the window around the touch. */
  #place(keys: Float64Array, lots: Float64Array, count: number): void {
    const place = placeOf(keys, count, this.#sign);
    this.#window.open(place.span);
    this.#rest.clear();
    this.#top = place.top;
    this.#base = place.top - place.span;
    this.#aboveCount = 0;
    this.#cursorIndex = -1;
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      if (key >= this.#base && key < this.#top) this.#window.set(key - this.#base, lots[i]!);
      else {
        const change = this.#rest.set(key, lots[i]!);
        if (key >= this.#top) this.#aboveCount += change;
      }
    }
    this.#rest.trim();
  }

  #gatherInto(keys: Float64Array, lots: Float64Array): void {
    const below = this.#rest.copyTo(keys, lots, 0, Number.NEGATIVE_INFINITY, this.#base);
    const within = this.#window.copyTo(keys, lots, below, this.#base);
    this.#rest.copyTo(keys, lots, within, this.#top, Number.POSITIVE_INFINITY);
  }
}

/** Returns the end (exclusive) and span of the window that suits sorted keys: the touch inside with room above, most levels covered. */
function placeOf(
  keys: Float64Array,
  count: number,
  sign: 1 | -1,
): { readonly top: number; readonly span: number } {
  const touch = count === 0 ? sign : keys[count - 1 - Math.min(OUTLIERS_MAX, count >> 3)]!;
  const deep = count === 0 ? sign : keys[Math.floor(count * (1 - COVERED_SHARE))]!;
  const spanMax = Math.min(WINDOW_SPAN_MAX, count * SPAN_PER_LEVEL);
  let span = WINDOW_SPAN_MIN;
  while (span < spanMax && touch - deep > span * (1 - ROOM_SHARE)) span *= 2;
  // Every offset stands for a safe price of at least 1 tick: keys of bids begin at 1, those of asks end at -1.
  const lowest = sign > 0 ? 1 : Number.MIN_SAFE_INTEGER;
  const highest = sign > 0 ? Number.MAX_SAFE_INTEGER : -1;
  const top = Math.min(touch + 1 + span * ROOM_SHARE, highest + 1);
  return { top: Math.max(top, lowest + span), span };
}
