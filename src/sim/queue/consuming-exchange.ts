/**
 * The exchange of a replay in which own orders have a footprint (M107): they share prints, consume levels, and move the market as an impact model says. What it
 * is not: the exchange whose fills are compared with hftbacktest's (`replay-exchange.ts`, M55). A recorded market does not answer own orders; the
 * impact model stands in for its answer.
 * Invariants: an order never fills above its quantity or worse than its limit; two own orders never get the same print or the same lots of a level.
 */
import { assert, type EpochUs, stateRecord } from '#core';
import type { Side } from '#domain';
import { type ImpactModel, type ImpactRule, impactOf } from '../impact/index.ts';
import { passedLots, type QueueModel } from './queue-model.ts';
import { ReplayBook } from './replay-book.ts';
import type { ReplayChunk } from './replay-chunk.ts';
import type { FillListener } from './replay-exchange.ts';
import { assertInOrder, playEvent, type ReplayMarket } from './replay-market.ts';
import { REPLAY_STATUS, type ReplayOrder } from './replay-order.ts';
import { RestingSide } from './resting-side.ts';

/** What such an exchange is made of. */
export interface ConsumingExchangeOptions {
  readonly queue: QueueModel;
  readonly impact: ImpactRule;
  readonly onFill?: FillListener;
}

const NOBODY: readonly ReplayOrder[] = [];

/** A recorded market that own orders use up. */
export class ConsumingExchange implements ReplayMarket {
  readonly #queue: QueueModel;
  readonly #impact: ImpactModel;
  readonly #onFill: FillListener;
  readonly #book = new ReplayBook();
  readonly #buys = new RestingSide(1);
  readonly #sells = new RestingSide(-1);
  lastUs: EpochUs = Number.NEGATIVE_INFINITY;

  constructor({ queue, impact, onFill }: ConsumingExchangeOptions) {
    this.#queue = queue;
    // Prices of a replay are whole ticks.
    this.#impact = impactOf(impact, 1);
    this.#onFill = onFill ?? (() => undefined);
  }

  play(chunk: ReplayChunk, from: number, untilUs: EpochUs): number {
    const { count, exchUs } = chunk;
    let at = from;
    if (at < count) assertInOrder(this.lastUs, exchUs[at]!);
    for (; at < count && exchUs[at]! <= untilUs; at++) playEvent(this, chunk, at);
    if (at > from) this.lastUs = exchUs[at - 1]!;
    return at;
  }

  onBid(tsUs: EpochUs, priceTicks: number, lots: number): void {
    const previousLots = this.#book.setBid(priceTicks, lots);
    this.#onLevel('buy', tsUs, priceTicks, previousLots, lots);
    if (lots > 0) this.#fillReached(this.#sells, tsUs);
  }

  onAsk(tsUs: EpochUs, priceTicks: number, lots: number): void {
    const previousLots = this.#book.setAsk(priceTicks, lots);
    this.#onLevel('sell', tsUs, priceTicks, previousLots, lots);
    if (lots > 0) this.#fillReached(this.#buys, tsUs);
  }

