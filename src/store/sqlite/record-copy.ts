/** Copies of a record that are proved before they count: opened, checked for integrity, equal in hash. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { XylenError } from '#core';
import { guardStore, storeError } from './database.ts';
import { hashInSnapshot, hashRecord } from './record-hash.ts';
import { openRecord, type RecordReader } from './record-reader.ts';

/** Files that SQLite keeps beside a database. */
const COMPANIONS = ['-wal', '-shm', '-journal'];
/** Pages copied between two looks at the event loop (4 KiB each). */
const PAGES_PER_STEP = 4_096;

/**
 * Copies a record as it stands at its last checkpoint, also while a run writes it, and returns the hash that source and copy share. The
 * copy is one file without a log beside it; it appears under its name only when it has been verified.
 *
 * @throws XY_FILE_DAMAGED when source or copy is not intact.
 */
export async function copyRecord(source: RecordReader, target: string): Promise<string> {
  const draft = `${target}.part`;
  removeDatabase(draft);
  source.beginSnapshot();
  try {
    const hash = hashInSnapshot(source);
    // The open snapshot keeps the source still: the copy is of exactly the hashed state.
    await backup(source.database, draft, { rate: PAGES_PER_STEP });
    guardStore(draft, () => makeSingleFile(draft));
    const copied = verifyRecord(draft);
    if (copied !== hash) throw damaged(draft, `its hash is ${copied}, that of the source ${hash}`);
    renameSync(draft, target);
    return hash;
  } catch (error) {
    removeDatabase(draft);
    throw storeError(source.path, error);
  } finally {
    source.endSnapshot();
  }
}

/** Checks every page, index and reference of a record and returns its hash. @throws XY_FILE_DAMAGED naming what is wrong. */
export function verifyRecord(path: string): string {
  const record = openRecord(path);
  try {
    const [integrity] = record.select('PRAGMA integrity_check(1)');
    const result = String(integrity?.integrity_check);
    if (result !== 'ok') throw damaged(path, result);
    const [dangling] = record.select(
      'SELECT "table" AS name, rowid AS id FROM pragma_foreign_key_check LIMIT 1',
    );
    if (dangling !== undefined) {
      throw damaged(path, `row ${String(dangling.id)} of ${String(dangling.name)} refers to nothing`);
    }
    return hashRecord(record);
  } finally {
    record.close();
  }
}

/**
 * Renames a database together with the files beside it: a log left behind would be taken for that of the next file of the name. Does
 * nothing where there is none.
 */
export function moveDatabase(from: string, to: string): void {
  for (const suffix of ['', ...COMPANIONS]) {
    if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix);
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ['', ...COMPANIONS]) rmSync(path + suffix, { force: true });
}

/** Leaves write-ahead mode, which is kept in the file's header; a writer returns to it. */
function makeSingleFile(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA journal_mode = DELETE');
  } finally {
    db.close();
  }
}

function damaged(path: string, what: string): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `expected an intact record at ${path}: ${what}`, {
    fields: { path },
  });
}
