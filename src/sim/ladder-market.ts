/**
 * The synthetic other side of one instrument (rules M17 to M20 and M22 to M25): takers meet a ladder around the last price whose size follows traded volume.
 * Used where no book is recorded, by candles and trades alike. It keeps account of what own orders have used, so that two of them never
 * trade against the same lots; `refill` begins a new slice of volume.
 */
import { type Checkpointable, type EpochUs, stateRecord } from '#core';
import { type DepthRule, depthLadder, levelTicks, lotsPerLevel, touchTicks } from '#costs';
import { floorToLot, type Instrument, type Side } from '#domain';
import type { MatchDesk } from './matcher.ts';
import { fillAsMaker, restingOrders } from './resting.ts';
import { meetOwn, ownInReach } from './self-trade.ts';
import { isWorse, type SimOrder } from './sim-order.ts';

const PPM = 1_000_000;

/** The liquidity of the present slice of volume, and what orders do with it. */
export class LadderMarket implements Checkpointable {
  readonly #rule: DepthRule;
  readonly #instrument: Instrument;
  readonly #desk: MatchDesk;
  #minuteVolumeLots = 0;
  #sliceLotsMax = 0;
  #usedLots = 0;
  #boughtLots = 0;
  #soldLots = 0;

  constructor(rule: DepthRule, instrument: Instrument, desk: MatchDesk) {
    this.#rule = rule;
    this.#instrument = instrument;
    this.#desk = desk;
  }

