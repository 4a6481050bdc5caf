/**
 * Gradient boosting as it is served: trees, the calibration map fitted beside them, and the head that turns a probability into an
 * expected return. Plain data in (a registry entry), so that it crosses threads; it learns nothing here.
 */
import { assert, type EpochUs, XylenError } from '#core';
import { type CalibrationMap, calibrate } from '#ensemble';
import { GbmModel } from '#learn';
import type { Forecast, Forecaster } from './forecast.ts';

/**
 * From a probability to an expected return: (2p - 1) x (typical absolute return at the present volatility) x the part of a lean that
 * turned into return where it was measured.
 */
export interface ReturnHead {
  /** The feature that measures the present volatility, a fraction per bar. */
  readonly volatilityFeature: string;
  /** Mean absolute return over the horizon per unit of that feature. */
  readonly moveScale: number;
  /** In [0, 1]. */
  readonly returnShare: number;
}

/** Everything that serving needs of a trained model. */
export interface GbmArtefact {
  readonly name: string;
  readonly version: string;
  readonly featureSetHash: string;
  readonly featureNames: readonly string[];
  /** No vote before this moment. */
  readonly votesFromUs: EpochUs;
  /** LightGBM's text format; one output, a probability. */
  readonly modelText: string;
  readonly calibration: CalibrationMap;
  readonly head: ReturnHead;
  /** Variance of its probabilities, measured out of sample. */
  readonly variance: number;
}

/** Builds the forecaster of an artefact. @throws XY_MODEL_INVALID when its parts do not fit each other. */
export function gbmForecaster(artefact: GbmArtefact): Forecaster {
  const { calibration, featureNames, head, name, variance, version } = artefact;
  const model = GbmModel.fromLightGbmText(artefact.modelText);
  const fail = (what: string): never => {
    throw new XylenError('XY_MODEL_INVALID', `model ${name} ${version}: ${what}`, {
      fields: { model: name, version },
    });
  };
  if (model.objective !== 'binary sigmoid:1' || model.outputCount !== 1)
    fail(`expected objective 'binary sigmoid:1', was '${model.objective}'`);
  const { length } = featureNames;
  const wrong = featureNames.findIndex((feature, at) => model.featureNames[at] !== feature);
  if (model.featureNames.length !== length || wrong >= 0)
    fail(`expected the ${length} features of its manifest, the trees have others`);
  const volatilityAt = featureNames.indexOf(head.volatilityFeature);
  if (volatilityAt < 0) fail(`its return head wants the feature ${head.volatilityFeature}`);
  return {
    featureSetHash: artefact.featureSetHash,
    forecast(features: Float64Array, out: Forecast): void {
      assert(features.length === length, 'a row has the features of its set');
      const rawScore = model.predict(features);
      const probability = calibrate(calibration, rawScore);
      const move = head.moveScale * features[volatilityAt]!;
      out.probability = probability;
      out.expectedReturn = (2 * probability - 1) * move * head.returnShare;
      out.variance = variance;
      out.rawScore = rawScore;
    },
  };
}
