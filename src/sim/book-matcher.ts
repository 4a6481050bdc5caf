/**
 * Matching on a recorded book (rules M29 to M32, M90 to M98): takers walk it, resting orders queue behind what stands there. Own orders do not change
 * the recorded stream; what they take and how far they move the market is an impact model's account. A print or the other side of the book at a
 * resting order's price fills it.
 */
import { type Checkpointable, type EpochUs, stateRecord } from '#core';
import { type Instrument, type MarketEvent, oppositeSide, type Side, type TradeEvent } from '#domain';
import type { ImpactModel } from './impact/index.ts';
import type { MatchDesk, Matcher } from './matcher.ts';
import type { RecordedLiquidity } from './recorded-liquidity.ts';
import { fillAsMaker, fillableResting, restingOrders, touchedConditionals } from './resting.ts';
import { meetOwn, ownInReach } from './self-trade.ts';
import { compareUrgency, isWorse, leavesOf, type SimOrder } from './sim-order.ts';

/** What a book matcher is made of; the liquidity and the impact belong to it alone. */
export interface BookMatcherParts {
  readonly instrument: Instrument;
  readonly desk: MatchDesk;
  readonly liquidity: RecordedLiquidity;
  readonly impact: ImpactModel;
}

/** Matches the orders of one instrument against its recorded book and prints. */
export class BookMatcher implements Matcher, Checkpointable {
  readonly #ix: number;
  readonly #desk: MatchDesk;
  readonly #liquidity: RecordedLiquidity;
  readonly #impact: ImpactModel;
  /** The last print where prints are recorded (before the first one, and without them: the middle of the book, rounded down). */
  #lastTicks = Number.NaN;
  #isPrinted = false;

  constructor({ instrument, desk, liquidity, impact }: BookMatcherParts) {
    this.#ix = instrument.ix;
    this.#desk = desk;
    this.#liquidity = liquidity;
    this.#impact = impact;
  }

