import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parquetMetadata } from 'hyparquet';
import { US_PER_DAY } from '#core';
import { FIVE_MINUTES_US, NEW_YEAR_US } from '../../../test/support/history-rows.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { type FeatureRows, FeatureStore } from './feature-store.ts';

const NAMES = ['rsi_14', 'ema_ratio'];

/** Snapshots of a day for one symbol, five minutes apart; the first one's features are not yet defined. */
function rowsFor(
  day: number,
  options: { symbol?: string; count?: number; shift?: number; hash?: string } = {},
): FeatureRows {
  const { symbol = 'BTCUSDT', count = 6, shift = 0, hash = 'set-a' } = options;
  const column = (value: (i: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => value(i));
  return {
    featureSetHash: hash,
    rowCount: count,
    tsUs: column((i) => NEW_YEAR_US + day * US_PER_DAY + i * FIVE_MINUTES_US),
    symbol: Array.from({ length: count }, () => symbol),
    timeframe: Array.from({ length: count }, () => '5m'),
    open: column((i) => 0.1 + i),
    high: column((i) => 1 / 3 + i),
    low: column((i) => i),
    close: column((i) => 42_000.123456789 + i + shift),
    volume: column(() => 0),
    featureNames: NAMES,
    features: NAMES.map((_, f) =>
      Float32Array.from({ length: count }, (_unused, i) => (i === 0 ? Number.NaN : i / 7 + f)),
    ),
  };
}

async function loaded(
  store: FeatureStore,
  query: Parameters<FeatureStore['load']>[0] = {},
): Promise<FeatureRows[]> {
  const days: FeatureRows[] = [];
  for await (const rows of store.load(query)) days.push(rows);
  return days;
}

function pathOf(dataDir: string, day: string): string {
  return join(dataDir, 'feature_store', day, `snapshots_${day}.parquet`);
}

test('gives a day back as it was written: doubles exact, features as float32, undefined ones as NaN', async (context) => {
  const dataDir = tempDir(context);
  const store = new FeatureStore(dataDir);
  store.writeDay(NEW_YEAR_US, rowsFor(0));
  assert.deepEqual(await loaded(store), [rowsFor(0)]);
  const bytes = readFileSync(pathOf(dataDir, '20240101'));
  const metadata = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  assert.deepEqual(
    metadata.schema.slice(1).map(({ name, type }) => `${name} ${type}`),
    [
      'ts_us INT64',
      'symbol BYTE_ARRAY',
      'timeframe BYTE_ARRAY',
      'open DOUBLE',
      'high DOUBLE',
      'low DOUBLE',
      'close DOUBLE',
      'volume DOUBLE',
      'rsi_14 FLOAT',
      'ema_ratio FLOAT',
    ],
  );
  assert.ok(
    metadata.row_groups.every(({ columns }) => columns.every(({ meta_data }) => meta_data?.codec === 'GZIP')),
  );
  assert.equal(
    metadata.key_value_metadata?.find(({ key }) => key === 'xylen.feature_set_hash')?.value,
    'set-a',
  );
});

test('rewriting a day replaces it, and the same rows in any order give the same bytes', async (context) => {
  const dataDir = tempDir(context);
  const store = new FeatureStore(dataDir);
  store.writeDay(NEW_YEAR_US, rowsFor(0, { count: 100 }));
  const before = readFileSync(pathOf(dataDir, '20240101'));
  store.writeDay(NEW_YEAR_US, rowsFor(0, { shift: 1 }));
  assert.deepEqual(await loaded(store), [rowsFor(0, { shift: 1 })]);
  const rows = rowsFor(0, { count: 100 });
  const reversed = <T extends Float64Array | Float32Array>(values: T): T => values.slice().reverse() as T;
  store.writeDay(NEW_YEAR_US, {
    ...rows,
    tsUs: reversed(rows.tsUs),
    open: reversed(rows.open),
    high: reversed(rows.high),
    low: reversed(rows.low),
    close: reversed(rows.close),
    volume: reversed(rows.volume),
    features: rows.features.map(reversed),
  });
  assert.ok(readFileSync(pathOf(dataDir, '20240101')).equals(before));
  store.writeDay(NEW_YEAR_US, rowsFor(0, { count: 0 }));
  assert.deepEqual(store.days(), []);
});

test('merging into a day keeps other symbols and lets new rows win', async (context) => {
  const store = new FeatureStore(tempDir(context));
  await store.mergeDay(NEW_YEAR_US, rowsFor(0));
  await store.mergeDay(NEW_YEAR_US, rowsFor(0, { symbol: 'ETHUSDT' }));
  await store.mergeDay(NEW_YEAR_US, rowsFor(0, { shift: 5, count: 2 }));
  const [day] = await loaded(store);
  assert.equal(day?.rowCount, 12);
  assert.deepEqual(day?.symbol.slice(0, 4), ['BTCUSDT', 'ETHUSDT', 'BTCUSDT', 'ETHUSDT']);
  const closes = (await loaded(store, { symbols: ['BTCUSDT'] }))[0]?.close ?? [];
  assert.deepEqual(
    [...closes].map((close) => Math.round(close - 42_000)),
    [5, 6, 2, 3, 4, 5],
  );
});

test('loads any range of days, symbols and timeframes', async (context) => {
  const store = new FeatureStore(tempDir(context));
  for (const day of [0, 1, 2, 40]) store.writeDay(NEW_YEAR_US + day * US_PER_DAY, rowsFor(day));
  assert.equal(store.days().length, 4);
  const range = {
    fromUs: NEW_YEAR_US + 2 * FIVE_MINUTES_US,
    toUs: NEW_YEAR_US + 2 * US_PER_DAY + FIVE_MINUTES_US,
  };
  assert.deepEqual(
    (await loaded(store, range)).map(({ rowCount }) => rowCount),
    [4, 6, 1],
  );
  assert.deepEqual(await loaded(store, { symbols: ['ETHUSDT'] }), []);
  assert.equal((await loaded(store, { timeframes: ['5m'] })).length, 4);
});

test('never mixes feature sets, and names both', async (context) => {
  const dataDir = tempDir(context);
  const store = new FeatureStore(dataDir);
  store.writeDay(NEW_YEAR_US, rowsFor(0));
  store.writeDay(NEW_YEAR_US + US_PER_DAY, rowsFor(1, { hash: 'set-b' }));
  const expected = { code: 'XY_FEATURE_SET_MIXED', message: /set-a.*set-b/ };
  await assert.rejects(loaded(store), expected);
  await assert.rejects(store.mergeDay(NEW_YEAR_US, rowsFor(0, { hash: 'set-b' })), expected);
  assert.equal((await loaded(store, { fromUs: NEW_YEAR_US + US_PER_DAY })).length, 1);
});

test('a damaged file is named, wherever the damage is', async (context) => {
  const dataDir = tempDir(context);
  const store = new FeatureStore(dataDir);
  store.writeDay(NEW_YEAR_US, rowsFor(0, { count: 200 }));
  const path = pathOf(dataDir, '20240101');
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at += 97) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 0xff;
    writeFileSync(path, flipped);
    await assert.rejects(loaded(store), (thrown: Error) => thrown.message.includes(path), `flipped at ${at}`);
  }
});

test('takes only rows that make a day: one length, one row a key, that day, names of their own', (context) => {
  const store = new FeatureStore(tempDir(context));
  const rows = rowsFor(0);
  assert.throws(() => store.writeDay(NEW_YEAR_US, { ...rows, close: new Float64Array(3) }), /one length/);
  assert.throws(
    () => store.writeDay(NEW_YEAR_US, { ...rows, tsUs: new Float64Array(6).fill(NEW_YEAR_US) }),
    /one row a time/,
  );
  assert.throws(() => store.writeDay(NEW_YEAR_US, rowsFor(1)), /of that day/);
  assert.throws(
    () => store.writeDay(NEW_YEAR_US, { ...rows, featureNames: ['close', 'x'] }),
    /not fixed columns/,
  );
});
