/**
 * Is a lower log loss more than luck? Rows overlap in time and symbols move together, so the gain over a rival is averaged within each
 * horizon's length of time first. The t statistic is over those averages, each of which still shares labels with its neighbours: their
 * covariance counts as uncertainty (Newey and West 1987, one lag with full weight).
 */
import { assert } from '#core';
import { type LabelledRows, labelOf } from '../data/labelled-rows.ts';

/** The gain of one column of probabilities over another on the same rows. */
export interface Skill {
  /** Mean log loss of the rival minus that of the forecaster, over the horizons; positive = the forecaster is better. */
  readonly gain: number;
  /** `gain` / its standard error; 0 where that cannot be told. */
  readonly tStatistic: number;
  /** Horizons that were averaged over. */
  readonly labelCount: number;
}

/** Compares probabilities of rows with a rival's. */
export function skillOver(
  rows: LabelledRows,
  index: Int32Array,
  probability: Float64Array,
  rival: Float64Array,
): Skill {
  assert(index.length === probability.length && index.length === rival.length, 'one number a row');
  const horizonUs = rows.horizonBars * rows.features.timeframesUs[0]!;
  const sums = new Map<number, { gain: number; count: number }>();
  for (let at = 0; at < index.length; at++) {
    const row = index[at]!;
    const isUp = labelOf(rows.forwardReturn[row]!) === 1;
    const mine = isUp ? probability[at]! : 1 - probability[at]!;
    const other = isUp ? rival[at]! : 1 - rival[at]!;
    const key = Math.floor(rows.startUs[row]! / horizonUs);
    const sum = sums.get(key) ?? { gain: 0, count: 0 };
    sum.gain += Math.log(mine / other);
    sum.count++;
    sums.set(key, sum);
  }
  const keys = [...sums.keys()].sort((a, b) => a - b);
  return summary(keys.map((key) => meanOf(sums.get(key))));
}

function meanOf(sum: { readonly gain: number; readonly count: number } | undefined): number {
  assert(sum !== undefined && sum.count > 0, 'a horizon that was counted has rows');
  return sum.gain / sum.count;
}

function summary(gains: readonly number[]): Skill {
  const labelCount = gains.length;
  const gain = gains.reduce((sum, value) => sum + value, 0) / labelCount;
  let squares = 0;
  let products = 0;
  for (let at = 0; at < labelCount; at++) {
    squares += (gains[at]! - gain) ** 2;
    if (at > 0) products += (gains[at]! - gain) * (gains[at - 1]! - gain);
  }
  const spread = squares + 2 * Math.max(0, products);
  const error = labelCount > 1 ? Math.sqrt(spread / (labelCount - 1) / labelCount) : 0;
  return { gain, tStatistic: error > 0 ? gain / error : 0, labelCount };
}
