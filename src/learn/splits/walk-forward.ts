/** Walk-forward windows: train, wait out the quarantine, test, step on. Windows are half-open, in one unit of time. */
import { XylenError } from '#core';
import { checkSpans, hasLabel, type LabelSpans, selectRows } from './label-spans.ts';

/** Windows of one evaluation at most. */
const WINDOW_COUNT_MAX = 100_000;

/** How the windows are laid. */
export interface WalkForwardPlan {
  readonly fromUs: number;
  /** No window ends after this. */
  readonly toUs: number;
  readonly trainUs: number;
  /** Gap between training and test. */
  readonly quarantineUs: number;
  readonly testUs: number;
  /** From one window to the next. */
  readonly stepUs: number;
}

/** A half-open range of time [fromUs, toUs). */
export interface TimeRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** One fold. */
export interface WalkForwardWindow {
  readonly train: TimeRange;
  readonly quarantine: TimeRange;
  readonly test: TimeRange;
}

/**
 * Returns all windows that fit into [fromUs, toUs), in order.
 * @throws XY_CONFIG_INVALID for a length that is not positive, XY_DATA_INSUFFICIENT when not even one window fits.
 */
export function walkForwardWindows(plan: WalkForwardPlan): WalkForwardWindow[] {
  const { fromUs, toUs, trainUs, quarantineUs, testUs, stepUs } = plan;
  const isPlan = trainUs > 0 && quarantineUs >= 0 && testUs > 0 && stepUs > 0;
  if (!isPlan || !Number.isFinite(fromUs) || !Number.isFinite(toUs)) {
    throw new XylenError('XY_CONFIG_INVALID', 'walk-forward: expected finite times and lengths > 0', {
      fields: { ...plan },
    });
  }
  const spanUs = trainUs + quarantineUs + testUs;
  const count = Math.floor((toUs - fromUs - spanUs) / stepUs) + 1;
  if (count < 1) {
    throw new XylenError(
      'XY_DATA_INSUFFICIENT',
      `walk-forward: expected at least ${spanUs} us of data, were ${toUs - fromUs}`,
      { fields: { ...plan } },
    );
  }
  if (count > WINDOW_COUNT_MAX) {
    throw new XylenError('XY_CONFIG_INVALID', `walk-forward: ${count} windows, at most ${WINDOW_COUNT_MAX}`);
  }
  return Array.from({ length: count }, (_, index) => {
    const trainFrom = fromUs + index * stepUs;
    const trainTo = trainFrom + trainUs;
    const testFrom = trainTo + quarantineUs;
    return {
      train: { fromUs: trainFrom, toUs: trainTo },
      quarantine: { fromUs: trainTo, toUs: testFrom },
      test: { fromUs: testFrom, toUs: testFrom + testUs },
    };
  });
}

/**
 * Returns the rows of one window: training rows start and have their label end inside the training range (a label that ends in
 * the quarantine was not known when the fit would have been made), test rows start inside the test range.
 */
export function walkForwardRows(
  spans: LabelSpans,
  window: WalkForwardWindow,
): { readonly train: Int32Array; readonly test: Int32Array } {
  checkSpans(spans);
  const { rowStartUs, labelEndUs } = spans;
  const count = rowStartUs.length;
  const train = selectRows(
    count,
    (row) => rowStartUs[row]! >= window.train.fromUs && labelEndUs[row]! < window.train.toUs,
  );
  const test = selectRows(
    count,
    (row) =>
      rowStartUs[row]! >= window.test.fromUs && rowStartUs[row]! < window.test.toUs && hasLabel(spans, row),
  );
  return { train, test };
}
