/** What a model says of one row of features, before it becomes a vote: the part that training measures and serving serves. */

/** The numbers of one forecast; a scratch object that is filled again and again. */
export interface Forecast {
  /** Probability in [0, 1] that the price is higher at the end of the horizon. */
  probability: number;
  /** Expected return over the horizon, a fraction before costs; positive = up. */
  expectedReturn: number;
  /** Variance of `probability` as an estimate. */
  variance: number;
  /** The output before calibration. */
  rawScore: number;
}

/** Turns features into a forecast. Pure: equal features give equal numbers. Allocates nothing and keeps nothing of what it is given. */
export interface Forecaster {
  /** The feature set whose values, in its order, `forecast` takes. */
  readonly featureSetHash: string;
  forecast(features: Float64Array, out: Forecast): void;
}

/** Returns a forecast to be filled. */
export function emptyForecast(): Forecast {
  return { probability: Number.NaN, expectedReturn: Number.NaN, variance: Number.NaN, rawScore: Number.NaN };
}
