/** How good probabilities of two classes are. Labels are 0 and 1; all take weights. */
import { type Column, checkBinary, checkColumns, weightedMean } from './inputs.ts';

/** Probabilities are kept this far from 0 and 1 in the log loss: one certain mistake costs 34.5, not infinity. */
export const LOG_LOSS_CLIP = 1e-15;

/** Returns the mean of -log(probability of what happened), in nats. */
export function logLoss(labels: Column, probabilities: Column, weights?: Column): number {
  checkBinary(labels, probabilities, weights);
  return weightedMean(labels.length, weights, (row) => {
    const p = Math.min(1 - LOG_LOSS_CLIP, Math.max(LOG_LOSS_CLIP, probabilities[row]!));
    return labels[row] === 1 ? -Math.log(p) : -Math.log(1 - p);
  });
}

/** Returns the Brier score: the mean of (probability - label)^2. */
export function brierScore(labels: Column, probabilities: Column, weights?: Column): number {
  checkBinary(labels, probabilities, weights);
  return weightedMean(labels.length, weights, (row) => (probabilities[row]! - labels[row]!) ** 2);
}

/** Returns the share of rows on the right side of `threshold`; a probability equal to it counts as class 1. */
export function accuracy(labels: Column, probabilities: Column, threshold = 0.5, weights?: Column): number {
  checkBinary(labels, probabilities, weights);
  return weightedMean(labels.length, weights, (row) =>
    probabilities[row]! >= threshold === (labels[row] === 1) ? 1 : 0,
  );
}

/**
 * Returns the area under the ROC curve: the probability that a row of class 1 scores higher than one of class 0, ties counting
 * one half. Any scores will do. 0.5 when one class is absent or has no weight: nothing can be told apart.
 */
export function auc(labels: Column, scores: Column, weights?: Column): number {
  checkColumns({ labels, scores, weights });
  const order = Uint32Array.from({ length: labels.length }, (_, row) => row);
  order.sort((a, b) => scores[a]! - scores[b]!);
  let onesSum = 0;
  let zerosBelow = 0;
  let area = 0;
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at]!]!;
    let ones = 0;
    let zeros = 0;
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const row = order[at]!;
      const weight = weights === undefined ? 1 : weights[row]!;
      if (labels[row] === 1) ones += weight;
      else zeros += weight;
    }
    area += ones * (zerosBelow + zeros / 2);
    onesSum += ones;
    zerosBelow += zeros;
  }
  const pairs = onesSum * zerosBelow;
  return pairs > 0 ? area / pairs : 0.5;
}
