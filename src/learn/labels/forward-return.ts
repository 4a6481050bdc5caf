/** What the price did over the next bars: the plainest label. */
import { XylenError } from '#core';

/** Labels with the moment each is known; NaN in both where there is none. */
export interface ForwardReturnLabels {
  /** [bars]: ln(close after the horizon / close now). */
  readonly label: Float64Array;
  /** [bars]: close time of the bar that ends the horizon. */
  readonly labelEndUs: Float64Array;
}

/** Longest horizon, in bars. */
export const HORIZON_BARS_MAX = 1_000_000;

/** Refuses a horizon that is no number of bars. */
export function checkHorizon(horizonBars: number): void {
  if (Number.isInteger(horizonBars) && horizonBars >= 1 && horizonBars <= HORIZON_BARS_MAX) return;
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `labels: expected a horizon of 1 to ${HORIZON_BARS_MAX} bars, was ${horizonBars}`,
    { fields: { key: 'horizonBars', value: horizonBars } },
  );
}

/** Refuses columns of different length and times that do not ascend. */
export function checkBars(columns: readonly Float64Array[], closeUs: Float64Array): void {
  for (const column of columns) {
    if (column.length === closeUs.length) continue;
    throw new XylenError(
      'XY_DATA_INSUFFICIENT',
      `labels: expected columns of ${closeUs.length} bars, one has ${column.length}`,
    );
  }
  for (let bar = 0; bar < closeUs.length; bar++) {
    if (Number.isFinite(closeUs[bar]!) && (bar === 0 || closeUs[bar]! > closeUs[bar - 1]!)) continue;
    throw new XylenError('XY_ROW_INVALID', `labels, bar ${bar}: expected ascending close times`, {
      fields: { row: bar, closeUs: closeUs[bar]! },
    });
  }
}

/**
 * Returns the log return over the next `horizonBars` bars of each bar, and when it is known. The last bars, and bars with a
 * price that is not positive at either end, get NaN.
 * @throws XY_CONFIG_INVALID for the horizon, XY_DATA_INSUFFICIENT or XY_ROW_INVALID for the columns.
 */
export function forwardReturnLabels(
  close: Float64Array,
  closeUs: Float64Array,
  horizonBars: number,
): ForwardReturnLabels {
  checkHorizon(horizonBars);
  checkBars([close], closeUs);
  const label = new Float64Array(close.length).fill(Number.NaN);
  const labelEndUs = new Float64Array(close.length).fill(Number.NaN);
  for (let bar = 0; bar + horizonBars < close.length; bar++) {
    const now = close[bar]!;
    const then = close[bar + horizonBars]!;
    if (!(now > 0 && then > 0)) continue;
    label[bar] = Math.log(then / now);
    labelEndUs[bar] = closeUs[bar + horizonBars]!;
  }
  return { label, labelEndUs };
}