  /** Takes a trade: own orders share its quantity, best price and earliest first (M28). */
  onTrade(tsUs: EpochUs, takerSide: 1 | -1, priceTicks: number, lots: number): void {
    if (this.#impact.needsMarket) this.#impact.onPrint(lots, tsUs);
    const makers = takerSide === 1 ? this.#sells : this.#buys;
    // A market that has moved is further away, never nearer.
    if (!makers.reaches(priceTicks)) return;
    const atTicks = this.#movedTicks(takerSide === 1 ? 'sell' : 'buy', priceTicks, tsUs);
    let restLots = lots;
    while (restLots > 0 && makers.passes(atTicks)) {
      const order = makers.best();
      restLots -= this.#fillResting(makers, order, tsUs, Math.min(restLots, order.leavesLots));
    }
    if (restLots === 0) return;
    for (const order of [...makers.at(atTicks)]) {
      if (restLots > 0) restLots -= this.#trade(makers, order, tsUs, restLots, lots);
    }
  }

  onSubmit(tsUs: EpochUs, order: ReplayOrder): void {
    assert(order.status === REPLAY_STATUS.none, 'an order arrives once');
    const { side, priceTicks, timeInForce } = order.plan;
    const touch = side === 1 ? this.#book.bestAskTicks : this.#book.bestBidTicks;
    const atTicks = this.#movedTicks(side === 1 ? 'buy' : 'sell', touch, tsUs);
    const isMarketable = side === 1 ? priceTicks >= atTicks : priceTicks <= atTicks;
    order.exchUs = tsUs;
    if (!isMarketable) {
      if (timeInForce === 'IOC' || timeInForce === 'FOK') order.status = REPLAY_STATUS.expired;
      else this.#rest(order, this.#book.lotsOf(side === 1 ? 'buy' : 'sell', priceTicks));
    } else if (timeInForce === 'GTX') order.status = REPLAY_STATUS.expired;
    else this.#meet(order, tsUs);
  }

  onCancel(tsUs: EpochUs, order: ReplayOrder): boolean {
    if (!order.isOpen) return false;
    (order.plan.side === 1 ? this.#buys : this.#sells).remove(order);
    order.status = REPLAY_STATUS.cancelled;
    order.exchUs = tsUs;
    order.place = null;
    return true;
  }

  saveState(): unknown {
    return {
      book: this.#book.saveState(),
      impact: this.#impact.saveState(),
      buys: this.#buys.save(),
      sells: this.#sells.save(),
    };
  }

  loadState(state: unknown, orders: readonly ReplayOrder[]): void {
    assert(this.#buys.count + this.#sells.count === 0, 'a state is loaded into a fresh exchange');
    const { book, buys, impact, sells } = stateRecord(state, 'consuming exchange');
    this.#book.loadState(book);
    this.#impact.loadState(impact);
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
  }

  #onLevel(side: Side, tsUs: EpochUs, priceTicks: number, previousLots: number, lots: number): void {
    this.#impact.onLevel(side, priceTicks, tsUs);
    const own = side === 'buy' ? this.#buys : this.#sells;
    for (const order of own.spans(priceTicks) ? own.at(priceTicks) : NOBODY) {
      assert(order.place !== null, 'a resting order has a place');
      this.#queue.onLevel(order.place, previousLots, lots);
    }
    if (!this.#impact.needsMarket) return;
    const midTicks = (this.#book.bestBidTicks + this.#book.bestAskTicks) / 2;
    if (Number.isFinite(midTicks)) this.#impact.onMid(midTicks, tsUs);
  }

  /** Returns a recorded price as an own order of `side` meets it. */
  #movedTicks(side: Side, ticks: number, nowUs: EpochUs): number {
    const shiftTicks = this.#impact.shiftTicks(side, nowUs);
    return side === 'buy' ? ticks + shiftTicks : ticks - shiftTicks;
  }

  #rest(order: ReplayOrder, aheadLots: number): void {
    order.status = order.leavesLots < order.plan.qtyLots ? REPLAY_STATUS.partlyFilled : REPLAY_STATUS.open;
    order.place = this.#queue.join(aheadLots);
    order.joinedLots = aheadLots;
    (order.plan.side === 1 ? this.#buys : this.#sells).add(order);
  }

  /** A trade at an order's own price; `restLots` of it are left by own orders before it. Returns what the order gets. */
  #trade(
    makers: RestingSide,
    order: ReplayOrder,
    tsUs: EpochUs,
    restLots: number,
    tradeLots: number,
  ): number {
    const { place } = order;
    assert(place !== null, 'a resting order has a place');
    this.#queue.onTrade(place, restLots);
    if (place.tradedLots > 0) place.tradedLots += tradeLots - restLots;
    const passed = passedLots(place);
    if (passed === 0) return 0;
    place.aheadLots = 0;
    return this.#fillResting(makers, order, tsUs, Math.min(passed, restLots, order.leavesLots));
  }

  /** The other side has come to the price of resting orders: they get what stands there and is not used up, best price first (M31). */
  #fillReached(makers: RestingSide, tsUs: EpochUs): void {
    const isBuy = makers === this.#buys;
    const touch = isBuy ? this.#book.bestAskTicks : this.#book.bestBidTicks;
    // Impact moves the market away and never nearer: whom the record does not reach, nothing reaches.
    if (!makers.reaches(touch)) return;
    while (makers.count > 0 && makers.reaches(this.#movedTicks(isBuy ? 'buy' : 'sell', touch, tsUs))) {
      const order = makers.best();
      const lots = this.#takeLevels(order, tsUs, () => undefined);
      if (lots === 0) return;
      this.#fillResting(makers, order, tsUs, lots);
      if (order.place !== null) order.place.aheadLots = 0;
    }
  }

  #fillResting(makers: RestingSide, order: ReplayOrder, tsUs: EpochUs, lots: number): number {
    order.exchUs = tsUs;
    this.#fill(order, order.plan.priceTicks, lots, true);
    this.#impact.onOwnFill(order.plan.side === 1 ? 'buy' : 'sell', lots, tsUs);
    if (order.status === REPLAY_STATUS.filled) {
      makers.remove(order);
      order.place = null;
    }
    return lots;
  }

  /** A taker gets what is free within its limit; what is left waits, or expires where it must not (M54). */
  #meet(order: ReplayOrder, tsUs: EpochUs): void {
    const { qtyLots, side, timeInForce } = order.plan;
    if (timeInForce === 'FOK' && this.#freeLots(order, tsUs) < qtyLots) {
      order.status = REPLAY_STATUS.expired;
      return;
    }
    const fills: [priceTicks: number, lots: number][] = [];
    const lots = this.#takeLevels(order, tsUs, (priceTicks, taken) => fills.push([priceTicks, taken]));
    for (const [priceTicks, taken] of fills) this.#fill(order, priceTicks, taken, false);
    if (lots > 0) this.#impact.onOwnFill(side === 1 ? 'buy' : 'sell', lots, tsUs);
    if (order.leavesLots === 0) return;
    if (timeInForce === 'IOC') order.status = REPLAY_STATUS.expired;
    else this.#rest(order, 0);
  }

