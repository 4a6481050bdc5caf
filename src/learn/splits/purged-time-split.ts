/** One cut in time: train on what was known before it, judge on what starts after it. */
import { XylenError } from '#core';
import { checkEmbargo, checkSpans, hasLabel, type LabelSpans, selectRows } from './label-spans.ts';

/** Where to cut. */
export interface PurgedTimeSplitOptions extends LabelSpans {
  /** Rows from here on judge. */
  readonly testFromUs: number;
  /** Rows from here on are left out; absent = no end. */
  readonly testToUs?: number;
  /** Time kept free between the last label of the training rows and `testFromUs`. */
  readonly embargoUs: number;
}

/** Row indices in ascending order. */
export interface PurgedTimeSplit {
  readonly train: Int32Array;
  readonly valid: Int32Array;
  /** Rows before the cut that were left out: their label ends after it, or within the embargo before it. */
  readonly purgedCount: number;
}

/**
 * Splits rows by time: `valid` starts in [testFromUs, testToUs), `train` has its label end more than `embargoUs` before
 * testFromUs. Rows without a label (NaN) are in neither. No draw, no shuffle.
 * @throws XY_CONFIG_INVALID for a cut or an embargo that is not a time, XY_ROW_INVALID for a row with a broken span.
 */
export function purgedTimeSplit(options: PurgedTimeSplitOptions): PurgedTimeSplit {
  const { rowStartUs, labelEndUs, testFromUs, testToUs = Number.POSITIVE_INFINITY, embargoUs } = options;
  checkSpans(options);
  checkEmbargo(embargoUs);
  if (!Number.isFinite(testFromUs) || !(testToUs > testFromUs)) {
    throw new XylenError(
      'XY_CONFIG_INVALID',
      `purged time split: expected a test range that is not empty, was [${testFromUs}, ${testToUs})`,
    );
  }
  const count = rowStartUs.length;
  const isBefore = (row: number): boolean => rowStartUs[row]! < testFromUs && hasLabel(options, row);
  const train = selectRows(count, (row) => labelEndUs[row]! + embargoUs < testFromUs);
  const valid = selectRows(
    count,
    (row) => rowStartUs[row]! >= testFromUs && rowStartUs[row]! < testToUs && hasLabel(options, row),
  );
  return { train, valid, purgedCount: selectRows(count, isBefore).length - train.length };
}
