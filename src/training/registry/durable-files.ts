/** Files and folders that are there whole or not at all: written aside, forced to the disk, then renamed. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Starts the name of whatever is not finished; readers pass over it. */
export const UNFINISHED_PREFIX = '.unfinished-';

/** Writes or replaces a file. `tag` keeps two writers apart. */
export function replaceFile(path: string, text: string, tag: string): void {
  const aside = join(dirname(path), `${UNFINISHED_PREFIX}${tag}-file`);
  // What a program of the same tag left behind when it was killed.
  rmSync(aside, { recursive: true, force: true });
  try {
    writeDurably(aside, text);
    renameSync(aside, path);
  } catch (thrown) {
    rmSync(aside, { recursive: true, force: true });
    throw thrown;
  }
  syncFolder(dirname(path));
}

/** Writes a folder of files that must not exist yet. @throws the system's error (`EEXIST`, `ENOTEMPTY`) when it does */
export function createFolder(path: string, files: Readonly<Record<string, string>>, tag: string): void {
  const aside = join(dirname(path), `${UNFINISHED_PREFIX}${tag}`);
  mkdirSync(aside, { recursive: true });
  try {
    for (const [name, text] of Object.entries(files)) writeDurably(join(aside, name), text);
    syncFolder(aside);
    renameSync(aside, path);
  } catch (thrown) {
    rmSync(aside, { recursive: true, force: true });
    throw thrown;
  }
  syncFolder(dirname(path));
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w');
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename durable. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
