/** Objectives of regression. Squared error: g = score - label, h = 1 (Friedman 2001, "Greedy function approximation"). */
import type { GbmObjective, Targets } from './objective.ts';

/** Returns the weighted mean of the labels. */
function meanLabel({ labels, weights }: Targets): number {
  let sum = 0;
  let weightSum = 0;
  for (let row = 0; row < labels.length; row++) {
    const weight = weights === null ? 1 : weights[row]!;
    sum += labels[row]! * weight;
    weightSum += weight;
  }
  return sum / weightSum;
}

function deriveSquaredError(
  scores: Float64Array,
  { labels, weights }: Targets,
  gradients: Float32Array,
  hessians: Float32Array,
): void {
  if (weights === null) {
    for (let row = 0; row < labels.length; row++) gradients[row] = scores[row]! - labels[row]!;
    hessians.fill(1);
    return;
  }
  for (let row = 0; row < labels.length; row++) {
    const weight = weights[row]!;
    gradients[row] = Math.fround(scores[row]! - labels[row]!) * weight;
    hessians[row] = weight;
  }
}

function meanSquaredError(scores: Float64Array, { labels, weights }: Targets): number {
  let sum = 0;
  let weightSum = 0;
  for (let row = 0; row < labels.length; row++) {
    const weight = weights === null ? 1 : weights[row]!;
    const error = scores[row]! - labels[row]!;
    sum += error * error * weight;
    weightSum += weight;
  }
  return sum / weightSum;
}

/** Half the squared error; its `loss` is the mean squared error. */
export const SQUARED_ERROR: GbmObjective = {
  header: 'regression',
  checkLabels: () => undefined,
  canLearn: () => true,
  initialScore: meanLabel,
  derive: deriveSquaredError,
  loss: meanSquaredError,
};
