/**
 * Isotonic calibration for labels that overlap. Thousands of rows hold a few hundred independent labels, and a plain isotonic fit then
 * believes its own ends. So the predictions are first put into groups of at least ten independent labels, each group's share of ones is
 * drawn towards a half by ten more, and the monotone curve goes through the groups.
 */
import { assert } from '#core';
import { type CalibrationMap, fitCalibration } from '#ensemble';

/** Independent labels of a group at least, and the pseudo-labels at a half that each group gets. */
const LABELS_PER_GROUP = 10;
const PRIOR_LABELS = 10;
const GROUPS_MAX = 20;
const PRIOR_PROBABILITY = 0.5;

/** Fits the map on predictions that the model was not trained on; `labelCount` of their labels are independent. */
export function fitSmoothCalibration(
  probabilities: Float64Array,
  labels: Float64Array,
  labelCount: number,
): CalibrationMap {
  const rowCount = probabilities.length;
  assert(rowCount > 0 && rowCount === labels.length, 'each prediction has its label');
  assert(labelCount > 0 && labelCount <= rowCount, 'at most as many independent labels as rows');
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row);
  order.sort((a, b) => probabilities[a]! - probabilities[b]! || a - b);
  const groupCount = Math.max(1, Math.min(GROUPS_MAX, Math.floor(labelCount / LABELS_PER_GROUP)));
  const priorRows = (PRIOR_LABELS * rowCount) / labelCount;
  const points: { x: number; ones: number; zeros: number }[] = [];
  for (let group = 0; group < groupCount; group++) {
    const from = Math.floor((group * rowCount) / groupCount);
    const to = Math.floor(((group + 1) * rowCount) / groupCount);
    let sum = 0;
    let ones = 0;
    for (let at = from; at < to; at++) {
      sum += probabilities[order[at]!]!;
      ones += labels[order[at]!]!;
    }
    points.push({
      x: sum / (to - from),
      ones: ones + priorRows * PRIOR_PROBABILITY,
      zeros: to - from - ones + priorRows * (1 - PRIOR_PROBABILITY),
    });
  }
  const map = fitCalibration(
    points.flatMap(({ x }) => [x, x]),
    points.flatMap(() => [1, 0]),
    points.flatMap(({ ones, zeros }) => [ones, zeros]),
  );
  return { ...map, sampleCount: rowCount };
}
