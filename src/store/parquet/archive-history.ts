/** The history port over the archive: a consistent view of it as it was when opened, read partition by partition. */
import type { InstrumentSpec, VenueId } from '#domain';
import { type DataSetId, type HistoryTable, type RowChunk, TableHistory } from '../history/index.ts';
import type { MarketHistory } from '../history-port.ts';
import { archiveGeneration, hasOpenCommit, recoverArchive } from './archive-commit.ts';
import { archiveDir, dataSetFolder, listDataSets, partitionFiles } from './archive-layout.ts';
import { type ArchivedPartition, archivedPartitions } from './archived-partition.ts';
import { changedArchive, isMissing, readAsSeen } from './partition-rows.ts';

/** What to open of an archive; everything by default. */
export interface ArchiveHistoryOptions {
  readonly venue?: VenueId;
  readonly symbols?: readonly string[];
  /** Trading rules known from elsewhere; the others are inferred from the data. */
  readonly specs?: readonly InstrumentSpec[];
}

/** Views tried while imports keep changing the archive. */
const VIEWS_MAX = 5;

/** Opens the archive of a data directory as a history. */
export const ArchiveHistory = {
  /** Completes a broken-off commit first. @throws XY_FILE_DAMAGED, XY_STORE_SCHEMA; XY_STORE_FAILED while an import commits */
  async open(dataDir: string, options: ArchiveHistoryOptions = {}): Promise<MarketHistory> {
    return new TableHistory(await archiveTables(dataDir, options), options.specs ?? []);
  },
};

/** Returns the data sets of an archive as tables. @throws as `ArchiveHistory.open` */
export async function archiveTables(
  dataDir: string,
  options: Pick<ArchiveHistoryOptions, 'venue' | 'symbols'> = {},
): Promise<HistoryTable[]> {
  for (let view = 0; view < VIEWS_MAX; view++) {
    recoverArchive(dataDir);
    const generation = archiveGeneration(dataDir);
    const tables: HistoryTable[] = [];
    try {
      for (const id of listDataSets(dataDir)) {
        if (options.venue !== undefined && id.venue !== options.venue) continue;
        if (options.symbols !== undefined && !options.symbols.includes(id.symbol)) continue;
        const files = await stableFiles(dataDir, id);
        if (files.length > 0) tables.push(tableOf(dataDir, id, files));
      }
    } catch (thrown) {
      if (!hasChanged(dataDir, generation)) throw thrown;
      continue;
    }
    if (!hasChanged(dataDir, generation)) return tables;
  }
  throw changedArchive(archiveDir(dataDir));
}

/** Looks at a data set tried while a recorder keeps compacting it. */
const LOOKS_MAX = 20;

/** Returns the files of a data set as they were at one moment: not half before and half after a commitment of a recorder. */
async function stableFiles(dataDir: string, id: DataSetId): Promise<ArchivedPartition[]> {
  const names = (): string =>
    partitionFiles(dataDir, id)
      .map(({ path }) => path)
      .join();
  for (let look = 0; look < LOOKS_MAX; look++) {
    const before = names();
    const files = await filesIfThere(dataDir, id);
    // In this order: a commitment that is seen half done is still open now.
    const isOpen = hasOpenCommit(dataDir);
    if (files !== null && !isOpen && names() === before) return files;
    recoverArchive(dataDir);
  }
  throw changedArchive(`${archiveDir(dataDir)}/${dataSetFolder(id)}`);
}

async function filesIfThere(dataDir: string, id: DataSetId): Promise<ArchivedPartition[] | null> {
  try {
    return await archivedPartitions(dataDir, id);
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw thrown;
  }
}

function hasChanged(dataDir: string, generation: string): boolean {
  return hasOpenCommit(dataDir) || archiveGeneration(dataDir) !== generation;
}

function tableOf(dataDir: string, id: DataSetId, files: readonly ArchivedPartition[]): HistoryTable {
  const metas = files.map(({ meta }) => meta);
  const lastTsUs = Math.max(...metas.map((meta) => meta.lastTsUs));
  return {
    id,
    priceDecimals: Math.max(...metas.map(({ priceDecimals }) => priceDecimals)),
    qtyDecimals: Math.max(...metas.map(({ qtyDecimals }) => qtyDecimals)),
    fromUs: Math.min(...metas.map(({ firstTsUs }) => firstTsUs)),
    toUs: lastTsUs + (id.timeframeUs ?? 1),
    recordCount: metas.reduce((sum, meta) => sum + meta.recordCount, 0),
    source: `${archiveDir(dataDir)}/${dataSetFolder(id)}`,
    read: (fromUs, toUs) => readFiles(dataDir, files, fromUs, toUs),
  };
}

async function* readFiles(
  dataDir: string,
  files: readonly ArchivedPartition[],
  fromUs: number,
  toUs: number,
): AsyncGenerator<RowChunk> {
  for (const group of byPartitionName(files)) {
    const firstUs = Math.min(...group.map(({ meta }) => meta.firstTsUs));
    const lastUs = Math.max(...group.map(({ meta }) => meta.lastTsUs));
    if (lastUs < fromUs || firstUs >= toUs) continue;
    yield* readAsSeen(dataDir, group, fromUs, toUs);
  }
}

/** Groups files, which come in order of their partitions. */
function byPartitionName(files: readonly ArchivedPartition[]): readonly (readonly ArchivedPartition[])[] {
  const groups: ArchivedPartition[][] = [];
  for (const file of files) {
    const last = groups.at(-1);
    if (last?.[0]?.partition.name === file.partition.name) last.push(file);
    else groups.push([file]);
  }
  return groups;
}
