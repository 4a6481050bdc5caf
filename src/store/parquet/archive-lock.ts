/**
 * One writer at a time. The lock is an exclusive transaction on a small SQLite file: the operating system frees it when its process
 * ends, however it ends, so a lock cannot be left behind and nobody has to guess whether its owner still lives.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, XylenError } from '#core';
import { archiveDir } from './archive-layout.ts';
import { makeFolder, writeWhole } from './durable-files.ts';

/** A held lock. */
export interface ArchiveLock {
  release(): void;
}

/** The recorder holds the lock for the moment of a commitment: that long is waited for it. */
const WAIT_MS = 2_000;

/**
 * Takes the lock of the one recorder of an archive, which it holds while it lives; imports go on beside it.
 * @throws XY_STORE_FAILED (retryable) when another process records into it
 */
export function lockRecorder(dataDir: string): ArchiveLock {
  return lockFile(archiveDir(dataDir), '.recorder-lock', 0);
}

/** Takes the writer's lock of an archive. @throws XY_STORE_FAILED (retryable) when another process keeps it for two seconds */
export function lockArchive(dataDir: string): ArchiveLock {
  return lockFile(archiveDir(dataDir), '.lock', WAIT_MS);
}

function lockFile(folder: string, name: string, waitMs: number): ArchiveLock {
  makeFolder(folder);
  const ownerPath = join(folder, `${name}-owner`);
  const db = new DatabaseSync(join(folder, name), { timeout: waitMs });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw new XylenError(
      'XY_STORE_FAILED',
      `another program is writing to ${folder} (${ownerOf(ownerPath)})`,
      {
        fields: { folder, reason: messageOf(cause) },
        cause,
      },
    );
  }
  writeWhole(ownerPath, `process ${process.pid}`);
  return {
    release: () => {
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

function ownerOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Who holds the lock is only told, never decided upon; the note may not be written yet.
    return 'process unknown';
  }
}
