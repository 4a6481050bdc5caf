/** Orders as order entry takes them: everything that some venue of ours can do; an adapter says of each order whether its venue can. */
import type { EpochUs } from '#core';
import type { Side, TimeInForce } from '#domain';
import type { EntryInstrument } from './entry-instrument.ts';

/** Types of orders. `stop_*` and `take_profit_*` rest until their trigger trades; `trailing_stop` follows the price by `callbackBps`. */
export type EntryOrderType =
  | 'market'
  | 'limit'
  | 'stop_market'
  | 'stop_limit'
  | 'take_profit_market'
  | 'take_profit_limit'
  | 'trailing_stop';

/** A new order. Prices and quantities are multiples of the instrument's steps already. */
export interface EntryOrder {
  /** Ours, at most 36 characters of `[A-Za-z0-9_-]`; adapters of venues that want another form derive it, and back, by a rule that loses nothing. */
  readonly clientOrderId: string;
  readonly instrument: EntryInstrument;
  readonly side: Side;
  readonly type: EntryOrderType;
  /** `null` = the whole position (close-position orders). */
  readonly qtyLots: number | null;
  /** Limit price of `limit`, `stop_limit`, `take_profit_limit`; else `null`. */
  readonly priceTicks: number | null;
  /** Trigger price of conditional orders; activation price of `trailing_stop` or `null`. */
  readonly triggerTicks: number | null;
  /** Which price triggers. */
  readonly triggerBy: 'last' | 'mark' | 'index';
  /** Distance of a trailing stop in basis points; else `null`. */
  readonly callbackBps: number | null;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  /** `both` in one-way mode. */
  readonly positionSide: 'both' | 'long' | 'short';
}

/** An order that exists, or may exist, at a venue: what is known of its names. */
export interface EntryOrderRef {
  readonly instrument: EntryInstrument;
  readonly clientOrderId: string;
  /** `null` while the venue has not told it; venues that cancel by their own id only need it. */
  readonly venueOrderId: string | null;
  /** True for an order that rests in the venue's book of conditional orders (Binance's algo orders, KuCoin's stop orders). */
  readonly isConditional: boolean;
}

/** A change of a resting limit order in place. */
export interface EntryAmend {
  readonly order: EntryOrderRef;
  readonly side: Side;
  /** New total quantity, filled lots included. */
  readonly qtyLots: number;
  readonly priceTicks: number;
}

/** The end of a window of history, for fills. */
export interface EntryFillsRange {
  readonly instrument: EntryInstrument;
  readonly fromUs: EpochUs;
  /** Exclusive. */
  readonly toUs: EpochUs;
  /** Of the last fill that is known; pages begin behind it where the venue can. */
  readonly afterExecId: string | null;
}
