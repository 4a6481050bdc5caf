/** Door of `store/history`: recorded market data as tables, shared by the file readers, the archive and the quality report. */
export { ChunkBuilder } from './chunk-builder.ts';
export {
  BAR,
  BOOK,
  CHUNK_ROWS_MAX,
  type ColumnRole,
  type ColumnSpec,
  columnCount,
  type Decimals,
  FUNDING,
  KIND_COLUMNS,
  lowerBound,
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
} from './data-set.ts';
export { DECIMALS_MAX, type DecimalFault, DecimalScan } from './decimal-scan.ts';
export { decimalsForData, specForData } from './instrument-inference.ts';
export { checkSignal } from './interruption.ts';
export { type MergeOptions, type MergeSource, MergeTally, mergeRecords } from './merge.ts';
export { RowBuffer } from './row-buffer.ts';
export { type HistoryTable, rowsInRange, TableHistory } from './table-history.ts';
