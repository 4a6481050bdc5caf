/** Orders as a venue sees them, and the states of an order's life. */
import type { EpochUs } from '#core';
import type { InstrumentIx } from './instrument.ts';
import type { Side } from './side.ts';

/** `stop_market` and `take_profit_market` rest at the venue until their trigger trades, then execute as market orders. */
export type OrderType = 'market' | 'limit' | 'stop_market' | 'take_profit_market';

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
  readonly qtyLots: number;
  /** Limit price; `null` unless type is `limit`. */
  readonly priceTicks: number | null;
  /** Trigger price; `null` unless type is `stop_market` or `take_profit_market`. */
  readonly triggerTicks: number | null;
  readonly timeInForce: TimeInForce;
  /** May only shrink a position; the venue cuts or refuses the rest. */
  readonly reduceOnly: boolean;
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
  readonly triggerTicks: number | null;
  readonly status: OrderStatus;
  readonly updatedUs: EpochUs;
}
