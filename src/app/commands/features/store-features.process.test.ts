import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FeaturePipeline } from '#features';
import { type FeatureRows, FeatureStore } from '#store/parquet';
import { silentLog, silentProgress } from '#telemetry';
import { FILES_START_MS, writeTrends } from '../../../../test/support/candle-files.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import type { CommandContext } from '../../cli/command.ts';
import { loadConfig } from '../../config/load.ts';
import { command } from '../features.ts';

const DAYS = 14;
const BARS = DAYS * 288;

function contextOf(
  dataDir: string,
  signal = new AbortController().signal,
): CommandContext & { documents: unknown[] } {
  const documents: unknown[] = [];
  return {
    config: loadConfig({ cwd: dataDir, environment: {}, file: undefined }).config,
    dataDir,
    isJson: true,
    print: () => undefined,
    printJson: (value) => documents.push(value),
    log: silentLog,
    progress: silentProgress,
    wallNowUs: () => 0,
    signal,
    documents,
  };
}

async function stored(dataDir: string): Promise<FeatureRows[]> {
  const days: FeatureRows[] = [];
  for await (const rows of new FeatureStore(dataDir).load()) days.push(rows);
  return days;
}

function options(file: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { store: true, data: [file], venue: 'binance-usdm', symbol: ['BTCUSDT'], ...more };
}

/** The features of every decision bar, straight from the pipeline. */
function expectedOf(file: string, timeframesUs: readonly number[]): ReadonlyMap<number, Float32Array> {
  const pipeline = new FeaturePipeline({ sourceTimeframeUs: 300_000_000, timeframesUs });
  const rows = new Map<number, Float32Array>();
  for (const line of readFileSync(file, 'utf8').trim().split('\n').slice(1)) {
    const [ms = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = line.split(',').map(Number);
    pipeline.push(ms * 1_000, open, high, low, close, volume);
    if (pipeline.decisionBarClosed) rows.set(ms * 1_000 + 300_000_000, Float32Array.from(pipeline.values));
  }
  return rows;
}

async function written(t: TestContext): Promise<{ readonly dir: string; readonly file: string }> {
  const dir = tempDir(t);
  const file = writeTrends(dir, BARS, 5);
  const context = contextOf(dir);
  assert.equal(await command.run([], options(file), context), 0);
  const [document] = context.documents as [{ rowCount: number; coldCount: number; dayCount: number }];
  assert.equal(document.rowCount, BARS);
  assert.equal(document.dayCount, DAYS + 1, 'the last bar closes on the day after');
  assert.ok(document.coldCount > 0 && document.coldCount < BARS);
  return { dir, file };
}

test('every decision bar is a row of the day on which it closed, with the features of the pipeline', async (t) => {
  const { dir, file } = await written(t);
  const context = contextOf(dir);
  const expected = expectedOf(file, context.config.timeframesUs);
  const days = await stored(dir);
  assert.equal(
    days.reduce((sum, rows) => sum + rows.rowCount, 0),
    BARS,
  );
  for (const rows of days) {
    for (let row = 0; row < rows.rowCount; row++) {
      const values = rows.features.map((column) => column[row] ?? Number.NaN);
      assert.deepEqual(Float32Array.from(values), expected.get(rows.tsUs[row] ?? 0));
    }
  }
});

test('rows from a moment on are the same bytes: the features warm up on what lies before', async (t) => {
  const { dir, file } = await written(t);
  const part = tempDir(t);
  const from = new Date(FILES_START_MS + 12 * 86_400_000).toISOString().slice(0, 10);
  assert.equal(await command.run([], options(file, { from }), contextOf(part)), 0);
  const days = readdirSync(join(part, 'feature_store'));
  assert.equal(days.length, DAYS + 1 - 12);
  for (const day of days) {
    const path = join('feature_store', day, `snapshots_${day}.parquet`);
    assert.deepEqual(readFileSync(join(part, path)), readFileSync(join(dir, path)), day);
  }
});

test('an interrupted run leaves whole days, and running it again completes them', async (t) => {
  const { file } = await written(t);
  const other = join(tempDir(t), 'ETHUSDT_5m.csv');
  copyFileSync(file, other);
  const both = { data: [file, other], symbol: ['BTCUSDT', 'ETHUSDT'] };
  const [whole, again] = [tempDir(t), tempDir(t)];
  assert.equal(await command.run([], options(file, both), contextOf(whole)), 0);
  const abort = new AbortController();
  // The first symbol is done, the second has begun.
  const update = ({ label }: { readonly label: string }) => label === 'features of BTCUSDT' && abort.abort();
  const context = { ...contextOf(again, abort.signal), progress: { update } };
  await assert.rejects(async () => command.run([], options(file, both), context), { code: 'XY_INTERRUPTED' });
  assert.equal((await stored(again)).length, DAYS + 1, 'the days of the first symbol are whole');
  assert.equal(await command.run([], options(file, both), contextOf(again)), 0);
  for (const day of readdirSync(join(whole, 'feature_store'))) {
    const path = join('feature_store', day, `snapshots_${day}.parquet`);
    assert.deepEqual(readFileSync(join(again, path)), readFileSync(join(whole, path)), day);
  }
});

test('options of the other form are refused', async (t) => {
  const dir = tempDir(t);
  for (const name of ['in', 'out', 'columns']) {
    const call = async () => command.run([], { store: true, [name]: 'x' }, contextOf(dir));
    await assert.rejects(call, { code: 'XY_USAGE', message: `--${name} does not go with --store` });
  }
  await assert.rejects(async () => command.run([], { in: 'x' }, contextOf(dir)), { code: 'XY_USAGE' });
});
