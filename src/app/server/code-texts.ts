/**
 * What a reason code means, in words (of the ensemble's gates, of risk, of the venue, of a model without a vote, of a strategy), and in which
 * unit gates and rules compare.
 */
import { HOLD_REASONS, type HoldReason } from '#ensemble';
import { REFUSAL_CODES, type RefusalCode } from '#risk';
import type { Rule } from '#wire';

/** Codes that no registry lists: why the ensemble's strategy sends no order although its gates are passed, and why a model gave no vote. */
const OTHER_CODES: Readonly<Record<string, string>> = {
  position_open: 'a position is open and stays; one at a time for each symbol',
  order_working: 'an earlier order is still working',
  closing_position: 'the open position is being closed first',
  no_protective_levels: 'no stop and target could be placed at this price',
  not_trained: 'the model was never trained',
  feature_set_mismatch: 'the model was trained on other features',
  in_sample: 'the moment lies in the data that the model was trained on',
  timeout: 'the model did not answer in time',
  error: 'the model failed',
  unhealthy: 'the model is unhealthy and was not asked',
  unusable: 'the vote had numbers out of range, or the model has no weight',
};

const TEXTS: Readonly<Record<string, string>> = { ...OTHER_CODES, ...REFUSAL_CODES, ...HOLD_REASONS };

/** Returns the meaning of a code; the code itself in words when nobody has described it. */
export function textOfCode(code: string): string {
  return Object.hasOwn(TEXTS, code) ? (TEXTS[code] ?? code) : code.replaceAll('_', ' ');
}

/** The unit of a value before translation: atoms and lots become money and quantities. */
export type RawUnit = Exclude<Rule['unit'], 'quantity' | 'money'> | 'lots' | 'atoms';

const RISK_UNITS: Readonly<Partial<Record<RefusalCode, RawUnit>>> = {
  price_filter: 'flag',
  nothing_to_close: 'flag',
  shutdown: 'flag',
  emergency_shutdown: 'fraction',
  drawdown: 'fraction',
  reduce_only_mode: 'flag',
  circuit_breaker: 'flag',
  stale_data: 'duration',
  daily_loss: 'fraction',
  daily_loss_amount: 'atoms',
  duplicate_intent: 'flag',
  price_deviation: 'fraction',
  stop_too_wide: 'fraction',
  target_too_wide: 'fraction',
  volatility_unknown: 'flag',
  position_cap: 'lots',
  exposure_cap: 'lots',
  leverage: 'lots',
  margin: 'lots',
  quantity_filter: 'lots',
  size_zero: 'lots',
  min_notional: 'atoms',
};

const GATE_UNITS: Readonly<Partial<Record<HoldReason, RawUnit>>> = {
  cold: 'flag',
  stale_data: 'duration',
  no_edge: 'flag',
  minority: 'fraction',
  disagreement: 'fraction',
  expected_value_below_cost: 'fraction',
};

const UNITS: Readonly<Record<string, RawUnit>> = { ...RISK_UNITS, ...GATE_UNITS };

/** Returns the unit in which a gate or rule compares; a plain number where none is known. */
export function unitOfCode(code: string): RawUnit {
  return Object.hasOwn(UNITS, code) ? (UNITS[code] ?? 'number') : 'number';
}
