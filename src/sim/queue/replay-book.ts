/**
 * A recorded book as the exchange of a replay sees it: levels in an `L2Book`, and a touch that follows the newest update (rule M51). Where an update
 * crosses the other side, that side's touch gives way to its next level beyond. Levels that were passed keep their quantity until they are
 * updated; they can be the touch again when an update has brought the touch back before them. What it is not: it knows no own orders.
 * Invariant: the best bid is below the best ask.
 */
import { L2Book } from '#book';
import { assert, type Checkpointable, stateRecord } from '#core';
import type { Side } from '#domain';

const NONE_BELOW = Number.NEGATIVE_INFINITY;
const NONE_ABOVE = Number.POSITIVE_INFINITY;

/** A book whose touch is that of the newest update. */
export class ReplayBook implements Checkpointable {
  readonly #book: L2Book;
  #bestBid = NONE_BELOW;
  #bestAsk = NONE_ABOVE;
  /** The worst price that a side has shown since it was last empty; levels beyond it are not looked for. */
  #lowestBid = NONE_ABOVE;
  #highestAsk = NONE_BELOW;

  /** `levelsMax` bounds each side; the worst level gives way. */
  constructor(levelsMax?: number) {
    this.#book = new L2Book(levelsMax);
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
    return this.#book.qtyLotsOf(side, priceTicks);
  }

  /** Sets a bid to an absolute quantity, 0 removes; returns what stood there. */
  setBid(priceTicks: number, lots: number): number {
    const previous = this.#book.qtyLotsOf('buy', priceTicks);
    this.#book.setLevel('buy', priceTicks, lots);
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
    const previous = this.#book.qtyLotsOf('sell', priceTicks);
    this.#book.setLevel('sell', priceTicks, lots);
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
   * Calls `take` with each level that a taker within `limitTicks` meets, best first, until it answers false. `side` is that of the book.
   */
  walk(side: Side, limitTicks: number, take: (priceTicks: number, lots: number) => boolean): void {
    const isBids = side === 'buy';
    const best = isBids ? this.#bestBid : this.#bestAsk;
    const worst = isBids ? this.#lowestBid : this.#highestAsk;
    for (let index = 0; ; index++) {
      const price = this.#book.priceTicksAt(side, index);
      if (Number.isNaN(price)) return;
      if (isBids ? price < limitTicks || price < worst : price > limitTicks || price > worst) return;
      const isPassed = isBids ? price > best : price < best;
      if (!isPassed && !take(price, this.#book.qtyLotsAt(side, index))) return;
    }
  }

  saveState(): unknown {
    return {
      book: this.#book.saveState(),
      touch: [this.#bestBid, this.#bestAsk],
      reach: [this.#lowestBid, this.#highestAsk],
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'replay book');
    this.#book.loadState(record.book);
    [this.#bestBid, this.#bestAsk] = record.touch as readonly [number, number];
    [this.#lowestBid, this.#highestAsk] = record.reach as readonly [number, number];
    assert(this.#bestBid < this.#bestAsk, 'the best bid of a replay book is below its best ask');
  }

  #bidBelow(priceTicks: number): number {
    let index = 0;
    let price = this.#book.bestBidTicks;
    while (price >= priceTicks) price = this.#book.priceTicksAt('buy', ++index);
    return price >= this.#lowestBid ? price : NONE_BELOW;
  }

  #askAbove(priceTicks: number): number {
    let index = 0;
    let price = this.#book.bestAskTicks;
    while (price <= priceTicks) price = this.#book.priceTicksAt('sell', ++index);
    return price <= this.#highestAsk ? price : NONE_ABOVE;
  }
}
