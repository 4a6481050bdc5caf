/**
 * A recorded book as the exchange of a replay sees it: levels by tick, and a touch that follows the newest update (rule M51). Where an update
 * crosses the other side, that side's touch gives way to its next level beyond. Levels that were passed keep their quantity until they are
 * updated; they can be the touch again when an update has brought the touch back before them. What it is not: it knows no own orders.
 * Invariant: the best bid is below the best ask.
 */
import { L2Book } from '#book';
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { Side } from '#domain';
import { REPLAY_EVENT, type ReplayChunk } from './replay-chunk.ts';
import { isWhole, ReplayLevels } from './replay-levels.ts';
import { TICK_WINDOW_SPAN } from './tick-window.ts';

const NONE_BELOW = Number.NEGATIVE_INFINITY;
const NONE_ABOVE = Number.POSITIVE_INFINITY;
/** Levels of a side in a saved book: more than the window and what lies outside of it can hold. */
const SAVED_LEVELS_MAX = 1 << 20;

/** The prices between which own orders rest, both ends included; `NaN` where none does. */
export interface OwnReach {
  buyLow: number;
  buyHigh: number;
  sellLow: number;
  sellHigh: number;
}

/** A book whose touch is that of the newest update. */
export class ReplayBook implements Checkpointable {
  readonly #bids: ReplayLevels;
  readonly #asks: ReplayLevels;
  #bestBid = NONE_BELOW;
  #bestAsk = NONE_ABOVE;
  /** The worst price that a side has shown since it was last empty; levels beyond it are not looked for. */
  #lowestBid = NONE_ABOVE;
  #highestAsk = NONE_BELOW;

  /** `levelsMax` bounds the levels of each side that lie far from its touch; the worst gives way. */
  constructor(levelsMax?: number) {
    this.#bids = new ReplayLevels('buy', levelsMax);
    this.#asks = new ReplayLevels('sell', levelsMax);
  }

  /** Best bid in ticks; minus infinity when there is none. */
  get bestBidTicks(): number {
    return this.#bestBid;
  }

  /** Best ask in ticks; infinity when there is none. */
  get bestAskTicks(): number {
    return this.#bestAsk;
  }

