/** One data set as rows, wherever they lie. */
import { type Decimals, lowerBound, type RowChunk, sliceRows } from './columns.ts';
import type { DataSetId } from './data-set.ts';

/** One data set as a history reads it. */
export interface HistoryTable extends Decimals {
  readonly id: DataSetId;
  readonly fromUs: number;
  readonly toUs: number;
  readonly recordCount: number;
  /** File or folder, for messages. */
  readonly source: string;
  /** Yields at least the rows with time in [`fromUs`, `toUs`), in order, at any scale up to the table's decimals. */
  read(fromUs: number, toUs: number): AsyncIterable<RowChunk>;
}

/** Yields the rows of a table with time in the query's range, at the scale the table has them. */
export async function* rowsInRange(
  table: HistoryTable,
  range: { readonly fromUs?: number; readonly toUs?: number },
): AsyncGenerator<RowChunk> {
  const fromUs = range.fromUs ?? table.fromUs;
  const toUs = range.toUs ?? table.toUs;
  if (fromUs >= toUs) return;
  for await (const chunk of table.read(fromUs, toUs)) {
    const start = lowerBound(chunk, fromUs);
    const end = lowerBound(chunk, toUs, start);
    if (start < end) yield sliceRows(chunk, start, end);
    if (end < chunk.rowCount) return;
  }
}
