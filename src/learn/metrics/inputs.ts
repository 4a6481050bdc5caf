/** The checks that all metrics share. A NaN in a metric hides a broken model, so it is refused, with its place. */
import { XylenError } from '#core';

/** A column of numbers. */
export type Column = Float64Array | readonly number[];

/** Refuses columns of different length, empty ones, and numbers that are not finite; `weights` may be left out. */
export function checkColumns(columns: Readonly<Record<string, Column | undefined>>): void {
  const entries = Object.entries(columns);
  const count = entries[0]?.[1]?.length ?? 0;
  if (count === 0) throw new XylenError('XY_DATA_INSUFFICIENT', 'metric: expected at least 1 row, was 0');
  for (const [name, column] of entries) {
    if (column === undefined) continue;
    if (column.length !== count) {
      throw new XylenError(
        'XY_DATA_INSUFFICIENT',
        `metric: expected ${count} ${name}, were ${column.length}`,
      );
    }
    for (let row = 0; row < count; row++) {
      if (Number.isFinite(column[row]!)) continue;
      throw new XylenError(
        'XY_ROW_INVALID',
        `metric, row ${row}: expected finite ${name}, was ${column[row]}`,
        {
          fields: { row, column: name },
        },
      );
    }
  }
}

/** Like `checkColumns`, for labels 0 and 1 and probabilities in [0, 1]. */
export function checkBinary(labels: Column, probabilities: Column, weights?: Column): void {
  checkColumns({ labels, probabilities, weights });
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const probability = probabilities[row]!;
    if ((label === 0 || label === 1) && probability >= 0 && probability <= 1) continue;
    throw new XylenError(
      'XY_ROW_INVALID',
      `metric, row ${row}: expected label 0 or 1 and probability in [0, 1], were ${label} and ${probability}`,
      { fields: { row, label, probability } },
    );
  }
}

/** Returns the mean of `value(row)` under the weights (all 1 where left out). */
export function weightedMean(
  count: number,
  weights: Column | undefined,
  value: (row: number) => number,
): number {
  let sum = 0;
  let weightSum = 0;
  for (let row = 0; row < count; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    if (weight < 0) {
      throw new XylenError('XY_ROW_INVALID', `metric, row ${row}: expected weights >= 0, was ${weight}`);
    }
    sum += weight * value(row);
    weightSum += weight;
  }
  if (weightSum <= 0)
    throw new XylenError('XY_DATA_INSUFFICIENT', 'metric: expected a positive sum of weights');
  return sum / weightSum;
}