  /** Quantity displayed at a price of a side; 0 = no level. */
  lotsOf(side: Side, priceTicks: number): number {
    return (side === 'buy' ? this.#bids : this.#asks).lotsOf(priceTicks);
  }

  /** Sets a bid to an absolute quantity, 0 removes; returns what stood there. */
  setBid(priceTicks: number, lots: number): number {
    const previous = this.#bids.set(priceTicks, lots);
    if (lots === 0) {
      if (priceTicks === this.#bestBid) {
        this.#bestBid = this.#bidBelow(priceTicks);
        if (this.#bestBid === NONE_BELOW) this.#lowestBid = NONE_ABOVE;
      }
    } else {
      if (priceTicks > this.#bestBid) {
        this.#bestBid = priceTicks;
        if (priceTicks >= this.#bestAsk) this.#bestAsk = this.#askAbove(priceTicks);
      }
      if (priceTicks < this.#lowestBid) this.#lowestBid = priceTicks;
    }
    return previous;
  }

  /** Sets an ask to an absolute quantity, 0 removes; returns what stood there. */
  setAsk(priceTicks: number, lots: number): number {
    const previous = this.#asks.set(priceTicks, lots);
    if (lots === 0) {
      if (priceTicks === this.#bestAsk) {
        this.#bestAsk = this.#askAbove(priceTicks);
        if (this.#bestAsk === NONE_ABOVE) this.#highestAsk = NONE_BELOW;
      }
    } else {
      if (priceTicks < this.#bestAsk) {
        this.#bestAsk = priceTicks;
        if (this.#bestBid >= priceTicks) this.#bestBid = this.#bidBelow(priceTicks);
      }
      if (priceTicks > this.#highestAsk) this.#highestAsk = priceTicks;
    }
    return previous;
  }

  /**
   * Takes the events [from, end) of a chunk as long as they are no later than `untilUs` (by `timesUs`) and change quantities alone: no touch, no level
   * within the reach of own orders, no trade that meets one. Returns the index of the first that it leaves to the caller. It says what `setBid`
   * and `setAsk` say once more, because calls in its loop would halve its speed.
   */
  run(
    chunk: Omit<ReplayChunk, 'exchUs'>,
    timesUs: Float64Array,
    from: number,
    end: number,
    untilUs: EpochUs,
    own: OwnReach,
  ): number {
    const { kind, priceTicks, qtyLots } = chunk;
    const { buyHigh, buyLow, sellHigh, sellLow } = own;
    const bids = this.#bids.window;
    const asks = this.#asks.window;
    const bidLots = bids.lots;
    const askLots = asks.lots;
    const bidBase = this.#bids.base;
    const askBase = this.#asks.base;
    const bestBid = this.#bestBid;
    const bestAsk = this.#bestAsk;
    const lowestBid = this.#lowestBid;
    const highestAsk = this.#highestAsk;
    let lastUs = from > 0 ? timesUs[from - 1]! : Number.NEGATIVE_INFINITY;
    let at = from;
    for (; at < end; at++) {
      const tsUs = timesUs[at]!;
      if (tsUs > untilUs || tsUs < lastUs) break;
      lastUs = tsUs;
      const what = kind[at]!;
      const price = priceTicks[at]!;
      const lots = qtyLots[at]!;
      if (what === REPLAY_EVENT.bid) {
        if (price >= bestBid ? price > bestBid || lots === 0 : price < lowestBid) break;
        if (price <= buyHigh && price >= buyLow) break;
        const offset = price - bidBase;
        if (offset >>> 0 !== offset || offset >= TICK_WINDOW_SPAN || !isWhole(lots)) break;
        const before = bidLots[offset]!;
        bidLots[offset] = lots;
        if (before > 0 !== lots > 0) bids.turn(offset);
      } else if (what === REPLAY_EVENT.ask) {
        if (price <= bestAsk ? price < bestAsk || lots === 0 : price > highestAsk) break;
        if (price >= sellLow && price <= sellHigh) break;
        const offset = price - askBase;
        if (offset >>> 0 !== offset || offset >= TICK_WINDOW_SPAN || !isWhole(lots)) break;
        const before = askLots[offset]!;
        askLots[offset] = lots;
        if (before > 0 !== lots > 0) asks.turn(offset);
      } else if (what === REPLAY_EVENT.boughtTrade ? price >= sellLow : price <= buyHigh) break;
    }
    return at;
  }

  /**
   * Calls `take` with each level that a taker within `limitTicks` meets, best first, until it answers false. `side` is that of the book.
   */
  walk(side: Side, limitTicks: number, take: (priceTicks: number, lots: number) => boolean): void {
    const isBids = side === 'buy';
    const levels = isBids ? this.#bids : this.#asks;
    const worst = isBids ? this.#lowestBid : this.#highestAsk;
    let price = isBids ? this.#bestBid : this.#bestAsk;
    while (Number.isFinite(price)) {
      if (isBids ? price < limitTicks || price < worst : price > limitTicks || price > worst) return;
      if (!take(price, levels.lotsOf(price))) return;
      price = isBids ? levels.below(price) : levels.above(price);
    }
  }

  saveState(): unknown {
    return {
      book: this.#levels().saveState(),
      touch: [this.#bestBid, this.#bestAsk],
      reach: [this.#lowestBid, this.#highestAsk],
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'replay book');
    const book = new L2Book(SAVED_LEVELS_MAX);
    book.loadState(record.book);
    for (const [side, levels] of [
      ['buy', this.#bids],
      ['sell', this.#asks],
    ] as const) {
      levels.clear();
      for (let index = 0; index < book.levelCount(side); index++)
        levels.set(book.priceTicksAt(side, index), book.qtyLotsAt(side, index));
    }
    [this.#bestBid, this.#bestAsk] = record.touch as readonly [number, number];
    [this.#lowestBid, this.#highestAsk] = record.reach as readonly [number, number];
    assert(this.#bestBid < this.#bestAsk, 'the best bid of a replay book is below its best ask');
  }

  /** All levels, passed ones too, as a book. */
  #levels(): L2Book {
    const book = new L2Book(SAVED_LEVELS_MAX);
    for (let at = this.#bids.below(NONE_ABOVE); at > 0; at = this.#bids.below(at))
      book.setLevel('buy', at, this.#bids.lotsOf(at));
    for (let at = this.#asks.above(0); at < NONE_ABOVE; at = this.#asks.above(at))
      book.setLevel('sell', at, this.#asks.lotsOf(at));
    return book;
  }

  #bidBelow(priceTicks: number): number {
    const price = this.#bids.below(priceTicks);
    return price >= this.#lowestBid ? price : NONE_BELOW;
  }

  #askAbove(priceTicks: number): number {
    const price = this.#asks.above(priceTicks);
    return price <= this.#highestAsk ? price : NONE_ABOVE;
  }
}
