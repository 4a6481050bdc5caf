/** Door of `serving`: the predictor port, the predictors, and the pool that runs them in the process. The worker pool is `#serving/worker`. */
export type { LatencyRule } from './answering.ts';
export { emptyForecast, type Forecast, type Forecaster } from './forecast.ts';
export { type GbmArtefact, gbmForecaster, type ReturnHead } from './gbm-forecaster.ts';
export { InProcessPool } from './in-process-pool.ts';
export type { Predictor, PredictorInfo, PredictorPool, PredictReplies, PredictRequest } from './port.ts';
export {
  buildPredictor,
  type PredictorPlace,
  type PredictorSpec,
  predictorInfo,
} from './predictor-spec.ts';
export { STOP_TARGET_DEFAULT, type StopTargetOptions } from './stop-target.ts';
export { TREND_RULE_VERSION, type TrendRuleOptions, trendRule } from './trend-rule.ts';
