/**
 * Archives from a server to the disk, several at a time: checksum first, then the file, then the proof that it is the file that the checksum
 * means. What is there and right is not loaded again, what is half there is continued. A month that the server has not is loaded by days.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Prng, XylenError } from '#core';
import { downloadFile } from '#net/files';
import type { Progress } from '#telemetry';
import { parseChecksum, type VisionArchive } from '#venues/binance-vision';

/** What archives are fetched with. */
export interface FetchParts {
  /** Base address, without a slash at its end. */
  readonly baseUrl: string;
  /** Folder of downloads. */
  readonly folder: string;
  readonly parallel: number;
  readonly certificateAuthority: string | null;
  readonly prng: Prng;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What lies on the disk now, in order of time. */
export interface FetchedArchives {
  readonly paths: readonly string[];
  /** Archives that the server has not, days where the month was not there either. */
  readonly missing: readonly VisionArchive[];
  readonly bytesLoaded: number;
  /** Archives that were there already. */
  readonly keptCount: number;
}

/** A month of single trades of the busiest symbol is some 3 GB. */
const ARCHIVE_BYTES_MAX = 16 * 1024 ** 3;
const CHECKSUM_BYTES_MAX = 4_096;

/** Where one archive ended up. */
type Found = { readonly path: string; readonly wasKept: boolean } | 'missing';

/** Fetches archives. @throws XY_FILE_DAMAGED when a file is not what its checksum says, twice; XY_VENUE_FAILED, XY_INTERRUPTED. */
export async function fetchArchives(
  archives: readonly VisionArchive[],
  parts: FetchParts,
): Promise<FetchedArchives> {
  const fetcher = new ArchiveFetcher(parts);
  const found = await fetcher.all(archives);
  const byDays: VisionArchive[] = archives.flatMap((archive, ix) =>
    found[ix] === 'missing' ? archive.days : [],
  );
  const foundDays = await fetcher.all(byDays);
  const dayOf = new Map(byDays.map((day, ix) => [day.path, foundDays[ix]]));
  const missing: VisionArchive[] = [];
  const paths: string[] = [];
  let keptCount = 0;
  const take = (archive: VisionArchive, outcome: Found | undefined): void => {
    if (outcome === undefined || outcome === 'missing') {
      missing.push(archive);
      return;
    }
    paths.push(outcome.path);
    if (outcome.wasKept) keptCount++;
  };
  archives.forEach((archive, ix) => {
    const outcome = found[ix];
    if (outcome !== 'missing' || archive.days.length === 0) take(archive, outcome);
    else for (const day of archive.days) take(day, dayOf.get(day.path));
  });
  return { paths, missing, bytesLoaded: fetcher.bytesLoaded, keptCount };
}

class ArchiveFetcher {
  readonly #parts: FetchParts;
  bytesLoaded = 0;
  #done = 0;
  #total = 0;

  constructor(parts: FetchParts) {
    this.#parts = parts;
  }

  /** Fetches a list; the first fault ends all of it once the others that run have ended. */
  async all(archives: readonly VisionArchive[]): Promise<Found[]> {
    const found: Found[] = [];
    const faults: unknown[] = [];
    let next = 0;
    this.#total += archives.length;
    const work = async (): Promise<void> => {
      while (next < archives.length && faults.length === 0) {
        const ix = next++;
        const archive = archives[ix];
        if (archive === undefined) return;
        try {
          found[ix] = await this.#one(archive);
        } catch (fault) {
          faults.push(fault);
        }
        this.#done++;
        this.#show(archive.name);
      }
    };
    await Promise.all(Array.from({ length: this.#parts.parallel }, work));
    if (faults.length > 0) throw faults[0];
    return found;
  }

  async #one(archive: VisionArchive): Promise<Found> {
    const path = join(this.#parts.folder, archive.path);
    await mkdir(dirname(path), { recursive: true });
    const wanted = await this.#checksum(archive, path);
    if (wanted === 'missing') return 'missing';
    if ((await hashOf(path)) === wanted) return { path, wasKept: true };
    await rm(path, { force: true });
    // A file that was continued may be of two versions, and a line may have failed: one more try from the start is cheap.
    for (let attempt = 0; attempt < 2; attempt++) {
      const loading = `${path}.loading`;
      const outcome = await downloadFile({
        ...this.#download(archive.path),
        path: loading,
        bytesMax: ARCHIVE_BYTES_MAX,
      });
      if (outcome === 'missing') return 'missing';
      const hash = await hashOf(loading);
      if (hash === wanted) {
        await rename(loading, path);
        return { path, wasKept: false };
      }
      await rm(loading, { force: true });
      if (attempt === 0) continue;
      const message = `${archive.name}: expected SHA-256 ${wanted} as its checksum file says, found ${hash}`;
      throw new XylenError('XY_FILE_DAMAGED', message, {
        fields: { file: archive.path, expected: wanted, found: hash ?? '' },
      });
    }
    return 'missing';
  }

  /** The checksum lies beside the archive and is asked for anew each time: archives are corrected now and then. */
  async #checksum(archive: VisionArchive, path: string): Promise<string | 'missing'> {
    const sumPath = `${path}.CHECKSUM`;
    const outcome = await downloadFile({
      ...this.#download(`${archive.path}.CHECKSUM`),
      path: sumPath,
      bytesMax: CHECKSUM_BYTES_MAX,
    });
    if (outcome === 'missing') return 'missing';
    return parseChecksum(await readFile(sumPath, 'utf8'), archive.name);
  }

  #download(path: string): Omit<Parameters<typeof downloadFile>[0], 'path' | 'bytesMax'> {
    const { baseUrl, certificateAuthority, prng, signal } = this.#parts;
    return {
      url: `${baseUrl}/${path}`,
      certificateAuthority,
      prng,
      signal,
      onBytes: (count) => {
        this.bytesLoaded += count;
      },
    };
  }

  #show(name: string): void {
    const label = `loading ${name} (${(this.bytesLoaded / 1e6).toFixed(1)} MB)`;
    this.#parts.progress.update({ label, done: this.#done, total: this.#total, unit: 'files' });
  }
}

/** Returns the SHA-256 of a file, `null` when there is none. */
async function hashOf(path: string): Promise<string | null> {
  try {
    await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
