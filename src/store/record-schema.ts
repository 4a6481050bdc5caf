/** What the stores that hold a record share, in one list: its tables as data, and everything derived from them. */

export type { StoredSnapshotRow } from './decision-tables.ts';
export { FEATURE_SETS_MAX, FEATURES_MAX, FeatureSets } from './feature-sets.ts';
export type { CheckpointRow, SchemaMigrationRow } from './program-tables.ts';
export {
  BATCH_ROWS_MAX,
  BatchBuilder,
  BatchReader,
  type BoundValue,
  type RecordBatch,
  TEXT_CHARS_MAX,
} from './record-batch.ts';
export type { ColumnDef, ColumnKind, TableDef } from './record-column.ts';
export { recordDdl, selectList, sqlTypeOf, viewName } from './record-ddl.ts';
export { databaseDocs } from './record-docs.ts';
export {
  exportableTable,
  exportableTableNames,
  RECORD_SCHEMA_VERSION,
  RECORD_TABLES,
  type RecordTableName,
  type StoredRows,
  tableOf,
} from './record-tables.ts';
export { ROW_SHAPES, type RowShape, shapeIndexOf } from './row-shapes.ts';
