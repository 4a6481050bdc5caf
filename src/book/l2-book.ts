/**
 * An order book by price level. What it is not: it knows nothing of sequence numbers (`DepthSequence`), checksums or own orders.
 * Invariants: on each side prices are strictly ordered, every quantity is > 0, at most `levelsMax` levels are held (the worst one gives
 * way). Prices are integer ticks, quantities integer lots. The side `buy` is the bids, `sell` the asks.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import type { Side } from '#domain';

/** A side of a saved book: worst level first. */
interface SideState {
  readonly keys: Float64Array;
  readonly lots: Float64Array;
}

/** Levels looked at from the best one before the search halves: most updates arrive near the touch. */
const LINEAR_LEVELS_MAX = 12;
const LEVELS_START = 256;

/** Levels kept on each side unless told otherwise; more than any venue sends in a snapshot, small enough to bound memory. */
export const BOOK_LEVELS_MAX_DEFAULT = 65_536;

/** One side: keys ascend and the best is last, so that changes near the touch move few elements. Asks store negated prices. */
class BookSide {
  #keys = new Float64Array(LEVELS_START);
  #lots = new Float64Array(LEVELS_START);
  #count = 0;
  readonly #sign: 1 | -1;
  readonly #levelsMax: number;

  constructor(sign: 1 | -1, levelsMax: number) {
    this.#sign = sign;
    this.#levelsMax = levelsMax;
  }

  get count(): number {
    return this.#count;
  }

  priceAt(index: number): number {
    return index >= 0 && index < this.#count ? this.#sign * this.#keys[this.#count - 1 - index]! : Number.NaN;
  }

  lotsAt(index: number): number {
    return index >= 0 && index < this.#count ? this.#lots[this.#count - 1 - index]! : 0;
  }

  lotsOf(priceTicks: number): number {
    const key = this.#sign * priceTicks;
    const slot = this.#slotOf(key);
    return slot < this.#count && this.#keys[slot] === key ? this.#lots[slot]! : 0;
  }

  set(priceTicks: number, qtyLots: number): void {
    assert(priceTicks > 0 && qtyLots >= 0, 'a book level has a price above 0 and a quantity of at least 0');
    const key = this.#sign * priceTicks;
    const slot = this.#slotOf(key);
    if (slot < this.#count && this.#keys[slot] === key) {
      if (qtyLots > 0) this.#lots[slot] = qtyLots;
      else this.#removeAt(slot);
    } else if (qtyLots > 0) this.#insertAt(slot, key, qtyLots);
  }

  clear(): void {
    this.#count = 0;
  }

