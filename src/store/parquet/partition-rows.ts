/** The rows of one partition, whether they lie in its own file, in parts, or in both. */
import { join } from 'node:path';
import { XylenError } from '#core';
import { type DataSetId, type RowChunk, recordCount } from '../history/index.ts';
import { archiveDir, dataSetFolder, partitionFiles } from './archive-layout.ts';
import type { ArchivedPartition } from './archived-partition.ts';
import { mergeParts } from './part-merge.ts';
import { TableReader } from './table-file.ts';

/** Yields the rows of a partition's files, of which nobody else takes any away. @throws XY_FILE_DAMAGED */
export async function* readPartition(
  files: readonly ArchivedPartition[],
  fromUs = Number.NEGATIVE_INFINITY,
  toUs = Number.POSITIVE_INFINITY,
): AsyncGenerator<RowChunk> {
  const readers: TableReader[] = [];
  try {
    for (const { path } of files) readers.push(await TableReader.open(path));
    yield* rowsOf(readers, fromUs, toUs);
  } finally {
    for (const reader of readers) reader.close();
  }
}

/**
 * Yields the rows that a partition had when its files were looked up, while a recorder may be compacting it: parts that are gone are found
 * again in the file that took them in. What was recorded since is left out.
 *
 * @throws XY_STORE_FAILED when an import has changed the partition
 */
export async function* readAsSeen(
  dataDir: string,
  files: readonly ArchivedPartition[],
  fromUs: number,
  toUs: number,
): AsyncGenerator<RowChunk> {
  const readers: TableReader[] = [];
  try {
    if (await openAll(files, readers)) {
      yield* rowsOf(readers, fromUs, toUs);
      return;
    }
  } finally {
    for (const reader of readers) reader.close();
  }
  yield* readCompacted(dataDir, files, fromUs, toUs);
}

/** Opens the files as they were seen; false when one is gone or another one now. */
async function openAll(files: readonly ArchivedPartition[], readers: TableReader[]): Promise<boolean> {
  for (const { meta, path } of files) {
    const reader = await openIfThere(path);
    if (reader === null) return false;
    readers.push(reader);
    if (reader.meta.contentHash !== meta.contentHash || reader.meta.priceDecimals !== meta.priceDecimals)
      return false;
  }
  return true;
}

async function openIfThere(path: string): Promise<TableReader | null> {
  try {
    return await TableReader.open(path);
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw thrown;
  }
}

/** True for the error of opening a file that is not there. */
export function isMissing(thrown: unknown): boolean {
  const cause: unknown = thrown instanceof XylenError ? thrown.cause : thrown;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** Looks the partition up anew; rows are recorded in order of time, so those seen before are those up to the last one seen. */
async function* readCompacted(
  dataDir: string,
  seen: readonly ArchivedPartition[],
  fromUs: number,
  toUs: number,
): AsyncGenerator<RowChunk> {
  const [first] = seen;
  if (first === undefined) return;
  const { id } = first.meta;
  const lastUs = Math.max(...seen.map(({ meta }) => meta.lastTsUs));
  const firstUs = Math.min(...seen.map(({ meta }) => meta.firstTsUs));
  const readers: TableReader[] = [];
  try {
    for (const { partition, path } of partitionFiles(dataDir, id)) {
      if (partition !== first.partition.name) continue;
      const reader = await openIfThere(path);
      if (reader === null || !reader.meta.isRecorded) throw changedArchive(path);
      readers.push(reader);
    }
    if (readers.length === 0) throw changedArchive(folderOf(dataDir, id));
    let count = 0;
    for await (const rows of rowsOf(readers, fromUs, Math.min(toUs, lastUs + 1))) {
      count += recordCount(rows);
      yield rows;
    }
    const expected = seen.reduce((sum, { meta }) => sum + meta.recordCount, 0);
    const isWhole = fromUs <= firstUs && toUs > lastUs;
    // Parts that held a record twice have it once now.
    if (isWhole && count > expected) throw changedArchive(folderOf(dataDir, id));
  } finally {
    for (const reader of readers) reader.close();
  }
}

function folderOf(dataDir: string, id: DataSetId): string {
  return join(archiveDir(dataDir), dataSetFolder(id));
}

function rowsOf(readers: readonly TableReader[], fromUs: number, toUs: number): AsyncGenerator<RowChunk> {
  const [only] = readers;
  if (only !== undefined && readers.length === 1) return only.read(fromUs, toUs);
  const sources = readers.map((reader) => ({
    ...reader.meta,
    read: (from: number, to: number) => reader.read(from, to),
  }));
  const kind = only?.meta.id.kind ?? 'candles';
  return mergeParts(kind, sources, fromUs, toUs);
}

/** Returns the error of a reader whose view no longer holds. */
export function changedArchive(path: string): XylenError {
  return new XylenError(
    'XY_STORE_FAILED',
    `${path} was changed by an import, or dropped, while it was read; start again`,
    { fields: { file: path } },
  );
}
