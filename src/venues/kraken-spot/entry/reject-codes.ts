/** Kraken's errors (`ECategory:text`) in our words. The texts are more stable than complete, so they are matched by what they say. */
import type { VenueRejectCode } from '#domain';

const REJECTS: readonly (readonly [RegExp, VenueRejectCode])[] = [
  [
    /cl_ord_id.*(duplicate|unique|already|exist|in use)|duplicate.*(cl_ord_id|client)/i,
    'duplicate_client_order_id',
  ],
  [
    /insufficient (funds|margin|initial margin)|margin (allowance|level|position size)/i,
    'insufficient_margin',
  ],
  [/post[ -]?only/i, 'post_only_would_take'],
  [/reduce[ -]?only/i, 'reduce_only'],
  [/leverage/i, 'leverage'],
  [/(orders?|positions?|rate) limit exceeded|too many orders/i, 'too_many_orders'],
  [/cost minimum not met|minimum cost|costmin/i, 'min_notional'],
  [/order minimum not met|volume minimum|invalid arguments:volume|ordermin/i, 'quantity_filter'],
  [/tick size|invalid price|price (is )?out of|invalid arguments:(price|limit_price)/i, 'price_filter'],
  [/stop price.*(market|trigger)|trigger(ed)? immediately/i, 'would_trigger_immediately'],
  [/fill or kill|\bfok\b/i, 'fok_unfilled'],
  [/no liquidity|insufficient liquidity|market protection/i, 'no_liquidity'],
  [/self[ -]?trade|\bstp\b/i, 'self_trade'],
  [
    /market (in|is) \w+ mode|cancel_only|limit_only|post_only mode|maintenance|market unavailable/i,
    'maintenance',
  ],
  [/unknown order|invalid order\b|order not found/i, 'unknown_order'],
];

/** Returns our word for an error of Kraken; `other` for those that no rule here follows from. */
export function rejectCodeOf(error: string): VenueRejectCode {
  // Before post-only orders: "Market in post_only mode" is a state of the market.
  if (/market (in|is) \w+ mode/i.test(error)) return 'maintenance';
  return REJECTS.find(([pattern]) => pattern.test(error))?.[1] ?? 'other';
}
