/** Door of `store`: the record port, the archive port and their embedded implementations. */
export {
  FILE_KINDS,
  type FileKind,
  type FundingColumns,
  HISTORY_KINDS,
  type HistoryInfo,
  type HistoryKind,
  type HistoryQuery,
  IMPORT_KINDS,
  type ImportKind,
  type MarkColumns,
  type MarketHistory,
  type TradeColumns,
} from './history-port.ts';
export type { Checkpoint, IntentLog, OrderIntentRecord, RecordSink } from './record-port.ts';
export {
  type CompactionOutcome,
  type CompactionRequest,
  type LostRecords,
  type PartArchive,
  type PartedPartition,
  type PartRows,
  RECORDED_TOPICS,
  type RecordBatchView,
  type RecordedOffsets,
  type RecordedTopic,
  type RecordedTradeIds,
  type RecordingState,
  type RecordReader,
  type RecordSource,
} from './recording-port.ts';
export {
  fateOf,
  RETENTION_DEFAULT,
  type RetentionPolicy,
  type RetentionTier,
  tierOf,
} from './retention-policy.ts';
export type {
  EnsembleDecisionRow,
  FillRow,
  FundingPaymentRow,
  ModelPredictionRow,
  OrderRow,
  PortfolioStateRow,
  PredictionOutcomeRow,
  RecordRow,
  RunRow,
  SnapshotRow,
  SystemEventRow,
  TradeRow,
} from './rows.ts';
