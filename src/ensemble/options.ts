/** How votes become one decision: options, defaults, check. Keys are named as in the configuration. */
import { assert, US_PER_MINUTE } from '#core';

/** How votes are fused. */
export type FusionMethod = 'inverse_variance' | 'weighted_vote' | 'best_single';

/** Everything the ensemble can be told. Plain data. */
export interface EnsembleOptions {
  readonly method: FusionMethod;
  /** Variance of the prior belief that up and down are equally likely; smaller = more caution. */
  readonly priorVariance: number;
  /** Weight of a model before performance speaks, relative to the others; 1 where none is given. */
  readonly modelWeights: Readonly<Record<string, number>>;
  /** Smallest and largest share of one model among those that voted. */
  readonly weightFloor: number;
  readonly weightCeiling: number;
  /** No model's probability is taken for surer than this variance. */
  readonly modelVarianceMin: number;
  /** Brier score by which a model must be worse than the best one (or than 0.25) to count half. */
  readonly brierHalving: number;
  /** Performance of a model counts from so many outcomes on. */
  readonly outcomesMin: number;
  readonly modelsMin: number;
  /** Largest standard deviation between the probabilities of the models. */
  readonly disagreementMax: number;
  /** Smallest share (by weight) of models that vote for the decision's own action. */
  readonly agreementMin: number;
  /** Largest variance of the fused probability. */
  readonly varianceMax: number;
  /** What must remain of the expected return after all costs, parts per million of the notional. */
  readonly expectedValueMarginPpm: number;
  /** No decision on data older than this. */
  readonly dataStaleAfterUs: number;
}

/** The defaults of the design. */
export const ENSEMBLE_OPTIONS_DEFAULT: EnsembleOptions = {
  method: 'inverse_variance',
  priorVariance: 0.01,
  modelWeights: {},
  weightFloor: 0.02,
  weightCeiling: 0.95,
  modelVarianceMin: 0.0004,
  brierHalving: 0.01,
  outcomesMin: 30,
  modelsMin: 1,
  disagreementMax: 0.15,
  agreementMin: 0.5,
  varianceMax: 0.04,
  expectedValueMarginPpm: 100,
  dataStaleAfterUs: 15 * US_PER_MINUTE,
};

const RANGES: Readonly<
  Record<Exclude<keyof EnsembleOptions, 'method' | 'modelWeights'>, readonly [number, number]>
> = {
  priorVariance: [1e-6, 0.25],
  weightFloor: [0, 1],
  weightCeiling: [0, 1],
  modelVarianceMin: [1e-9, 0.25],
  brierHalving: [1e-6, 1],
  outcomesMin: [1, 1_000_000],
  modelsMin: [1, 64],
  disagreementMax: [0, 0.5],
  agreementMin: [0, 1],
  varianceMax: [0, 0.25],
  expectedValueMarginPpm: [0, 1_000_000],
  dataStaleAfterUs: [1, Number.MAX_SAFE_INTEGER],
};

/** Throws `AssertionError` naming a key out of range. */
export function assertEnsembleOptions(options: EnsembleOptions): void {
  for (const [key, [min, max]] of Object.entries(RANGES)) {
    const value = options[key as keyof typeof RANGES];
    assert(value >= min && value <= max, `${key} lies in [${min}, ${max}], was ${value}`);
  }
  assert(options.weightFloor <= options.weightCeiling, 'weightFloor is at most weightCeiling');
  for (const [model, weight] of Object.entries(options.modelWeights)) {
    assert(weight >= 0 && Number.isFinite(weight), `weight of ${model} is >= 0, was ${weight}`);
  }
}
