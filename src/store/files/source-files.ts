/** From paths on a command line to files: folders are searched, names are matched to symbols. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, XylenError } from '#core';

/** A file named on the command line or found in a folder named there. */
export interface FoundFile {
  readonly path: string;
  /** False when it was found by searching a folder: then it may be passed over. */
  readonly isNamed: boolean;
}

/** Most files one command takes. */
export const FILES_MAX = 100_000;

/** Returns the files of the given paths, folders searched in depth, sorted within each. @throws XY_FILE_MISSING, XY_USAGE */
export async function findFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    if (await isFolder(path)) await search(path, found);
    else found.push({ path, isNamed: true });
  }
  const seen = new Set<string>();
  return found.filter(({ path }) => !seen.has(path) && seen.add(path));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new XylenError('XY_FILE_MISSING', `${path} cannot be read: ${messageOf(cause)}`, {
      fields: { file: path },
      cause,
    });
  }
}

async function search(folder: string, found: FoundFile[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await search(path, found);
    else if (entry.isFile()) found.push({ path, isNamed: false });
    if (found.length > FILES_MAX) {
      throw new XylenError('XY_USAGE', `at most ${FILES_MAX} files at a time, ${folder} has more`, {
        fields: { folder },
      });
    }
  }
}

/**
 * True when a file's name holds the symbol as a word of its own, in any case and with or without separators inside:
 * `btcusdt_20240808.gz` and `BTC-USDT-5m.csv` name BTCUSDT, `ETHBTCUSDT_5m.csv` does not.
 */
export function nameHasSymbol(path: string, symbol: string): boolean {
  const letters = [...symbol.toLowerCase()].filter((char) => /[a-z0-9]/.test(char));
  const pattern = letters.join('[-_./: ]?');
  return new RegExp(`(^|[^a-z0-9])${pattern}([^a-z0-9]|$)`).test(basename(path).toLowerCase());
}

/** What ends the name of a market: quote assets, and the word that venues give perpetuals. */
const MARKET_NAME =
  /(?:^|[^A-Z0-9])([A-Z0-9]{2,12}[-_/]?(?:USDT|USDC|BUSD|FDUSD|USD|EUR|BTC|PERP))(?![A-Z0-9])/;

/** Returns the market that the name of a file speaks of when that is another one than `symbol`; `undefined` when it does not. */
export function otherSymbolIn(path: string, symbol: string): string | undefined {
  if (nameHasSymbol(path, symbol)) return undefined;
  return MARKET_NAME.exec(basename(path).toUpperCase())?.[1];
}
