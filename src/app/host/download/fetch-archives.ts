/**
 * Archives from a server to the disk, several at a time: checksum first, then the file, then the proof that it is the file that the checksum
 * means. What is there and right is not loaded again, what is half there is continued. A month that the server has not is loaded by days.
 *
 * Several data sets share the connections. Damage ends the data set that it is in, everything else ends all of them.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { XylenError } from '#core';
import type { FileLoader } from '#net/files';
import type { Progress } from '#telemetry';
import { parseChecksum, type VisionArchive } from '#venues/binance-vision';

/** What archives are fetched with. */
export interface FetchParts {
  /** Base address, without a slash at its end. */
  readonly baseUrl: string;
  /** Folder of downloads. */
  readonly folder: string;
  readonly parallel: number;
  readonly loader: FileLoader;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** An archive that lies on the disk and is what its checksum says. */
export interface FoundArchive {
  readonly archive: VisionArchive;
  readonly path: string;
}

/** What became of the archives of one data set; lists are in order of time. */
export interface FetchedArchives {
  readonly found: readonly FoundArchive[];
  /** Archives that the server has not, days where the month was not there either. */
  readonly missing: readonly VisionArchive[];
  /** Archives that the server has without a checksum; they are not taken. */
  readonly unverified: readonly VisionArchive[];
  readonly bytesLoaded: number;
  /** Archives that were there already. */
  readonly keptCount: number;
  /** The damage that ended it; `null` = none. */
  readonly fault: XylenError | null;
}

/** A month of single trades of the busiest symbol is some 3 GB. */
const ARCHIVE_BYTES_MAX = 16 * 1024 ** 3;
const CHECKSUM_BYTES_MAX = 4_096;

/** Fetches the archives of several data sets. @throws XY_VENUE_FAILED, XY_VENUE_LIMITED, XY_STORE_FAILED, XY_INTERRUPTED. */
export async function fetchArchives(
  sets: readonly (readonly VisionArchive[])[],
  parts: FetchParts,
): Promise<readonly FetchedArchives[]> {
  const pool = new ArchivePool(sets, parts);
  await pool.run();
  return pool.outcomes();
}

/** Where one archive ended up. */
type Place =
  | { readonly kind: 'found'; readonly path: string; readonly wasKept: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unverified' };

interface Task {
  readonly set: SetState;
  readonly archive: VisionArchive;
}

interface SetState {
  readonly archives: readonly VisionArchive[];
  /** By path below the base address. */
  readonly places: Map<string, Place>;
  bytesLoaded: number;
  fault: XylenError | null;
}

class ArchivePool {
  readonly #parts: FetchParts;
  readonly #sets: readonly SetState[];
  #done = 0;
  #total = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(sets: readonly (readonly VisionArchive[])[], parts: FetchParts) {
    this.#parts = parts;
    this.#sets = sets.map((archives) => ({ archives, places: new Map(), bytesLoaded: 0, fault: null }));
  }

  /** Works until all is done; the first failure ends it once what is under way has ended. */
  async run(): Promise<void> {
    await this.#all(this.#sets.flatMap((set) => set.archives.map((archive) => ({ set, archive }))));
    await this.#all(
      this.#sets.flatMap((set) =>
        set.archives
          .flatMap((archive) => daysInstead(archive, set.places))
          .map((archive) => ({ set, archive })),
      ),
    );
  }

  outcomes(): readonly FetchedArchives[] {
    return this.#sets.map(outcomeOf);
  }

  async #all(tasks: readonly Task[]): Promise<void> {
    let next = 0;
    this.#total += tasks.length;
    const work = async (): Promise<void> => {
      for (;;) {
        const task = tasks[next++];
        if (task === undefined || this.#failure !== null) return;
        await this.#do(task);
        this.#done++;
        this.#show();
      }
    };
    await Promise.all(Array.from({ length: this.#parts.parallel }, work));
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #do({ archive, set }: Task): Promise<void> {
    if (set.fault !== null) return;
    const onBytes = (count: number): void => {
      set.bytesLoaded += count;
      this.#show();
    };
    try {
      set.places.set(archive.path, await new ArchiveFetch(archive, this.#parts, onBytes).run());
    } catch (error) {
      if (error instanceof XylenError && error.code === 'XY_FILE_DAMAGED') set.fault ??= error;
      else this.#failure ??= { error };
    }
  }

  #show(): void {
    const bytes = this.#sets.reduce((sum, { bytesLoaded }) => sum + bytesLoaded, 0);
    const unit = `files, ${(bytes / 1e6).toFixed(1)} MB`;
    this.#parts.progress.update({
      label: 'loading archives',
      done: this.#done,
      total: this.#total,
      unit,
    });
  }
}

function outcomeOf({ archives, bytesLoaded, fault, places }: SetState): FetchedArchives {
  const found: FoundArchive[] = [];
  const missing: VisionArchive[] = [];
  const unverified: VisionArchive[] = [];
  let keptCount = 0;
  const taken = archives.flatMap((archive) => {
    const days = daysInstead(archive, places);
    return days.length > 0 ? days : [archive];
  });
  for (const archive of taken) {
    const place = places.get(archive.path);
    if (place?.kind === 'found') {
      found.push({ archive, path: place.path });
      if (place.wasKept) keptCount++;
    } else (place?.kind === 'unverified' ? unverified : missing).push(archive);
  }
  return { found, missing, unverified, bytesLoaded, keptCount, fault };
}

/** Returns the days of a month that is not there; none for an archive that is. */
function daysInstead({ days, path }: VisionArchive, places: SetState['places']): readonly VisionArchive[] {
  return places.get(path)?.kind === 'found' ? [] : days;
}

/** One archive on its way. */
class ArchiveFetch {
  readonly #archive: VisionArchive;
  readonly #parts: FetchParts;
  readonly #path: string;
  readonly #onBytes: (count: number) => void;

  constructor(archive: VisionArchive, parts: FetchParts, onBytes: (count: number) => void) {
    this.#archive = archive;
    this.#parts = parts;
    this.#path = join(parts.folder, archive.path);
    this.#onBytes = onBytes;
  }

  /** @throws XY_FILE_DAMAGED when the file is not what its checksum says, twice. */
  async run(): Promise<Place> {
    const { signal } = this.#parts;
    await mkdir(dirname(this.#path), { recursive: true });
    const wanted = await this.#checksum();
    if (wanted === null) return await this.#withoutChecksum();
    if ((await hashOf(this.#path, signal)) === wanted)
      return { kind: 'found', path: this.#path, wasKept: true };
    const loading = `${this.#path}.loading`;
    let found: string | null = null;
    // A file that was continued may be of two versions, and a line may have failed: one more try from the start is cheap.
    for (let attempt = 0; attempt < 2; attempt++) {
      if ((await this.#load(this.#archive.path, loading, ARCHIVE_BYTES_MAX)) === 'missing')
        return { kind: 'missing' };
      found = await hashOf(loading, signal);
      if (found === wanted) {
        await rename(loading, this.#path);
        return { kind: 'found', path: this.#path, wasKept: false };
      }
      await rm(loading, { force: true });
    }
    const { name, path } = this.#archive;
    const message = `${name}: expected SHA-256 ${wanted} as its checksum file says, found ${found} twice`;
    throw new XylenError('XY_FILE_DAMAGED', message, {
      fields: { file: path, expected: wanted, found: found ?? '' },
    });
  }

  /** The checksum lies beside the archive and is asked for anew each time: archives are corrected now and then. */
  async #checksum(): Promise<string | null> {
    const sumPath = `${this.#path}.CHECKSUM`;
    const outcome = await this.#load(`${this.#archive.path}.CHECKSUM`, sumPath, CHECKSUM_BYTES_MAX);
    return outcome === 'missing' ? null : parseChecksum(await readFile(sumPath, 'utf8'), this.#archive.name);
  }

  /** Without a checksum a file cannot be told from a damaged one. A month has its days, which answer for themselves. */
  async #withoutChecksum(): Promise<Place> {
    if (this.#archive.days.length > 0) return { kind: 'missing' };
    const { baseUrl, loader, signal } = this.#parts;
    const isThere = await loader.has(`${baseUrl}/${this.#archive.path}`, signal);
    return { kind: isThere ? 'unverified' : 'missing' };
  }

  #load(from: string, to: string, bytesMax: number): Promise<'done' | 'missing'> {
    const { baseUrl, loader, signal } = this.#parts;
    const isFresh = bytesMax === CHECKSUM_BYTES_MAX;
    return loader.load({
      url: `${baseUrl}/${from}`,
      path: to,
      bytesMax,
      signal,
      isFresh,
      onBytes: this.#onBytes,
    });
  }
}

/** Returns the SHA-256 of a file, `null` when there is none. @throws XY_INTERRUPTED */
async function hashOf(path: string, signal: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path)) {
      if (signal.aborted) throw new XylenError('XY_INTERRUPTED', `interrupted while checking ${path}`);
      hash.update(piece as Buffer);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}
