/**
 * The promotion gate: a model serves only when, on rows it has never seen, it is better than knowing nothing (beyond luck), loses no money
 * after costs by the plainest rule, and is better than the model that serves now. There is no way around it.
 */
import type { ProbabilityMetrics } from './block-metrics.ts';
import type { TradingFigures } from './naive-trading.ts';
import type { Skill } from './skill.ts';

/** One-sided 5 %: a model without skill passes once in twenty trainings. */
export const SKILL_T_MIN = 1.645;

/** What the gate looks at. */
export interface GateInput {
  /** Against the better of the two who know nothing: the base rate and the coin. */
  readonly skill: Skill;
  readonly trading: TradingFigures;
  readonly metrics: ProbabilityMetrics;
  /** Log loss of the serving model on the same rows; `null` when none serves or it cannot be asked. */
  readonly served: { readonly version: string; readonly logLoss: number } | null;
}

/** One rule of the gate and what it found. */
export interface GateRule {
  readonly rule: 'beats_prior' | 'pays_costs' | 'beats_served';
  readonly isPassed: boolean;
  /** In words, with the numbers. */
  readonly found: string;
}

/** The verdict. */
export interface GateVerdict {
  readonly isPassed: boolean;
  readonly rules: readonly GateRule[];
}

/** Judges a candidate. */
export function judgeCandidate({ metrics, served, skill, trading }: GateInput): GateVerdict {
  const rules: GateRule[] = [
    {
      rule: 'beats_prior',
      isPassed: skill.gain > 0 && skill.tStatistic >= SKILL_T_MIN,
      found: `log loss better than knowing nothing by ${skill.gain.toFixed(5)}, t = ${skill.tStatistic.toFixed(2)} over ${skill.labelCount} labels (at least ${SKILL_T_MIN})`,
    },
    {
      rule: 'pays_costs',
      isPassed: trading.netReturn >= 0,
      found: `${trading.tradeCount} trades of the plain rule, ${(100 * trading.netReturn).toFixed(2)} % after costs (not below never trading)`,
    },
  ];
  if (served !== null) {
    rules.push({
      rule: 'beats_served',
      isPassed: metrics.logLoss < served.logLoss,
      found: `log loss ${metrics.logLoss.toFixed(5)}, the serving version ${served.version} has ${served.logLoss.toFixed(5)} on the same rows`,
    });
  }
  return { isPassed: rules.every(({ isPassed }) => isPassed), rules };
}
