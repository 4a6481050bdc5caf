/** Door of `store/parquet`: the archive of market data and the feature store, both in Parquet files. */
export { ArchiveHistory, type ArchiveHistoryOptions, archiveTables } from './archive-history.ts';
export {
  contentHashes,
  contentHashOf,
  type ImportOptions,
  type ImportOutcome,
  importDataSets,
} from './archive-import.ts';
export { archiveDir, listDataSets } from './archive-layout.ts';
export type { ImportSet, ImportSource } from './archive-plan.ts';
export { type ArchivedPartition, archivedPartitions } from './archived-partition.ts';
export { type FeatureQuery, type FeatureRows, FeatureStore } from './feature-store.ts';
export { logTagOf } from './part-name.ts';
export { isMissing } from './partition-rows.ts';
export { RecordedArchive } from './recorded-archive.ts';
export { applyRetention, type RetentionOutcome } from './recorded-retention.ts';
