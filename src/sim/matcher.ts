/**
 * The port between the order desk and the three ways of matching. A matcher knows prices and liquidity of one instrument and decides when
 * an order trades and at what price; the desk owns the orders and books what the matcher decides.
 */
import type { Checkpointable, EpochUs } from '#core';
import type { InstrumentIx, MarketEvent, Side } from '#domain';
import type { SimOrder } from './sim-order.ts';

/** One execution. */
export interface Execution {
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly liquidity: 'maker' | 'taker';
}

/** What a matcher may do to orders. */
export interface MatchDesk {
  /** Live orders of an instrument in order of arrival; the array changes when an order ends. */
  openOrders(instrumentIx: InstrumentIx): readonly SimOrder[];
  /** Returns the signed sum of the positions of an instrument. */
  netLots(instrumentIx: InstrumentIx): number;
  /** Returns the lots of an order that may trade now: its rest, for a reducing one cut to its position. */
  fillableLots(order: SimOrder): number;
  /** Returns the largest quantity not above `lots` that the instrument lets an order trade: recorded quantities may be finer. */
  floorLots(order: SimOrder, lots: number): number;
  /** Books an execution; ends the order when nothing of it may trade any more. */
  fill(order: SimOrder, execution: Execution, nowUs: EpochUs): void;
  /** Brings a conditional order to life; false when it expired instead (margin, nothing to reduce, an own order in its way). */
  trigger(order: SimOrder, nowUs: EpochUs): boolean;
  expire(order: SimOrder, reason: string, nowUs: EpochUs): void;
}

/** Matching of one instrument at one data level. Time never goes back between calls. */
export interface Matcher extends Checkpointable {
  /** When `act` must be called next; `Infinity` when only an event or an order can change something. */
  readonly nextActionUs: EpochUs;
  /** Takes a market event of the instrument at the moment the venue learns of it. */
  onMarket(event: MarketEvent, nowUs: EpochUs): void;
  /** Carries out what is due at `nowUs`. */
  act(nowUs: EpochUs): void;
  /** Takes an order that was just accepted, or came to life by a price that is not the matcher's: in phase `held` it meets the market. */
  enter(order: SimOrder, nowUs: EpochUs): void;
  /** Looks again at its plans after an order was cancelled. */
  onLeft(nowUs: EpochUs): void;
  /** Returns the last price; `NaN` before the first one. */
  lastTicks(nowUs: EpochUs): number;
  /** Returns the middle of the recorded book, where none is recorded the last price; `NaN` before the first one. */
  midTicks(nowUs: EpochUs): number;
  /** Returns the best price for a taker of `side`; `NaN` while there is no market to meet. */
  touchTicks(side: Side, nowUs: EpochUs): number;
  /** Returns the lots that a taker could get at once at `limitTicks` or better. */
  takeableLots(side: Side, limitTicks: number, nowUs: EpochUs): number;
  /** Returns the lowest price that the last price can take before the next event. */
  lowTicks(nowUs: EpochUs): number;
  /** Returns the highest price that the last price can take before the next event. */
  highTicks(nowUs: EpochUs): number;
  /** Adds the moments after `nowUs` at which a known price path bends or ends. */
  addBends(nowUs: EpochUs, bends: number[]): void;
}
