/** Orders as a venue sees them, and the states of an order's life. */
import type { EpochUs } from '#core';
import type { InstrumentIx } from './instrument.ts';
import type { Side } from './side.ts';

/** The types of orders. */
export const ORDER_TYPES = [
  'market',
  'limit',
  'stop_market',
  'stop_limit',
  'take_profit_market',
  'take_profit_limit',
  'trailing_stop',
] as const;

/**
 * `stop_*` and `take_profit_*` rest at the venue until their trigger trades, then execute as market or limit orders; `trailing_stop` follows
 * the best price since it was placed at a distance and executes as a market order when the price comes back by it.
 */
export type OrderType = (typeof ORDER_TYPES)[number];

/** The types that decisions of the house use: its risk and its engine know what they cost. */
export type PlainOrderType = Extract<OrderType, 'market' | 'limit' | 'stop_market' | 'take_profit_market'>;

/** Which price brings a conditional order to life. */
export const TRIGGER_SOURCES = ['last', 'mark'] as const;

/** The last trade, or the mark price. */
export type TriggerSource = (typeof TRIGGER_SOURCES)[number];

/** What happens when an order would trade with one of the same account. */
export const SELF_TRADE_MODES = ['refuse', 'expire_taker', 'expire_maker', 'expire_both', 'none'] as const;

/**
 * `refuse` = a limit order that would reach an own one does not come in; `expire_*` = the one that arrives, the one that rests or both end
 * where they meet; `none` = they trade.
 */
export type SelfTradeMode = (typeof SELF_TRADE_MODES)[number];

/** The position of an order or a fill: `both` in one-way mode, `long` or `short` in hedge mode. */
export const POSITION_SIDES = ['both', 'long', 'short'] as const;

/** One of the positions that an instrument can have. */
export type PositionSide = (typeof POSITION_SIDES)[number];

/** GTC rests, IOC fills what it can at once, FOK all or nothing, GTX rests or is refused (post-only). */
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTX';

/** What an order is for: open, close, protective stop, target. */
export type OrderLabel = 'ENTRY' | 'EXIT' | 'SL' | 'TP';

/** What is sent to a venue. Prices and quantities are multiples of the instrument's steps. */
export interface OrderRequest {
  /** Ours, unique for ever; the only key by which an order is submitted, asked for and cancelled. */
  readonly clientOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  readonly type: OrderType;
  readonly label: OrderLabel;
  /** 0 with `closePosition`. */
  readonly qtyLots: number;
  /** Limit price; `null` unless type is `limit`, `stop_limit` or `take_profit_limit`. */
  readonly priceTicks: number | null;
  /** Trigger price of `stop_*` and `take_profit_*`; of `trailing_stop` the price from which it follows, `null` = at once; else `null`. */
  readonly triggerTicks: number | null;
  readonly timeInForce: TimeInForce;
  /** May only shrink a position; the venue cuts or refuses the rest. */
  readonly reduceOnly: boolean;
  /** Absent = `last`. */
  readonly triggerBy?: TriggerSource;
  /** Distance of a `trailing_stop` in basis points of the best price, an integer in [1, 5000]; absent for all others. */
  readonly callbackBps?: number;
  /** A `stop_market` or `take_profit_market` that closes what the position is when it triggers; absent = no. */
  readonly closePosition?: true;
  /** Absent = `refuse`. */
  readonly selfTrade?: SelfTradeMode;
  /** Absent = `both`. */
  readonly positionSide?: PositionSide;
}

/** A change of a limit order in place; what is absent stays. */
export interface AmendRequest {
  readonly clientOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly priceTicks?: number;
  /** New total quantity, filled lots included. */
  readonly qtyLots?: number;
}

/** True for types that wait for a trigger. */
export function isConditionalType(type: OrderType): boolean {
  return type !== 'market' && type !== 'limit';
}

/** True for types that have a limit price. */
export function hasLimitPrice(type: OrderType): boolean {
  return type === 'limit' || type === 'stop_limit' || type === 'take_profit_limit';
}

/** True for types that come to life as the price goes against the position that they close: a sell as it falls. */
export function isStopType(type: OrderType): boolean {
  return type === 'stop_market' || type === 'stop_limit' || type === 'trailing_stop';
}

/**
 * The states of an order. `INTENT` is durable here and not yet sent; `UNKNOWN` means that the venue's answer was lost and must be
 * asked for; the last four are final, except for the rows of the transition table that say otherwise (fill after cancel).
 */
export const ORDER_STATUSES = [
  'INTENT',
  'SUBMITTED',
  'ACCEPTED',
  'TRIGGERED',
  'PARTIALLY_FILLED',
  'PENDING_CANCEL',
  'UNKNOWN',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** True when no further fill is expected. */
export function isFinalStatus(status: OrderStatus): boolean {
  return status === 'FILLED' || status === 'CANCELED' || status === 'REJECTED' || status === 'EXPIRED';
}

/** An open order as the venue reports it (open orders, query by client id). */
export interface VenueOrder {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  readonly type: OrderType;
  readonly qtyLots: number;
  readonly filledLots: number;
  readonly priceTicks: number | null;
  /** For `trailing_stop` the price that triggers it now, `null` while it does not follow yet. */
  readonly triggerTicks: number | null;
  readonly status: OrderStatus;
  readonly updatedUs: EpochUs;
  /** Absent = `both`. */
  readonly positionSide?: PositionSide;
}
