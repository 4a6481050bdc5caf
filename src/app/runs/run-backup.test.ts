import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { US_PER_SECOND } from '#core';
import { hashRecord, openRecord, type SqliteRecordSink, sqliteRecordSink } from '#store/sqlite';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { backupRun, restoreRun } from './run-backup.ts';
import { createRun, folderOf, type RunFolder } from './run-folder.ts';
import { lockRun } from './run-lock.ts';

const WALL_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000;

interface Bench {
  readonly dataDir: string;
  readonly folder: RunFolder;
  readonly sink: SqliteRecordSink;
  /** Writes events `from` to `to` and a checkpoint after the last. */
  write(from: number, to: number): void;
}

function bench(test: TestContext): Bench {
  const dataDir = tempDir(test);
  const folder = createRun(dataDir, 'run-1');
  const sink = sqliteRecordSink(folder.recordPath, { runId: 'run-1', durability: 'normal', wallNowUs: 1 });
  test.after(() => sink.close());
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  sink.write(sampleRun('run-1'));
  return {
    dataDir,
    folder,
    sink,
    write: (from, to) => {
      for (let seq = from; seq <= to; seq++) for (const row of sampleRows(seq)) sink.write(row);
      sink.checkpoint({ eventSeq: to, tsUs: sampleTimeUs(to), state: Uint8Array.of(1) });
    },
  };
}

function hashOf(path: string): string {
  const record = openRecord(path);
  try {
    return hashRecord(record);
  } finally {
    record.close();
  }
}

describe('a backup', () => {
  it('is one verified file with the hash of the record, also of a run that goes on', async (test) => {
    const { dataDir, folder, sink, write } = bench(test);
    write(1, 20);
    for (const row of sampleRows(21)) sink.write(row);
    const { path, hash } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 3 });
    assert.equal(hash, hashOf(folder.recordPath));
    assert.equal(hashOf(path), hash);
    assert.deepEqual(readdirSync(join(dataDir, 'backups')), ['run-1-20260102T030405Z.sqlite']);
    sink.checkpoint({ eventSeq: 21, tsUs: 1, state: new Uint8Array() });
    assert.notEqual(hashOf(folder.recordPath), hash);
    assert.equal(hashOf(path), hash);
  });

  it('stays the copy of one state while the run writes during it', async (test) => {
    const { dataDir, folder, write } = bench(test);
    write(1, 300);
    const before = hashOf(folder.recordPath);
    const copying = backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 3 });
    write(301, 600);
    const { hash, path } = await copying;
    assert.equal(hash, before);
    assert.equal(hashOf(path), before);
  });

  it('replaces the oldest ones of its run and no others', async (test) => {
    const { dataDir, folder, write } = bench(test);
    write(1, 3);
    const other = join(dataDir, 'backups', 'run-1-b-20200101T000000Z.sqlite');
    for (let day = 0; day < 4; day++) {
      await backupRun(dataDir, folder, { wallNowUs: WALL_US + day * US_PER_SECOND, keep: 2 });
      writeFileSync(other, 'of another run');
    }
    assert.deepEqual(readdirSync(join(dataDir, 'backups')).sort(), [
      'run-1-20260102T030407Z.sqlite',
      'run-1-20260102T030408Z.sqlite',
      basename(other),
    ]);
  });

  it('of a damaged record fails and leaves nothing', async (test) => {
    const { dataDir, folder, sink, write } = bench(test);
    write(1, 100);
    await sink.close();
    truncateSync(folder.recordPath, 200_000);
    await assert.rejects(backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 }), {
      code: 'XY_FILE_DAMAGED',
    });
    assert.deepEqual(readdirSync(join(dataDir, 'backups')), []);
  });
});

describe('a restore', () => {
  it('puts the backup in place and keeps what it replaced', async (test) => {
    const { dataDir, folder, sink, write } = bench(test);
    write(1, 10);
    const { path, hash } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 });
    write(11, 20);
    await sink.close();
    const newer = hashOf(folder.recordPath);
    const restored = await restoreRun(dataDir, path, WALL_US);
    assert.deepEqual(restored, {
      runId: 'run-1',
      path: folder.recordPath,
      hash,
      keptAs: `${folder.recordPath}.replaced-20260102T030405Z`,
    });
    assert.equal(hashOf(folder.recordPath), hash);
    assert.equal(hashOf(restored.keptAs ?? ''), newer);
    assert.ok(existsSync(path));
  });

  it('lets the run go on from the restored checkpoint', async (test) => {
    const { dataDir, folder, sink, write } = bench(test);
    write(1, 10);
    const { path } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 });
    write(11, 20);
    const whole = hashOf(folder.recordPath);
    await sink.close();
    await restoreRun(dataDir, path, WALL_US);
    const again = sqliteRecordSink(folder.recordPath, { runId: 'run-1', durability: 'full', wallNowUs: 1 });
    again.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
    for (let seq = 11; seq <= 20; seq++) for (const row of sampleRows(seq)) again.write(row);
    again.checkpoint({ eventSeq: 20, tsUs: 1, state: new Uint8Array() });
    await again.close();
    assert.equal(hashOf(folder.recordPath), whole);
  });

  it('does not take the log of the replaced record for its own', async (test) => {
    const { dataDir, folder, write } = bench(test);
    write(1, 10);
    const { path, hash } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 });
    // The writer is still open: its log lies beside the record, as after a crash.
    write(11, 20);
    assert.ok(existsSync(`${folder.recordPath}-wal`));
    await restoreRun(dataDir, path, WALL_US);
    assert.equal(hashOf(folder.recordPath), hash);
  });

  it('makes the folder of a run that is gone', async (test) => {
    const { dataDir, folder, write } = bench(test);
    write(1, 10);
    const { path, hash } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 });
    const elsewhere = tempDir(test);
    const restored = await restoreRun(elsewhere, path, WALL_US);
    assert.equal(restored.keptAs, null);
    assert.equal(hashOf(folderOf(elsewhere, 'run-1').recordPath), hash);
  });

  it('is refused while a program writes the run', async (test) => {
    const { dataDir, folder, write } = bench(test);
    write(1, 10);
    const { path } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 });
    const lock = lockRun(folder);
    await assert.rejects(restoreRun(dataDir, path, WALL_US), { code: 'XY_RUN_LOCKED' });
    lock.release();
  });

  it('refuses a damaged backup and changes nothing', async (test) => {
    const { dataDir, folder, sink, write } = bench(test);
    write(1, 100);
    const { path } = await backupRun(dataDir, folder, { wallNowUs: WALL_US, keep: 1 });
    await sink.close();
    const before = hashOf(folder.recordPath);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xee, Math.floor(bytes.length / 2)));
    await assert.rejects(restoreRun(dataDir, path, WALL_US), { code: 'XY_FILE_DAMAGED' });
    writeFileSync(path, 'not a database at all, only a text that somebody left here');
    await assert.rejects(restoreRun(dataDir, path, WALL_US), { code: 'XY_FILE_DAMAGED' });
    await assert.rejects(restoreRun(dataDir, `${path}.none`, WALL_US), { code: 'XY_FILE_MISSING' });
    assert.equal(hashOf(folder.recordPath), before);
    assert.ok(!readdirSync(folder.path).some((name) => name.includes('replaced')));
  });
});
