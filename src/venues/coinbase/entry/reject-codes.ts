/** Coinbase's reasons (`INSUFFICIENT_FUND`, `PREVIEW_INVALID_BASE_SIZE_TOO_SMALL`) in our words. Each comes in several spellings, so they are matched by their parts. */
import type { VenueRejectCode } from '#domain';

const REJECTS: readonly (readonly [RegExp, VenueRejectCode])[] = [
  [/DUPLICATE_CLIENT_ORDER_ID/, 'duplicate_client_order_id'],
  [/POST_ONLY(?!_MODE)/, 'post_only_would_take'],
  [/INSUFFICIENT_(FUND|MARGIN|BALANCE|BUYING_POWER)|NOT_ENOUGH_(FUND|MARGIN)/, 'insufficient_margin'],
  [/STOP_PRICE_(ABOVE|BELOW)_LAST_TRADE_PRICE|TRIGGER_IMMEDIATELY/, 'would_trigger_immediately'],
  [/REDUCE_ONLY/, 'reduce_only'],
  [/LEVERAGE/, 'leverage'],
  [/SELF_TRADE/, 'self_trade'],
  [/TOO_MANY|MAX_OPEN_ORDERS|OPEN_ORDERS?_LIMIT|ORDER_LIMIT_EXCEEDED|RATE_LIMIT/, 'too_many_orders'],
  [/QUOTE_SIZE_TOO_SMALL|MIN_NOTIONAL|QUOTE_MIN_SIZE|BELOW_MIN(IMUM)?_(NOTIONAL|QUOTE)/, 'min_notional'],
  [/SIZE/, 'quantity_filter'],
  [/NO_LIQUIDITY|INSUFFICIENT_LIQUIDITY|EMPTY_BOOK/, 'no_liquidity'],
  [/FOK|FILL_OR_KILL/, 'fok_unfilled'],
  [/PRICE|SLIPPAGE/, 'price_filter'],
  [
    /MAINTENANCE|TRADING_(IS_)?DISABLED|ORDER_ENTRY_DISABLED|CANCEL_ONLY|LIMIT_ONLY|POST_ONLY_MODE|AUCTION_MODE|VIEW_ONLY|MARKET_(IS_)?CLOSED/,
    'maintenance',
  ],
  [/UNKNOWN_CANCEL_ORDER|ORDER_NOT_FOUND|ORDER_DOES_NOT_EXIST|UNKNOWN_ORDER/, 'unknown_order'],
];

/** Returns our word for a reason of Coinbase; `other` for those that no rule here follows from. */
export function rejectCodeOf(reason: string): VenueRejectCode {
  return REJECTS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
}
