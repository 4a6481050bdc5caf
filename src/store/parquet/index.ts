/** Door of `store/parquet`: the archive of market data and the feature store, both in Parquet files. */
export { ArchiveHistory, type ArchiveHistoryOptions, archiveTables } from './archive-history.ts';
export { contentHashOf, type ImportOptions, type ImportOutcome, importDataSets } from './archive-import.ts';
export { archiveDir, listDataSets } from './archive-layout.ts';
export {
  type ArchivedPartition,
  archivedPartitions,
  type ImportSet,
  type ImportSource,
} from './archive-plan.ts';
export { type FeatureQuery, type FeatureRows, FeatureStore } from './feature-store.ts';
