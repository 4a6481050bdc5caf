/**
 * Takes data sets into the archive, all of a call or none. The plan (first pass) knows what each partition will hold; the second pass
 * writes the partitions that change, reads them back, and commits them together. Partitions that a broken-off import has staged
 * already are used when their hash fits, so a second run ends with the bytes of an undisturbed one. Importing known rows changes
 * nothing.
 */
import { existsSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { assert, XylenError } from '#core';
import {
  ContentHash,
  checkSignal,
  type DataSetId,
  type Decimals,
  dataSetKey,
  type RowChunk,
  recordCount,
  scaleChunk,
} from '../history/index.ts';
import { commitStaged, dropStaged, dropUnfinished, recoverLocked, stagedPath } from './archive-commit.ts';
import { dataSetFolder } from './archive-layout.ts';
import { lockArchive } from './archive-lock.ts';
import { byPartition, type ImportSet, planSet, type SetPlan } from './archive-plan.ts';
import type { ArchivedPartition } from './archived-partition.ts';
import { PARQUET_SUFFIX } from './part-name.ts';
import { TableReader, TableWriter } from './table-file.ts';

/** How to import. */
export interface ImportOptions {
  /** True: given rows take the place of archived ones they disagree with. */
  readonly replace: boolean;
  /** True: everything is checked and counted, nothing is written. */
  readonly dryRun: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called with records worked through, of about how many, in two passes. */
  readonly onProgress?: ((label: string, done: number, total: number) => void) | undefined;
}

/** What an import did, or would do, to a data set; counts in records. */
export interface ImportOutcome extends Decimals {
  readonly id: DataSetId;
  readonly recordsNew: number;
  readonly recordsKnown: number;
  readonly recordsReplaced: number;
  /** What the data set holds afterwards. */
  readonly recordCount: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** Bars absent between the first and the last; `null` for kinds without a timeframe. */
  readonly barsMissing: number | null;
  readonly partitionsWritten: number;
  /** Partitions taken over from an import that was broken off. */
  readonly partitionsResumed: number;
}

/**
 * Imports data sets. @throws XY_IMPORT_CONFLICT, XY_ROW_INVALID, XY_FILE_DAMAGED, XY_INTERRUPTED (nothing is changed then);
 * XY_STORE_FAILED when another program is writing or written rows do not read back the same
 */
export async function importDataSets(
  dataDir: string,
  sets: readonly ImportSet[],
  options: ImportOptions,
): Promise<ImportOutcome[]> {
  assert(
    new Set(sets.map(({ id }) => dataSetKey(id))).size === sets.length,
    'a data set is imported once a call',
  );
  const lock = lockArchive(dataDir);
  try {
    recoverLocked(dataDir);
    dropUnfinished(dataDir);
    const progress = new ImportProgress(sets, options);
    const plans: SetPlan[] = [];
    for (const set of sets) {
      const onRecords = progress.counter('checking');
      plans.push(
        await planSet(dataDir, set, { canReplace: options.replace, signal: options.signal, onRecords }),
      );
    }
    const changes = plans.map(changesOf);
    const resumed = options.dryRun ? changes.map(() => 0) : await stageAll(dataDir, changes, progress);
    return plans.map((plan, ix) => outcomeOf(plan, changes[ix]!, resumed[ix]!));
  } finally {
    lock.release();
  }
}

/** A partition to write: from the merge, or an archived file that only changes its scale. */
interface Change {
  readonly name: string;
  readonly contentHash: string;
  readonly rescaled: ArchivedPartition | undefined;
}

interface SetChanges {
  readonly plan: SetPlan;
  readonly changes: readonly Change[];
}

function changesOf(plan: SetPlan): SetChanges {
  const { decimals } = plan;
  const isScaled = (file: ArchivedPartition): boolean =>
    file.meta.priceDecimals === decimals.priceDecimals && file.meta.qtyDecimals === decimals.qtyDecimals;
  const now = new Map(plan.archived.map((file) => [file.partition.name, file]));
  const inParts = new Set(partsOf(plan).map((file) => file.partition.name));
  const changes: Change[] = [];
  for (const { partition, contentHash } of plan.planned) {
    const file = now.get(partition.name);
    const isWhole = file !== undefined && !inParts.has(partition.name);
    if (isWhole && file.meta.contentHash === contentHash && isScaled(file)) continue;
    changes.push({ name: partition.name, contentHash, rescaled: undefined });
  }
  for (const file of plan.archived) {
    // Parts keep their scale until they are compacted: readers scale what they read.
    if (file.part !== null || plan.merged.includes(file) || isScaled(file)) continue;
    changes.push({ name: file.partition.name, contentHash: file.meta.contentHash, rescaled: file });
  }
  return { plan, changes };
}

/** Returns the parts whose rows go into the partitions that an import writes. */
function partsOf(plan: SetPlan): readonly ArchivedPartition[] {
  return plan.merged.filter(({ part }) => part !== null);
}

/** Stages and commits all changes; returns how many partitions of each set were staged already. */
async function stageAll(
  dataDir: string,
  sets: readonly SetChanges[],
  progress: ImportProgress,
): Promise<number[]> {
  const targets: string[] = [];
  const removals: string[] = [];
  const resumed: number[] = [];
  for (const { plan, changes } of sets) {
    const stager = new Stager(dataDir, plan, changes, progress);
    targets.push(...changes.map(({ name }) => targetOf(plan.id, name)));
    removals.push(...partsOf(plan).map(({ path }) => join(dataSetFolder(plan.id), basename(path))));
    resumed.push(await stager.run());
  }
  checkSignal(progress.signal);
  if (targets.length > 0) commitStaged(dataDir, targets, { removals });
  else dropStaged(dataDir);
  return resumed;
}

function targetOf(id: DataSetId, name: string): string {
  return join(dataSetFolder(id), name + PARQUET_SUFFIX);
}

/** Writes the changed partitions of one data set aside. */
class Stager {
  readonly #dataDir: string;
  readonly #plan: SetPlan;
  readonly #changes: readonly Change[];
  readonly #progress: ImportProgress;
  readonly #due = new Map<string, Change>();
  #written = 0;
  #open:
    | { readonly change: Change; readonly writer: TableWriter; readonly aside: string; readonly path: string }
    | undefined;

  constructor(dataDir: string, plan: SetPlan, changes: readonly Change[], progress: ImportProgress) {
    this.#dataDir = dataDir;
    this.#plan = plan;
    this.#changes = changes;
    this.#progress = progress;
  }

  /** Returns how many partitions were staged already. */
  async run(): Promise<number> {
    for (const change of this.#changes)
      if (!(await this.#isStaged(change))) this.#due.set(change.name, change);
    const count = this.#progress.counter('writing');
    try {
      for (const change of [...this.#due.values()]) await this.#rescale(change);
      if (this.#due.size > 0) {
        for await (const { partition, rows } of byPartition(this.#plan.id, this.#plan.rows())) {
          checkSignal(this.#progress.signal);
          await this.#add(partition.name, rows);
          count(recordCount(rows));
        }
        await this.#finish();
      }
    } finally {
      this.#open?.writer.abort();
    }
    assert(this.#due.size === 0, 'the second pass meets every partition of the first');
    return this.#changes.length - this.#written;
  }

  /** Writes a partition anew that only changes its scale. */
  async #rescale(change: Change): Promise<void> {
    if (change.rescaled === undefined) return;
    const reader = await TableReader.open(change.rescaled.path);
    try {
      for await (const rows of reader.read())
        await this.#add(change.name, scaleChunk(rows, this.#plan.decimals));
      await this.#finish();
    } finally {
      reader.close();
    }
  }

  async #add(name: string, rows: RowChunk): Promise<void> {
    if (this.#open?.change.name !== name) {
      await this.#finish();
      const change = this.#due.get(name);
      if (change === undefined) return;
      const path = this.#pathOf(change);
      const aside = `${path}.part`;
      const writer = new TableWriter(aside, this.#plan.id, this.#plan.decimals, this.#plan.tradeIds);
      this.#open = { change, writer, aside, path };
    }
    this.#open.writer.add(rows);
  }

  async #finish(): Promise<void> {
    if (this.#open === undefined) return;
    const { change, writer, aside, path } = this.#open;
    this.#open = undefined;
    const meta = writer.finish();
    await this.#verify(aside, change, meta.contentHash);
    renameSync(aside, path);
    this.#due.delete(change.name);
    this.#written++;
  }

  /** Reads a written file back: what will stand for the original from now on must hold the same. */
  async #verify(path: string, change: Change, written: string): Promise<void> {
    const read = await contentHashOf(path);
    if (written === change.contentHash && read === change.contentHash) return;
    throw new XylenError(
      'XY_STORE_FAILED',
      `${targetOf(this.#plan.id, change.name)}: the rows written and read back are not the rows planned`,
      { fields: { file: path, planned: change.contentHash, written, read } },
    );
  }

  async #isStaged(change: Change): Promise<boolean> {
    const path = this.#pathOf(change);
    if (!existsSync(path)) return false;
    const reader = await TableReader.open(path);
    reader.close();
    const { meta } = reader;
    const { decimals } = this.#plan;
    const isFit = meta.priceDecimals === decimals.priceDecimals && meta.qtyDecimals === decimals.qtyDecimals;
    return (
      isFit && meta.contentHash === change.contentHash && (await contentHashOf(path)) === change.contentHash
    );
  }

  #pathOf(change: Change): string {
    return stagedPath(this.#dataDir, targetOf(this.#plan.id, change.name));
  }
}

const toTheEnd = (): Promise<boolean> => Promise.resolve(true);

/** Returns the hash of the rows that a file really holds. @throws XY_FILE_DAMAGED */
export async function contentHashOf(path: string): Promise<string> {
  const { found } = await contentHashes(path);
  assert(found !== null, 'nobody gave it up');
  return found;
}

/**
 * Returns the hash of the rows that a file says it holds and of those that it really holds, `null` when `goesOn`, asked every some thousand rows,
 * gave it up; fails with `isMissing` where a recorder has merged the file into another meanwhile. @throws XY_FILE_DAMAGED
 */
export async function contentHashes(
  path: string,
  goesOn = toTheEnd,
): Promise<{ readonly stated: string; readonly found: string | null }> {
  const reader = await TableReader.open(path);
  const hash = new ContentHash();
  try {
    for await (const rows of reader.read()) {
      hash.add(rows);
      if (!(await goesOn())) return { stated: reader.meta.contentHash, found: null };
    }
  } finally {
    reader.close();
  }
  return { stated: reader.meta.contentHash, found: hash.hex() };
}

function outcomeOf(plan: SetPlan, { changes }: SetChanges, partitionsResumed: number): ImportOutcome {
  const untouched = plan.archived.filter((file) => !plan.merged.includes(file)).map(({ meta }) => meta);
  const all = [...untouched, ...plan.planned];
  const fromUs = Math.min(...all.map(({ firstTsUs }) => firstTsUs));
  const lastTsUs = Math.max(...all.map((part) => part.lastTsUs));
  const records = all.reduce((sum, part) => sum + part.recordCount, 0);
  const { timeframeUs } = plan.id;
  const toUs = lastTsUs + (timeframeUs ?? 1);
  return {
    id: plan.id,
    ...plan.decimals,
    recordsNew: plan.tally.added,
    recordsKnown: plan.tally.known,
    recordsReplaced: plan.tally.replaced,
    recordCount: records,
    fromUs,
    toUs,
    barsMissing: timeframeUs === null ? null : (toUs - fromUs) / timeframeUs - records,
    partitionsWritten: changes.length,
    partitionsResumed,
  };
}

/** Adds up records over the passes of an import. */
class ImportProgress {
  readonly signal: AbortSignal | undefined;
  readonly #onProgress: ImportOptions['onProgress'];
  readonly #total: number;
  #done = 0;

  constructor(sets: readonly ImportSet[], options: ImportOptions) {
    this.signal = options.signal;
    this.#onProgress = options.onProgress;
    const given = sets.reduce(
      (sum, { sources }) => sum + sources.reduce((all, { recordCount }) => all + recordCount, 0),
      0,
    );
    this.#total = given * (options.dryRun ? 1 : 2);
  }

  counter(label: string): (count: number) => void {
    return (count) => {
      this.#done += count;
      this.#onProgress?.(label, Math.min(this.#done, this.#total), this.#total);
    };
  }
}
