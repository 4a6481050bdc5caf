/** Rows of features with what happened next: columns, and where each row came from. Not yet fit for training: see `admitted-rows.ts`. */
import { assert } from '#core';
import type { BadHourMode } from '#domain';

/** Where a row came from. Only the first may ever be learned from. */
export const ROW_SOURCES = ['history', 'paper'] as const;

/** One of `ROW_SOURCES`. */
export type RowSource = (typeof ROW_SOURCES)[number];

/** Index of recorded (or synthetic) market history in `ROW_SOURCES`. */
export const SOURCE_HISTORY = ROW_SOURCES.indexOf('history');

/** Which features the rows hold. */
export interface RowFeatures {
  /** For people, e.g. `v1-5m-15m-1h`. */
  readonly setId: string;
  readonly setHash: string;
  readonly names: readonly string[];
  /** Ascending; the first is the decision timeframe. */
  readonly timeframesUs: readonly number[];
}

/** The rows: symbol after symbol, each in order of time. `rowCount` rows of each column are used. */
export interface LabelledRows {
  readonly features: RowFeatures;
  readonly horizonBars: number;
  readonly symbols: readonly string[];
  readonly rowCount: number;
  /** Index into `symbols`. */
  readonly symbolIx: Uint16Array;
  /** Index into `ROW_SOURCES`. */
  readonly source: Uint8Array;
  /** Close of the decision bar: the moment of the decision. */
  readonly startUs: Float64Array;
  /** When the label is known. */
  readonly labelEndUs: Float64Array;
  /** Close of the decision bar. */
  readonly close: Float64Array;
  /** ln(close after the horizon / close). */
  readonly forwardReturn: Float64Array;
  /** [rowCount x names.length], row-major, finite. */
  readonly matrix: Float64Array;
  /** Close of the newest decision bar seen, labelled or not: the clock of research. */
  readonly newestUs: number;
  /** How much each row counts in the fit, in [0, 1]; absent = all the same. */
  readonly weight?: Float64Array;
  /** What became of the rows in bad hours; absent where no hour is bad. */
  readonly badHours?: BadHourCount;
}

/** Hours of which too much was missing, and the rows whose bar or label lies in them. */
export interface BadHourCount {
  readonly mode: BadHourMode;
  /** Of all symbols. */
  readonly hours: number;
  readonly rowsRefused: number;
  readonly rowsWeighed: number;
}

/** Returns the label that is learned: 1 where the price is higher at the end of the horizon, else 0. */
export function labelOf(forwardReturn: number): 0 | 1 {
  return forwardReturn > 0 ? 1 : 0;
}

/** Checks that the columns belong together. */
export function checkLabelledRows(rows: LabelledRows): void {
  const { features, matrix, rowCount } = rows;
  const columns = [rows.symbolIx, rows.source, rows.startUs, rows.labelEndUs, rows.close, rows.forwardReturn];
  assert(
    columns.every((column) => column.length >= rowCount),
    'every column has all rows',
  );
  assert(rows.weight === undefined || rows.weight.length >= rowCount, 'every row has its weight');
  assert(matrix.length >= rowCount * features.names.length, 'every row has all features');
}
