/** The 30-day quarantine: nothing is fitted, tuned or calibrated on a row whose label ends within 30 days of the run's clock. */
import { US_PER_DAY, XylenError } from '#core';
import { checkSpans, hasLabel, type LabelSpans, selectRows } from './label-spans.ts';

/** Length of the quarantine. */
export const QUARANTINE_US = 30 * US_PER_DAY;

/**
 * Returns the rows whose label ends more than `quarantineUs` before `nowUs`; rows without a label are not among them.
 * `nowUs` is the run's clock, in research the newest row.
 */
export function rowsOutsideQuarantine(
  spans: LabelSpans,
  nowUs: number,
  quarantineUs: number = QUARANTINE_US,
): Int32Array {
  checkSpans(spans);
  if (!Number.isFinite(nowUs) || !Number.isFinite(quarantineUs) || quarantineUs < 0) {
    throw new XylenError(
      'XY_CONFIG_INVALID',
      `quarantine: expected finite times, were now ${nowUs} and length ${quarantineUs} us`,
    );
  }
  const cutUs = nowUs - quarantineUs;
  const { labelEndUs } = spans;
  return selectRows(labelEndUs.length, (row) => hasLabel(spans, row) && labelEndUs[row]! < cutUs);
}
