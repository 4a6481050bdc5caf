/** What the simulated venue may be told: one type, its defaults, its checks. */
import { XylenError } from '#core';
import { CostModel, DEPTH_RULE_DEFAULT, FeeSchedule, LIQUIDATION_FEE_PPM_DEFAULT } from '#costs';
import type { LatencyTable } from './latency.ts';

/** The rules of the simulated venue; all that can change a fill stands here or in the cost model. */
export interface SimRules {
  /** Fees, spread and synthetic depth; give the same one to whoever weighs decisions. */
  readonly costs: CostModel;
  /** Latencies by venue where they are not the defaults of `LATENCY_DEFAULTS`. */
  readonly latency: LatencyTable;
  /** The account's leverage, at least 1, cut to each instrument's own maximum; spot is always 1. */
  readonly leverage: number;
  /** Extra fee of a liquidation, ppm of notional, range [0, 100000]. */
  readonly liquidationFeePpm: number;
  /** A mark price older than this is not used (the last price is), microseconds. */
  readonly markAgeUsMax: number;
  /** Open orders an account may have; more are refused. */
  readonly ordersOpenMax: number;
  /** Finished orders that can still be asked for; older ones are forgotten, as venues do. */
  readonly ordersKeptMax: number;
}

/** The defaults of every rule. */
export function simRules(changes: Partial<SimRules> = {}): SimRules {
  const rules: SimRules = {
    costs: new CostModel(new FeeSchedule(), DEPTH_RULE_DEFAULT),
    latency: {},
    leverage: 5,
    liquidationFeePpm: LIQUIDATION_FEE_PPM_DEFAULT,
    markAgeUsMax: 60_000_000,
    ordersOpenMax: 200,
    ordersKeptMax: 1000,
    ...changes,
  };
  checkRange('leverage', rules.leverage, 1, 125);
  checkRange('liquidationFeePpm', rules.liquidationFeePpm, 0, 100_000);
  checkRange('markAgeUsMax', rules.markAgeUsMax, 0, Number.MAX_SAFE_INTEGER);
  checkRange('ordersOpenMax', rules.ordersOpenMax, 1, 10_000);
  checkRange('ordersKeptMax', rules.ordersKeptMax, 1, 1_000_000);
  return rules;
}

function checkRange(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new XylenError('XY_CONFIG_INVALID', `${name} is an integer in [${low}, ${high}], was ${value}`, {
    fields: { key: name, value },
  });
}
