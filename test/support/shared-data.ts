/** Recorded data and reference results that lie beside the repository, in `../shared`, and are never copied into it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SHARED = resolve(import.meta.dirname, '..', '..', '..', 'shared');

/** For `test(name, { skip: skipWithoutShared }, ...)`: the reason when the folder is missing, `false` when it is there. */
export const skipWithoutShared: string | false = existsSync(SHARED) ? false : '../shared absent';

/** Returns the path of a file or folder in `../shared`. */
export function sharedPath(...parts: readonly string[]): string {
  return join(SHARED, ...parts);
}
