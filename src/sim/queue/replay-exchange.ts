/**
 * The exchange of a replay: a recorded market that own orders meet without changing it (rules M48, M50 to M55). It fills each order by itself; own
 * orders neither see nor take from each other. What it is not: it knows no latency and no schedule (`fill-replay.ts`).
 */
import { assert, type EpochUs, stateRecord } from '#core';
import { passedLots, type QueueModel } from './queue-model.ts';
import { type OwnReach, ReplayBook } from './replay-book.ts';
import type { ReplayChunk } from './replay-chunk.ts';
import { assertInOrder, playEvent, type ReplayMarket } from './replay-market.ts';
import { REPLAY_STATUS, type ReplayOrder } from './replay-order.ts';
import { RestingSide } from './resting-side.ts';

/** How the exchange fills: whole orders at a time (`no-partial`), or by what was there (`partial`). */
export type ExchangeModel = 'no-partial' | 'partial';

/** Names of the exchange models. */
export const EXCHANGE_MODELS: readonly ExchangeModel[] = ['no-partial', 'partial'];

/** Told of each fill: after it, the order shows it as its last. */
export type FillListener = (order: ReplayOrder, isMaker: boolean) => void;

/** What an exchange is made of. */
export interface ReplayExchangeOptions {
  readonly queue: QueueModel;
  readonly exchange: ExchangeModel;
  readonly onFill?: FillListener;
}

