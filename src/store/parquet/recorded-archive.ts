/**
 * The archive as the recorder writes it. A part is written aside and renamed into its place: the rename is its commitment, and its name says
 * which records of the log it holds. Compaction writes one file of several, reads it back, and takes the parts away in the same
 * commitment that puts the file in its place. Many files are made durable at once, which costs little more than one. The archive's lock is held for that commitment alone, so that imports go on beside.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, XylenError } from '#core';
import { type DataSetId, dataSetKey, describeDataSet, partitionOf } from '../history/index.ts';
import {
  type CompactionOutcome,
  type CompactionRequest,
  type PartArchive,
  type PartedPartition,
  type PartRows,
  RECORDED_TOPICS,
  type RecordingState,
} from '../recording-port.ts';
import {
  archiveGeneration,
  commitStaged,
  dropStaged,
  hasOpenCommit,
  recoverLocked,
  stagedPath,
} from './archive-commit.ts';
import { contentHashes } from './archive-import.ts';
import { archiveDir, dataSetFolder, listDataSets, partitionFiles } from './archive-layout.ts';
import { type ArchiveLock, lockArchive, lockRecorder } from './archive-lock.ts';
import { type ArchivedPartition, archivedPartitions } from './archived-partition.ts';
import { makeFolder, syncFolders, writeWhole } from './durable-files.ts';
import { formatPartName, logTagOf, PARQUET_SUFFIX } from './part-name.ts';
import { isMissing, readPartition } from './partition-rows.ts';
import { TableWriter } from './table-file.ts';

const AREA = '.recording';
const STATE = '.recording-state.json';
/** Files written and made durable together. */
const FILES_MAX = 128;
/** Fewer parts than this are not worth merging while more are coming. */
const PARTS_MERGED_MIN = 4;
/** A part this many times larger than all newer ones together is left out of their merge. */
const MERGE_RATIO = 2;
/** A part of so many rows is large enough until its partition is over: merging it again and again would cost more than the recording. */
const LARGE_ROWS = 500_000;

/** The recorder's side of an archive. */
export class RecordedArchive implements PartArchive {
  readonly #dataDir: string;
  readonly #lock: ArchiveLock;
  readonly #largeRows: number;

  /** Completes what a crash interrupted. @throws XY_STORE_FAILED while another program records into the archive */
  constructor(dataDir: string, { largeRows = LARGE_ROWS }: { readonly largeRows?: number } = {}) {
    this.#dataDir = dataDir;
    this.#largeRows = largeRows;
    this.#lock = lockRecorder(dataDir);
    try {
      const archive = lockArchive(dataDir);
      try {
        recoverLocked(dataDir);
        dropStaged(dataDir, AREA);
      } finally {
        archive.release();
      }
    } catch (thrown) {
      this.#lock.release();
      throw thrown;
    }
  }

