/** Rank correlation: what a forecast of returns is judged by when only the order matters. */
import { type Column, checkColumns } from './inputs.ts';

/** Returns the ranks of the values, from 1; equal values share the mean of their ranks. */
export function averageRanks(values: Column): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, row) => row);
  order.sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) ranks[order[at]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** Returns Pearson's correlation; 0 when one of the columns does not vary. */
export function correlation(a: Column, b: Column): number {
  checkColumns({ a, b });
  const count = a.length;
  let meanA = 0;
  let meanB = 0;
  for (let row = 0; row < count; row++) {
    meanA += a[row]! / count;
    meanB += b[row]! / count;
  }
  let covariance = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (let row = 0; row < count; row++) {
    const da = a[row]! - meanA;
    const db = b[row]! - meanB;
    covariance += da * db;
    varianceA += da * da;
    varianceB += db * db;
  }
  const scale = Math.sqrt(varianceA) * Math.sqrt(varianceB);
  return scale > 0 ? Math.max(-1, Math.min(1, covariance / scale)) : 0;
}

/** Returns the information coefficient: Spearman's rank correlation of forecasts and outcomes, in [-1, 1]. */
export function informationCoefficient(outcomes: Column, forecasts: Column): number {
  checkColumns({ outcomes, forecasts });
  return correlation(averageRanks(outcomes), averageRanks(forecasts));
}