/** A recorded market with own orders in it. */
export class ReplayExchange implements ReplayMarket {
  readonly #queue: QueueModel;
  readonly #isPartial: boolean;
  readonly #onFill: FillListener;
  readonly #book = new ReplayBook();
  readonly #buys = new RestingSide(1);
  readonly #sells = new RestingSide(-1);
  readonly #reach: OwnReach = {
    buyLow: Number.NaN,
    buyHigh: Number.NaN,
    sellLow: Number.NaN,
    sellHigh: Number.NaN,
  };
  /** Time of the last event; minus infinity before the first. */
  lastUs: EpochUs = Number.NEGATIVE_INFINITY;

  constructor({ queue, exchange, onFill }: ReplayExchangeOptions) {
    this.#queue = queue;
    this.#isPartial = exchange === 'partial';
    this.#onFill = onFill ?? (() => undefined);
  }

  /** Own orders that rest. */
  get openCount(): number {
    return this.#buys.count + this.#sells.count;
  }

  /** Plays the events [from, count) of a chunk up to `untilUs`; returns the index of the first later one, `count` when there is none. */
  play(chunk: ReplayChunk, from: number, untilUs: EpochUs): number {
    const { count, exchUs } = chunk;
    const book = this.#book;
    const reach = this.#reach;
    let at = from;
    if (at < count) assertInOrder(this.lastUs, exchUs[at]!);
    for (;;) {
      at = book.run(chunk, exchUs, at, count, untilUs, reach);
      if (at === count || exchUs[at]! > untilUs) break;
      playEvent(this, chunk, at++);
    }
    if (at > from) this.lastUs = exchUs[at - 1]!;
    return at;
  }

  /** Takes the new quantity of a bid level; 0 = none. */
  onBid(tsUs: EpochUs, priceTicks: number, lots: number): void {
    const bestBefore = this.#book.bestBidTicks;
    const previousLots = this.#book.setBid(priceTicks, lots);
    if (this.#buys.spans(priceTicks))
      for (const order of this.#buys.at(priceTicks)) this.#level(order, previousLots, lots);
    if (this.#book.bestBidTicks > bestBefore) this.#fillReached(this.#sells, this.#book.bestBidTicks, tsUs);
  }

  /** Takes the new quantity of an ask level; 0 = none. */
  onAsk(tsUs: EpochUs, priceTicks: number, lots: number): void {
    const bestBefore = this.#book.bestAskTicks;
    const previousLots = this.#book.setAsk(priceTicks, lots);
    if (this.#sells.spans(priceTicks))
      for (const order of this.#sells.at(priceTicks)) this.#level(order, previousLots, lots);
    if (this.#book.bestAskTicks < bestBefore) this.#fillReached(this.#buys, this.#book.bestAskTicks, tsUs);
  }

  /** Takes a trade (M48, M52); `takerSide` 1 = the taker bought. */
  onTrade(tsUs: EpochUs, takerSide: 1 | -1, priceTicks: number, lots: number): void {
    const makers = takerSide === 1 ? this.#sells : this.#buys;
    if (!makers.reaches(priceTicks)) return;
    while (makers.passes(priceTicks))
      this.#fillResting(makers, makers.best(), tsUs, makers.best().leavesLots);
    for (const order of [...makers.at(priceTicks)]) this.#trade(makers, order, tsUs, lots);
  }

  /** Takes an order that arrives: it rests, takes or expires (M53, M54). */
  onSubmit(tsUs: EpochUs, order: ReplayOrder): void {
    assert(order.status === REPLAY_STATUS.none, 'an order arrives once');
    const { side, priceTicks, timeInForce } = order.plan;
    const touch = side === 1 ? this.#book.bestAskTicks : this.#book.bestBidTicks;
    const isMarketable = side === 1 ? priceTicks >= touch : priceTicks <= touch;
    order.exchUs = tsUs;
    if (!isMarketable) {
      if (timeInForce === 'IOC' || timeInForce === 'FOK') order.status = REPLAY_STATUS.expired;
      else this.#rest(order, this.#book.lotsOf(side === 1 ? 'buy' : 'sell', priceTicks));
    } else if (timeInForce === 'GTX') order.status = REPLAY_STATUS.expired;
    else if (this.#isPartial) this.#takeByLevels(order);
    else this.#fill(order, touch, order.leavesLots, false);
  }

  /** Takes a cancel that arrives; returns false when the order is not open. */
  onCancel(tsUs: EpochUs, order: ReplayOrder): boolean {
    if (!order.isOpen) return false;
    (order.plan.side === 1 ? this.#buys : this.#sells).remove(order);
    this.#noteReach();
    order.status = REPLAY_STATUS.cancelled;
    order.exchUs = tsUs;
    order.place = null;
    return true;
  }

  /** Returns its book and who rests; what became of the orders is theirs to save. */
  saveState(): unknown {
    return { book: this.#book.saveState(), buys: this.#buys.save(), sells: this.#sells.save() };
  }

  /** Takes a saved state into a fresh exchange; `orders` are those of the schedule, loaded already. */
  loadState(state: unknown, orders: readonly ReplayOrder[]): void {
    assert(this.openCount === 0, 'a state is loaded into a fresh exchange');
    const { book, buys, sells } = stateRecord(state, 'replay exchange');
    this.#book.loadState(book);
    for (const [side, indexes] of [
      [this.#buys, buys],
      [this.#sells, sells],
    ] as const) {
      for (const ix of indexes as readonly number[]) {
        const order = orders[ix];
        assert(order?.isOpen === true, 'an order that rests is open');
        side.add(order);
      }
    }
    this.#noteReach();
  }

  /** Orders have come or gone: tells where the others rest. */
  #noteReach(): void {
    const reach = this.#reach;
    reach.buyLow = this.#buys.worstTicks;
    reach.buyHigh = this.#buys.bestTicks;
    reach.sellLow = this.#sells.bestTicks;
    reach.sellHigh = this.#sells.worstTicks;
  }

  #rest(order: ReplayOrder, aheadLots: number): void {
    order.status = order.leavesLots < order.plan.qtyLots ? REPLAY_STATUS.partlyFilled : REPLAY_STATUS.open;
    order.place = this.#queue.join(aheadLots);
    order.joinedLots = aheadLots;
    (order.plan.side === 1 ? this.#buys : this.#sells).add(order);
    this.#noteReach();
  }

  #level(order: ReplayOrder, previousLots: number, lots: number): void {
    assert(order.place !== null, 'a resting order has a place');
    this.#queue.onLevel(order.place, previousLots, lots);
  }

  /** A trade at the order's own price (M47, M52). */
  #trade(makers: RestingSide, order: ReplayOrder, tsUs: EpochUs, lots: number): void {
    const { place } = order;
    assert(place !== null, 'a resting order has a place');
    this.#queue.onTrade(place, lots);
    const passed = passedLots(place);
    if (passed === 0) return;
    place.aheadLots = 0;
    const filled = this.#isPartial ? Math.min(passed, lots, order.leavesLots) : order.leavesLots;
    this.#fillResting(makers, order, tsUs, filled);
  }

  /** The other side's touch has come to `touchTicks`: whom it reaches is filled whole (M52). */
  #fillReached(makers: RestingSide, touchTicks: number, tsUs: EpochUs): void {
    while (makers.reaches(touchTicks))
      this.#fillResting(makers, makers.best(), tsUs, makers.best().leavesLots);
  }

  #fillResting(makers: RestingSide, order: ReplayOrder, tsUs: EpochUs, lots: number): void {
    order.exchUs = tsUs;
    this.#fill(order, order.plan.priceTicks, lots, true);
    if (order.status === REPLAY_STATUS.filled) {
      makers.remove(order);
      this.#noteReach();
      order.place = null;
    }
  }

  /** Takes what the book shows within the limit; what is left waits, or expires where it must not (M54). */
  #takeByLevels(order: ReplayOrder): void {
    const { side, priceTicks, qtyLots, timeInForce } = order.plan;
    const bookSide = side === 1 ? 'sell' : 'buy';
    if (timeInForce === 'FOK') {
      let there = 0;
      this.#book.walk(bookSide, priceTicks, (_price, lots) => {
        there += lots;
        return there < qtyLots;
      });
      if (there < qtyLots) {
        order.status = REPLAY_STATUS.expired;
        return;
      }
    }
    this.#book.walk(bookSide, priceTicks, (price, lots) => {
      this.#fill(order, price, Math.min(lots, order.leavesLots), false);
      return order.leavesLots > 0;
    });
    if (order.leavesLots === 0) return;
    if (timeInForce === 'IOC') order.status = REPLAY_STATUS.expired;
    else this.#rest(order, 0);
  }

  #fill(order: ReplayOrder, priceTicks: number, lots: number, isMaker: boolean): void {
    assert(lots > 0 && lots <= order.leavesLots, 'an order fills at most what is left of it');
    const { side, priceTicks: limit } = order.plan;
    assert(side === 1 ? priceTicks <= limit : priceTicks >= limit, 'no fill is worse than the limit');
    order.leavesLots -= lots;
    order.lastExecLots = lots;
    order.lastExecTicks = priceTicks;
    order.status = order.leavesLots === 0 ? REPLAY_STATUS.filled : REPLAY_STATUS.partlyFilled;
    this.#onFill(order, isMaker);
  }
}
