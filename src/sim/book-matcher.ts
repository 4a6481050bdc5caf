/**
 * Matching on a recorded book (rules M29 to M32): takers walk it, resting orders queue behind what is displayed. Own orders do not change
 * the recorded stream, but what they take from a level stays taken until that level is updated. Cancels ahead are believed only when the
 * level has become smaller than the queue; a print or the other side of the book at the order's price fills it.
 */
import { L2Book } from '#book';
import { type Checkpointable, type EpochUs, stateRecord } from '#core';
import { type BookEvent, type Instrument, type MarketEvent, oppositeSide, type Side } from '#domain';
import type { MatchDesk, Matcher } from './matcher.ts';
import { fillByPrint, restingOrders, touchedConditionals } from './resting.ts';
import { compareUrgency, isWorse, leavesOf, type SimOrder } from './sim-order.ts';

/** Matches the orders of one instrument against its recorded book and prints. */
export class BookMatcher implements Matcher, Checkpointable {
  readonly #ix: number;
  readonly #desk: MatchDesk;
  readonly #book = new L2Book();
  /** Lots taken by own orders per price since the level was last updated; at most one entry per level ever taken from. */
  readonly #taken: Record<Side, Map<number, number>> = { buy: new Map(), sell: new Map() };
  /** The last print where prints are recorded (before the first one, and without them: the middle of the book, rounded down). */
  #lastTicks = Number.NaN;
  #isPrinted = false;

  constructor(instrument: Instrument, desk: MatchDesk) {
    this.#ix = instrument.ix;
    this.#desk = desk;
  }

