/** The parameter section of a written model: LightGBM's names for what the model was trained with. */
import type { GbmParams } from './params.ts';

const OBJECTIVE_NAMES = { l2: 'regression', binary: 'binary' } as const;

/** Returns one `[name: value]` line a parameter. */
export function parameterLines(params: GbmParams): string[] {
  const values: Readonly<Record<string, string | number>> = {
    boosting: 'gbdt',
    objective: OBJECTIVE_NAMES[params.objective],
    num_iterations: params.rounds,
    learning_rate: params.learningRate,
    num_leaves: params.numLeaves,
    max_depth: params.maxDepth,
    min_data_in_leaf: params.minDataInLeaf,
    min_sum_hessian_in_leaf: params.minSumHessianInLeaf,
    bagging_fraction: params.baggingFraction,
    bagging_freq: params.baggingFreq,
    feature_fraction: params.featureFraction,
    early_stopping_round: params.earlyStoppingRounds,
    lambda_l1: params.lambdaL1,
    lambda_l2: params.lambdaL2,
    min_gain_to_split: params.minGainToSplit,
    max_bin: params.maxBin,
    min_data_in_bin: params.minDataInBin,
    bin_construct_sample_cnt: params.binSampleRows,
    use_missing: params.missing === 'none' ? 0 : 1,
    zero_as_missing: params.missing === 'zero' ? 1 : 0,
    boost_from_average: params.boostFromAverage ? 1 : 0,
  };
  return Object.entries(values).map(([name, value]) => `[${name}: ${value}]`);
}
