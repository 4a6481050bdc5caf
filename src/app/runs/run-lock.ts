/**
 * One writer a run. The lock is one of the operating system's, taken through SQLite on a file of the run's folder: it ends with
 * the process that holds it, however that dies, so that no stale lock exists and no two programs can both believe that they cleared one.
 * A note beside it says, for messages only, who the holder is.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, XylenError } from '#core';
import { sqliteCode } from '#store/sqlite';
import type { RunFolder } from './run-folder.ts';

/** Held while a program writes the run. */
export interface RunLock {
  /** Gives the run free; safe to call twice. */
  release(): void;
}

const SQLITE_BUSY = 5;
/** Longer than a look at the lock takes, so that `isRunLocked` elsewhere never keeps a program from its run. */
const CLAIM_TIMEOUT_MS = 50;

/** Claims a run for this process. @throws XY_RUN_LOCKED when another one, or this one, already writes it. */
export function lockRun(folder: RunFolder): RunLock {
  // The file itself stays for good: removing a lock file is how two holders come about.
  const db = new DatabaseSync(lockPath(folder), { timeout: CLAIM_TIMEOUT_MS });
  try {
    if (!tryLock(folder, db, 'BEGIN EXCLUSIVE')) throw isHeld(folder);
    writeFileSync(holderPath(folder), `${process.pid}\n`);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    release: () => {
      if (!db.isOpen) return;
      rmSync(holderPath(folder), { force: true });
      db.close();
    },
  };
}

/** True when some program writes the run now. Changes nothing. */
export function isRunLocked(folder: RunFolder): boolean {
  if (!existsSync(lockPath(folder))) return false;
  const db = new DatabaseSync(lockPath(folder), { readOnly: true, timeout: 0 });
  try {
    return !tryLock(folder, db, 'SELECT count(*) FROM sqlite_schema');
  } finally {
    db.close();
  }
}

/** Runs a statement that needs the lock; false when another connection holds it. */
function tryLock(folder: RunFolder, db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql);
    return true;
  } catch (error) {
    if (sqliteCode(error) === SQLITE_BUSY) return false;
    throw new XylenError('XY_STORE_FAILED', `cannot lock ${folder.path}: ${messageOf(error)}`, {
      fields: { path: folder.path },
      cause: error,
    });
  }
}

function isHeld(folder: RunFolder): XylenError {
  const holder = holderOf(folder);
  return new XylenError(
    'XY_RUN_LOCKED',
    `run '${folder.runId}' is being written by ${holder === undefined ? 'another program' : `process ${holder}`}`,
    { fields: { runId: folder.runId, pid: holder ?? null } },
  );
}

function lockPath(folder: RunFolder): string {
  return join(folder.path, 'run.lock');
}

function holderPath(folder: RunFolder): string {
  return join(folder.path, 'run.lock.pid');
}

function holderOf(folder: RunFolder): number | undefined {
  try {
    const pid = Number(readFileSync(holderPath(folder), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // The holder has not written its note yet, or has just gone.
    return undefined;
  }
}
