/**
 * How far a measured Sharpe ratio can be believed. All ratios are per period, not annualised. Bailey and Lopez de Prado,
 * "The Sharpe ratio efficient frontier" (2012) and "The deflated Sharpe ratio" (2014); worked values in `golden/stats/performance.json`.
 */
import { assert, normalCdf, normalQuantile } from '#core';

const EULER_GAMMA = 0.5772156649015329;

/** A measured Sharpe ratio with the shape of the returns it came from. */
export interface SharpeSample {
  /** Mean / standard deviation of one period. */
  readonly sharpe: number;
  /** How many returns it was measured on. */
  readonly count: number;
  readonly skew: number;
  /** Not excess: 3 for a normal distribution. */
  readonly kurtosis: number;
}

/** Variance of the estimate times (n - 1): 1 - skew SR + (kurtosis - 1)/4 SR^2. */
function spread(sample: SharpeSample): number {
  return 1 - sample.skew * sample.sharpe + ((sample.kurtosis - 1) / 4) * sample.sharpe ** 2;
}

/** Returns the probability that the true Sharpe ratio exceeds `benchmark` (per period); `null` when it is not defined. */
export function probabilisticSharpe(sample: SharpeSample, benchmark: number): number | null {
  const variance = spread(sample);
  if (sample.count < 2 || !(variance > 0)) return null;
  const z = ((sample.sharpe - benchmark) * Math.sqrt(sample.count - 1)) / Math.sqrt(variance);
  return Number.isFinite(z) ? normalCdf(z) : null;
}

/** Returns the Sharpe ratio that the best of `trialCount` skill-less trials is expected to show, given the variance between trials. */
export function expectedMaxSharpe(trialCount: number, trialSharpeVariance: number): number {
  assert(
    Number.isInteger(trialCount) && trialCount >= 1,
    `trial count is an integer >= 1, was ${trialCount}`,
  );
  assert(trialSharpeVariance >= 0, `variance between trials is >= 0, was ${trialSharpeVariance}`);
  if (trialCount === 1) return 0;
  const expected =
    (1 - EULER_GAMMA) * normalQuantile(1 - 1 / trialCount) +
    EULER_GAMMA * normalQuantile(1 - 1 / (trialCount * Math.E));
  return Math.sqrt(trialSharpeVariance) * expected;
}

/** Returns the deflated Sharpe ratio: the probability that the sample beats the best of as many lucky trials; `null` when not defined. */
export function deflatedSharpe(
  sample: SharpeSample,
  trials: { readonly count: number; readonly sharpeVariance: number },
): number | null {
  return probabilisticSharpe(sample, expectedMaxSharpe(trials.count, trials.sharpeVariance));
}

/** Returns how many returns are needed before the sample beats `benchmark` with `confidence`; `null` when it does not beat it. */
export function minTrackRecord(sample: SharpeSample, benchmark: number, confidence = 0.95): number | null {
  const variance = spread(sample);
  if (!(sample.sharpe > benchmark) || !(variance > 0)) return null;
  return 1 + variance * (normalQuantile(confidence) / (sample.sharpe - benchmark)) ** 2;
}
