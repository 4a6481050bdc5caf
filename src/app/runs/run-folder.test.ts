import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { createRun, isRunId, listRuns, newRunId, openRun, writeRunFile } from './run-folder.ts';

const WALL_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000 + 678_901;

describe('run ids', () => {
  it('are short, lower-case and plain', () => {
    for (const good of ['a', '7', 'paper-20260102-030405', 'a'.repeat(64)]) assert.ok(isRunId(good), good);
    for (const bad of ['', '-a', 'A', 'a b', 'a/b', '..', 'a.b', 'ä', 'a'.repeat(65), 'latest']) {
      assert.ok(!isRunId(bad), bad);
    }
  });

  it('are made from mode and wall time, with a counter when taken', (test) => {
    const dataDir = tempDir(test);
    const names = [1, 2, 3].map(() => createRun(dataDir, newRunId(dataDir, 'paper', WALL_US)).runId);
    assert.deepEqual(names, ['paper-20260102-030405', 'paper-20260102-030405-2', 'paper-20260102-030405-3']);
  });
});

describe('run folders', () => {
  it('are found by id and, the newest, by latest', (test) => {
    const dataDir = tempDir(test);
    const first = createRun(dataDir, 'zz-first');
    const second = createRun(dataDir, 'aa-second');
    assert.deepEqual(openRun(dataDir, 'zz-first'), first);
    assert.deepEqual(openRun(dataDir), second);
    assert.deepEqual(openRun(dataDir, 'latest'), second);
    assert.equal(second.recordPath, join(dataDir, 'runs', 'aa-second', 'record.sqlite'));
    assert.deepEqual(
      listRuns(dataDir).map(({ runId }) => runId),
      ['aa-second', 'zz-first'],
    );
  });

  it('are never made twice', (test) => {
    const dataDir = tempDir(test);
    createRun(dataDir, 'one');
    assert.throws(() => createRun(dataDir, 'one'), { code: 'XY_RUN_EXISTS' });
    assert.throws(() => createRun(dataDir, '../one'), { code: 'XY_USAGE' });
    assert.throws(() => createRun(dataDir, 'latest'), { code: 'XY_USAGE' });
  });

  it('that do not exist are reported with those that do', (test) => {
    const dataDir = tempDir(test);
    assert.throws(() => openRun(dataDir), { code: 'XY_RUN_MISSING', message: /found no run at all/ });
    createRun(dataDir, 'one');
    createRun(dataDir, 'two');
    assert.throws(() => openRun(dataDir, 'three'), { code: 'XY_RUN_MISSING', message: /'three'.*one, two/ });
    assert.throws(() => openRun(dataDir, '../runs/one'), { code: 'XY_RUN_MISSING' });
  });

  it('take files that are whole or not there', (test) => {
    const folder = createRun(tempDir(test), 'one');
    const path = writeRunFile(folder, 'manifest.json', '{"seed":7}\n');
    assert.equal(path, folder.manifestPath);
    writeRunFile(folder, 'manifest.json', '{"seed":8}\n');
    assert.equal(readFileSync(path, 'utf8'), '{"seed":8}\n');
    assert.deepEqual(readdirSync(folder.path), ['manifest.json']);
    assert.throws(() => writeRunFile(folder, '../evil', ''), /plain file name/);
  });
});