  /** Takes free lots within an order's limit up to what is left of it, best first; prices as the order meets them. Returns the lots. */
  #takeLevels(
    order: ReplayOrder,
    tsUs: EpochUs,
    onTaken: (priceTicks: number, lots: number) => void,
  ): number {
    const bookSide = order.plan.side === 1 ? 'sell' : 'buy';
    let restLots = order.leavesLots;
    this.#walkFree(order, tsUs, (priceTicks, recordedTicks, free) => {
      const lots = Math.min(free, restLots);
      if (lots > 0) {
        this.#impact.onTaken(bookSide, recordedTicks, lots, tsUs);
        onTaken(priceTicks, lots);
        restLots -= lots;
      }
      return restLots > 0;
    });
    return order.leavesLots - restLots;
  }

  #freeLots(order: ReplayOrder, tsUs: EpochUs): number {
    let lots = 0;
    this.#walkFree(order, tsUs, (_priceTicks, _recordedTicks, free) => {
      lots += free;
      return true;
    });
    return lots;
  }

  #walkFree(
    order: ReplayOrder,
    tsUs: EpochUs,
    take: (priceTicks: number, recordedTicks: number, freeLots: number) => boolean,
  ): void {
    const { priceTicks: limitTicks, side } = order.plan;
    const movedTicks = this.#movedTicks(side === 1 ? 'buy' : 'sell', 0, tsUs);
    const bookSide = side === 1 ? 'sell' : 'buy';
    this.#book.walk(bookSide, limitTicks - movedTicks, (ticks, shown) =>
      take(ticks + movedTicks, ticks, this.#impact.freeLots(bookSide, ticks, shown, tsUs)),
    );
  }

  #fill(order: ReplayOrder, priceTicks: number, lots: number, isMaker: boolean): void {
    assert(lots > 0 && lots <= order.leavesLots, 'an order fills at most what is left of it');
    const { priceTicks: limit, side } = order.plan;
    assert(side === 1 ? priceTicks <= limit : priceTicks >= limit, 'no fill is worse than the limit');
    order.leavesLots -= lots;
    order.lastExecLots = lots;
    order.lastExecTicks = priceTicks;
    order.status = order.leavesLots === 0 ? REPLAY_STATUS.filled : REPLAY_STATUS.partlyFilled;
    this.#onFill(order, isMaker);
  }
}
