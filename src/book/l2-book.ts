/**
 * An order book by price level. What it is not: it knows nothing of sequence numbers (`DepthSequence`), checksums or own orders.
 * Invariants: on each side prices are strictly ordered, every quantity is > 0, at most `levelsMax` levels are held (the worst one gives
 * way). Prices are integer ticks, quantities integer lots. The side `buy` is the bids, `sell` the asks.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import type { Side } from '#domain';
import { BookSide, type SideState } from './book-side.ts';
import type { BookUpdate } from './book-update.ts';

/** Levels kept on each side unless told otherwise; more than any venue sends in a snapshot, small enough to bound memory. */
export const BOOK_LEVELS_MAX_DEFAULT = 65_536;

const NO_LEVEL =
  'a book level has a whole price above 0 and a whole quantity of at least 0, both safe integers';

/** A level-2 order book over typed arrays: changing a level near the touch costs the same few steps however many levels there are. */
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
    return this.#bids.bestTicks;
  }

  /** Returns the best ask in ticks; `NaN` when there is none. */
  get bestAskTicks(): number {
    return this.#asks.bestTicks;
  }

  /** True when the best bid is at or above the best ask: the feed is broken or in between two updates. */
  get isCrossed(): boolean {
    return this.bestBidTicks >= this.bestAskTicks;
  }

  /** Bytes of the arrays that hold its levels. */
  get byteLength(): number {
    return this.#bids.byteLength + this.#asks.byteLength;
  }

  /** Replaces the whole book; pairs [priceTicks, qtyLots, ...] in any order. */
  applySnapshot(bids: Float64Array, asks: Float64Array): void {
    this.clear();
    this.applyDelta(bids, asks);
  }

  /** Sets levels to absolute quantities; 0 removes, removing an unknown level is normal. Pairs [priceTicks, qtyLots, ...]. */
  applyDelta(bids: Float64Array, asks: Float64Array): void {
    assert(bids.length % 2 === 0 && asks.length % 2 === 0, 'book updates are pairs of price and quantity');
    for (let i = 0; i < bids.length; i += 2) assert(this.#bids.set(bids[i]!, bids[i + 1]!), NO_LEVEL);
    for (let i = 0; i < asks.length; i += 2) assert(this.#asks.set(asks[i]!, asks[i + 1]!), NO_LEVEL);
  }

  /**
   * Applies a message: a snapshot replaces the book, a delta sets levels in the order received. Levels with a sequence number of their own of
   * at most `afterSequence` are left out (KuCoin: those that the snapshot holds already). Returns false as soon as one is no level (a price
   * below 1 tick, a negative or broken quantity): the book is half changed then and worth nothing.
   */
  applyUpdate(update: BookUpdate, afterSequence = -1): boolean {
    if (update.isSnapshot) this.clear();
    return this.#bids.apply(update.bids, afterSequence) && this.#asks.apply(update.asks, afterSequence);
  }

  /** Sets one level to an absolute quantity; 0 removes it. */
  setLevel(side: Side, priceTicks: number, qtyLots: number): void {
    assert(this.#side(side).set(priceTicks, qtyLots), NO_LEVEL);
  }

  /** Cuts each side to its best `levels`; `cut` takes what goes as removals, behind what it holds. */
  truncate(levels: number, cut?: BookUpdate): void {
    assert(Number.isInteger(levels) && levels >= 0, `a book is cut to a number of levels, was ${levels}`);
    this.#bids.truncate(levels, cut?.bids);
    this.#asks.truncate(levels, cut?.asks);
  }

  /** Returns how many levels a side has. */
  levelCount(side: Side): number {
    return this.#side(side).count;
  }

  /** Returns the price of the level at `index`, 0 = best; `NaN` outside. One index after the other is cheap, and the last one. */
  priceTicksAt(side: Side, index: number): number {
    return this.#side(side).priceAt(index);
  }

  /** Returns the quantity of the level at `index`, 0 = best; 0 outside. */
  qtyLotsAt(side: Side, index: number): number {
    return this.#side(side).lotsAt(index);
  }

  /**
   * Writes the best levels of a side into two arrays of the same length, best first, and returns how many there were (the arrays' length at most):
   * the quickest way to read more than a few.
   */
  copyBest(side: Side, priceTicks: Float64Array, qtyLots: Float64Array): number {
    assert(priceTicks.length === qtyLots.length, 'levels are copied into arrays of the same length');
    return this.#side(side).copyBest(priceTicks, qtyLots);
  }

  /** Returns the quantity at a price; 0 when there is no such level. */
  qtyLotsOf(side: Side, priceTicks: number): number {
    return this.#side(side).lotsOf(priceTicks);
  }

  /** Returns the quantity in the best `levelCount` levels of a side. */
  depthLots(side: Side, levelCount: number): number {
    return this.#side(side).depthLots(levelCount);
  }

  /** Returns the quantity of a side at `limitTicks` or better (bids at or above it, asks at or below it). */
  depthLotsWithin(side: Side, limitTicks: number): number {
    return this.#side(side).depthLotsWithin(limitTicks);
  }

  /** Forgets all levels and keeps the memory. */
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
