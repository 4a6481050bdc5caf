/** Files that survive a power cut: written aside, synchronised, renamed, and the folder synchronised too. */
import { closeSync, fsync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes what was written to a file or changed in a folder durable. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes changes of folders durable, all at once: many cost little more than one. */
export async function syncFolders(paths: Iterable<string>): Promise<void> {
  const fds = [...new Set(paths)].map((path) => openSync(path, 'r'));
  try {
    await Promise.all(
      fds.map(
        (fd) =>
          new Promise<void>((resolve, reject) => {
            fsync(fd, (fault) => (fault === null ? resolve() : reject(fault)));
          }),
      ),
    );
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** Makes a folder and its parents. */
export function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) syncPath(dirname(first));
}

/** Writes a small file so that it is there whole or not at all. */
export function writeWhole(path: string, text: string): void {
  const aside = `${path}.tmp`;
  const fd = openSync(aside, 'w');
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, path);
  syncPath(dirname(path));
}
