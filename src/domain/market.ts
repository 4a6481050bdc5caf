/**
 * Market events: facts from a venue, with the venue's time and the local receive time, in epoch microseconds.
 * Numbers are ticks and lots of the instrument; an event never changes after it was made.
 */
import type { EpochUs } from '#core';
import type { InstrumentIx } from './instrument.ts';
import type { Side } from './side.ts';

interface MarketEventBase {
  readonly instrumentIx: InstrumentIx;
  /** When it happened at the venue; for a candle the moment it closed. */
  readonly tsVenueUs: EpochUs;
  /** When this program received it; events are ordered by it. */
  readonly tsLocalUs: EpochUs;
}

/** A finished candle; `tsVenueUs` = `openTsUs` + `timeframeUs`. */
export interface CandleEvent extends MarketEventBase {
  readonly kind: 'candle';
  /** True when it sums up trades or a book that come as well: it tells of prices that are past, and nothing is matched against it. */
  readonly isSummary?: true;
  readonly timeframeUs: number;
  readonly openTsUs: EpochUs;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
}

/** A trade print (or an aggregate of prints of one taker order at one price). */
export interface TradeEvent extends MarketEventBase {
  readonly kind: 'trade';
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly takerSide: Side;
}

/** A snapshot of an order book or a change of it; quantities are absolute, 0 removes the level. */
export interface BookEvent extends MarketEventBase {
  readonly kind: 'book';
  readonly isSnapshot: boolean;
  readonly firstUpdateId: number;
  readonly lastUpdateId: number;
  /** The venue's link to the event before (Binance `pu`); -1 when the venue has none. */
  readonly previousUpdateId: number;
  /** [priceTicks, qtyLots, priceTicks, qtyLots, ...] */
  readonly bids: Float64Array;
  readonly asks: Float64Array;
}

/**
 * A change of one order of a level-3 book; `qtyLots` is what remains, 0 removes it. What is executed shrinks or leaves as well, and is a trade beside it. A
 * `BookEvent` without levels that is a snapshot forgets all orders; adds follow.
 */
export interface BookOrderEvent extends MarketEventBase {
  readonly kind: 'book-order';
  readonly action: 'add' | 'modify' | 'delete';
  readonly side: Side;
  /** The venue's id of the order, as text. */
  readonly orderId: string;
  readonly priceTicks: number;
  readonly qtyLots: number;
}

/** The venue's mark price, rounded to the nearest tick. */
export interface MarkEvent extends MarketEventBase {
  readonly kind: 'mark';
  readonly markTicks: number;
}

/** A funding settlement: longs pay shorts `rateE12` x 10^-12 of their notional at `tsVenueUs` (negative: shorts pay longs). */
export interface FundingEvent extends MarketEventBase {
  readonly kind: 'funding';
  readonly rateE12: number;
}

/**
 * The feed of an instrument stopped or began to be right again: while it is not usable, book and prices must not be used for a decision. A
 * feed is usable until it says otherwise.
 */
export interface FeedStateEvent extends MarketEventBase {
  readonly kind: 'feed-state';
  readonly isUsable: boolean;
}

/** Anything a venue tells everybody. */
export type MarketEvent =
  | CandleEvent
  | TradeEvent
  | BookEvent
  | BookOrderEvent
  | MarkEvent
  | FundingEvent
  | FeedStateEvent;

/** Decimals of a funding rate: `rateE12` = fraction x 10^12. */
export const FUNDING_RATE_DECIMALS = 12;

/**
 * Candles as columns: struct of arrays, `rowCount` rows used, times strictly increasing. Prices are ticks, volumes lots.
 */
export interface CandleColumns {
  readonly timeframeUs: number;
  readonly rowCount: number;
  readonly openTsUs: Float64Array;
  readonly openTicks: Float64Array;
  readonly highTicks: Float64Array;
  readonly lowTicks: Float64Array;
  readonly closeTicks: Float64Array;
  readonly volumeLots: Float64Array;
}
