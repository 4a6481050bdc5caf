/**
 * Takes recorded partitions that are past their life out of the archive. Touches nothing that an import had a part in: what people brought
 * themselves is theirs to remove.
 */
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, sha256Hex, XylenError } from '#core';
import type { DataSetId } from '../history/index.ts';
import { fateOf, type RetentionPolicy, type RetentionTier, tierOf } from '../retention-policy.ts';
import { recoverLocked, touchGeneration } from './archive-commit.ts';
import { dataSetFolder, listDataSets } from './archive-layout.ts';
import { lockArchive } from './archive-lock.ts';
import { type ArchivedPartition, archivedPartitions } from './archived-partition.ts';
import { makeFolder, syncPath } from './durable-files.ts';

/** What a round of retention found and did; bytes of files. */
export interface RetentionOutcome {
  readonly tiers: Readonly<Record<RetentionTier, { readonly files: number; readonly bytes: number }>>;
  readonly moved: readonly string[];
  readonly deleted: readonly string[];
  readonly bytesFreed: number;
}

/**
 * Applies a policy to the recorded partitions of an archive. @throws XY_STORE_FAILED when another program is writing or a file cannot be moved,
 * XY_USAGE when files are to be moved nowhere
 */
export async function applyRetention(
  dataDir: string,
  nowUs: number,
  policy: RetentionPolicy,
): Promise<RetentionOutcome> {
  if (policy.cold === 'move' && policy.coldFolder === null)
    throw new XylenError('XY_USAGE', 'cold files are moved to a folder, and none is named');
  const tiers = { hot: { files: 0, bytes: 0 }, warm: { files: 0, bytes: 0 }, cold: { files: 0, bytes: 0 } };
  const moved: string[] = [];
  const deleted: string[] = [];
  let bytesFreed = 0;
  const lock = lockArchive(dataDir);
  try {
    recoverLocked(dataDir);
    const due: {
      readonly id: DataSetId;
      readonly file: ArchivedPartition;
      readonly fate: 'move' | 'delete';
    }[] = [];
    for (const id of listDataSets(dataDir)) {
      for (const file of await archivedPartitions(dataDir, id)) {
        const { endUs } = file.partition;
        const tier = tiers[tierOf(endUs, nowUs, policy)];
        tier.files++;
        tier.bytes += statSync(file.path).size;
        const fate = file.meta.isRecorded ? fateOf(id.kind, endUs, nowUs, policy) : 'keep';
        if (fate !== 'keep') due.push({ id, file, fate });
      }
    }
    // Readers notice that their view has changed before a file is missing from it.
    if (due.length > 0) touchGeneration(dataDir);
    for (const { fate, file, id } of due) {
      bytesFreed += statSync(file.path).size;
      if (fate === 'delete') deleted.push(drop(file.path));
      else moved.push(move(file.path, join(policy.coldFolder ?? '', dataSetFolder(id), basename(file.path))));
    }
  } finally {
    lock.release();
  }
  return { tiers, moved, deleted, bytesFreed };
}

function drop(path: string): string {
  rmSync(path);
  syncPath(dirname(path));
  return path;
}

/** Moves a file, to another disk too: it goes only once its copy is there and reads back the same. */
function move(from: string, to: string): string {
  try {
    makeFolder(dirname(to));
    if (!renamed(from, to)) {
      const aside = `${to}.tmp`;
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(from, aside);
      const fd = openSync(aside, 'r+');
      fsyncSync(fd);
      closeSync(fd);
      if (sha256Hex(readFileSync(aside)) !== sha256Hex(readFileSync(from)))
        throw new Error('the copy is not the file');
      renameSync(aside, to);
      syncPath(dirname(to));
      rmSync(from);
    }
    syncPath(dirname(to));
    syncPath(dirname(from));
    return to;
  } catch (cause) {
    throw new XylenError('XY_STORE_FAILED', `${from} could not be moved to ${to}: ${messageOf(cause)}`, {
      fields: { file: from, target: to },
      cause,
    });
  }
}

/** False when the folders lie on different disks. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EXDEV') return false;
    throw thrown;
  }
}
