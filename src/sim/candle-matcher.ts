/**
 * Matching on candles (rules M12 to M21): the last price follows the path of the bar, takers meet the synthetic ladder around it,
 * resting orders fill when it trades strictly beyond them, triggers act when it touches them. Nothing is computed for a bar that no order can
 * feel. Invariant: own orders take at most their share of the volume of each segment.
 */
import { type Checkpointable, type EpochUs, stateRecord, US_PER_MINUTE } from '#core';
import type { DepthRule } from '#costs';
import { type CandleEvent, type Instrument, isStopType, type MarketEvent, type Side } from '#domain';
import { CandlePath, SEGMENT_QUARTERS, type SegmentIx } from './candle-path.ts';
import { LadderMarket } from './ladder-market.ts';
import type { MatchDesk, Matcher } from './matcher.ts';
import { followAll, isBehindTaker, ordersIn } from './resting.ts';
import { compareUrgency, isFalling, isMet, type SimOrder, targetTicks } from './sim-order.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Matches the orders of one instrument against its candles of one timeframe. */
export class CandleMatcher implements Matcher, Checkpointable {
  readonly #ix: number;
  readonly #timeframeUs: number;
  readonly #isVolumeNeeded: boolean;
  readonly #desk: MatchDesk;
  readonly #path = new CandlePath();
  readonly #market: LadderMarket;
  #volumeLots = 0;
  #segment: SegmentIx = 0;
  /** False when no trailing stop is open: most have none, and then nobody looks. */
  #mayTrail = false;
  #nextActionUs = NEVER;

  constructor(instrument: Instrument, timeframeUs: number, rule: DepthRule, desk: MatchDesk) {
    this.#ix = instrument.ix;
    this.#timeframeUs = timeframeUs;
    this.#isVolumeNeeded = rule.kind === 'volume';
    this.#desk = desk;
    this.#market = new LadderMarket(rule, instrument, desk);
  }

