/**
 * Changes of the archive become visible together or not at all. New files are written to `.staging`; a journal that names every
 * rename is the moment of commitment; then the renames happen. A crash before the journal leaves the archive as it was, a crash
 * after it is completed by whoever opens the archive next.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assert, messageOf, sha256Hex, XylenError } from '#core';
import { archiveDir, PARQUET_SUFFIX } from './archive-layout.ts';
import { lockArchive } from './archive-lock.ts';
import { makeFolder, syncPath, writeWhole } from './durable-files.ts';

const STAGING = '.staging';
const JOURNAL = 'commit.json';
const GENERATION = '.generation';

/** One staged file and where it belongs, relative to the archive. */
interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Returns where a file of the archive (path relative to it) is staged; the folder exists afterwards. */
export function stagedPath(dataDir: string, target: string): string {
  const folder = join(archiveDir(dataDir), STAGING);
  makeFolder(folder);
  return join(folder, stagedName(target));
}

function stagedName(target: string): string {
  return sha256Hex(target).slice(0, 32) + PARQUET_SUFFIX;
}

/** Puts staged files in their places, all together. The caller holds the lock. `targets` are relative to the archive. */
export function commitStaged(dataDir: string, targets: readonly string[]): void {
  const staging = join(archiveDir(dataDir), STAGING);
  const renames = targets.map((to): Rename => ({ from: stagedName(to), to }));
  for (const { from } of renames) assert(existsSync(join(staging, from)), 'what is committed was staged');
  syncPath(staging);
  writeWhole(join(staging, JOURNAL), JSON.stringify({ renames }));
  completeCommit(dataDir);
}

/** Drops whatever is staged and not committed. The caller holds the lock. */
export function dropStaged(dataDir: string): void {
  rmSync(join(archiveDir(dataDir), STAGING), { recursive: true, force: true });
}

/** Removes staged files that were not finished. The caller holds the lock. */
export function dropUnfinished(dataDir: string): void {
  const staging = join(archiveDir(dataDir), STAGING);
  if (!existsSync(staging)) return;
  for (const name of readdirSync(staging)) if (!name.endsWith(PARQUET_SUFFIX)) rmSync(join(staging, name));
}

/** True when a commitment was journalled and not completed. */
export function hasOpenCommit(dataDir: string): boolean {
  return existsSync(join(archiveDir(dataDir), STAGING, JOURNAL));
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
  if (hasOpenCommit(dataDir)) completeCommit(dataDir);
}

/** Returns a text that changes with every commitment; empty before the first. */
export function archiveGeneration(dataDir: string): string {
  const path = join(archiveDir(dataDir), GENERATION);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Carries out the journal; may be repeated after a crash at any point of it. */
function completeCommit(dataDir: string): void {
  const root = archiveDir(dataDir);
  const staging = join(root, STAGING);
  const journalText = readFileSync(join(staging, JOURNAL), 'utf8');
  const renames = parseJournal(journalText, join(staging, JOURNAL));
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
  for (const folder of folders) syncPath(folder);
  rmSync(join(staging, JOURNAL));
  syncPath(staging);
  dropStaged(dataDir);
}

function parseJournal(text: string, path: string): readonly Rename[] {
  try {
    const parsed: unknown = JSON.parse(text);
    const renames =
      typeof parsed === 'object' && parsed !== null && 'renames' in parsed ? parsed.renames : undefined;
    if (Array.isArray(renames) && renames.every(isRename)) return renames;
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
  return typeof value.from === 'string' && typeof value.to === 'string' && !value.to.includes('..');
}
