import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileHistory } from '#store/files';
import { ArchiveHistory } from '#store/parquet';
import type { CommandOptions } from '../../../test/support/command-run.ts';
import { runImport } from '../../../test/support/data-commands.ts';
import { candleCsv, writeData, zipOf } from '../../../test/support/history-rows.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

const CANDLES = { venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'candles' };

interface ImportJson {
  readonly dryRun: boolean;
  readonly dataSets: readonly {
    readonly kind: string;
    readonly timeframe: string | null;
    readonly files: readonly string[];
    readonly rowsNew: number;
    readonly rowsKnown: number;
    readonly rows: number;
    readonly barsMissing: number | null;
    readonly priceDecimals: number;
    readonly qtyDecimals: number;
    readonly partitionsWritten: number;
  }[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

async function imported(
  dataDir: string,
  paths: readonly string[],
  options: CommandOptions,
): Promise<ImportJson> {
  const { json, exitCode } = await runImport(dataDir, paths, { ...options, json: true });
  assert.equal(exitCode, 0);
  return json as ImportJson;
}

test('imports a file and says what it did; a second time nothing is new', async (context) => {
  const dataDir = tempDir(context);
  const path = writeData(dataDir, 'x.csv.gz', candleCsv(1_000));
  const first = await runImport(dataDir, [path], CANDLES);
  assert.equal(first.exitCode, 0);
  assert.match(
    first.lines.join('\n'),
    /candles 5m: 1 file.*1,000 new, 0 known, 0 replaced, 0 rejected.*0 bars missing.*price 1, quantity 3/s,
  );
  const second = await imported(dataDir, [path], CANDLES);
  assert.deepEqual(
    [second.dataSets[0]?.rowsNew, second.dataSets[0]?.rowsKnown, second.dataSets[0]?.partitionsWritten],
    [0, 1_000, 0],
  );
});

test('searches folders for files of the symbol and kind, a data set a timeframe, and lists what it passed over', async (context) => {
  const dataDir = tempDir(context);
  const folder = join(dataDir, 'in');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  const hourly = candleCsv(40).replace(/^(\d{13})/gm, (ts) =>
    String(1_704_067_200_000 + (Number(ts) - 1_704_067_200_000) * 12),
  );
  writeData(folder, 'BTCUSDT_5m.csv', candleCsv(50));
  writeData(join(folder, 'deep'), 'BTCUSDT_5m_more.csv.gz', candleCsv(50, { first: 40 }));
  writeData(join(folder, 'deep'), 'BTCUSDT-1h.csv', hourly);
  writeData(folder, 'ETHUSDT_5m.csv', candleCsv(50));
  writeData(folder, 'BTCUSDT_funding.csv', 'ts_ms,funding_rate\n1704067200000,0.0001\n');
  writeData(folder, 'BTCUSDT_notes.txt', 'hello\n');
  const found = await imported(dataDir, [folder], CANDLES);
  assert.deepEqual(
    found.dataSets.map(({ timeframe, rowsNew, files }) => [timeframe, rowsNew, files.length]),
    [
      ['5m', 90, 2],
      ['1h', 40, 1],
    ],
  );
  assert.deepEqual(
    found.skipped.map(({ path }) => path.slice(folder.length + 1)),
    ['BTCUSDT_funding.csv', 'BTCUSDT_notes.txt', 'ETHUSDT_5m.csv'],
  );
  const onlyHours = await imported(dataDir, [folder], { ...CANDLES, timeframe: '1h' });
  assert.deepEqual(
    onlyHours.dataSets.map(({ timeframe, rowsKnown }) => [timeframe, rowsKnown]),
    [['1h', 40]],
  );
});

test('a damaged file among many ends the command with its place, and nothing is imported', async (context) => {
  const dataDir = tempDir(context);
  const good = writeData(dataDir, 'good.csv', candleCsv(100));
  const bad = writeData(
    dataDir,
    'bad.csv',
    candleCsv(100, { first: 100 }).replace(/\n(.*\n){30}/, (head) => `${head}1704106500000,1,2,3,4,5\n`),
  );
  await assert.rejects(runImport(dataDir, [good, bad], CANDLES), {
    code: 'XY_ROW_INVALID',
    message: new RegExp(`${bad}:32: `),
  });
  assert.ok(!existsSync(join(dataDir, 'archive', 'binance-usdm')));
});

test('a named file must be of the kind and timeframe asked for; wrong words are wrong use', async (context) => {
  const dataDir = tempDir(context);
  const path = writeData(dataDir, 'x.csv', candleCsv(10));
  const refused = (options: CommandOptions): Promise<void> =>
    assert.rejects(runImport(dataDir, [path], options), { code: 'XY_USAGE' });
  await refused({ ...CANDLES, kind: 'mark' });
  await refused({ ...CANDLES, kind: 'candle' });
  await refused({ ...CANDLES, venue: 'binance' });
  await refused({ ...CANDLES, symbol: '../etc' });
  await refused({ ...CANDLES, timeframe: '7m' });
  await refused({ ...CANDLES, kind: 'trades', timeframe: '5m' });
  await assert.rejects(runImport(dataDir, [path], { ...CANDLES, timeframe: '15m' }), {
    code: 'XY_USAGE',
    message: /bars of 15m were asked for, these are 5m/,
  });
  await assert.rejects(runImport(dataDir, [join(dataDir, 'absent')], CANDLES), { code: 'XY_FILE_MISSING' });
});

test('a dry run and an interrupted run write nothing', async (context) => {
  const dataDir = tempDir(context);
  const path = writeData(dataDir, 'x.csv', candleCsv(10));
  assert.equal((await imported(dataDir, [path], { ...CANDLES, dryRun: true })).dataSets[0]?.rowsNew, 10);
  await assert.rejects(runImport(dataDir, [path], CANDLES, { signal: AbortSignal.abort() }), {
    code: 'XY_INTERRUPTED',
  });
  assert.ok(!existsSync(join(dataDir, 'archive', 'binance-usdm')));
});

test('a ZIP of aggregate trades and a recorded stream do not mix', async (context) => {
  const dataDir = tempDir(context);
  const trades = { ...CANDLES, kind: 'trades' };
  const zip = writeData(
    dataDir,
    'BTCUSDT-aggTrades.zip',
    zipOf({ 'a.csv': '5,0.7097,19.0,7,7,1704067200000,false\n' }),
  );
  assert.equal((await imported(dataDir, [zip], trades)).dataSets[0]?.rowsNew, 1);
  const stream = writeData(
    dataDir,
    'l2.gz',
    '1704067200000000000 {"stream":"btcusdt@trade","data":{"e":"trade","E":1704067200000,"s":"BTCUSDT","t":9,"p":"0.7","q":"1","T":1704067200000,"m":true}}\n',
  );
  await assert.rejects(runImport(dataDir, [stream], trades), {
    code: 'XY_IMPORT_CONFLICT',
    message: /aggregate trades.*single ones/,
  });
});

/** One file of each form and of several venues; all of them are imported by hand, not in every test run. */
const REAL_FILES: readonly (readonly [
  venue: string,
  symbol: string,
  kind: string,
  path: readonly string[],
  rows: number,
])[] = [
  [
    'binance-usdm',
    'BTCUSDT',
    'mark',
    ['binance-usdm', 'mark-8h', 'BTCUSDT_mark_8h_2022-2025H1.csv.gz'],
    3_831,
  ],
  [
    'binance-usdm',
    'BTCUSDT',
    'funding',
    ['binance-usdm', 'funding', 'BTCUSDT_funding_2022-2025H1.csv.gz'],
    3_831,
  ],
  [
    'binance-usdm',
    'APEUSDT',
    'trades',
    ['binance-usdm', 'aggtrades', 'futures-APEUSDT-aggTrades-2024-10-18.zip'],
    45_342,
  ],
  ['binance-usdm', 'BTCUSDT', 'book', ['binance-usdm', 'l2-raw', 'btcusdt_20240718.gz'], 3_327],
  [
    'binance-spot',
    'SHIBUSDT',
    'candles',
    ['binance-spot', 'candles-1h-universe', 'SHIBUSDT_1h_2024.csv.gz'],
    6_002,
  ],
  ['kraken-spot', 'XBTUSD', 'candles', ['kraken-spot', 'candles-5m', 'XBTUSD_5m_2023Q1.csv.gz'], 25_901],
  [
    'kucoin-spot',
    'BTC-USDT',
    'candles',
    ['kucoin-spot', 'candles-1m', 'BTCUSDT_1m_2023-02_03.json.gz'],
    44_320,
  ],
];

for (const [venue, symbol, kind, path, rows] of REAL_FILES) {
  test(`imports ${path.at(-1)} as ${kind}: ${rows} rows, and reads the same back`, {
    skip: skipWithoutShared,
  }, async (context) => {
    const dataDir = tempDir(context);
    const file = sharedPath('data', ...path);
    const { dataSets } = await imported(dataDir, [file], { venue, symbol, kind });
    assert.deepEqual([dataSets[0]?.rowsNew, dataSets[0]?.rows], [rows, rows]);
    const archive = await ArchiveHistory.open(dataDir);
    const [info] = archive.infos;
    assert.ok(info !== undefined);
    const files = await FileHistory.open([file], { venue: info.venue, symbols: [symbol] });
    const query = { venue: info.venue, symbol, kind: info.kind };
    assert.equal(await archive.contentHash([query]), await files.contentHash([query]));
  });
}

test('every file of the kinds imported is of a form that is known', { skip: skipWithoutShared }, async () => {
  const { openSourceFile } = await import('#store/files');
  const folders = readdirSync(sharedPath('data'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^binance-.*\/(candles-[^/]*|mark-[^/]*|funding|aggtrades|l2-raw)$|^bitfinex-spot\/candles-1m$|^k\w+-spot\/candles/.test(
      name,
    ),
  );
  let count = 0;
  for (const folder of folders.filter((name) => statSync(sharedPath('data', name)).isDirectory())) {
    for (const name of readdirSync(sharedPath('data', folder))) {
      await openSourceFile(sharedPath('data', folder, name));
      count++;
    }
  }
  assert.ok(count > 80, `${count} files`);
});
