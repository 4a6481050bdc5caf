/** How far the probabilities of a model may lie from the truth: what it states as its variance to the ensemble. */
import type { ProbabilityMetrics } from './block-metrics.ts';

/** Variance of a single label at even odds. */
const LABEL_VARIANCE = 0.25;

/**
 * Returns the variance: squared calibration error, plus what the Brier score is worse than the prior's, plus the sampling error of what
 * was measured on `labelCount` independent labels. All on rows that the model has not seen.
 */
export function forecastVariance(
  metrics: ProbabilityMetrics,
  prior: ProbabilityMetrics,
  labelCount: number,
): number {
  const excess = Math.max(0, metrics.brier - prior.brier);
  return metrics.calibrationError ** 2 + excess + LABEL_VARIANCE / labelCount;
}
