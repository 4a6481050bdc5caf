/**
 * The time a labelled row looks into: from the moment of its features to the end of its label. Two rows whose spans touch
 * share information, so a fit on one says nothing honest about the other (Lopez de Prado 2018, "Advances in Financial
 * Machine Learning", ch. 7). Times are numbers of any one unit, in Xylen epoch microseconds.
 */
import { XylenError } from '#core';

/** Spans of rows; both ends belong to the span. */
export interface LabelSpans {
  /** [rows]: time of the features, when the decision would be made. */
  readonly rowStartUs: Float64Array;
  /** [rows]: when the label is known; NaN = the row has no label (yet) and belongs to no set. */
  readonly labelEndUs: Float64Array;
}

/** A closed interval of test spans. */
export interface TestSegment {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Row indices in ascending order. */
export interface PurgedSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** Left out because their span touches a test span. */
  readonly purged: Int32Array;
  /** Left out because they start within the embargo after a test span. */
  readonly embargoed: Int32Array;
}

/** Returns the indices of [0, `count`) that pass `isIn`, ascending. */
export function selectRows(count: number, isIn: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(count);
  let size = 0;
  for (let row = 0; row < count; row++) if (isIn(row)) rows[size++] = row;
  return rows.slice(0, size);
}

/** True when the row has a label. */
export function hasLabel(spans: LabelSpans, row: number): boolean {
  return !Number.isNaN(spans.labelEndUs[row]!);
}

/** Refuses spans of different length, rows without a time, and labels that end before their row starts. */
export function checkSpans({ rowStartUs, labelEndUs }: LabelSpans): void {
  if (rowStartUs.length !== labelEndUs.length) {
    throw new XylenError(
      'XY_DATA_INSUFFICIENT',
      `label spans: expected as many ends as starts, were ${labelEndUs.length} and ${rowStartUs.length}`,
    );
  }
  for (let row = 0; row < rowStartUs.length; row++) {
    const start = rowStartUs[row]!;
    const end = labelEndUs[row]!;
    if (Number.isFinite(start) && !(end < start) && end !== Number.POSITIVE_INFINITY) continue;
    throw new XylenError(
      'XY_ROW_INVALID',
      `label spans, row ${row}: expected a finite start and an end not before it (or NaN), were ${start} and ${end}`,
      { fields: { row, startUs: start, endUs: end } },
    );
  }
}

/** Refuses an embargo that is not a time. */
export function checkEmbargo(embargoUs: number): void {
  if (Number.isFinite(embargoUs) && embargoUs >= 0) return;
  throw new XylenError('XY_CONFIG_INVALID', `expected an embargo >= 0, was ${embargoUs}`, {
    fields: { key: 'embargoUs', value: embargoUs },
  });
}

/**
 * Splits the rows by a test set: of the others, those whose span touches a test segment are purged, those that start within
 * `embargoUs` after one are embargoed, the rest train. `segments` must cover the spans of all test rows.
 */
export function purgeRows(
  spans: LabelSpans,
  isTest: (row: number) => boolean,
  segments: readonly TestSegment[],
  embargoUs: number,
): PurgedSplit {
  const count = spans.rowStartUs.length;
  const kind = new Uint8Array(count);
  const [unlabelled, train, test, purged, embargoed] = [0, 1, 2, 3, 4];
  for (let row = 0; row < count; row++) {
    const start = spans.rowStartUs[row]!;
    const end = spans.labelEndUs[row]!;
    if (!hasLabel(spans, row)) kind[row] = unlabelled;
    else if (isTest(row)) kind[row] = test;
    else if (segments.some(({ fromUs, toUs }) => start <= toUs && end >= fromUs)) kind[row] = purged;
    else if (segments.some(({ toUs }) => start > toUs && start <= toUs + embargoUs)) kind[row] = embargoed;
    else kind[row] = train;
  }
  const rowsOf = (which: number): Int32Array => selectRows(count, (row) => kind[row] === which);
  return { train: rowsOf(train), test: rowsOf(test), purged: rowsOf(purged), embargoed: rowsOf(embargoed) };
}
