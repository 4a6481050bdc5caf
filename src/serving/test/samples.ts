/** Small models and requests for the tests of serving. */
import { Prng, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { fitCalibration } from '#ensemble';
import { featureSet } from '#features';
import { gbmParams, trainGbm } from '#learn';
import type { GbmArtefact } from '../gbm-forecaster.ts';
import type { PredictRequest } from '../port.ts';
import type { PredictorSpec } from '../predictor-spec.ts';
import { STOP_TARGET_DEFAULT } from '../stop-target.ts';

export const TIMEFRAMES_US = [5 * US_PER_MINUTE, 15 * US_PER_MINUTE, US_PER_HOUR];
export const HORIZON_BARS = 48;
export const SET = featureSet(TIMEFRAMES_US);
/** A moment after which the sample model votes. */
export const VOTES_FROM_US = Date.UTC(2024, 5, 1) * 1_000;

/** Returns a row with every feature at its neutral value but those named. */
export function featureRow(values: Readonly<Record<string, number>> = {}): Float64Array {
  const row = Float64Array.from(SET.definitions, ({ neutral }) => neutral);
  for (const [name, value] of Object.entries(values)) {
    const at = SET.names.indexOf(name);
    if (at < 0) throw new RangeError(`no feature ${name}`);
    row[at] = value;
  }
  return row;
}

/** Returns a row of random numbers within the ranges of the features. */
export function randomRow(prng: Prng): Float64Array {
  return Float64Array.from(SET.definitions, ({ max, min }) => min + (max - min) * prng.uniform());
}

/** Returns a request; `changes` replace its fields. */
export function request(changes: Partial<PredictRequest> = {}): PredictRequest {
  return {
    requestId: 1,
    symbol: 'BTCUSDT',
    timeframeUs: TIMEFRAMES_US[0]!,
    tsUs: VOTES_FROM_US,
    price: 60_000,
    featureSetHash: SET.hash,
    features: featureRow(),
    ...changes,
  };
}

/** Trains a small model that sees the sign of its first feature through noise. */
export function sampleArtefact(): GbmArtefact {
  const prng = new Prng(11);
  const rowCount = 400;
  const { length } = SET.names;
  const features = new Float64Array(rowCount * length);
  const labels = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const values = randomRow(prng);
    features.set(values, row * length);
    labels[row] = prng.uniform() < (values[0]! > 0 ? 0.8 : 0.2) ? 1 : 0;
  }
  const params = gbmParams({ objective: 'binary', rounds: 10, numLeaves: 4 });
  const table = { rowCount, featureCount: length, featureNames: SET.names, features, labels };
  const model = trainGbm(table, params, { prng: prng.split('gbm') });
  return {
    name: 'gbm',
    version: 'sample',
    featureSetHash: SET.hash,
    featureNames: SET.names,
    votesFromUs: VOTES_FROM_US,
    modelText: model.toLightGbmText(),
    calibration: fitCalibration([0.3, 0.4, 0.6, 0.7], [0, 1, 0, 1]),
    head: { volatilityFeature: 'atr_14_5m', moveScale: 3.4, returnShare: 0.8 },
    variance: 0.002,
  };
}

/** Returns one spec of each kind. */
export function sampleSpecs(): readonly PredictorSpec[] {
  const levels = STOP_TARGET_DEFAULT;
  return [
    {
      kind: 'trend',
      name: 'trend',
      rule: { timeframesUs: TIMEFRAMES_US, horizonBars: HORIZON_BARS },
      levels,
    },
    { kind: 'gbm', artefact: sampleArtefact(), levels },
    { kind: 'untrained', name: 'other', message: "no model 'other' yet; see 'xylen train --help'" },
  ];
}
