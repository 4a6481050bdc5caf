/**
 * How each kind of row of the port is written: which table, which columns, inserted, upserted or updated. Derived from the table
 * definitions; the index of a shape is its tag in a `RecordBatch`.
 */
import { AssertionError } from '#core';
import { MODEL_PREDICTIONS } from './decision-tables.ts';
import { CHECKPOINTS, SCHEMA_MIGRATIONS } from './program-tables.ts';
import type { ColumnDef, TableDef, WriteMode } from './record-column.ts';
import { RECORD_TABLES } from './record-tables.ts';
import type { RecordRow } from './rows.ts';

/** How one kind of row is written. */
export interface RowShape {
  /** The `table` of the row. */
  readonly rowName: string;
  readonly table: TableDef;
  readonly write: WriteMode | 'update';
  /** The columns that the row fills, key first. */
  readonly columns: readonly ColumnDef[];
}

const OUTCOME_FIELDS = ['predictionId', 'outcomePnl', 'outcomeCorrect'];

/** A shape for every kind of row that a `RecordSink` takes. */
export const ROW_SHAPES: readonly RowShape[] = [
  ...RECORD_TABLES.filter((table) => table !== CHECKPOINTS && table !== SCHEMA_MIGRATIONS).map((table) => ({
    rowName: table.name,
    table,
    write: table.write,
    columns: table.columns,
  })),
  {
    rowName: 'prediction_outcomes',
    table: MODEL_PREDICTIONS,
    write: 'update',
    columns: MODEL_PREDICTIONS.columns.filter(({ field }) => OUTCOME_FIELDS.includes(field)),
  },
];

const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(
  ROW_SHAPES.map(({ rowName }, ix) => [rowName, ix]),
);

/** Returns the index in `ROW_SHAPES` of a kind of row. */
export function shapeIndexOf(rowName: RecordRow['table']): number {
  const ix = INDEX_BY_NAME.get(rowName);
  if (ix === undefined) throw new AssertionError(`Invariant: ${String(rowName)} is a kind of record row`);
  return ix;
}
