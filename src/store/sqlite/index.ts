/** Door of the SQLite store: the record (writing, reading, hash, queries, export, copies, its schema) and the intent log. */
export {
  databaseDocs,
  exportableTable,
  exportableTableNames,
  type RecordTableName,
  type StoredRows,
  type StoredSnapshotRow,
} from '../record-schema.ts';
export { appendTable, type ExportResult, exportTable } from './csv-export.ts';
export { type Durability, sqliteCode, type WriteOptions } from './database.ts';
export { openIntentLog } from './intent-log.ts';
export {
  type DecisionCount,
  decisionsSummary,
  type EquityCurve,
  equityCurve,
  type ModelPerformance,
  modelPerformance,
  type OverallPerformance,
  overallPerformance,
  recentTrades,
  rowCounts,
  tradesAll,
} from './queries.ts';
export { copyRecord, moveDatabase, verifyRecord } from './record-copy.ts';
export { hashRecord } from './record-hash.ts';
export { openRecord, RecordReader } from './record-reader.ts';
export { SqliteRecordSink, sqliteRecordSink } from './record-sink.ts';
export { migrateRecord, type RecordWriteOptions, RecordWriter } from './record-writer.ts';
