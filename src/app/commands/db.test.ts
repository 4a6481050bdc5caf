import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Command } from 'commander';
import { databaseDocs, hashRecord, openRecord, sqliteRecordSink } from '#store/sqlite';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { CommandContext } from '../cli/command.ts';
import { createRun, openRun } from '../runs/run-folder.ts';
import { lockRun } from '../runs/run-lock.ts';
import { command } from './db.ts';

const EVENTS = 40;

async function dataDirWithRun(test: TestContext): Promise<string> {
  const dataDir = tempDir(test);
  const folder = createRun(dataDir, 'run-1');
  const sink = sqliteRecordSink(folder.recordPath, { runId: 'run-1', durability: 'normal', wallNowUs: 1 });
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  sink.write(sampleRun('run-1'));
  for (let seq = 1; seq <= EVENTS; seq++) for (const row of sampleRows(seq)) sink.write(row);
  sink.checkpoint({ eventSeq: EVENTS, tsUs: sampleTimeUs(EVENTS), state: new Uint8Array() });
  await sink.close();
  return dataDir;
}

interface Output {
  readonly lines: string[];
  readonly documents: unknown[];
}

/** Runs `xylen db ...args` as the shell does. */
async function db(dataDir: string, args: readonly string[], isJson = false): Promise<Output> {
  const output: Output = { lines: [], documents: [] };
  const parts: Partial<CommandContext> = {
    dataDir,
    isJson,
    print: (line) => void output.lines.push(line),
    printJson: (value) => void output.documents.push(value),
    wallNowUs: () => 1_767_323_045_000_000,
  };
  const program = new Command('db');
  command.define(program);
  for (const leaf of program.commands) {
    leaf.exitOverride().configureOutput({ writeErr: () => undefined });
    leaf.action(async () => {
      const code = await command.run(
        [leaf.name(), ...leaf.processedArgs],
        leaf.opts(),
        parts as CommandContext,
      );
      assert.equal(code, 0);
    });
  }
  await program.exitOverride().parseAsync([...args], { from: 'user' });
  return output;
}

function hashOf(dataDir: string): string {
  const record = openRecord(openRun(dataDir).recordPath);
  try {
    return hashRecord(record);
  } finally {
    record.close();
  }
}

