/**
 * Matching on trade prints (rules M26 to M28): takers meet the synthetic ladder around the last print, resting orders are filled by the
 * prints themselves, through them or after the assumed queue ahead has traded. Invariant: makers of one print share its quantity.
 */
import { type Checkpointable, type EpochUs, stateRecord, US_PER_MINUTE } from '#core';
import type { DepthRule } from '#costs';
import type { Instrument, MarketEvent, Side, TradeEvent } from '#domain';
import { LadderMarket } from './ladder-market.ts';
import type { MatchDesk, Matcher } from './matcher.ts';
import { fillAsMaker, fillableResting, fillByPrint, ordersIn, touchedConditionals } from './resting.ts';
import { compareUrgency, isMet, type SimOrder } from './sim-order.ts';

/** A market that has not traded for so long cannot be met; orders wait for its next print. */
const QUIET_US_MAX = US_PER_MINUTE;

/** Matches the orders of one instrument against its trade prints. */
export class TradeMatcher implements Matcher, Checkpointable {
  readonly #ix: number;
  readonly #desk: MatchDesk;
  readonly #market: LadderMarket;
  #lastTicks = Number.NaN;
  #lastUs = Number.NEGATIVE_INFINITY;
  #minuteStartUs = Number.NEGATIVE_INFINITY;
  #minuteLots = 0;
  #minuteBeforeLots = 0;

  constructor(instrument: Instrument, rule: DepthRule, desk: MatchDesk) {
    this.#ix = instrument.ix;
    this.#desk = desk;
    this.#market = new LadderMarket(rule, instrument, desk);
  }

  get nextActionUs(): EpochUs {
    return Number.POSITIVE_INFINITY;
  }

  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    if (event.kind !== 'trade') return;
    this.#lastTicks = event.priceTicks;
    this.#lastUs = nowUs;
    this.#countVolume(event);
    if (this.#desk.openOrders(this.#ix).length === 0) return;
    this.#make(event, nowUs);
    this.#meetAll('working', nowUs);
    const touched = touchedConditionals(this.#desk.openOrders(this.#ix), event.priceTicks);
    for (const order of touched.sort(compareUrgency)) this.#market.trigger(order, event.priceTicks, nowUs);
    this.#meetAll('held', nowUs);
  }

  act(): void {
    // Nothing is ever due between prints.
  }

  enter(order: SimOrder, nowUs: EpochUs): void {
    if (order.phase !== 'held') return;
    if (this.#isLive(nowUs)) this.#market.meet(order, this.#lastTicks, nowUs);
    else if (order.priceTicks !== null && (order.timeInForce === 'IOC' || order.timeInForce === 'FOK')) {
      this.#desk.expire(order, 'no_liquidity', nowUs);
    }
  }

  onLeft(): void {
    // Plans nothing ahead.
  }

  lastTicks(): number {
    return this.#lastTicks;
  }

  midTicks(): number {
    return this.lastTicks();
  }

  touchTicks(side: Side, nowUs: EpochUs): number {
    return this.#isLive(nowUs) ? this.#market.touchTicks(side, this.#lastTicks) : Number.NaN;
  }

  takeableLots(side: Side, limitTicks: number, nowUs: EpochUs): number {
    return this.#isLive(nowUs) ? this.#market.takeableLots(side, limitTicks, this.#lastTicks) : 0;
  }

  lowTicks(): number {
    return this.#lastTicks;
  }

  highTicks(): number {
    return this.#lastTicks;
  }

  addBends(): void {
    // The price stands still between prints.
  }

  saveState(): unknown {
    return {
      market: this.#market.saveState(),
      lastTicks: this.#lastTicks,
      lastUs: this.#lastUs,
      minuteStartUs: this.#minuteStartUs,
      minuteLots: this.#minuteLots,
      minuteBeforeLots: this.#minuteBeforeLots,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'trade matcher');
    this.#market.loadState(record.market);
    this.#lastTicks = record.lastTicks as number;
    this.#lastUs = record.lastUs as number;
    this.#minuteStartUs = record.minuteStartUs as number;
    this.#minuteLots = record.minuteLots as number;
    this.#minuteBeforeLots = record.minuteBeforeLots as number;
  }

  #meetAll(phase: 'working' | 'held', nowUs: EpochUs): void {
    for (const order of ordersIn(this.#desk.openOrders(this.#ix), phase)) {
      this.#market.meet(order, this.#lastTicks, nowUs);
    }
  }

  #isLive(nowUs: EpochUs): boolean {
    return nowUs - this.#lastUs < QUIET_US_MAX;
  }

  /** The ladder follows the volume of the present minute or the one before, whichever is larger; each minute is a slice. */
  #countVolume(print: TradeEvent): void {
    const minuteStartUs = Math.floor(print.tsVenueUs / US_PER_MINUTE) * US_PER_MINUTE;
    // A print that comes late counts in the present minute: going back would forget what has traded, and renew the share of own orders.
    const isNewMinute = minuteStartUs > this.#minuteStartUs;
    if (isNewMinute) {
      const isNext = minuteStartUs - this.#minuteStartUs === US_PER_MINUTE;
      this.#minuteBeforeLots = isNext ? this.#minuteLots : 0;
      this.#minuteStartUs = minuteStartUs;
      this.#minuteLots = 0;
    }
    this.#minuteLots += print.qtyLots;
    const volumeLots = Math.max(this.#minuteLots, this.#minuteBeforeLots);
    if (isNewMinute) this.#market.refill(volumeLots, volumeLots);
    else this.#market.raiseVolume(volumeLots, volumeLots);
  }

  /** A print fills what rests on the other side, then what the market has left behind on the taker's own side. */
  #make(print: TradeEvent, nowUs: EpochUs): void {
    let restLots = fillByPrint(this.#desk, print, nowUs);
    for (const order of fillableResting(this.#desk.openOrders(this.#ix), print.takerSide)) {
      if (restLots <= 0 || !isMet(order, print.priceTicks)) break;
      restLots -= fillAsMaker(this.#desk, order, restLots, nowUs);
    }
  }
}
