/** Door of `store/history`: recorded market data as tables, shared by the file readers, the archive and the quality report. */
export { ChunkBuilder } from './chunk-builder.ts';
export {
  BAR,
  type BlobSpec,
  BOOK,
  BOOK_DEPTH,
  CHUNK_ROWS_MAX,
  type ColumnRole,
  type ColumnSpec,
  columnCount,
  type Decimals,
  E4_DECIMALS,
  E8_DECIMALS,
  FUNDING,
  HOUR,
  KIND_BLOBS,
  KIND_COLUMNS,
  LEDGER,
  lowerBound,
  OPEN_INTEREST,
  ORDER_ACTION,
  QUOTE,
  type RowChunk,
  recordCount,
  recordEnd,
  scaleChunk,
  sliceRows,
  TRADE,
} from './columns.ts';
export { ContentHash } from './content-hash.ts';
export {
  checkSymbol,
  type DataSetId,
  dataSetKey,
  describeDataSet,
  isBarKind,
  isTimeframe,
  timeframeOf,
  VENUE_WIDE,
} from './data-set.ts';
export { DECIMALS_MAX, type DecimalFault, DecimalScan } from './decimal-scan.ts';
export { mergeHours, readHours, readLosses } from './feed-hours.ts';
export { type HistoryTable, rowsInRange } from './history-table.ts';
export { decimalsForData, specForData } from './instrument-inference.ts';
export { checkSignal } from './interruption.ts';
export { type MergeOptions, type MergeSource, MergeTally, mergeRecords } from './merge.ts';
export { type Partition, partitionOf } from './partition.ts';
export { RecordCursor } from './record-cursor.ts';
export { RowBuffer } from './row-buffer.ts';
export { TableHistory } from './table-history.ts';
