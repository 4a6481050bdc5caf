/** Why risk says no: every reason code, what it means, and whether it can hold back an exit. A code is a contract of the record. */

/** The reason codes of refused orders; the record, the metrics and the dashboard use these words. */
export const REFUSAL_CODES = {
  invalid_intent:
    'the order is not well formed: numbers out of range, price of the wrong kind, unknown instrument',
  price_filter: 'limit or trigger price is not a multiple of the tick step',
  nothing_to_close: 'a reduce-only order finds no position that it could shrink',
  quantity_filter: 'quantity is not a multiple of the lot step, or outside the limits of the venue',
  shutdown: 'risk was shut down by an operator; stays until a person resumes',
  emergency_shutdown: 'the day lost the emergency part of its opening equity; stays until a person resumes',
  drawdown: 'equity fell the allowed part below its high-water mark; stays until a person resumes',
  reduce_only_mode: 'only orders that shrink positions are accepted at present',
  circuit_breaker: 'too many losing trades in a row; the cool-down is running or a probe trade is under way',
  stale_data: 'the newest price is missing, too old, or from the future',
  daily_loss: 'the day lost the allowed part of its opening equity; until the next UTC day',
  daily_loss_amount: 'the day lost the allowed amount of money; until the next UTC day',
  order_rate: 'too many orders in the time window',
  open_orders: 'too many orders are open',
  duplicate_intent: 'the same entry, or its client order id, was approved a moment ago',
  price_deviation: 'limit or trigger price lies too far on the wrong side of the last price',
  stop_too_wide: 'the stop lies farther from the entry than the outer bound allows',
  target_too_wide: 'the target lies farther from the entry than the outer bound allows',
  volatility_unknown: 'sizes are to be scaled by volatility and the volatility is not known',
  size_zero: 'signal, stop and equity give no quantity',
  position_cap: 'the position would exceed its part of the equity',
  exposure_cap: 'positions and orders in flight together would exceed their part of the equity',
  leverage: 'positions and orders in flight together would exceed the leverage of the account',
  margin: 'the free margin does not carry the order',
  min_notional: 'the order is smaller than our minimum or that of the venue',
  overflow: 'price x quantity leaves the range of exact integers; risk goes to reduce-only',
} as const;

/** A reason code. */
export type RefusalCode = keyof typeof REFUSAL_CODES;

/** All reason codes, in the order of the table. */
export const REFUSAL_CODE_LIST = Object.keys(REFUSAL_CODES) as readonly RefusalCode[];
