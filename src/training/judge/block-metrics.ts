/** How good probabilities were on a block of rows. */
import { auc, brierScore, calibration, informationCoefficient, logLoss } from '#learn';
import { type LabelledRows, labelOf } from '../data/labelled-rows.ts';

/** The figures of one forecaster on one block. */
export interface ProbabilityMetrics {
  /** Mean of -ln(probability of what happened). */
  readonly logLoss: number;
  readonly brier: number;
  /** Expected calibration error over ten groups of equal size. */
  readonly calibrationError: number;
  readonly auc: number;
  /** Rank correlation of probability and forward return. */
  readonly informationCoefficient: number;
}

const CALIBRATION_GROUPS = 10;

/** Returns the labels of rows. */
export function labelsOf(rows: LabelledRows, index: Int32Array): Float64Array {
  return Float64Array.from(index, (row) => labelOf(rows.forwardReturn[row]!));
}

/** Returns the forward returns of rows. */
export function returnsOf(rows: LabelledRows, index: Int32Array): Float64Array {
  return Float64Array.from(index, (row) => rows.forwardReturn[row]!);
}

/** Judges probabilities of rows. */
export function probabilityMetrics(
  rows: LabelledRows,
  index: Int32Array,
  probability: Float64Array,
): ProbabilityMetrics {
  const labels = labelsOf(rows, index);
  const groups = Math.min(CALIBRATION_GROUPS, index.length);
  return {
    logLoss: logLoss(labels, probability),
    brier: brierScore(labels, probability),
    calibrationError: calibration(labels, probability, groups, 'equal-count').expectedError,
    auc: auc(labels, probability),
    informationCoefficient: informationCoefficient(returnsOf(rows, index), probability),
  };
}