  /** Lots that own orders, makers and takers together, may still trade in this slice. */
  get roomLots(): number {
    return Math.max(0, this.#sliceLotsMax - this.#usedLots);
  }

  /** True when at least one lot step may still trade. */
  get hasRoom(): boolean {
    return this.roomLots >= this.#instrument.lotStep;
  }

  /** Lots on one level of the ladder; also the queue that is assumed ahead of a new resting order. */
  get levelLots(): number {
    return lotsPerLevel(this.#rule, this.#instrument, this.#minuteVolumeLots);
  }

  /** Begins a slice: the volume per minute sizes the ladder, a share of the slice's own volume bounds own orders. */
  refill(minuteVolumeLots: number, sliceVolumeLots: number): void {
    this.#usedLots = 0;
    this.#boughtLots = 0;
    this.#soldLots = 0;
    this.raiseVolume(minuteVolumeLots, sliceVolumeLots);
  }

  /** Takes note of more volume in the present slice. */
  raiseVolume(minuteVolumeLots: number, sliceVolumeLots: number): void {
    this.#minuteVolumeLots = minuteVolumeLots;
    this.#sliceLotsMax =
      this.#rule.kind === 'fixed'
        ? Number.POSITIVE_INFINITY
        : floorToLot(this.#instrument, (sliceVolumeLots * this.#rule.participationMaxPpm) / PPM);
  }

  /** Returns the best price for a taker of `side` around a last price. */
  touchTicks(side: Side, lastTicks: number): number {
    return touchTicks(this.#rule, this.#instrument, side, lastTicks);
  }

  /** Returns the lots that a taker could get at `limitTicks` or better around a last price. */
  takeableLots(side: Side, limitTicks: number, lastTicks: number): number {
    const ladder = depthLadder(this.#rule, this.#instrument, lastTicks, this.#minuteVolumeLots);
    let lots = 0;
    for (let index = 0; index < ladder.levelCount; index++) {
      const ticks = levelTicks(ladder, this.#instrument, side, lastTicks, index);
      if (ticks <= 0 || isWorse(side, ticks, limitTicks)) break;
      lots += ladder.lotsPerLevel;
    }
    return Math.min(this.roomLots, Math.max(0, lots - this.#takenLots(side)));
  }

  /**
   * Lets an order meet the market as a taker, around the last price or a worse one; a limit order that is not, or no longer, marketable rests.
   */
  meet(order: SimOrder, lastTicks: number, nowUs: EpochUs, aroundTicks = lastTicks): void {
    const { priceTicks, side, timeInForce } = order;
    if (priceTicks === null) {
      order.phase = 'working';
      this.#take(order, aroundTicks, nowUs);
      return;
    }
    const isMarketable = !isWorse(side, this.touchTicks(side, aroundTicks), priceTicks);
    if (timeInForce === 'GTX' && !isWorse(side, this.touchTicks(side, lastTicks), priceTicks)) {
      this.#desk.expire(order, 'post_only_would_take', nowUs);
      return;
    }
    if (timeInForce === 'FOK' && this.#isTooMuch(order, priceTicks, aroundTicks)) {
      this.#desk.expire(order, 'fok_unfilled', nowUs);
      return;
    }
    if (isMarketable || order.selfTrade !== 'refuse') this.#take(order, aroundTicks, nowUs);
    if (order.phase === 'done') return;
    if (timeInForce === 'IOC' || timeInForce === 'FOK') {
      this.#desk.expire(order, 'not_filled_at_once', nowUs);
    } else if (isMarketable) order.phase = 'working';
    else this.#rest(order, lastTicks);
  }

  /** Triggers a conditional order; it trades at the worse of its trigger and the price, so that a gap costs and never pays. */
  trigger(order: SimOrder, lastTicks: number, nowUs: EpochUs): void {
    const { stopTicks } = order;
    if (!this.#desk.trigger(order, nowUs)) return;
    this.meet(order, lastTicks, nowUs, isWorse(order.side, lastTicks, stopTicks) ? lastTicks : stopTicks);
  }

  /** Fills a resting order out of the slice, at its own price; returns the lots filled. */
  make(order: SimOrder, lotsMax: number, nowUs: EpochUs): number {
    const qtyLots = fillAsMaker(this.#desk, order, lotsMax, nowUs);
    this.#usedLots += qtyLots;
    return qtyLots;
  }

  saveState(): unknown {
    return {
      minuteVolumeLots: this.#minuteVolumeLots,
      sliceLotsMax: this.#sliceLotsMax,
      usedLots: this.#usedLots,
      boughtLots: this.#boughtLots,
      soldLots: this.#soldLots,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'ladder market');
    this.#minuteVolumeLots = record.minuteVolumeLots as number;
    this.#sliceLotsMax = record.sliceLotsMax as number;
    this.#usedLots = record.usedLots as number;
    this.#boughtLots = record.boughtLots as number;
    this.#soldLots = record.soldLots as number;
  }

  #takenLots(side: Side): number {
    return side === 'buy' ? this.#boughtLots : this.#soldLots;
  }

  #isTooMuch(order: SimOrder, limitTicks: number, lastTicks: number): boolean {
    return this.takeableLots(order.side, limitTicks, lastTicks) < this.#desk.fillableLots(order);
  }

  /** Walks the ladder from where own orders of this slice have left it, within the order's limit and the room. */
  #take(order: SimOrder, lastTicks: number, nowUs: EpochUs): void {
    const ladder = depthLadder(this.#rule, this.#instrument, lastTicks, this.#minuteVolumeLots);
    const fillableLots = this.#desk.fillableLots(order);
    if (fillableLots === 0) {
      this.#desk.expire(order, 'reduce_only', nowUs);
      return;
    }
    const own = ownInReach(order, this.#desk.openOrders(this.#instrument.ix));
    let ownMet = 0;
    let restLots = Math.min(fillableLots, this.roomLots);
    while (restLots > 0 || ownMet < own.length) {
      const takenLots = this.#takenLots(order.side);
      const index = Math.floor(takenLots / ladder.lotsPerLevel);
      const priceTicks = levelTicks(ladder, this.#instrument, order.side, lastTicks, index);
      if (index >= ladder.levelCount || priceTicks <= 0) break;
      const maker = own[ownMet];
      if (maker !== undefined && isWorse(order.side, priceTicks, Number(maker.priceTicks))) {
        ownMet++;
        meetOwn(this.#desk, order, maker, nowUs);
        if (order.phase === 'done') return;
        restLots = Math.min(this.#desk.fillableLots(order), this.roomLots);
        continue;
      }
      if (restLots <= 0) break;
      if (order.priceTicks !== null && isWorse(order.side, priceTicks, order.priceTicks)) break;
      const qtyLots = Math.min(restLots, ladder.lotsPerLevel * (index + 1) - takenLots);
      this.#usedLots += qtyLots;
      if (order.side === 'buy') this.#boughtLots += qtyLots;
      else this.#soldLots += qtyLots;
      restLots -= qtyLots;
      this.#desk.fill(order, { priceTicks, qtyLots, liquidity: 'taker' }, nowUs);
      if (order.phase === 'done') return;
    }
  }

  /**
   * Puts an order into the book behind an assumed queue. The price must trade strictly beyond its limit and beyond the price at its
   * arrival; an order never fills before one that stands before it, so it needs at least what those need.
   */
  #rest(order: SimOrder, lastTicks: number): void {
    const isBuy = order.side === 'buy';
    const limitTicks = Number(order.priceTicks);
    order.phase = 'resting';
    const resting = restingOrders(this.#desk.openOrders(this.#instrument.ix), order.side);
    const aheadLots = resting
      .filter((other) => other !== order && other.priceTicks === order.priceTicks)
      .map((other) => other.queueAheadLots);
    order.queueAheadLots = this.#rule.kind === 'fixed' ? 0 : Math.max(this.levelLots, ...aheadLots);
    order.throughTicks = isBuy ? Math.min(limitTicks, lastTicks) - 1 : Math.max(limitTicks, lastTicks) + 1;
    let needTicks = isBuy ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    for (const other of resting) {
      needTicks = isBuy ? Math.min(needTicks, other.throughTicks) : Math.max(needTicks, other.throughTicks);
      other.throughTicks = needTicks;
    }
  }
}
