/**
 * What training measures: a forecaster, whatever it is made of. Shapes are those of `serving`, which this room does not import; the program
 * hands in the very code that will serve, so that what is measured is what is served.
 */
import type { EpochUs } from '#core';
import type { CalibrationMap } from '#ensemble';
import type { LabelledRows } from './data/labelled-rows.ts';

/** The numbers of one forecast. */
export interface RowForecast {
  probability: number;
  expectedReturn: number;
  variance: number;
  rawScore: number;
}

/** Turns a row of features into a forecast. */
export interface RowForecaster {
  readonly featureSetHash: string;
  forecast(features: Float64Array, out: RowForecast): void;
}

/** From a probability to an expected return: (2p - 1) x `moveScale` x volatility x `returnShare`. */
export interface ReturnHead {
  /** The feature that measures the present volatility, a fraction per bar. */
  readonly volatilityFeature: string;
  /** Mean absolute return over the horizon per unit of that feature. */
  readonly moveScale: number;
  /** In [0, 1]: the part of a lean that turned into return out of sample. */
  readonly returnShare: number;
}

/** Everything that serving needs of a trained model. */
export interface ModelArtefact {
  readonly name: string;
  readonly version: string;
  readonly featureSetHash: string;
  readonly featureNames: readonly string[];
  /** No vote before this moment: end of the last label that the model, or the choice of it, has seen, and the quarantine. */
  readonly votesFromUs: EpochUs;
  /** LightGBM's text format. */
  readonly modelText: string;
  readonly calibration: CalibrationMap;
  readonly head: ReturnHead;
  readonly variance: number;
}

/** Builds the forecaster that will serve an artefact. */
export type ServeArtefact = (artefact: ModelArtefact) => RowForecaster;

/** Forecasts of some rows, in their order. */
export interface ForecastColumns {
  readonly probability: Float64Array;
  readonly expectedReturn: Float64Array;
}

/** Asks a forecaster about rows of the table. */
export function forecastRows(
  forecaster: RowForecaster,
  rows: LabelledRows,
  index: Int32Array,
): ForecastColumns {
  const width = rows.features.names.length;
  const probability = new Float64Array(index.length);
  const expectedReturn = new Float64Array(index.length);
  const values = new Float64Array(width);
  const out = { probability: 0, expectedReturn: 0, variance: 0, rawScore: 0 };
  for (let at = 0; at < index.length; at++) {
    const from = index[at]! * width;
    values.set(rows.matrix.subarray(from, from + width));
    forecaster.forecast(values, out);
    probability[at] = out.probability;
    expectedReturn[at] = out.expectedReturn;
  }
  return { probability, expectedReturn };
}
