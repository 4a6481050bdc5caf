/** Door of `ensemble`: fusion, calibration, gate, expected value, performance of models. Pure. */
export {
  type CalibrationMap,
  calibrate,
  fitCalibration,
  PROBABILITY_CLIP,
  parseCalibrationMap,
} from './calibration.ts';
export {
  type DecisionInput,
  decide,
  type EnsembleDecision,
  expectedValue,
  type GateOutcome,
  HOLD_REASONS,
  type HoldReason,
} from './decide.ts';
export { type Calibrations, fuse } from './fuse.ts';
export {
  type Estimate,
  type FusedEstimate,
  fuseEstimates,
  linearPool,
  logPool,
  naiveBayesPool,
  probabilityAbove,
} from './fusion.ts';
export { evaluateCurve, fitIsotonic, type IsotonicOptions, type MonotoneCurve } from './isotonic.ts';
export {
  assertEnsembleOptions,
  ENSEMBLE_OPTIONS_DEFAULT,
  type EnsembleOptions,
  type FusionMethod,
} from './options.ts';
export { MODELS_MAX, type ModelHealth, type ModelPerformance, PerformanceTracker } from './tracker.ts';
export type { FusedVotes, ModelVote, VoteAction, WeighedVote } from './vote.ts';
