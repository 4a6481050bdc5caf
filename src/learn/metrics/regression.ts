/** How good forecasts of a number are. All take weights. */
import { type Column, checkColumns, weightedMean } from './inputs.ts';

/** Returns the root of the mean squared error, in the unit of the labels. */
export function rmse(labels: Column, forecasts: Column, weights?: Column): number {
  checkColumns({ labels, forecasts, weights });
  return Math.sqrt(weightedMean(labels.length, weights, (row) => (forecasts[row]! - labels[row]!) ** 2));
}

/** Returns the mean absolute error, in the unit of the labels. */
export function mae(labels: Column, forecasts: Column, weights?: Column): number {
  checkColumns({ labels, forecasts, weights });
  return weightedMean(labels.length, weights, (row) => Math.abs(forecasts[row]! - labels[row]!));
}

/**
 * Returns 1 - squared error / squared deviation of the labels from their mean: 1 is perfect, 0 as good as the mean, negative
 * worse. Labels that are all equal give 1 for an exact forecast, else 0.
 */
export function r2(labels: Column, forecasts: Column, weights?: Column): number {
  checkColumns({ labels, forecasts, weights });
  const count = labels.length;
  const mean = weightedMean(count, weights, (row) => labels[row]!);
  const error = weightedMean(count, weights, (row) => (forecasts[row]! - labels[row]!) ** 2);
  const spread = weightedMean(count, weights, (row) => (labels[row]! - mean) ** 2);
  if (spread > 0) return 1 - error / spread;
  return error === 0 ? 1 : 0;
}
