/** The impact models by name, and what each of them assumes. What it is not: the models. */
import { formatDurationUs, US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import { ConsumeImpact } from './consume-impact.ts';
import type { ImpactModel } from './impact-model.ts';
import { NoImpact } from './no-impact.ts';
import { SquareRootImpact } from './square-root-impact.ts';

/** Names of the impact models, each costing at least as much as the one before. */
export const IMPACT_MODELS = ['none', 'consume', 'square_root'] as const;

/** One of `IMPACT_MODELS`. */
export type ImpactName = (typeof IMPACT_MODELS)[number];

/** Which impact own orders have, and its figures; those that a model has no use for are ignored. */
export interface ImpactRule {
  readonly model: ImpactName;
  /** Half-life of what own takers took from a level (`consume`, `square_root`). */
  readonly halfLifeUs: number;
  /** Factor Y of the square root, range [0, 10]. */
  readonly coefficient: number;
  /** Factor gamma of the permanent part, range [0, 10]. */
  readonly permanent: number;
  /** Half-life of the temporary part (`square_root`). */
  readonly decayUs: number;
}

/** Nothing beyond the depth that is taken; figures as they count when another model is named. */
export const IMPACT_DEFAULT: ImpactRule = {
  model: 'none',
  halfLifeUs: 10 * US_PER_SECOND,
  coefficient: 1,
  permanent: 0.314,
  decayUs: 5 * US_PER_MINUTE,
};

/** Checks a rule. @throws XY_CONFIG_INVALID naming the value out of range. */
export function checkImpactRule(rule: ImpactRule): ImpactRule {
  const refuse = (name: string, expected: string, value: unknown): never => {
    throw new XylenError('XY_CONFIG_INVALID', `impact: ${name} is ${expected}, was ${String(value)}`);
  };
  if (!IMPACT_MODELS.includes(rule.model)) refuse('model', `one of ${IMPACT_MODELS.join(', ')}`, rule.model);
  for (const name of ['halfLifeUs', 'decayUs'] as const) {
    if (!(rule[name] > 0 && Number.isFinite(rule[name]))) refuse(name, 'a time above 0', rule[name]);
  }
  for (const name of ['coefficient', 'permanent'] as const) {
    if (!(rule[name] >= 0 && rule[name] <= 10)) refuse(name, 'a number in [0, 10]', rule[name]);
  }
  return rule;
}

/** Returns the impact model of a rule for an instrument of that tick step. */
export function impactOf(rule: ImpactRule, tickStep: number): ImpactModel {
  switch (rule.model) {
    case 'none':
      return new NoImpact();
    case 'consume':
      return new ConsumeImpact(rule.halfLifeUs);
    case 'square_root':
      return new SquareRootImpact({ ...rule, tickStep });
  }
}

/** Returns what a rule assumes on a recorded book: a value and a sentence for people. */
export function impactAssumption(rule: ImpactRule): { readonly value: string; readonly text: string } {
  const half = formatDurationUs(rule.halfLifeUs);
  switch (rule.model) {
    case 'none':
      return {
        value: 'none beyond depth',
        text: 'Own orders pay for the depth they take, which is gone until its level is told anew, but do not move the recorded market.',
      };
    case 'consume':
      return {
        value: `consume, half-life ${half}`,
        text: `What own orders take from a level stays missing beyond its updates and comes back with a half-life of ${half}.`,
      };
    case 'square_root':
      return {
        value: `square_root, Y ${rule.coefficient}, permanent ${rule.permanent}, decay ${formatDurationUs(rule.decayUs)}, levels ${half}`,
        text: 'Own executions move the market away by the square root of their share of the volume, which decays, and by a permanent part; never in the favour of the trader. Volatility and volume are estimated from what has passed. The quotes that the trader sees are those recorded.',
      };
  }
}
