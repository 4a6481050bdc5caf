/**
 * The head that turns a probability into an expected return. (2p - 1) x mean absolute return is right only where rises and falls are
 * of one size; in markets that fall back often and a little and run on seldom and far, a sure direction can be worth nothing. So the part
 * of the lean that really became return is measured on the calibration block and never taken above one.
 */
import type { ReturnHead } from '../forecaster.ts';

/** Columns of equal length: calibrated probability, present volatility, forward log return. */
export interface HeadSample {
  readonly probability: Float64Array;
  readonly volatility: Float64Array;
  readonly forwardReturn: Float64Array;
}

/** Returns the mean absolute return per unit of volatility: the ratio of both sums, so that no quiet bar counts double. */
export function moveScaleOf(sample: Pick<HeadSample, 'volatility' | 'forwardReturn'>): number {
  const moves = sample.forwardReturn.reduce((sum, value) => sum + Math.abs(value), 0);
  const volatility = sample.volatility.reduce((sum, value) => sum + value, 0);
  return volatility > 0 ? moves / volatility : 0;
}

/** Returns the head: `moveScale` as given, `returnShare` = slope of the return on the lean through the origin, within [0, 1]. */
export function fitReturnHead(volatilityFeature: string, moveScale: number, sample: HeadSample): ReturnHead {
  let products = 0;
  let squares = 0;
  for (let at = 0; at < sample.probability.length; at++) {
    const lean = (2 * sample.probability[at]! - 1) * moveScale * sample.volatility[at]!;
    products += lean * Math.expm1(sample.forwardReturn[at]!);
    squares += lean * lean;
  }
  const slope = squares > 0 ? products / squares : 0;
  return { volatilityFeature, moveScale, returnShare: Math.min(1, Math.max(0, slope)) };
}
