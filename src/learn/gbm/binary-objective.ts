/** The objective of two classes: log loss of p = 1 / (1 + exp(-score)), labels 0 and 1. */
import { XylenError } from '#core';
import type { GbmObjective, Targets } from './objective.ts';

/** Probabilities stay this far from 0 and 1 where a logarithm is taken of them: the float32 nearest to 1e-15. */
const PROBABILITY_MIN = Math.fround(1e-15);

function checkLabels(labels: Float32Array): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (label === 0 || label === 1) continue;
    throw new XylenError('XY_ROW_INVALID', `gbm label of row ${row}: expected 0 or 1, was ${label}`, {
      fields: { row, column: 'label', value: label },
    });
  }
}

function hasBothClasses({ labels }: Targets): boolean {
  const first = labels[0]!;
  return labels.some((label) => label !== first);
}

/** Returns the log odds of the weighted share of ones. */
function logOdds({ labels, weights }: Targets): number {
  let ones = 0;
  let weightSum = 0;
  for (let row = 0; row < labels.length; row++) {
    const weight = weights === null ? 1 : weights[row]!;
    ones += labels[row]! * weight;
    weightSum += weight;
  }
  const share = Math.max(Math.min(ones / weightSum, 1 - PROBABILITY_MIN), PROBABILITY_MIN);
  return Math.log(share / (1 - share));
}

/** With s = +-1 for the class: g = -s / (1 + exp(s score)), h = |g| (1 - |g|). */
function deriveLogLoss(
  scores: Float64Array,
  { labels, weights }: Targets,
  gradients: Float32Array,
  hessians: Float32Array,
): void {
  for (let row = 0; row < labels.length; row++) {
    const sign = labels[row]! > 0 ? 1 : -1;
    const gradient = -sign / (1 + Math.exp(sign * scores[row]!));
    const magnitude = Math.abs(gradient);
    const weight = weights === null ? 1 : weights[row]!;
    gradients[row] = gradient * weight;
    hessians[row] = magnitude * (1 - magnitude) * weight;
  }
}

/** -log p of the true class, in the form that neither overflows nor cancels. */
function meanLogLoss(scores: Float64Array, { labels, weights }: Targets): number {
  let sum = 0;
  let weightSum = 0;
  for (let row = 0; row < labels.length; row++) {
    const margin = labels[row]! > 0 ? scores[row]! : -scores[row]!;
    const weight = weights === null ? 1 : weights[row]!;
    sum += (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin)) * weight;
    weightSum += weight;
  }
  return sum / weightSum;
}

/** Log loss of labels 0 and 1. */
export const BINARY_LOG_LOSS: GbmObjective = {
  header: 'binary sigmoid:1',
  checkLabels,
  canLearn: hasBothClasses,
  initialScore: logOdds,
  derive: deriveLogLoss,
  loss: meanLogLoss,
};
