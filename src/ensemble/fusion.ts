/**
 * Fusion of independent estimates by inverse variance, and pools of probabilities: small kernels without state or options.
 * Definitions and worked values: `golden/stats/fusion.json`.
 */
import { assert, normalCdf } from '#core';

/** An estimate with its variance. */
export interface Estimate {
  readonly mean: number;
  /** Above 0. */
  readonly variance: number;
}

/** What several estimates say together. */
export interface FusedEstimate extends Estimate {
  /** Share of each source in the mean, in the order given; they sum to 1. */
  readonly weights: readonly number[];
  /** Sum of squared deviations from the fused mean in units of each variance. */
  readonly chiSquare: number;
  /** sqrt(chiSquare / (sources - 1)): above 1 the sources disagree more than their variances allow. 0 for one source. */
  readonly birgeRatio: number;
  /** Variance x max(1, birgeRatio^2): disagreement makes the result less certain, agreement never more. */
  readonly varianceInflated: number;
}

/** Returns the precision-weighted mean of `sources` (weights 1/variance, variance 1/sum of them). A prior is one more source. */
export function fuseEstimates(sources: readonly Estimate[]): FusedEstimate {
  assert(sources.length > 0, 'at least one source is fused');
  let precision = 0;
  let weighted = 0;
  for (const { mean, variance } of sources) {
    assert(variance > 0 && Number.isFinite(mean), `a source has variance > 0, were ${mean}, ${variance}`);
    precision += 1 / variance;
    weighted += mean / variance;
  }
  const mean = weighted / precision;
  const variance = 1 / precision;
  let chiSquare = 0;
  for (const source of sources) chiSquare += (source.mean - mean) ** 2 / source.variance;
  const freedom = sources.length - 1;
  const overDispersion = freedom === 0 ? 0 : chiSquare / freedom;
  return {
    mean,
    variance,
    weights: sources.map((source) => 1 / source.variance / precision),
    chiSquare,
    birgeRatio: Math.sqrt(overDispersion),
    varianceInflated: variance * Math.max(1, overDispersion),
  };
}

/** Returns the probability that the quantity behind an estimate lies above `threshold`. */
export function probabilityAbove(estimate: Estimate, threshold: number): number {
  return normalCdf((estimate.mean - threshold) / Math.sqrt(estimate.variance));
}

/** Returns the weighted arithmetic mean of probabilities. `weights` need not sum to 1. */
export function linearPool(probabilities: readonly number[], weights: readonly number[]): number {
  return weightedMean(probabilities, weights, (probability) => probability);
}

/** Returns the weighted geometric pool: the mean of log-odds, back as a probability. */
export function logPool(probabilities: readonly number[], weights: readonly number[]): number {
  return logistic(weightedMean(probabilities, weights, logit));
}

/** Returns the naive Bayes pool: log-odds of independent witnesses add up, starting from even odds. */
export function naiveBayesPool(probabilities: readonly number[]): number {
  return logistic(probabilities.reduce((sum, probability) => sum + logit(probability), 0));
}

function weightedMean(
  values: readonly number[],
  weights: readonly number[],
  map: (value: number) => number,
): number {
  assert(values.length === weights.length && values.length > 0, 'each value has a weight');
  let total = 0;
  let sum = 0;
  values.forEach((value, index) => {
    const weight = weights[index] ?? 0;
    total += weight;
    sum += weight * map(value);
  });
  assert(total > 0, `weights sum to more than 0, were ${total}`);
  return sum / total;
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