  save(): SideState {
    return { keys: this.#keys.slice(0, this.#count), lots: this.#lots.slice(0, this.#count) };
  }

  load(state: SideState): void {
    assert(
      state.keys.length === state.lots.length && state.keys.length <= this.#levelsMax,
      'saved book side has as many prices as quantities, within its bound',
    );
    while (this.#keys.length < state.keys.length) this.#grow();
    this.#keys.set(state.keys);
    this.#lots.set(state.lots);
    this.#count = state.keys.length;
  }

  /** Returns the slot that holds `key`, or the one where it belongs. */
  #slotOf(key: number): number {
    const keys = this.#keys;
    let slot = this.#count;
    const stop = Math.max(0, slot - LINEAR_LEVELS_MAX);
    while (slot > stop && keys[slot - 1]! >= key) slot--;
    if (slot > stop || stop === 0) return slot;
    let lower = 0;
    let upper = stop;
    while (lower < upper) {
      const middle = (lower + upper) >> 1;
      if (keys[middle]! < key) lower = middle + 1;
      else upper = middle;
    }
    return lower;
  }

  #insertAt(slot: number, key: number, qtyLots: number): void {
    if (this.#count === this.#levelsMax) {
      if (slot === 0) return;
      this.#removeAt(0);
      slot--;
    }
    if (this.#count === this.#keys.length) this.#grow();
    this.#keys.copyWithin(slot + 1, slot, this.#count);
    this.#lots.copyWithin(slot + 1, slot, this.#count);
    this.#keys[slot] = key;
    this.#lots[slot] = qtyLots;
    this.#count++;
  }

  #removeAt(slot: number): void {
    this.#keys.copyWithin(slot, slot + 1, this.#count);
    this.#lots.copyWithin(slot, slot + 1, this.#count);
    this.#count--;
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2);
    const lots = new Float64Array(this.#keys.length * 2);
    keys.set(this.#keys);
    lots.set(this.#lots);
    this.#keys = keys;
    this.#lots = lots;
  }
}

/** A level-2 order book over typed arrays; an update costs O(log n) to find and moves the levels better than it. */
export class L2Book implements Checkpointable {
  readonly #bids: BookSide;
  readonly #asks: BookSide;

  /** `levelsMax` bounds each side; the worst level is dropped for a better one. */
  constructor(levelsMax: number = BOOK_LEVELS_MAX_DEFAULT) {
    assert(
      Number.isInteger(levelsMax) && levelsMax >= 1,
      `levelsMax is a positive integer, was ${levelsMax}`,
    );
    this.#bids = new BookSide(1, levelsMax);
    this.#asks = new BookSide(-1, levelsMax);
  }

  /** Returns the best bid in ticks; `NaN` when there is none. */
  get bestBidTicks(): number {
    return this.#bids.priceAt(0);
  }

  /** Returns the best ask in ticks; `NaN` when there is none. */
  get bestAskTicks(): number {
    return this.#asks.priceAt(0);
  }

  /** True when the best bid is at or above the best ask: the feed is broken or in between two updates. */
  get isCrossed(): boolean {
    return this.bestBidTicks >= this.bestAskTicks;
  }

  /** Replaces the whole book; pairs [priceTicks, qtyLots, ...] in any order. */
  applySnapshot(bids: Float64Array, asks: Float64Array): void {
    this.clear();
    this.applyDelta(bids, asks);
  }

  /** Sets levels to absolute quantities; 0 removes, removing an unknown level is normal. Pairs [priceTicks, qtyLots, ...]. */
  applyDelta(bids: Float64Array, asks: Float64Array): void {
    assert(bids.length % 2 === 0 && asks.length % 2 === 0, 'book updates are pairs of price and quantity');
    for (let i = 0; i < bids.length; i += 2) this.#bids.set(bids[i]!, bids[i + 1]!);
    for (let i = 0; i < asks.length; i += 2) this.#asks.set(asks[i]!, asks[i + 1]!);
  }

  /** Sets one level to an absolute quantity; 0 removes it. */
  setLevel(side: Side, priceTicks: number, qtyLots: number): void {
    this.#side(side).set(priceTicks, qtyLots);
  }

  /** Returns how many levels a side has. */
  levelCount(side: Side): number {
    return this.#side(side).count;
  }

  /** Returns the price of the level at `index`, 0 = best; `NaN` outside. */
  priceTicksAt(side: Side, index: number): number {
    return this.#side(side).priceAt(index);
  }

  /** Returns the quantity of the level at `index`, 0 = best; 0 outside. */
  qtyLotsAt(side: Side, index: number): number {
    return this.#side(side).lotsAt(index);
  }

  /** Returns the quantity at a price; 0 when there is no such level. */
  qtyLotsOf(side: Side, priceTicks: number): number {
    return this.#side(side).lotsOf(priceTicks);
  }

  /** Returns the quantity in the best `levelCount` levels of a side. */
  depthLots(side: Side, levelCount: number): number {
    const levels = this.#side(side);
    const count = Math.min(levelCount, levels.count);
    let lots = 0;
    for (let i = 0; i < count; i++) lots += levels.lotsAt(i);
    return lots;
  }

  /** Returns the quantity of a side at `limitTicks` or better (bids at or above it, asks at or below it). */
  depthLotsWithin(side: Side, limitTicks: number): number {
    const levels = this.#side(side);
    const sign = side === 'buy' ? 1 : -1;
    let lots = 0;
    for (let i = 0; i < levels.count; i++) {
      if (sign * levels.priceAt(i) < sign * limitTicks) break;
      lots += levels.lotsAt(i);
    }
    return lots;
  }

  /** Forgets all levels. */
  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  saveState(): unknown {
    return { bids: this.#bids.save(), asks: this.#asks.save() };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'order book');
    this.#bids.load(record.bids as SideState);
    this.#asks.load(record.asks as SideState);
  }

  #side(side: Side): BookSide {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}
