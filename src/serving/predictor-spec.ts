/** Which predictors a pool holds, as plain data: it crosses threads and builds the same predictors on every side. */
import { unreachable } from '#core';
import { ForecastPredictor, UntrainedPredictor } from './forecast-predictor.ts';
import { type GbmArtefact, gbmForecaster } from './gbm-forecaster.ts';
import type { Predictor, PredictorInfo } from './port.ts';
import type { StopTargetOptions } from './stop-target.ts';
import { TREND_RULE_VERSION, type TrendRuleOptions, trendRule } from './trend-rule.ts';

/** One predictor to be built. */
export type PredictorSpec =
  | {
      readonly kind: 'trend';
      readonly name: string;
      readonly rule: TrendRuleOptions;
      readonly levels: StopTargetOptions;
    }
  | { readonly kind: 'gbm'; readonly artefact: GbmArtefact; readonly levels: StopTargetOptions }
  /** `message` says what to do about it. */
  | { readonly kind: 'untrained'; readonly name: string; readonly message: string };

/** Where predictors run: the first part of their endpoint. */
export type PredictorPlace = 'in-process' | 'worker';

/** Version of a model that is not there. */
const NO_VERSION = 'none';

/** Returns what is served under a spec, without building it. */
export function predictorInfo(spec: PredictorSpec, place: PredictorPlace): PredictorInfo {
  switch (spec.kind) {
    case 'trend':
      return infoOf(place, spec.name, TREND_RULE_VERSION, { isTrained: true, votesFromUs: 0 });
    case 'gbm': {
      const { name, version, votesFromUs } = spec.artefact;
      return infoOf(place, name, version, { isTrained: true, votesFromUs });
    }
    case 'untrained':
      return infoOf(place, spec.name, NO_VERSION, { isTrained: false, votesFromUs: 0 });
    default:
      return unreachable(spec, 'kind of predictor');
  }
}

/** Builds a predictor. @throws XY_MODEL_INVALID for an artefact whose parts do not fit. */
export function buildPredictor(spec: PredictorSpec, place: PredictorPlace): Predictor {
  const info = predictorInfo(spec, place);
  switch (spec.kind) {
    case 'trend':
      return new ForecastPredictor(info, trendRule(spec.rule), spec.levels);
    case 'gbm':
      return new ForecastPredictor(info, gbmForecaster(spec.artefact), spec.levels);
    case 'untrained':
      return new UntrainedPredictor(info, spec.message);
    default:
      return unreachable(spec, 'kind of predictor');
  }
}

function infoOf(
  place: PredictorPlace,
  name: string,
  version: string,
  state: Pick<PredictorInfo, 'isTrained' | 'votesFromUs'>,
): PredictorInfo {
  return { name, version, endpoint: `${place}:${name}@${version}`, ...state };
}
