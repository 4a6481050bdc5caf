/**
 * The files in which history is kept that a venue was asked for: one a day or month. One that is over and was answered to its end is never asked for
 * again; what is not lies in a file that is named by where it begins, too, and that the next run drops.
 */
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, type EpochUs } from '#core';
import { type Partition, partitionOf } from '#store/history';

/** What the files of one history have in common. */
export interface AskedFilesParts {
  readonly folder: string;
  readonly cut: 'day' | 'month';
  readonly header: string;
  /** Where what is asked for begins: two stretches may lie in one month. */
  readonly fromUs: EpochUs;
}

/** A stretch that has still to be asked for. */
export interface Stretch {
  readonly fromUs: EpochUs;
  readonly toUs: EpochUs;
}

const OPEN_SUFFIX = '.open.csv';

/** Drops what earlier runs have left of days and months that were not over. */
export async function dropOpenFiles(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder))
    if (name.endsWith(OPEN_SUFFIX)) await rm(join(folder, name), { force: true });
}

/** The files of one history. */
export class AskedFiles {
  readonly #parts: AskedFilesParts;

  constructor(parts: AskedFilesParts) {
    this.#parts = parts;
  }

  /** Returns the day or month that holds a moment. */
  partitionAt(tsUs: EpochUs): Partition {
    // Named by what is cut so; the kind means nothing else here.
    return partitionOf(this.#parts.cut === 'day' ? 'trades' : 'candles', tsUs);
  }

  /** Returns the partitions that overlap a stretch. */
  partitionsOf({ fromUs, toUs }: Stretch): readonly Partition[] {
    const partitions: Partition[] = [];
    for (let atUs = fromUs; atUs < toUs; ) {
      const partition = this.partitionAt(atUs);
      partitions.push(partition);
      atUs = partition.endUs;
    }
    return partitions;
  }

  /** Returns what of a stretch is not kept yet, as few stretches as possible. */
  missingOf(stretch: Stretch): readonly Stretch[] {
    const missing: { fromUs: EpochUs; toUs: EpochUs }[] = [];
    for (const partition of this.partitionsOf(stretch)) {
      if (this.#isKept(partition, stretch)) continue;
      const fromUs = Math.max(stretch.fromUs, partition.startUs);
      const toUs = Math.min(stretch.toUs, partition.endUs);
      const last = missing.at(-1);
      if (last?.toUs === fromUs) last.toUs = toUs;
      else missing.push({ fromUs, toUs });
    }
    return missing;
  }

  /** Returns the files that are kept of a stretch. */
  keptOf(stretch: Stretch): readonly string[] {
    return this.partitionsOf(stretch)
      .filter((partition) => this.#isKept(partition, stretch))
      .map((partition) => this.#keptPath(partition));
  }

  /** A file serves a stretch that holds all of it: rows beside the stretch may be those of an archive that was corrected since. */
  #isKept(partition: Partition, { fromUs, toUs }: Stretch): boolean {
    return fromUs <= partition.startUs && partition.endUs <= toUs && existsSync(this.#keptPath(partition));
  }

  #keptPath({ name }: Partition): string {
    return join(this.#parts.folder, `${name}.csv`);
  }

  /** Begins the file of a partition. */
  async begin(partition: Partition): Promise<AskedFile> {
    await mkdir(this.#parts.folder, { recursive: true });
    const path = join(this.#parts.folder, `${partition.name}.csv.part`);
    const handle = await open(path, 'w');
    const file = new AskedFile(partition, path, handle);
    await file.write(`${this.#parts.header}\n`);
    return file;
  }

  /** Ends a file and returns its path; one that is whole is kept for good. */
  async finish(file: AskedFile, isWhole: boolean): Promise<string> {
    await file.close();
    const openName = `${file.partition.name}.from-${this.#parts.fromUs}${OPEN_SUFFIX}`;
    const path = isWhole ? this.#keptPath(file.partition) : join(this.#parts.folder, openName);
    await rename(file.path, path);
    return path;
  }
}

/** A file that is being written. */
export class AskedFile {
  readonly partition: Partition;
  readonly path: string;
  readonly #handle: FileHandle;
  #isOpen = true;

  constructor(partition: Partition, path: string, handle: FileHandle) {
    this.partition = partition;
    this.path = path;
    this.#handle = handle;
  }

  async write(text: string): Promise<void> {
    await this.#handle.write(text);
  }

  /** Makes it durable. */
  async close(): Promise<void> {
    assert(this.#isOpen, 'a file is closed once');
    this.#isOpen = false;
    await this.#handle.sync();
    await this.#handle.close();
  }

  /** Gives it up; it stays behind unfinished and is written anew. */
  async abandon(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }
}
