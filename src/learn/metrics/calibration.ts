/**
 * Whether probabilities mean what they say: calibration curve and error, Brier decomposition (Murphy 1973, "A new vector
 * partition of the probability score").
 */
import { XylenError } from '#core';
import { brierScore } from './classification.ts';
import { type Column, checkBinary } from './inputs.ts';

/** Bins of a calibration curve at most. */
const BIN_COUNT_MAX = 10_000;

/** How rows are put into bins: intervals of [0, 1] of equal width, or about equal numbers of rows in order of probability. */
export type CalibrationBinning = 'equal-width' | 'equal-count';

/** One bin of a calibration curve; only bins with rows are listed. */
export interface CalibrationBin {
  /** Position, from 0. */
  readonly bin: number;
  readonly count: number;
  readonly meanProbability: number;
  /** Share of ones. */
  readonly meanLabel: number;
}

/** A calibration curve and its errors. */
export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean of |share of ones - mean probability| over the bins, by rows. */
  readonly expectedError: number;
  /** The largest of those. */
  readonly maximumError: number;
}

/** The Brier score taken apart; `brier` = `reliability` - `resolution` + `uncertainty` up to the spread inside the bins. */
export interface BrierDecomposition {
  readonly brier: number;
  /** Distance of the curve from the diagonal; 0 is best. */
  readonly reliability: number;
  /** How far the bins differ from the base rate; large is good. */
  readonly resolution: number;
  /** Variance of the label: the Brier score of always saying the base rate. */
  readonly uncertainty: number;
  /** 1 - brier / uncertainty; 0 when all labels are equal. */
  readonly skill: number;
}

function checkBinCount(binCount: number): void {
  if (Number.isInteger(binCount) && binCount >= 1 && binCount <= BIN_COUNT_MAX) return;
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `calibration: expected 1 to ${BIN_COUNT_MAX} bins, was ${binCount}`,
  );
}

/** Returns the bin of each row. */
function binRows(probabilities: Column, binCount: number, binning: CalibrationBinning): Int32Array {
  const count = probabilities.length;
  const binOf = new Int32Array(count);
  if (binning === 'equal-width') {
    for (let row = 0; row < count; row++) {
      binOf[row] = Math.min(Math.floor(probabilities[row]! * binCount), binCount - 1);
    }
    return binOf;
  }
  // Equal count: stable order, the first (count mod binCount) bins hold one row more.
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  order.sort((a, b) => probabilities[a]! - probabilities[b]! || a - b);
  const base = Math.floor(count / binCount);
  const larger = count % binCount;
  for (let at = 0; at < count; at++) {
    const inLarger = larger * (base + 1);
    const bin = at < inLarger ? Math.floor(at / (base + 1)) : larger + Math.floor((at - inLarger) / base);
    binOf[order[at]!] = bin;
  }
  return binOf;
}

/** Returns the calibration curve of probabilities with labels 0 and 1, and its errors. */
export function calibration(
  labels: Column,
  probabilities: Column,
  binCount: number,
  binning: CalibrationBinning,
): Calibration {
  checkBinary(labels, probabilities);
  checkBinCount(binCount);
  const binOf = binRows(probabilities, binCount, binning);
  const counts = new Int32Array(binCount);
  const probabilitySums = new Float64Array(binCount);
  const labelSums = new Float64Array(binCount);
  for (let row = 0; row < labels.length; row++) {
    const bin = binOf[row]!;
    counts[bin]!++;
    probabilitySums[bin]! += probabilities[row]!;
    labelSums[bin]! += labels[row]!;
  }
  const bins: CalibrationBin[] = [];
  let expectedError = 0;
  let maximumError = 0;
  for (let bin = 0; bin < binCount; bin++) {
    const count = counts[bin]!;
    if (count === 0) continue;
    const meanProbability = probabilitySums[bin]! / count;
    const meanLabel = labelSums[bin]! / count;
    const error = Math.abs(meanLabel - meanProbability);
    expectedError += (count / labels.length) * error;
    maximumError = Math.max(maximumError, error);
    bins.push({ bin, count, meanProbability, meanLabel });
  }
  return { bins, expectedError, maximumError };
}

/** Returns the Brier score and its parts over `binCount` bins of equal width. */
export function brierDecomposition(
  labels: Column,
  probabilities: Column,
  binCount: number,
): BrierDecomposition {
  const { bins } = calibration(labels, probabilities, binCount, 'equal-width');
  const rows = labels.length;
  const baseRate = bins.reduce((sum, { count, meanLabel }) => sum + count * meanLabel, 0) / rows;
  let reliability = 0;
  let resolution = 0;
  for (const { count, meanProbability, meanLabel } of bins) {
    reliability += (count / rows) * (meanProbability - meanLabel) ** 2;
    resolution += (count / rows) * (meanLabel - baseRate) ** 2;
  }
  const uncertainty = baseRate * (1 - baseRate);
  const brier = brierScore(labels, probabilities);
  return {
    brier,
    reliability,
    resolution,
    uncertainty,
    skill: uncertainty > 0 ? 1 - brier / uncertainty : 0,
  };
}