  get nextActionUs(): EpochUs {
    return Number.POSITIVE_INFINITY;
  }

  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    if (event.kind === 'book') this.#onBook(event, nowUs);
    else if (event.kind === 'trade') {
      this.#lastTicks = event.priceTicks;
      this.#isPrinted = true;
      fillByPrint(this.#desk, event, nowUs);
    } else return;
    if (this.#desk.openOrders(this.#ix).length === 0) return;
    const touched = touchedConditionals(this.#desk.openOrders(this.#ix), this.#lastTicks);
    for (const order of touched.sort(compareUrgency)) {
      if (this.#desk.trigger(order, nowUs)) this.#meet(order, nowUs);
    }
  }

  act(): void {
    // Nothing is ever due between events.
  }

  enter(order: SimOrder, nowUs: EpochUs): void {
    if (order.phase === 'held') this.#meet(order, nowUs);
  }

  onLeft(): void {
    // Plans nothing ahead.
  }

  lastTicks(): number {
    return this.#lastTicks;
  }

  touchTicks(side: Side): number {
    return side === 'buy' ? this.#book.bestAskTicks : this.#book.bestBidTicks;
  }

  takeableLots(side: Side, limitTicks: number): number {
    const opposite = oppositeSide(side);
    let lots = 0;
    for (let index = 0; index < this.#book.levelCount(opposite); index++) {
      if (isWorse(side, this.#book.priceTicksAt(opposite, index), limitTicks)) break;
      lots += this.#freeLots(opposite, index);
    }
    return lots;
  }

  lowTicks(): number {
    return this.#lastTicks;
  }

  highTicks(): number {
    return this.#lastTicks;
  }

  addBends(): void {
    // The price stands still between events.
  }

  saveState(): unknown {
    return {
      book: this.#book.saveState(),
      takenBids: [...this.#taken.buy],
      takenAsks: [...this.#taken.sell],
      lastTicks: this.#lastTicks,
      isPrinted: this.#isPrinted,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'book matcher');
    this.#book.loadState(record.book);
    for (const [side, saved] of [
      ['buy', record.takenBids],
      ['sell', record.takenAsks],
    ] as const) {
      this.#taken[side].clear();
      for (const [ticks, lots] of saved as readonly (readonly [number, number])[]) {
        this.#taken[side].set(ticks, lots);
      }
    }
    this.#lastTicks = record.lastTicks as number;
    this.#isPrinted = record.isPrinted as boolean;
  }

  #onBook(event: BookEvent, nowUs: EpochUs): void {
    if (event.isSnapshot) {
      this.#taken.buy.clear();
      this.#taken.sell.clear();
      this.#book.applySnapshot(event.bids, event.asks);
    } else {
      for (let i = 0; i < event.bids.length; i += 2) this.#taken.buy.delete(event.bids[i]!);
      for (let i = 0; i < event.asks.length; i += 2) this.#taken.sell.delete(event.asks[i]!);
      this.#book.applyDelta(event.bids, event.asks);
    }
    const middleTicks = Math.floor((this.#book.bestBidTicks + this.#book.bestAskTicks) / 2);
    if (!this.#isPrinted && !Number.isNaN(middleTicks)) this.#lastTicks = middleTicks;
    if (this.#desk.openOrders(this.#ix).length === 0) return;
    this.#shrinkQueues('buy');
    this.#shrinkQueues('sell');
    this.#fillCrossed('buy', nowUs);
    this.#fillCrossed('sell', nowUs);
  }

  /** A level that is smaller than the queue ahead has lost orders ahead of ours; nothing else tells who cancelled. */
  #shrinkQueues(side: Side): void {
    for (const order of restingOrders(this.#desk.openOrders(this.#ix), side)) {
      const shown = this.#book.qtyLotsOf(side, Number(order.priceTicks));
      order.queueAheadLots = Math.min(order.queueAheadLots, shown);
    }
  }

  /** The other side of the book has come to the price of a resting order: it would have traded with it. */
  #fillCrossed(side: Side, nowUs: EpochUs): void {
    const opposite = oppositeSide(side);
    for (const order of restingOrders(this.#desk.openOrders(this.#ix), side)) {
      const limitTicks = Number(order.priceTicks);
      if (this.takeableLots(side, limitTicks) === 0) return;
      this.#walk(order, opposite, nowUs, limitTicks);
    }
  }

  /** Lets an order meet the book as a taker; the rest of a limit order rests, the rest of a market order has no liquidity and ends. */
  #meet(order: SimOrder, nowUs: EpochUs): void {
    const limitTicks = order.priceTicks;
    const touch = this.touchTicks(order.side);
    const isMarketable =
      limitTicks === null || (!Number.isNaN(touch) && !isWorse(order.side, touch, limitTicks));
    if (isMarketable) this.#walk(order, oppositeSide(order.side), nowUs, null);
    if (order.phase === 'done') return;
    if (limitTicks === null) this.#desk.expire(order, 'no_liquidity', nowUs);
    else if (order.timeInForce === 'IOC' || order.timeInForce === 'FOK') {
      this.#desk.expire(order, 'not_filled_at_once', nowUs);
    } else {
      order.phase = 'resting';
      order.queueAheadLots = this.#book.qtyLotsOf(order.side, limitTicks);
    }
  }

  /** Takes level after level of the other side within the order's limit; as a maker (`makerTicks`) all of it at the order's own price. */
  #walk(order: SimOrder, opposite: Side, nowUs: EpochUs, makerTicks: number | null): void {
    let restLots = this.#desk.fillableLots(order);
    if (restLots === 0) this.#desk.expire(order, 'reduce_only', nowUs);
    for (let index = 0; index < this.#book.levelCount(opposite) && restLots > 0; index++) {
      const levelTicks = this.#book.priceTicksAt(opposite, index);
      if (order.priceTicks !== null && isWorse(order.side, levelTicks, order.priceTicks)) break;
      const freeLots = this.#freeLots(opposite, index);
      const qtyLots = this.#desk.floorLots(order, Math.min(restLots, freeLots));
      if (qtyLots === 0) continue;
      const taken = this.#taken[opposite];
      taken.set(levelTicks, (taken.get(levelTicks) ?? 0) + qtyLots);
      restLots -= qtyLots;
      const execution =
        makerTicks === null
          ? ({ priceTicks: levelTicks, qtyLots, liquidity: 'taker' } as const)
          : ({ priceTicks: makerTicks, qtyLots, liquidity: 'maker' } as const);
      this.#desk.fill(order, execution, nowUs);
    }
    if (makerTicks !== null && leavesOf(order) > 0) order.queueAheadLots = 0;
  }

  #freeLots(side: Side, index: number): number {
    const taken = this.#taken[side].get(this.#book.priceTicksAt(side, index)) ?? 0;
    return Math.max(0, this.#book.qtyLotsAt(side, index) - taken);
  }
}
