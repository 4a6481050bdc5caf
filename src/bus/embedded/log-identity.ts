/** What a log is: its id, kept in `log.json` of its folder, and the lock of its one writer. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, XylenError } from '#core';
import { makeFolder, writeWhole } from './log-files.ts';

/** Version of the files' form; another one is refused. */
const FORM_VERSION = 1;

/** Returns the id of the log in a folder, `null` when there is none. @throws XY_FILE_DAMAGED, XY_STORE_SCHEMA */
export function readLogId(dir: string): string | null {
  const path = join(dir, 'log.json');
  if (!existsSync(path)) return null;
  const { version, id } = parsed(path);
  if (version !== FORM_VERSION) {
    throw new XylenError(
      'XY_STORE_SCHEMA',
      `${path} is of version ${String(version)}, this program reads ${FORM_VERSION}`,
      { fields: { file: path } },
    );
  }
  if (typeof id === 'string' && /^[0-9a-f]{32}$/.test(id)) return id;
  throw new XylenError('XY_FILE_DAMAGED', `${path} names no log`, { fields: { file: path } });
}

/** Returns the id of the log in a folder and makes one where there is none. */
export function ensureLogId(dir: string): string {
  const known = readLogId(dir);
  if (known !== null) return known;
  const id = randomUUID().replaceAll('-', '');
  writeWhole(join(dir, 'log.json'), `${JSON.stringify({ version: FORM_VERSION, id })}\n`);
  return id;
}

function parsed(path: string): { readonly version?: unknown; readonly id?: unknown } {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw new XylenError('XY_FILE_DAMAGED', `${path} cannot be read: ${messageOf(cause)}`, {
      fields: { file: path },
      cause,
    });
  }
}

/** A held lock. */
export interface LogLock {
  release(): void;
}

/**
 * Takes the writer's lock: an exclusive transaction on a small SQLite file, which the operating system frees when its process ends,
 * however it ends. @throws XY_STORE_FAILED (retryable) when another program has it
 */
export function lockLog(dir: string): LogLock {
  makeFolder(dir);
  const db = new DatabaseSync(join(dir, '.lock'));
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw new XylenError('XY_STORE_FAILED', `another program is writing to the log ${dir}`, {
      fields: { folder: dir, reason: messageOf(cause) },
      cause,
    });
  }
  return {
    release: () => {
      db.exec('ROLLBACK');
      db.close();
    },
  };
}
