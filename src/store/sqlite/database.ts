/**
 * Opens SQLite files: settings, versions, and SQLite's errors told apart. Nothing here knows a table.
 * Small on purpose: the whole program lives in under 200 MB, so caches and the write-ahead log are bounded.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AssertionError, messageOf, XylenError } from '#core';
import { bringUpToDate, notOurs, requireVersion, type StoreSchema, versionOf } from './migrations.ts';

/**
 * What a commit survives. `normal`: the death of the process; a crash of the operating system may lose the last transactions but never
 * damages the file. `full`: both, at the price of a disk flush for each commit.
 */
export type Durability = 'normal' | 'full';

/** How a file is opened for writing. */
export interface WriteOptions {
  readonly durability: Durability;
  /** Wall clock for `schema_migrations`, epoch microseconds. */
  readonly wallNowUs: number;
}

/** Page cache of a connection. */
const CACHE_KIB = 4_096;
/** Pages after which the write-ahead log is copied into the file (4 KiB each). */
const WAL_PAGES = 1_000;
/** The log file is cut back to this after a long transaction. */
const WAL_BYTES_KEPT = 16_777_216;
/** How long a connection waits for another one's lock. */
const BUSY_TIMEOUT_MS = 5_000;

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_CONSTRAINT = 19;

/** Opens or creates a file for writing and brings it to the version of `schema`. */
export function openForWriting(path: string, schema: StoreSchema, options: WriteOptions): DatabaseSync {
  return guardStore(path, () => {
    const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    try {
      db.exec(`PRAGMA journal_mode = WAL;
        PRAGMA synchronous = ${options.durability === 'full' ? 'FULL' : 'NORMAL'};
        PRAGMA cache_size = -${CACHE_KIB};
        PRAGMA wal_autocheckpoint = ${WAL_PAGES};
        PRAGMA journal_size_limit = ${WAL_BYTES_KEPT};`);
      bringUpToDate(db, path, schema, options.wallNowUs);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Opens an existing file for reading only; it must have the version of `schema`.
 *
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_STORE_SCHEMA.
 */
export function openForReading(path: string, schema: StoreSchema): DatabaseSync {
  requireFile(path, schema);
  return guardStore(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      requireVersion(db, path, schema);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Returns the schema version of an existing file. @throws XY_FILE_MISSING, XY_FILE_DAMAGED (also for an empty file). */
export function readVersion(path: string, schema: StoreSchema): number {
  requireFile(path, schema);
  return guardStore(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const version = versionOf(db, path, schema);
      if (version === 0) throw notOurs(path, schema, 'found an empty file');
      return version;
    } finally {
      db.close();
    }
  });
}

/** Runs `work` on the file at `path` and turns SQLite's errors into the program's. */
export function guardStore<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(path, error);
  }
}

/**
 * Returns the error that stands for one of SQLite: XY_FILE_DAMAGED for a corrupt file, `AssertionError` for a broken constraint (rows that
 * contradict each other are a bug of whoever made them), XY_STORE_FAILED for the rest; other errors as they are.
 */
export function storeError(path: string, error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const primary = code & 0xff;
  const message = messageOf(error);
  if (primary === SQLITE_CONSTRAINT) {
    return new AssertionError(`Invariant: rows keep the constraints of ${path}: ${message}`);
  }
  const fields = { path, sqlite: code };
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
    return new XylenError('XY_FILE_DAMAGED', `expected an intact SQLite file at ${path}: ${message}`, {
      fields,
      cause: error,
    });
  }
  return new XylenError('XY_STORE_FAILED', `SQLite failed on ${path}: ${message}`, { fields, cause: error });
}

/** Returns SQLite's extended result code of an error, `undefined` when it is not one of SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

function requireFile(path: string, schema: StoreSchema): void {
  if (existsSync(path)) return;
  throw new XylenError('XY_FILE_MISSING', `expected ${schema.name} at ${path}, found no file`, {
    fields: { path },
  });
}
