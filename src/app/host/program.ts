/** Facts about this program and process that a run records beside its result: never inside its hash. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const PROGRAM_ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

/** Returns the commit of the checkout that runs, `unknown` outside of one. */
export function commitId(root: string = PROGRAM_ROOT): string {
  const head = readText(join(root, '.git/HEAD'));
  if (head === null) return 'unknown';
  if (!head.startsWith('ref: ')) return head;
  const ref = head.slice('ref: '.length);
  const loose = readText(join(root, '.git', ref));
  if (loose !== null) return loose;
  const packed = readText(join(root, '.git/packed-refs')) ?? '';
  const line = packed.split('\n').find((one) => one.endsWith(` ${ref}`));
  return line?.split(' ')[0] ?? 'unknown';
}

/** Returns the largest resident size of this process so far, threads included, in megabytes (10^6 bytes). */
export function rssMbMax(): number {
  // Node gives kilobytes of 1,024 bytes.
  return (process.resourceUsage().maxRSS * 1_024) / 1e6;
}

/** Returns the version of the package. */
export function programVersion(root: string = PROGRAM_ROOT): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return String((JSON.parse(text) as { readonly version?: unknown }).version);
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}
