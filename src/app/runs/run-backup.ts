/**
 * Backups of records: `DATA_DIR/backups/RUN_ID-YYYYMMDDTHHMMSSZ.sqlite`, each verified before it counts, the newest ones kept. A restore never
 * destroys: the replaced record stays beside the new one. Intent logs are not copied: a log that is newer than the record is
 * just what a restart wants, and after the loss of both the venue is asked.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert, formatIso, XylenError } from '#core';
import { copyRecord, moveDatabase, openRecord, verifyRecord } from '#store/sqlite';
import { folderOf, isRunId, type RunFolder } from './run-folder.ts';
import { lockRun } from './run-lock.ts';

/** A backup that was made. */
export interface BackupResult {
  readonly path: string;
  readonly hash: string;
  /** Older backups of the run that were removed. */
  readonly removed: readonly string[];
}

/** A record that was put back. */
export interface RestoreResult {
  readonly runId: string;
  readonly path: string;
  readonly hash: string;
  /** Where the replaced record went; `null` when there was none. */
  readonly keptAs: string | null;
}

/** Copies the record of a run, also while it is written, and keeps the newest `keep` backups of it. */
export async function backupRun(
  dataDir: string,
  folder: RunFolder,
  { wallNowUs, keep }: { readonly wallNowUs: number; readonly keep: number },
): Promise<BackupResult> {
  assert(Number.isSafeInteger(keep) && keep >= 1, `at least one backup is kept, was ${keep}`);
  const dir = join(dataDir, 'backups');
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${folder.runId}-${stampOf(wallNowUs)}.sqlite`);
  const record = openRecord(folder.recordPath);
  try {
    const hash = await copyRecord(record, path);
    return { path, hash, removed: rotate(dir, folder.runId, keep) };
  } finally {
    record.close();
  }
}

/**
 * Puts a backup in place of the record of its run.
 *
 * @throws XY_RUN_LOCKED while a program writes the run, XY_FILE_MISSING, XY_FILE_DAMAGED, XY_STORE_SCHEMA.
 */
export async function restoreRun(dataDir: string, path: string, wallNowUs: number): Promise<RestoreResult> {
  verifyRecord(path);
  const backup = openRecord(path);
  try {
    const runId = backup.run()?.runId;
    if (runId === undefined || !isRunId(runId)) {
      throw new XylenError('XY_FILE_DAMAGED', `expected the record of a run at ${path}, found none in it`, {
        fields: { path },
      });
    }
    const folder = folderOf(dataDir, runId);
    mkdirSync(folder.path, { recursive: true });
    const lock = lockRun(folder);
    try {
      const keptAs = keptName(folder, wallNowUs);
      const restored = `${folder.recordPath}.restored`;
      const hash = await copyRecord(backup, restored);
      const existed = existsSync(folder.recordPath);
      // A log without its database, left by an interrupted restore, is moved away too.
      moveDatabase(folder.recordPath, keptAs);
      moveDatabase(restored, folder.recordPath);
      return { runId, path: folder.recordPath, hash, keptAs: existed ? keptAs : null };
    } finally {
      lock.release();
    }
  } finally {
    backup.close();
  }
}

function keptName(folder: RunFolder, wallNowUs: number): string {
  const path = `${folder.recordPath}.replaced-${stampOf(wallNowUs)}`;
  if (!existsSync(path)) return path;
  throw new XylenError('XY_RUN_EXISTS', `a record was already replaced in this second: ${path}`, {
    fields: { path },
  });
}

/** Names sort by time within a run. */
function rotate(dir: string, runId: string, keep: number): readonly string[] {
  const ours = readdirSync(dir)
    .filter(
      (name) => name.startsWith(`${runId}-`) && /^\d{8}T\d{6}Z\.sqlite$/.test(name.slice(runId.length + 1)),
    )
    .sort();
  const old = ours.slice(0, Math.max(0, ours.length - keep)).map((name) => join(dir, name));
  for (const path of old) rmSync(path);
  return old;
}

function stampOf(wallNowUs: number): string {
  return `${formatIso(wallNowUs).slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
