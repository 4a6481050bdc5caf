/** What the simulated venue may be told: one type, its defaults, its checks. */
import { XylenError } from '#core';
import { CostModel, DEPTH_RULE_DEFAULT, FeeSchedule, LIQUIDATION_FEE_PPM_DEFAULT } from '#costs';
import type { VolumeTierTable } from './fees/index.ts';
import { checkImpactRule, IMPACT_DEFAULT, type ImpactRule } from './impact/index.ts';
import type { LatencyTable, LegTable } from './latency/index.ts';
import { QUEUE_MODEL_FORMS, queueModelOf } from './queue/index.ts';

/** The rules of the simulated venue; all that can change a fill stands here or in the cost model. */
export interface SimRules {
  /** Fees, spread and synthetic depth; give the same one to whoever weighs decisions. */
  readonly costs: CostModel;
  /** Fees by the volume of 30 days, where a venue has such tiers; decisions reckon with the fees of the cost model. */
  readonly feeTiers: VolumeTierTable;
  /** Latencies by venue where they are not the defaults of `LATENCY_DEFAULTS`. */
  readonly latency: LatencyTable;
  /** Legs of a venue with a latency model of their own; the others follow `latency`, market data keep their recorded times. */
  readonly latencyLegs: LegTable;
  /** Guess of the place in a queue where the book is recorded level by level, by name (`QUEUE_MODEL_FORMS`). */
  readonly queue: string;
  /** What own orders leave behind in a recorded book. */
  readonly impact: ImpactRule;
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

/** The most cautious of the queue models. */
export const QUEUE_DEFAULT = 'risk_adverse';

/** The defaults of every rule. @throws XY_CONFIG_INVALID naming a value out of range. */
export function simRules(changes: Partial<SimRules> = {}): SimRules {
  const rules: SimRules = {
    costs: new CostModel(new FeeSchedule(), DEPTH_RULE_DEFAULT),
    feeTiers: {},
    latency: {},
    latencyLegs: {},
    queue: QUEUE_DEFAULT,
    impact: IMPACT_DEFAULT,
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
  checkImpactRule(rules.impact);
  if (queueModelOf(rules.queue) === undefined) {
    const message = `queue is one of ${QUEUE_MODEL_FORMS.join(', ')} with N above 0, was '${rules.queue}'`;
    throw new XylenError('XY_CONFIG_INVALID', message, { fields: { key: 'queue', value: rules.queue } });
  }
  return rules;
}

function checkRange(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new XylenError('XY_CONFIG_INVALID', `${name} is an integer in [${low}, ${high}], was ${value}`, {
    fields: { key: name, value },
  });
}
