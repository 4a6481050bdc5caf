/**
 * Changes of the archive become visible together or not at all. New files are written to a staging area; a journal that names every
 * rename and every file that goes is the moment of commitment; then they are carried out. A crash before the journal leaves the archive as
 * it was, a crash after it is completed by whoever opens the archive next. Imports and the recorder stage apart, so that neither
 * sweeps away what the other has prepared.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assert, messageOf, sha256Hex, XylenError } from '#core';
import { archiveDir } from './archive-layout.ts';
import { lockArchive } from './archive-lock.ts';
import { makeFolder, syncPath, writeWhole } from './durable-files.ts';
import { PARQUET_SUFFIX } from './part-name.ts';

/** Where files are prepared: by imports, by the recorder. */
export type StagingArea = '.staging' | '.recording';

const AREAS: readonly StagingArea[] = ['.staging', '.recording'];
const JOURNAL = 'commit.json';
const GENERATION = '.generation';

/** One staged file and where it belongs, relative to the archive. */
interface Rename {
  readonly from: string;
  readonly to: string;
}

/** What a commitment does; paths relative to the archive. */
interface Journal {
  readonly renames: readonly Rename[];
  readonly removals: readonly string[];
}

/** How a commitment goes beyond an import's. */
export interface CommitOptions {
  readonly area?: StagingArea;
  /** Files whose rows are in the new ones; they go once those are in place. */
  readonly removals?: readonly string[];
}

/** Returns where a file of the archive (path relative to it) is staged; the folder exists afterwards. */
export function stagedPath(dataDir: string, target: string, area: StagingArea = '.staging'): string {
  const folder = join(archiveDir(dataDir), area);
  makeFolder(folder);
  return join(folder, stagedName(target));
}

function stagedName(target: string): string {
  return sha256Hex(target).slice(0, 32) + PARQUET_SUFFIX;
}

/** Puts staged files in their places, all together. The caller holds the lock. `targets` are relative to the archive. */
export function commitStaged(
  dataDir: string,
  targets: readonly string[],
  { area = '.staging', removals = [] }: CommitOptions = {},
): void {
  const staging = join(archiveDir(dataDir), area);
  makeFolder(staging);
  const renames = targets.map((to): Rename => ({ from: stagedName(to), to }));
  for (const { from } of renames) assert(existsSync(join(staging, from)), 'what is committed was staged');
  syncPath(staging);
  writeWhole(join(staging, JOURNAL), JSON.stringify({ renames, removals }));
  completeCommit(dataDir, area);
}

/** Drops whatever is staged and not committed. The caller holds the lock. */
export function dropStaged(dataDir: string, area: StagingArea = '.staging'): void {
  rmSync(join(archiveDir(dataDir), area), { recursive: true, force: true });
}

/** Removes staged files that were not finished. The caller holds the lock. */
export function dropUnfinished(dataDir: string): void {
  const staging = join(archiveDir(dataDir), '.staging');
  if (!existsSync(staging)) return;
  for (const name of readdirSync(staging)) if (!name.endsWith(PARQUET_SUFFIX)) rmSync(join(staging, name));
}

/** True when a commitment was journalled and not completed. */
export function hasOpenCommit(dataDir: string): boolean {
  return AREAS.some((area) => existsSync(journalPath(dataDir, area)));
}

function journalPath(dataDir: string, area: StagingArea): string {
  return join(archiveDir(dataDir), area, JOURNAL);
}

/** Completes a commitment that a crash interrupted. @throws XY_STORE_FAILED when another process is in the middle of it */
export function recoverArchive(dataDir: string): void {
  if (!hasOpenCommit(dataDir)) return;
  const lock = lockArchive(dataDir);
  try {
    recoverLocked(dataDir);
  } finally {
    lock.release();
  }
}

/** As `recoverArchive`, for a caller that holds the lock. */
export function recoverLocked(dataDir: string): void {
  for (const area of AREAS) if (existsSync(journalPath(dataDir, area))) completeCommit(dataDir, area);
}

/** Returns a text that changes with every import; empty before the first. */
export function archiveGeneration(dataDir: string): string {
  const path = join(archiveDir(dataDir), GENERATION);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Tells readers that the archive is no longer what they saw. The caller holds the lock. */
export function touchGeneration(dataDir: string): void {
  const path = join(archiveDir(dataDir), GENERATION);
  writeWhole(path, sha256Hex(`${archiveGeneration(dataDir)}|touched`));
}

/** Carries out the journal; may be repeated after a crash at any point of it. */
function completeCommit(dataDir: string, area: StagingArea): void {
  const root = archiveDir(dataDir);
  const staging = join(root, area);
  const journalText = readFileSync(join(staging, JOURNAL), 'utf8');
  const { removals, renames } = parseJournal(journalText, join(staging, JOURNAL));
  // A recorder's commitments change files, not what is in them: whoever reads goes on.
  if (area === '.staging')
    writeWhole(join(root, GENERATION), sha256Hex(archiveGeneration(dataDir) + journalText));
  const folders = new Set<string>();
  for (const { from, to } of renames) {
    const source = join(staging, from);
    const target = join(root, to);
    if (!existsSync(source)) continue;
    makeFolder(dirname(target));
    renameSync(source, target);
    folders.add(dirname(target));
  }
  for (const name of removals) {
    const path = join(root, name);
    rmSync(path, { force: true });
    if (existsSync(dirname(path))) folders.add(dirname(path));
  }
  // Until the journal is gone all of it can be done again, so one look at each folder is enough.
  for (const folder of folders) syncPath(folder);
  rmSync(join(staging, JOURNAL));
  syncPath(staging);
  dropStaged(dataDir, area);
}

function parseJournal(text: string, path: string): Journal {
  try {
    const parsed: { readonly renames?: unknown; readonly removals?: unknown } = JSON.parse(text);
    const { removals = [], renames } = parsed;
    if (
      Array.isArray(renames) &&
      renames.every(isRename) &&
      Array.isArray(removals) &&
      removals.every(isInside)
    )
      return { renames, removals };
    throw new Error('it lists no renames');
  } catch (cause) {
    throw new XylenError('XY_STORE_FAILED', `${path} cannot be read: ${messageOf(cause)}`, {
      fields: { file: path },
      cause,
    });
  }
}

function isRename(value: unknown): value is Rename {
  if (typeof value !== 'object' || value === null || !('from' in value) || !('to' in value)) return false;
  return typeof value.from === 'string' && isInside(value.to);
}

function isInside(path: unknown): path is string {
  return typeof path === 'string' && !path.split(/[/\\]/).includes('..');
}