describe('xylen db', () => {
  it('prints the hash of the newest run, or of a named one', async (test) => {
    const dataDir = await dataDirWithRun(test);
    const expected = hashOf(dataDir);
    assert.deepEqual((await db(dataDir, ['hash'])).lines, [expected]);
    assert.deepEqual((await db(dataDir, ['hash', '--run', 'run-1'], true)).documents, [
      { runId: 'run-1', hash: expected },
    ]);
    await assert.rejects(db(dataDir, ['hash', '--run', 'nope']), {
      code: 'XY_RUN_MISSING',
      message: /run-1/,
    });
  });

  it('lists runs, also those whose record cannot be read', async (test) => {
    const dataDir = await dataDirWithRun(test);
    const lock = lockRun(openRun(dataDir));
    createRun(dataDir, 'run-2');
    const [document] = (await db(dataDir, ['runs'], true)).documents;
    assert.deepEqual(document, {
      runs: [
        { runId: 'run-1', mode: 'replay', seed: 7, events: EVENTS, trades: 5, state: 'writing' },
        { runId: 'run-2', mode: null, seed: null, events: null, trades: null, state: 'empty' },
      ],
    });
    lock.release();
    const { lines } = await db(dataDir, ['runs']);
    assert.match(lines[1] ?? '', /^run-1 +replay +7 +40 +5 +closed$/);
    assert.match(lines[2] ?? '', /^run-2 +- +- +- +- +empty$/);
    assert.deepEqual((await db(tempDir(test), ['runs'])).lines, ['no runs']);
  });

  it('answers questions as tables and as JSON', async (test) => {
    const dataDir = await dataDirWithRun(test);
    const trades = await db(dataDir, ['query', 'recent-trades', '--limit', '2']);
    assert.equal(trades.lines.length, 3);
    assert.match(trades.lines[1] ?? '', /^ +5 +2023-11-15T01:33:20\.000Z +BTCUSDT +LONG .* OPEN$/);
    const [document] = (await db(dataDir, ['query', 'recent-trades', '--limit', '1'], true)).documents;
    const [trade] = (document as { trades: { tradeId: number; pnlAtoms: bigint }[] }).trades;
    assert.deepEqual([trade?.tradeId, trade?.pnlAtoms], [5, -12_000_000n]);
    const models = await db(dataDir, ['query', 'model-performance']);
    assert.match(models.lines[2] ?? '', /^trend +40 .* 8 +35 +48\.57%/);
    const { lines } = await db(dataDir, ['query', 'overall-performance']);
    assert.ok(lines.includes('closed trades     4'));
    assert.ok(lines.includes('fees paid         0.6 USDT'));
  });

  it('refuses what it does not know', async (test) => {
    const dataDir = await dataDirWithRun(test);
    const usage = { code: 'XY_USAGE' };
    await assert.rejects(db(dataDir, ['query', 'everything']), usage);
    await assert.rejects(db(dataDir, ['query', 'recent-trades', '--limit', 'many']), usage);
    await assert.rejects(db(dataDir, ['query', 'recent-trades', '--limit', '-1']), usage);
    await assert.rejects(db(dataDir, ['export', 'checkpoints', '--out', 'x.csv']), usage);
    await assert.rejects(db(dataDir, ['backup', '--keep', '0']), usage);
  });

  it('exports a table, whole or only what is new', async (test) => {
    const dataDir = await dataDirWithRun(test);
    const out = join(dataDir, 'trades.csv');
    const [whole] = (await db(dataDir, ['export', 'trades', '--out', out], true)).documents;
    assert.deepEqual(whole, { path: out, rowCount: 5, heldBack: 0, repairedBytes: 0 });
    const more = join(dataDir, 'more.csv');
    const { lines } = await db(dataDir, ['export', 'trades', '--out', more, '--append']);
    assert.match(lines[0] ?? '', /^4 rows to .*more\.csv, 1 held back/);
    assert.ok(readFileSync(out, 'utf8').startsWith(readFileSync(more, 'utf8')));
  });

  it('backs up and restores', async (test) => {
    const dataDir = await dataDirWithRun(test);
    const before = hashOf(dataDir);
    const [made] = (await db(dataDir, ['backup'], true)).documents;
    const { path, hash } = made as { path: string; hash: string };
    assert.equal(hash, before);
    const { lines } = await db(dataDir, ['restore', path]);
    assert.match(lines[0] ?? '', new RegExp(`run run-1 restored .*${hash}`));
    assert.match(lines[1] ?? '', /kept as .*record\.sqlite\.replaced-/);
    assert.equal(hashOf(dataDir), before);
  });

  it('migrates only what nobody writes', async (test) => {
    const dataDir = await dataDirWithRun(test);
    assert.deepEqual((await db(dataDir, ['migrate'])).lines, ['run run-1: already at version 2']);
    const lock = lockRun(openRun(dataDir));
    await assert.rejects(db(dataDir, ['migrate']), { code: 'XY_RUN_LOCKED' });
    lock.release();
  });

  it('reports a run without a record', async (test) => {
    const dataDir = tempDir(test);
    createRun(dataDir, 'run-1');
    await assert.rejects(db(dataDir, ['hash']), { code: 'XY_FILE_MISSING' });
    await assert.rejects(db(dataDir, ['migrate']), { code: 'XY_FILE_MISSING' });
    assert.ok(!existsSync(openRun(dataDir).recordPath));
  });

  it('prints the documentation of the schema', async (test) => {
    const { lines } = await db(tempDir(test), ['schema']);
    assert.equal(lines.join('\n'), databaseDocs().trimEnd());
  });
});