  loadState(): RecordingState | null {
    const path = join(archiveDir(this.#dataDir), STATE);
    if (!existsSync(path)) return null;
    try {
      return checkedState(JSON.parse(readFileSync(path, 'utf8')));
    } catch (cause) {
      throw new XylenError('XY_FILE_DAMAGED', `${path} cannot be read: ${messageOf(cause)}`, {
        fields: { file: path },
        cause,
      });
    }
  }

  saveState(state: RecordingState): void {
    writeWhole(join(archiveDir(this.#dataDir), STATE), `${JSON.stringify(state)}\n`);
  }

  partOffsets(logId: string): ReadonlyMap<string, number> {
    const tag = logTagOf(logId);
    const offsets = new Map<string, number>();
    for (const id of listDataSets(this.#dataDir)) {
      for (const { part } of partitionFiles(this.#dataDir, id)) {
        if (part === null || part.logTag !== tag) continue;
        const key = dataSetKey(id);
        offsets.set(key, Math.max(part.toOffset, offsets.get(key) ?? 0));
      }
    }
    return offsets;
  }

  partedPartitions(): readonly PartedPartition[] {
    const found: PartedPartition[] = [];
    for (const id of listDataSets(this.#dataDir)) {
      const sums = new Map<string, { partCount: number; bytes: number }>();
      for (const { part, partition, path } of partitionFiles(this.#dataDir, id)) {
        if (part === null) continue;
        const sum = sums.get(partition) ?? { partCount: 0, bytes: 0 };
        sums.set(partition, { partCount: sum.partCount + 1, bytes: sum.bytes + statSync(path).size });
      }
      for (const [partition, sum] of sums)
        found.push({ id, partition, ...sum, endUs: partitionEndUs(id, partition) });
    }
    return found;
  }

  async writeParts(logId: string, parts: readonly PartRows[]): Promise<readonly number[]> {
    const bytes: number[] = [];
    // Open files are bounded, and so is what a crash has to do again.
    for (let at = 0; at < parts.length; at += FILES_MAX)
      bytes.push(...(await this.#writeGroup(logId, parts.slice(at, at + FILES_MAX))));
    return bytes;
  }

  async compact(
    requests: readonly CompactionRequest[],
    extent: 'final' | 'some',
    goesOn: GoesOn = alwaysOn,
  ): Promise<readonly CompactionOutcome[]> {
    if (hasOpenCommit(this.#dataDir)) return requests.map(() => 'busy');
    const generation = archiveGeneration(this.#dataDir);
    const merges: (Merge | CompactionOutcome)[] = [];
    let isSettled = false;
    try {
      for (const request of requests) merges.push(await this.#prepare(request, extent, goesOn));
      const ready = merges.filter((merge) => typeof merge !== 'string');
      if (ready.length === 0) return merges.map((merge) => (typeof merge === 'string' ? merge : 'nothing'));
      isSettled = true;
      await Promise.all(ready.map(({ writer }) => writer.settle()));
      const isDone = this.#commit(ready, generation);
      return merges.map((merge) => (typeof merge === 'string' ? merge : isDone ? 'done' : 'busy'));
    } finally {
      for (const merge of merges) {
        if (typeof merge === 'string') continue;
        if (!isSettled) merge.writer.abort();
        rmSync(merge.aside, { force: true });
      }
    }
  }

  close(): void {
    this.#lock.release();
  }

  async #writeGroup(logId: string, parts: readonly PartRows[]): Promise<readonly number[]> {
    const written: { readonly aside: string; readonly path: string; readonly writer: TableWriter }[] = [];
    for (const part of parts) {
      const { fromOffset, id, partition, toOffset } = part;
      const name = formatPartName({ partition, logTag: logTagOf(logId), fromOffset, toOffset });
      const target = join(dataSetFolder(id), name);
      const aside = stagedPath(this.#dataDir, target, AREA);
      const options = { isRecorded: true, isPassing: true, isSettledLater: true, rowsHint: part.rowsHint };
      const writer = new TableWriter(aside, id, part, part.tradeIds, options);
      try {
        for (const rows of part.rows()) writer.add(rows);
      } catch (thrown) {
        writer.abort();
        throw thrown;
      }
      writer.finish();
      written.push({ aside, path: join(archiveDir(this.#dataDir), target), writer });
    }
    await Promise.all(written.map(({ writer }) => writer.settle()));
    for (const { aside, path } of written) {
      makeFolder(dirname(path));
      renameSync(aside, path);
    }
    await syncFolders(written.map(({ path }) => dirname(path)));
    return written.map(({ writer }) => writer.bytes);
  }

  /** Writes the merged rows aside and reads them back. */
  async #prepare(
    { id, partition }: CompactionRequest,
    extent: 'final' | 'some',
    goesOn: GoesOn,
  ): Promise<Merge | CompactionOutcome> {
    if (!(await goesOn())) return 'busy';
    const all = await this.#filesOf(id, partition);
    if (all === null) return 'busy';
    const files = extent === 'final' ? all : newestParts(all, this.#largeRows);
    const parts = files.filter(({ part }) => part !== null);
    if (parts.length === 0 || (extent === 'some' && parts.length < PARTS_MERGED_MIN)) return 'nothing';
    if (new Set(files.map(({ meta }) => meta.tradeIds)).size > 1) return 'mixed';
    const target = join(
      dataSetFolder(id),
      extent === 'final' ? partition + PARQUET_SUFFIX : mergedName(parts),
    );
    const aside = stagedPath(this.#dataDir, target, AREA);
    const removals = parts.map(({ path }) => join(dataSetFolder(id), basename(path)));
    const writer = await this.#write(aside, files, { id, extent, goesOn });
    if (writer === null) return 'busy';
    return { target, aside, removals: removals.filter((name) => name !== target), writer };
  }

  /** Puts merged files in their places and takes away what they hold; false when the archive is not what it was. */
  #commit(merges: readonly Merge[], generation: string): boolean {
    const lock = this.#tryLock();
    if (lock === null) return false;
    try {
      recoverLocked(this.#dataDir);
      if (archiveGeneration(this.#dataDir) !== generation) return false;
      const removals = merges.flatMap((merge) => merge.removals);
      commitStaged(
        this.#dataDir,
        merges.map(({ target }) => target),
        { area: AREA, removals },
      );
      return true;
    } finally {
      lock.release();
    }
  }

  /** Returns the files of a partition; `null` when an import took one away while they were looked at. */
  async #filesOf(id: DataSetId, partition: string): Promise<readonly ArchivedPartition[] | null> {
    try {
      return await archivedPartitions(this.#dataDir, id, partition);
    } catch (thrown) {
      if (isMissing(thrown)) return null;
      throw thrown;
    }
  }

  /** Returns `null` when it was given up. */
  async #write(
    path: string,
    files: readonly ArchivedPartition[],
    { id, extent, goesOn }: { id: DataSetId; extent: 'final' | 'some'; goesOn: GoesOn },
  ): Promise<TableWriter | null> {
    const decimals = {
      priceDecimals: Math.max(...files.map(({ meta }) => meta.priceDecimals)),
      qtyDecimals: Math.max(...files.map(({ meta }) => meta.qtyDecimals)),
    };
    const writer = new TableWriter(path, id, decimals, files[0]?.meta.tradeIds ?? null, {
      isRecorded: files.every(({ meta }) => meta.isRecorded),
      isPassing: extent === 'some',
      isSettledLater: true,
      rowsHint: files.reduce((sum, { meta }) => sum + meta.rowCount, 0),
    });
    let isWhole = false;
    try {
      for await (const rows of readPartition(files)) {
        writer.add(rows);
        if (!(await goesOn())) return null;
      }
      const { contentHash } = writer.finish();
      const { found } = await contentHashes(path, goesOn);
      if (found === null) return null;
      isWhole = found === contentHash;
      if (isWhole) return writer;
      throw new XylenError(
        'XY_STORE_FAILED',
        `${describeDataSet(id)}: the rows written and read back are not the rows of its parts`,
        { fields: { file: path, written: contentHash, read: found } },
      );
    } finally {
      if (!isWhole) {
        writer.abort();
        rmSync(path, { force: true });
      }
    }
  }

  #tryLock(): ArchiveLock | null {
    try {
      return lockArchive(this.#dataDir);
    } catch (thrown) {
      if (thrown instanceof XylenError && thrown.code === 'XY_STORE_FAILED') return null;
      throw thrown;
    }
  }
}

/** Asked again and again during long work: false = give it up. */
type GoesOn = () => Promise<boolean>;

const alwaysOn: GoesOn = () => Promise.resolve(true);

/** A merged file that waits to take the place of parts; paths relative to the archive but `aside`. */
interface Merge {
  readonly target: string;
  readonly aside: string;
  readonly removals: readonly string[];
  readonly writer: TableWriter;
}

function partitionEndUs(id: DataSetId, partition: string): number {
  const [day = '', hour = '00'] = partition.split('T');
  const ms = Date.parse(`${day.length === 7 ? `${day}-01` : day}T${hour}:00:00Z`);
  return partitionOf(id.kind, ms * 1_000).endUs;
}

/** Returns the newest parts of the newest log, as long as none is large enough or much larger than all newer ones together. */
function newestParts(files: readonly ArchivedPartition[], largeRows: number): readonly ArchivedPartition[] {
  const parts = files.filter(({ part }) => part !== null);
  const tag = parts.at(-1)?.part?.logTag;
  const own = parts.filter(({ part }) => part?.logTag === tag);
  let newerRows = 0;
  let from = own.length;
  while (from > 0) {
    const rows = own[from - 1]?.meta.rowCount ?? 0;
    if (rows >= largeRows) break;
    if (own.length - from >= PARTS_MERGED_MIN && rows > MERGE_RATIO * newerRows) break;
    newerRows += rows;
    from--;
  }
  return own.slice(from);
}

function mergedName(parts: readonly ArchivedPartition[]): string {
  const names = parts.flatMap(({ part }) => (part === null ? [] : [part]));
  const [first] = names;
  if (first === undefined) throw new XylenError('XY_STORE_FAILED', 'parts are merged where there are some');
  return formatPartName({
    ...first,
    fromOffset: Math.min(...names.map(({ fromOffset }) => fromOffset)),
    toOffset: Math.max(...names.map(({ toOffset }) => toOffset)),
  });
}

function checkedState(value: unknown): RecordingState {
  const state: { readonly logId?: unknown; readonly offsets?: unknown; readonly sets?: unknown } =
    Object(value);
  if (typeof state.logId !== 'string' || state.logId === '') throw new Error('it names no log');
  const offsets = checkedOffsets(state.offsets);
  const known: readonly string[] = RECORDED_TOPICS;
  const stranger = Object.keys(offsets).find((topic) => !known.includes(topic));
  if (stranger !== undefined) throw new Error(`there is no topic '${stranger}'`);
  return { logId: state.logId, offsets, sets: checkedOffsets(state.sets) };
}

function checkedOffsets(value: unknown): Record<string, number> {
  const entries = Object.entries(Object(value));
  for (const [name, offset] of entries) {
    if (!Number.isSafeInteger(offset) || Number(offset) < 0)
      throw new Error(`the offset of '${name}' is none`);
  }
  return Object.fromEntries(entries) as Record<string, number>;
}