  get nextActionUs(): EpochUs {
    return this.#nextActionUs;
  }

  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    if (event.kind !== 'candle' || event.timeframeUs !== this.#timeframeUs) return;
    // The bar before ends here: what it closed at is the last price that trailing stops have not seen.
    if (this.#hasVolume()) this.#follow(nowUs);
    this.#volumeLots = event.volumeLots;
    this.#path.begin(event, this.#isLowFirst(event));
    this.#refill(0);
    if (this.#canAnyAct()) this.#openBar(nowUs);
    else this.#nextActionUs = NEVER;
  }

  act(nowUs: EpochUs): void {
    this.#moveTo(nowUs);
    this.#settle(nowUs);
    this.#plan(nowUs);
  }

  enter(order: SimOrder, nowUs: EpochUs): void {
    if (order.callbackBps > 0) this.#mayTrail = true;
    this.#moveTo(nowUs);
    if (order.phase === 'held') {
      if (this.#isLive(nowUs)) this.#meet(order, nowUs);
      else if (order.priceTicks !== null && (order.timeInForce === 'IOC' || order.timeInForce === 'FOK')) {
        this.#desk.expire(order, 'no_liquidity', nowUs);
      }
    }
    this.#plan(nowUs);
  }

  onLeft(nowUs: EpochUs): void {
    this.#moveTo(nowUs);
    this.#plan(nowUs);
  }

  lastTicks(nowUs: EpochUs): number {
    return this.#path.priceTicks(nowUs);
  }

  midTicks(nowUs: EpochUs): number {
    return this.lastTicks(nowUs);
  }

  touchTicks(side: Side, nowUs: EpochUs): number {
    return this.#isLive(nowUs) ? this.#market.touchTicks(side, this.#path.priceTicks(nowUs)) : Number.NaN;
  }

  takeableLots(side: Side, limitTicks: number, nowUs: EpochUs): number {
    if (!this.#isLive(nowUs)) return 0;
    this.#moveTo(nowUs);
    return this.#market.takeableLots(side, limitTicks, this.#path.priceTicks(nowUs));
  }

  lowTicks(nowUs: EpochUs): number {
    return this.#path.isRunning(nowUs) ? this.#path.lowTicks : this.#path.priceTicks(nowUs);
  }

  highTicks(nowUs: EpochUs): number {
    return this.#path.isRunning(nowUs) ? this.#path.highTicks : this.#path.priceTicks(nowUs);
  }

  addBends(nowUs: EpochUs, bends: number[]): void {
    this.#path.addBends(nowUs, bends);
  }

  saveState(): unknown {
    return {
      path: this.#path.saveState(),
      market: this.#market.saveState(),
      volumeLots: this.#volumeLots,
      segment: this.#segment,
      nextActionUs: this.#nextActionUs,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'candle matcher');
    this.#path.loadState(record.path);
    this.#market.loadState(record.market);
    this.#volumeLots = record.volumeLots as number;
    this.#segment = record.segment as SegmentIx;
    this.#nextActionUs = record.nextActionUs as number;
    this.#mayTrail = true;
  }

  /** The extreme that hurts the position comes first; without one, the extreme that lies behind an entry by stop (rules M13, M60). */
  #isLowFirst(bar: CandleEvent): boolean {
    const lots = this.#desk.netLots(this.#ix);
    if (lots !== 0) return lots > 0;
    const isRising = bar.closeTicks >= bar.openTicks;
    const orders = this.#desk.openOrders(this.#ix);
    if (orders.length === 0 || !this.#hasVolume()) return isRising;
    let isAbove = false;
    let isBelow = false;
    for (const order of orders) {
      if (order.isReducing || !isEntryStop(order)) continue;
      if (order.side === 'buy')
        isAbove ||= order.stopTicks > bar.openTicks && order.stopTicks <= bar.highTicks;
      else isBelow ||= order.stopTicks < bar.openTicks && order.stopTicks >= bar.lowTicks;
    }
    return isAbove === isBelow ? isRising : isBelow;
  }

  /** True while there is somebody to trade with: inside a bar that has volume (rule M15). */
  #isLive(nowUs: EpochUs): boolean {
    return this.#path.isRunning(nowUs) && this.#hasVolume();
  }

  #hasVolume(): boolean {
    return this.#volumeLots > 0 || !this.#isVolumeNeeded;
  }

  /** The price has jumped to the open: what waited goes first, then what the jump has met, then what came during a gap. */
  #openBar(nowUs: EpochUs): void {
    this.#follow(nowUs);
    this.#meetAll('working', nowUs);
    this.#settle(nowUs);
    this.#meetAll('held', nowUs);
    this.#plan(nowUs);
  }

  /** Enters the segment of `nowUs`; its volume is new liquidity, and orders that wait for some try again. */
  #moveTo(nowUs: EpochUs): void {
    if (!this.#isLive(nowUs)) return;
    this.#follow(nowUs);
    const segment = this.#path.segmentAt(nowUs);
    if (segment === this.#segment) return;
    this.#refill(segment);
    this.#meetAll('working', nowUs);
  }

  /** Between two calls the price moves one way, so that trailing stops see every extreme. */
  #follow(nowUs: EpochUs): void {
    if (!this.#mayTrail) return;
    this.#mayTrail = followAll(this.#desk.openOrders(this.#ix), 'last', this.#path.priceTicks(nowUs));
  }

  #refill(segment: SegmentIx): void {
    this.#segment = segment;
    const minuteVolumeLots = (this.#volumeLots * US_PER_MINUTE) / this.#timeframeUs;
    this.#market.refill(minuteVolumeLots, (this.#volumeLots * SEGMENT_QUARTERS[segment]) / 4);
  }

  #meetAll(phase: 'working' | 'held', nowUs: EpochUs): void {
    for (const order of ordersIn(this.#desk.openOrders(this.#ix), phase)) this.#meet(order, nowUs);
  }

  #meet(order: SimOrder, nowUs: EpochUs): void {
    this.#market.meet(order, this.#path.priceTicks(nowUs), nowUs);
    this.#faceAdversity(nowUs);
  }

  /** Executes all that the present price has met, the most urgent first. */
  #settle(nowUs: EpochUs): void {
    for (;;) {
      const order = this.#mostUrgent(nowUs);
      if (order === undefined) return;
      if (order.phase === 'conditional') this.#market.trigger(order, this.#path.priceTicks(nowUs), nowUs);
      else this.#market.make(order, this.#market.roomLots, nowUs);
      this.#faceAdversity(nowUs);
    }
  }

  #mostUrgent(nowUs: EpochUs): SimOrder | undefined {
    const lastTicks = this.#path.priceTicks(nowUs);
    let first: SimOrder | undefined;
    for (const order of this.#desk.openOrders(this.#ix)) {
      if (!this.#canActNow(order) || !isMet(order, lastTicks)) continue;
      if (first === undefined || compareUrgency(order, first) < 0) first = order;
    }
    return first;
  }

  #canActNow(order: SimOrder): boolean {
    if (order.phase === 'conditional') return order.triggerBy === 'last';
    if (order.phase !== 'resting' || !this.#market.hasRoom) return false;
    return !isBehindTaker(order, this.#desk.openOrders(this.#ix));
  }

  /** After a fill the extreme that hurts the position comes first, while neither has been reached (rule M13). */
  #faceAdversity(nowUs: EpochUs): void {
    const lots = this.#desk.netLots(this.#ix);
    if (lots !== 0) this.#path.turn(lots > 0, nowUs);
  }

  #plan(nowUs: EpochUs): void {
    let nextUs = NEVER;
    if (this.#isLive(nowUs) && this.#canAnyAct()) {
      if (this.#segment < 2) nextUs = this.#path.segmentEndUs(this.#segment);
      for (const order of this.#desk.openOrders(this.#ix)) {
        if (!this.#canActNow(order)) continue;
        nextUs = Math.min(nextUs, this.#path.reachUs(targetTicks(order), isFalling(order), nowUs));
      }
    }
    this.#nextActionUs = nextUs;
  }

  /** True when the range of the bar can bring some order to life: the cheap question asked first. */
  #canAnyAct(): boolean {
    const orders = this.#desk.openOrders(this.#ix);
    if (orders.length === 0 || !this.#hasVolume()) return false;
    const { lowTicks, highTicks } = this.#path;
    for (const order of orders) {
      if (order.phase === 'working' || order.phase === 'held') return true;
      if (order.phase === 'conditional') {
        if (order.triggerBy === 'mark') continue;
        // A trailing stop has to see where the price turns.
        if (order.callbackBps > 0) return true;
      }
      if (isMet(order, isFalling(order) ? lowTicks : highTicks)) return true;
    }
    return false;
  }
}

/** True for orders that open a position in the direction in which the price goes. */
function isEntryStop(order: SimOrder): boolean {
  return order.phase === 'conditional' && order.triggerBy === 'last' && isStopType(order.type);
}