  get nextActionUs(): EpochUs {
    return Number.POSITIVE_INFINITY;
  }

  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    const open = this.#desk.openOrders(this.#ix);
    if (event.kind === 'trade') {
      this.#lastTicks = event.priceTicks;
      this.#isPrinted = true;
      if (this.#impact.needsMarket) this.#impact.onPrint(event.qtyLots, nowUs);
      if (open.length > 0) this.#fillByPrint(event, nowUs);
    } else if (this.#liquidity.onEvent(event, open, nowUs)) this.#onBook(nowUs);
    else return;
    if (open.length === 0) return;
    const touched = touchedConditionals(open, this.#lastTicks);
    for (const order of touched.sort(compareUrgency)) {
      if (this.#desk.trigger(order, nowUs)) this.#meet(order, nowUs);
    }
    this.#liquidity.onLeft(open);
  }

  act(): void {
    // Nothing is ever due between events.
  }

  enter(order: SimOrder, nowUs: EpochUs): void {
    if (order.phase === 'held') this.#meet(order, nowUs);
  }

  onLeft(): void {
    this.#liquidity.onLeft(this.#desk.openOrders(this.#ix));
  }

  lastTicks(): number {
    return this.#lastTicks;
  }

  touchTicks(side: Side, nowUs: EpochUs): number {
    const { book } = this.#liquidity;
    return this.#movedTicks(side, side === 'buy' ? book.bestAskTicks : book.bestBidTicks, nowUs);
  }

  midTicks(): number {
    const { bestAskTicks, bestBidTicks } = this.#liquidity.book;
    return (bestAskTicks + bestBidTicks) / 2;
  }

  takeableLots(side: Side, limitTicks: number, nowUs: EpochUs): number {
    const { book } = this.#liquidity;
    const opposite = oppositeSide(side);
    // A market that has moved is further away, never nearer.
    if (isWorse(side, book.priceTicksAt(opposite, 0), limitTicks)) return 0;
    const movedTicks = this.#movedTicks(side, 0, nowUs);
    let lots = 0;
    for (let index = 0; index < book.levelCount(opposite); index++) {
      const ticks = book.priceTicksAt(opposite, index) + movedTicks;
      if (ticks <= 0 || isWorse(side, ticks, limitTicks)) break;
      lots += this.#liquidity.freeLots(opposite, index, nowUs);
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
      liquidity: this.#liquidity.saveState(),
      impact: this.#impact.saveState(),
      lastTicks: this.#lastTicks,
      isPrinted: this.#isPrinted,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'book matcher');
    this.#liquidity.loadState(record.liquidity);
    this.#impact.loadState(record.impact);
    this.#lastTicks = record.lastTicks as number;
    this.#isPrinted = record.isPrinted as boolean;
  }

  #onBook(nowUs: EpochUs): void {
    const midTicks = this.midTicks();
    if (!Number.isNaN(midTicks)) {
      if (!this.#isPrinted) this.#lastTicks = Math.floor(midTicks);
      if (this.#impact.needsMarket) this.#impact.onMid(midTicks, nowUs);
    }
    if (this.#desk.openOrders(this.#ix).length === 0) return;
    this.#fillCrossed('buy', nowUs);
    this.#fillCrossed('sell', nowUs);
  }

  /** Returns a recorded price as an own order of `side` meets it: the market has moved away from what it traded before. */
  #movedTicks(side: Side, ticks: number, nowUs: EpochUs): number {
    const shiftTicks = this.#impact.shiftTicks(side, nowUs);
    return side === 'buy' ? ticks + shiftTicks : ticks - shiftTicks;
  }

  /**
   * Fills resting orders by a print of a taker on the other side (M27, M28): those at better prices than the print at once, those at its price
   * after the queue ahead of them has traded. What one order takes of a print the next cannot have.
   */
  #fillByPrint(print: TradeEvent, nowUs: EpochUs): void {
    const side = oppositeSide(print.takerSide);
    const priceTicks = this.#movedTicks(side, print.priceTicks, nowUs);
    let restLots = print.qtyLots;
    for (const order of fillableResting(this.#desk.openOrders(this.#ix), side)) {
      const limitTicks = Number(order.priceTicks);
      const isAt = limitTicks === priceTicks;
      if (restLots <= 0 || (!isAt && !isWorse(side, limitTicks, priceTicks))) break;
      if (!isAt) this.#liquidity.toFront(order);
      const lots = isAt ? this.#liquidity.reachedLots(order, restLots, print.qtyLots, nowUs) : restLots;
      if (lots > 0) restLots -= this.#make(order, lots, nowUs);
    }
  }

  #make(order: SimOrder, lotsMax: number, nowUs: EpochUs): number {
    const lots = fillAsMaker(this.#desk, order, lotsMax, nowUs);
    if (lots > 0) this.#impact.onOwnFill(order.side, lots, nowUs);
    return lots;
  }

  /** The other side of the book has come to the price of a resting order: it would have traded with it. */
  #fillCrossed(side: Side, nowUs: EpochUs): void {
    for (const order of restingOrders(this.#desk.openOrders(this.#ix), side)) {
      const limitTicks = Number(order.priceTicks);
      if (this.takeableLots(side, limitTicks, nowUs) === 0) return;
      this.#walk(order, nowUs, limitTicks);
    }
  }

  /** Lets an order meet the book as a taker; the rest of a limit order rests, the rest of a market order has no liquidity and ends. */
  #meet(order: SimOrder, nowUs: EpochUs): void {
    const limitTicks = order.priceTicks;
    const touch = this.touchTicks(order.side, nowUs);
    const isMarketable =
      limitTicks === null || (!Number.isNaN(touch) && !isWorse(order.side, touch, limitTicks));
    if (isMarketable && limitTicks !== null && order.timeInForce === 'GTX') {
      this.#desk.expire(order, 'post_only_would_take', nowUs);
      return;
    }
    if (order.timeInForce === 'FOK' && limitTicks !== null && this.#isTooMuch(order, limitTicks, nowUs)) {
      this.#desk.expire(order, 'fok_unfilled', nowUs);
      return;
    }
    if (isMarketable || order.selfTrade !== 'refuse') {
      this.#walk(order, nowUs, null);
    }
    if (order.phase === 'done') return;
    if (limitTicks === null) this.#desk.expire(order, 'no_liquidity', nowUs);
    else if (order.timeInForce === 'IOC' || order.timeInForce === 'FOK') {
      this.#desk.expire(order, 'not_filled_at_once', nowUs);
    } else {
      order.phase = 'resting';
      this.#liquidity.join(order);
    }
  }

  /** Takes level after level of the other side within the order's limit; as a maker (`makerTicks`) all of it at the order's own price. */
  #walk(order: SimOrder, nowUs: EpochUs, makerTicks: number | null): void {
    const { book } = this.#liquidity;
    const opposite = oppositeSide(order.side);
    // What an order executes moves the market for those after it; the order itself pays by walking.
    const movedTicks = this.#movedTicks(order.side, 0, nowUs);
    let restLots = this.#desk.fillableLots(order);
    let filledLots = 0;
    if (restLots === 0) {
      this.#desk.expire(order, 'reduce_only', nowUs);
      return;
    }
    const own = makerTicks === null ? ownInReach(order, this.#desk.openOrders(this.#ix)) : [];
    for (let index = 0; index < book.levelCount(opposite) && restLots > 0; index++) {
      const levelTicks = book.priceTicksAt(opposite, index) + movedTicks;
      if (own.length > 0) restLots = this.#meetOwn(order, own, levelTicks, nowUs);
      if (restLots === 0 || levelTicks <= 0) break;
      if (order.priceTicks !== null && isWorse(order.side, levelTicks, order.priceTicks)) break;
      const freeLots = this.#liquidity.freeLots(opposite, index, nowUs);
      const qtyLots = this.#desk.floorLots(order, Math.min(restLots, freeLots));
      if (qtyLots === 0) continue;
      this.#liquidity.onTaken(opposite, index, qtyLots, nowUs);
      restLots -= qtyLots;
      filledLots += qtyLots;
      const execution =
        makerTicks === null
          ? ({ priceTicks: levelTicks, qtyLots, liquidity: 'taker' } as const)
          : ({ priceTicks: makerTicks, qtyLots, liquidity: 'maker' } as const);
      this.#desk.fill(order, execution, nowUs);
    }
    if (own.length > 0 && restLots > 0) this.#meetOwn(order, own, null, nowUs);
    if (filledLots > 0) this.#impact.onOwnFill(order.side, filledLots, nowUs);
    if (makerTicks !== null && leavesOf(order) > 0) this.#liquidity.toFront(order);
  }

  /**
   * Meets own orders that stand before a level of the book, `null` = behind all of them, and takes them off the list: each is met once. Returns the
   * lots that may still trade.
   */
  #meetOwn(taker: SimOrder, own: SimOrder[], levelTicks: number | null, nowUs: EpochUs): number {
    for (let maker = own[0]; maker !== undefined && taker.phase !== 'done'; maker = own[0]) {
      if (levelTicks !== null && !isWorse(taker.side, levelTicks, Number(maker.priceTicks))) break;
      own.shift();
      meetOwn(this.#desk, taker, maker, nowUs);
    }
    return taker.phase === 'done' ? 0 : this.#desk.fillableLots(taker);
  }

  #isTooMuch(order: SimOrder, limitTicks: number, nowUs: EpochUs): boolean {
    return this.takeableLots(order.side, limitTicks, nowUs) < this.#desk.fillableLots(order);
  }
}
