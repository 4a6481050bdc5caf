/** Door of `learn`: learning as pure functions. Arrays in, parameters out; seeds are passed in. */
export type { GbmDataset } from './gbm/dataset.ts';
export { GbmModel } from './gbm/model.ts';
export {
  GBM_MISSING_RULES,
  GBM_OBJECTIVES,
  GBM_PARAM_DEFAULTS,
  type GbmMissingRule,
  type GbmObjectiveName,
  type GbmParams,
  gbmParams,
} from './gbm/params.ts';
export { type GbmRoundState, type GbmTrainOptions, trainGbm } from './gbm/trainer.ts';
export {
  type ForwardReturnLabels,
  forwardReturnLabels,
  HORIZON_BARS_MAX,
} from './labels/forward-return.ts';
export {
  type TripleBarrierLabels,
  type TripleBarrierOptions,
  tripleBarrierLabels,
} from './labels/triple-barrier.ts';
export { type LabelBars, labelConcurrency, uniquenessWeights } from './labels/uniqueness.ts';
export {
  type BrierDecomposition,
  brierDecomposition,
  type Calibration,
  type CalibrationBin,
  type CalibrationBinning,
  calibration,
} from './metrics/calibration.ts';
export { accuracy, auc, brierScore, LOG_LOSS_CLIP, logLoss } from './metrics/classification.ts';
export type { Column } from './metrics/inputs.ts';
export { averageRanks, correlation, informationCoefficient } from './metrics/rank.ts';
export { mae, r2, rmse } from './metrics/regression.ts';
export {
  type CombinatorialPurgedOptions,
  type CombinatorialPurgedSplits,
  type CombinatorialSplit,
  combinatorialPurgedSplits,
} from './splits/combinatorial-purged.ts';
export type { LabelSpans, PurgedSplit } from './splits/label-spans.ts';
export {
  type PurgedTimeSplit,
  type PurgedTimeSplitOptions,
  purgedTimeSplit,
} from './splits/purged-time-split.ts';
export { QUARANTINE_US, rowsOutsideQuarantine } from './splits/quarantine.ts';
export {
  type TimeRange,
  type WalkForwardPlan,
  type WalkForwardWindow,
  walkForwardRows,
  walkForwardWindows,
} from './splits/walk-forward.ts';
