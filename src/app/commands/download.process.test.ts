import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE, XylenError } from '#core';
import type { HistoryKind } from '#store';
import { ArchiveHistory, archiveTables } from '#store/parquet';
import { runQuality } from '../../../test/support/data-commands.ts';
import { DownloadBench } from '../../../test/support/download-commands.ts';
import { rowsOf, zipOf } from '../../../test/support/history-rows.ts';
import { RunningProgram } from '../../../test/support/program.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import {
  aggTradesCsv,
  at,
  depthCsv,
  fundingCsv,
  klinesCsv,
  metricsCsv,
  putArchive,
  putZip,
  tradesCsv,
  visionPath,
} from '../../../test/support/vision-tree.ts';

const NOW_US = at('2025-03-05T10:00');
const FIVE_MINUTES_US = 5 * US_PER_MINUTE;
const KLINES = {
  venue: 'binance-usdm',
  symbol: ['BTCUSDT'],
  timeframe: '5m',
  from: '2025-01-30',
  to: '2025-03-03',
};
const KLINE_DATES = ['2025-01-30', '2025-01-31', '2025-02', '2025-03-01', '2025-03-02'];

/** Puts the candles of futures into a tree. */
function putKlines(bench: DownloadBench, dates: readonly string[] = KLINE_DATES, symbol = 'BTCUSDT'): void {
  for (const date of dates)
    putArchive(
      bench.server,
      visionPath('um', 'klines', symbol, date, '5m'),
      klinesCsv(date, FIVE_MINUTES_US),
    );
}

/** Takes an archive and its checksum away. */
function removeArchive(bench: DownloadBench, path: string): void {
  bench.server.remove(path);
  bench.server.remove(`${path}.CHECKSUM`);
}

/** Returns the rows of a data set of the archive. */
async function archived(dataDir: string, kind: HistoryKind, symbol = 'BTCUSDT'): Promise<number[][]> {
  const table = (await archiveTables(dataDir)).find(({ id }) => id.kind === kind && id.symbol === symbol);
  assert.ok(table !== undefined, `${kind} are in the archive`);
  return await rowsOf(table.read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
}

/** Returns the files of the archive with their bytes. */
function archiveFiles(dataDir: string): Readonly<Record<string, string>> {
  const root = join(dataDir, 'archive');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.parquet'),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(root, name), 'base64')]));
}

function failsWith(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof XylenError, String(error));
    assert.match(`${error.code} ${error.message}`, new RegExp(`^${code} `));
    assert.match(error.message, message);
    return true;
  };
}

test('candles of months and days come into the archive, row by row what the archives say', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  const set = await bench.set('klines', KLINES);
  const bars = 33 * 288 - 288;
  const { bytesLoaded, ...told } = set;
  assert.ok(bytesLoaded > 10_000);
  assert.deepEqual(told, {
    venue: 'binance-usdm',
    symbol: 'BTCUSDT',
    kind: 'klines',
    timeframe: '5m',
    files: 5,
    filesKept: 0,
    missing: [],
    unverified: [],
    rowsAsked: null,
    gaps: [],
    rowsNew: bars,
    rowsKnown: 0,
    rowsReplaced: 0,
    rowsLeftOut: {},
    rows: bars,
    from: '2025-01-30T00:00:00.000Z',
    to: '2025-03-03T00:00:00.000Z',
    barsMissing: 0,
    error: null,
  });
  assert.equal(bench.venue.asked.length, 0);
  const again = await bench.run(['klines'], KLINES);
  assert.equal(again.exitCode, 0);
  assert.match(
    again.lines.join('\n'),
    /binance-usdm BTCUSDT klines 5m: 5 archive\(s\), 0\.0 MB loaded, 5 were here\n.*0 new, 9,216 known.*\n.*9,216 rows from 2025-01-30T00:00:00.000Z/,
  );
});

test('one file at a time and eight at a time give the same bytes, several symbols and kinds in one command', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
    putKlines(bench, KLINE_DATES, symbol);
    for (const month of ['2025-01', '2025-02'])
      putArchive(bench.server, visionPath('um', 'fundingRate', symbol, month), fundingCsv(month));
  }
  const options = { ...KLINES, symbol: ['BTCUSDT', 'ETHUSDT'], rest: false };
  const [one, eight] = [tempDir(context), tempDir(context)];
  const first = await bench.sets(['klines', 'fundingRate'], { ...options, parallel: '1' }, one);
  const second = await bench.sets(['klines', 'fundingRate'], { ...options, parallel: '8' }, eight);
  assert.deepEqual(
    first.sets.map(({ kind, rows, symbol }) => [symbol, kind, rows]),
    [
      ['BTCUSDT', 'klines', 9_216],
      ['BTCUSDT', 'fundingRate', 177],
      ['ETHUSDT', 'klines', 9_216],
      ['ETHUSDT', 'fundingRate', 177],
    ],
  );
  assert.deepEqual(second, first);
  assert.deepEqual(archiveFiles(eight), archiveFiles(one));
  assert.ok(Object.keys(archiveFiles(one)).length >= 8);
});

/** Forms of files: their kind, where they lie, what they hold. */
const FORMS: readonly (readonly [
  name: string,
  kind: string,
  market: 'um' | 'spot',
  csv: (date: string) => string,
  history: HistoryKind,
])[] = [
  ['aggregate trades of futures', 'aggTrades', 'um', (date) => aggTradesCsv(date), 'trades'],
  [
    'aggregate trades of spot, microseconds, no header',
    'aggTrades',
    'spot',
    (date) => aggTradesCsv(date, { isSpot: true, isMicro: true, hasHeader: false }),
    'trades',
  ],
  ['trades of futures', 'trades', 'um', (date) => tradesCsv(date), 'trades'],
  [
    'trades of futures without header',
    'trades',
    'um',
    (date) => tradesCsv(date, { hasHeader: false }),
    'trades',
  ],
  [
    'trades of spot, microseconds, no header',
    'trades',
    'spot',
    (date) => tradesCsv(date, { isSpot: true, isMicro: true, hasHeader: false }),
    'trades',
  ],
  [
    'candles of spot, microseconds, no header',
    'klines',
    'spot',
    (date) => klinesCsv(date, US_PER_HOUR, { isMicro: true, hasHeader: false }),
    'candles',
  ],
  [
    'candles of futures without header',
    'klines',
    'um',
    (date) => klinesCsv(date, US_PER_HOUR, { hasHeader: false }),
    'candles',
  ],
];

for (const [name, kind, market, csv, history] of FORMS) {
  test(`${name} come into the archive; the last day is not there by request or said to be missing`, async (context) => {
    const bench = await DownloadBench.start(context, NOW_US);
    const interval = kind === 'klines' ? '1h' : '';
    const dates = ['2025-03-01', '2025-03-02'];
    for (const date of dates)
      putArchive(bench.server, visionPath(market, kind, 'BTCUSDT', date, interval), csv(date));
    const venue = market === 'um' ? 'binance-usdm' : 'binance-spot';
    const timeframe = kind === 'klines' ? { timeframe: '1h' } : {};
    const options = { venue, symbol: 'BTCUSDT', from: '2025-03-01', to: '2025-03-03T06:00', ...timeframe };
    const set = await bench.set(kind, options);
    const rows = await archived(bench.dataDir, history);
    assert.deepEqual(set.missing.length, 1);
    if (kind === 'klines') {
      assert.deepEqual([set.rowsAsked, set.rows, set.barsMissing, set.gaps], [6, 54, 0, []]);
      assert.deepEqual([rows[0]?.[0], rows.at(-1)?.[0]], [at('2025-03-01'), at('2025-03-03T05:00')]);
      return;
    }
    assert.deepEqual([set.rowsAsked, set.rows, rows.length], [null, 8, 8]);
    assert.deepEqual(set.gaps, [
      { from: '2025-03-03T00:00:00.000Z', to: '2025-03-03T06:00:00.000Z', why: 'it comes in archives alone' },
    ]);
    assert.deepEqual([rows[0]?.[1], rows[0]?.[5]], [at('2025-03-01'), kind === 'aggTrades' ? -1 : 1]);
  });
}

test('aggregates and single trades do not mix, in one command or two', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putArchive(
    bench.server,
    visionPath('um', 'aggTrades', 'BTCUSDT', '2025-03-01'),
    aggTradesCsv('2025-03-01'),
  );
  putArchive(bench.server, visionPath('um', 'trades', 'BTCUSDT', '2025-03-01'), tradesCsv('2025-03-01'));
  const options = { venue: 'binance-usdm', symbol: 'BTCUSDT', from: '2025-03-01', to: '2025-03-02' };
  await assert.rejects(
    bench.run(['aggTrades', 'trades'], options),
    failsWith('XY_USAGE', /aggTrades and trades become one/),
  );
  await bench.set('aggTrades', options);
  await assert.rejects(
    bench.run(['trades'], options),
    failsWith('XY_IMPORT_CONFLICT', /aggregate trades.*single ones/),
  );
});

test('metrics become open interest; the last days are asked for, thirty of them at most', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  for (const date of ['2025-03-01', '2025-03-02', '2025-03-03'])
    putArchive(bench.server, visionPath('um', 'metrics', 'BTCUSDT', date), metricsCsv(date, 'BTCUSDT'));
  const options = { venue: 'binance-usdm', symbol: 'BTCUSDT', from: '2025-01-31', to: '2025-03-04T01:00' };
  const set = await bench.set('metrics', options);
  const asked = set.rowsAsked ?? 0;
  // From thirty days before now, and ten minutes, to the first archive, and an hour behind the last one.
  assert.equal(asked, (at('2025-03-01') - at('2025-02-03T10:10')) / FIVE_MINUTES_US + 12);
  assert.equal(set.rows, asked + 3 * 288);
  assert.deepEqual(set.gaps, [
    {
      from: '2025-01-31T00:00:00.000Z',
      to: '2025-02-03T10:09:55.000Z',
      why: 'binance-usdm answers for the last 30d alone',
    },
  ]);
  const rows = await archived(bench.dataDir, 'open-interest');
  for (const [tsLocalUs, tsVenueUs, lots] of rows) {
    assert.ok(tsLocalUs !== undefined && tsVenueUs !== undefined);
    assert.equal(tsLocalUs - tsVenueUs, FIVE_MINUTES_US);
    assert.equal(lots, (1_000 + ((tsVenueUs / FIVE_MINUTES_US) % 400)) * 1_000 + 525);
  }
  // The same by its other name is known already.
  const again = await bench.set('openInterest', options);
  assert.deepEqual([again.rowsNew, again.rows], [0, set.rows]);
});

test('depths of the book come in bands', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const date = '2025-03-01';
  putArchive(bench.server, visionPath('um', 'bookDepth', 'BTCUSDT', date), depthCsv(date));
  const set = await bench.set('bookDepth', {
    venue: 'binance-usdm',
    symbol: 'BTCUSDT',
    from: date,
    to: '2025-03-02',
  });
  assert.deepEqual([set.rows, set.rowsNew, set.gaps], [40, 40, []]);
  const rows = await archived(bench.dataDir, 'book-depth');
  assert.deepEqual(rows.slice(0, 2), [
    [at('2025-03-01T00:00:31'), -500, 155, 10_002_500],
    [at('2025-03-01T00:00:31'), -400, 145, 10_002_500],
  ]);
  const again = await bench.set('bookDepth', {
    venue: 'binance-usdm',
    symbol: 'BTCUSDT',
    from: date,
    to: '2025-03-02',
  });
  assert.deepEqual([again.rowsNew, again.rowsKnown], [0, 40]);
  const { lines } = await runQuality(bench.dataDir, { kind: 'book-depth' });
  assert.match(lines.join('\n'), /binance-usdm BTCUSDT book-depth .*\n.*40 rows\n {2}nothing found/);
});

test('funding of the month that is not over is asked for, and agrees where both have it', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putArchive(bench.server, visionPath('um', 'fundingRate', 'BTCUSDT', '2025-02'), fundingCsv('2025-02'));
  const options = { venue: 'binance-usdm', symbol: 'BTCUSDT', from: '2025-02-01' };
  const set = await bench.set('fundingRate', options);
  assert.deepEqual([set.rowsAsked, set.rows, set.gaps], [14, 28 * 3 + 14, []]);
  // A month later the archive of March is there: what was asked for is in it, some milliseconds later.
  putArchive(bench.server, visionPath('um', 'fundingRate', 'BTCUSDT', '2025-03'), fundingCsv('2025-03'));
  const later = await DownloadBench.start(context, at('2025-04-02'));
  const urls = { archiveUrl: bench.server.url, restUrl: later.server.url };
  const grown = await later.set('fundingRate', { ...options, ...urls, to: '2025-04-01' }, bench.dataDir);
  assert.deepEqual([grown.rowsNew, grown.rowsKnown, grown.rows], [93 - 14, 84 + 14, 177]);
});

test('the days that the archives have not yet are asked for, down to the last bar that has closed', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  const { to: _to, ...open } = KLINES;
  const set = await bench.set('klines', open);
  // 3 and 4 March and ten hours; the bar that closes now may still be corrected.
  assert.deepEqual(
    [set.rowsAsked, set.to, set.barsMissing, set.gaps],
    [2 * 288 + 120 - 1, '2025-03-05T09:55:00.000Z', 0, []],
  );
  assert.deepEqual(set.missing, ['BTCUSDT-5m-2025-03-03.zip', 'BTCUSDT-5m-2025-03-04.zip']);
  assert.equal(bench.venue.askedFor(/klines$/).length, 1);
  // Days that were over are not asked for again.
  bench.venue.asked.length = 0;
  const again = await bench.set('klines', open);
  assert.deepEqual([again.rowsAsked, again.rowsNew], [119, 0]);
  assert.equal(
    new Set(bench.venue.askedFor(/klines$/).map(({ searchParams }) => searchParams.get('startTime'))).size,
    1,
  );
  const startMs = Number(bench.venue.askedFor(/klines$/)[0]?.searchParams.get('startTime'));
  assert.equal(startMs * 1_000, at('2025-03-05'));
});

test('a clock here that is ahead takes no open bar for a closed one', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  bench.venue.nowUs = at('2025-03-05T09:32');
  const set = await bench.set('klines', { ...KLINES, from: '2025-03-05', to: undefined });
  assert.equal(set.to, '2025-03-05T09:30:00.000Z');
});

test('holes in the archives are filled by request; with --no-rest they are told', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench, [...KLINE_DATES, '2025-02-01', '2025-02-03']);
  removeArchive(bench, visionPath('um', 'klines', 'BTCUSDT', '2025-02', '5m'));
  const options = { ...KLINES, from: '2025-01-31', to: '2025-02-05' };
  const without = await bench.sets(['klines'], { ...options, rest: false });
  assert.equal(without.exitCode, 0);
  assert.deepEqual(without.sets[0]?.missing, ['BTCUSDT-5m-2025-02-02.zip', 'BTCUSDT-5m-2025-02-04.zip']);
  assert.deepEqual(without.sets[0]?.gaps, [
    {
      from: '2025-02-02T00:00:00.000Z',
      to: '2025-02-03T00:00:00.000Z',
      why: 'nothing was asked for (--no-rest)',
    },
    {
      from: '2025-02-04T00:00:00.000Z',
      to: '2025-02-05T00:00:00.000Z',
      why: 'nothing was asked for (--no-rest)',
    },
  ]);
  assert.equal(without.sets[0]?.barsMissing, 288);
  assert.equal(bench.venue.asked.length, 0);
  const filled = await bench.run(['klines'], options);
  assert.match(filled.lines.join('\n'), /asked {5}576 rows by request/);
  assert.match(filled.lines.join('\n'), /1,440 rows .*, 0 bars missing/);
  assert.match(filled.lines.join('\n'), /not there BTCUSDT-5m-2025-02-02\.zip, BTCUSDT-5m-2025-02-04\.zip/);
});

test('what was asked for once serves whole stretches alone: beside them, archives speak', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const options = { ...KLINES, timeframe: '1h', from: '2025-02-01', to: '2025-03-01' };
  assert.equal((await bench.set('klines', options)).rowsAsked, 28 * 24);
  assert.equal((await bench.set('klines', options)).rowsAsked, 0);
  const path = (date: string): string => visionPath('um', 'klines', 'BTCUSDT', date, '1h');
  for (let day = 1; day <= 28; day++) {
    const date = `2025-02-${String(day).padStart(2, '0')}`;
    // The archives have corrected the volumes of the first day, and miss another day.
    const csv = klinesCsv(date, US_PER_HOUR);
    if (day !== 7)
      putArchive(bench.server, path(date), day === 1 ? csv.replaceAll(/,0\.1\d\d,/g, ',0.999,') : csv);
  }
  const set = await bench.set('klines', { ...options, replace: true });
  assert.deepEqual([set.rowsAsked, set.rowsReplaced, set.rows, set.files], [24, 24, 28 * 24, 27]);
});

test('an answer that disagrees with the archive is a conflict that names both, and --replace decides it', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const options = { ...KLINES, from: '2025-03-04', to: '2025-03-05' };
  assert.equal((await bench.set('klines', options)).rowsAsked, 288);
  const csv = klinesCsv('2025-03-04', FIVE_MINUTES_US).replace(/,0\.1\d\d,/, ',0.999,');
  putArchive(bench.server, visionPath('um', 'klines', 'BTCUSDT', '2025-03-04', '5m'), csv);
  await assert.rejects(
    bench.run(['klines'], options),
    failsWith(
      'XY_IMPORT_CONFLICT',
      /at 2025-03-04T00:00:00.000Z: the archive has volume 0\.1.*BTCUSDT-5m-2025-03-04\.zip has 0\.999/,
    ),
  );
  const set = await bench.set('klines', { ...options, replace: true });
  assert.deepEqual([set.rowsReplaced, set.rowsKnown], [1, 287]);
});

test('damage ends its data set with the name of the file, and the others are imported', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  putKlines(bench, KLINE_DATES, 'ETHUSDT');
  const bad = visionPath('um', 'klines', 'BTCUSDT', '2025-03-01', '5m');
  const damages: readonly (readonly [bytes: Buffer, message: RegExp])[] = [
    [Buffer.from('this is no ZIP'), /2025-03-01\.zip:1: no known form of market data/],
    [
      zipOf({ 'a.csv': 'x\n', 'b.csv': 'y\n' }),
      /2025-03-01\.zip: a ZIP archive with one file is expected, found 2: a\.csv, b\.csv/,
    ],
    [
      zipOf({ 'a.csv': klinesCsv('2025-03-01', FIVE_MINUTES_US) }).subarray(0, 3_000),
      /2025-03-01\.zip: the ZIP archive is cut off/,
    ],
    [
      zipOf({ 'a.csv': klinesCsv('2025-03-01', FIVE_MINUTES_US).replace(/\n(\d+),[\d.]+,/, '\n$1,x,') }),
      /2025-03-01\.zip:2: open: expected a decimal number, was 'x'/,
    ],
    [
      zipOf({
        'a.csv':
          klinesCsv('2025-03-01', US_PER_HOUR).repeat(1) +
          klinesCsv('2025-03-02', US_PER_HOUR, { hasHeader: false }),
      }),
      /bars of 5m were asked for, these are 1h/,
    ],
  ];
  for (const [bytes, message] of damages) {
    putZip(bench.server, bad, bytes);
    const dataDir = tempDir(context);
    const lines: string[] = [];
    const options = { ...KLINES, symbol: ['BTCUSDT', 'ETHUSDT'] };
    await assert.rejects(
      bench.run(['klines'], options, { print: (line) => void lines.push(line) }, dataDir),
      (error: unknown) =>
        error instanceof XylenError &&
        /^1 of 2 data sets failed; BTCUSDT klines: /.test(error.message) &&
        message.test(error.message),
    );
    assert.match(lines.join('\n'), /failed {4}XY_/);
    assert.match(lines.join('\n'), /ETHUSDT klines 5m: 5 archive.*\n.*9,216 new/);
    const tables = await archiveTables(dataDir);
    assert.deepEqual(
      tables.map(({ id }) => id.symbol),
      ['ETHUSDT'],
    );
  }
});

test('an archive without rows is passed over; few bars with a hole between them have the length that was asked for', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const options = { ...KLINES, timeframe: '8h', from: '2025-03-01', to: '2025-03-03', rest: false };
  const path = (date: string): string => visionPath('um', 'klines', 'BTCUSDT', date, '8h');
  const [header = '', first = '', _second, third = ''] = klinesCsv('2025-03-01', 8 * US_PER_HOUR).split('\n');
  putArchive(bench.server, path('2025-03-01'), `${header}\n${first}\n${third}\n`);
  putArchive(bench.server, path('2025-03-02'), `${header}\n`);
  const set = await bench.set('klines', options);
  assert.deepEqual([set.rows, set.timeframe, set.barsMissing], [2, '8h', 1]);
});

test('a command that was interrupted is continued: nothing is loaded twice, the archive has the same bytes', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  const whole = tempDir(context);
  await bench.set('klines', KLINES, whole);
  bench.server.requests.length = 0;
  const end = new AbortController();
  const path = visionPath('um', 'klines', 'BTCUSDT', '2025-02', '5m');
  bench.server.break(path, { kind: 'silent', afterBytes: 20_000, onSilent: () => end.abort() });
  await assert.rejects(
    bench.run(['klines'], { ...KLINES, parallel: '1' }, { signal: end.signal }),
    failsWith('XY_INTERRUPTED', /2025-02\.zip/),
  );
  assert.ok(!existsSync(join(bench.dataDir, 'archive', 'binance-usdm')));
  await bench.set('klines', KLINES);
  const files = ['2025-01-30', '2025-01-31', '2025-03-01', '2025-03-02'];
  for (const date of files)
    assert.equal(bench.server.requestsOf(new RegExp(`5m-${date}\\.zip$`)).length, 1, date);
  assert.deepEqual(archiveFiles(bench.dataDir), archiveFiles(whole));
});

test('a second download into the same folder is refused while one runs', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  let second: Promise<unknown> | undefined;
  bench.server.onRequest = () => {
    second ??= bench.run(['klines'], KLINES).catch((error: unknown) => error);
  };
  await bench.set('klines', KLINES);
  assert.match(String(await second), /'xylen download' \(process \d+\) already uses/);
});

test('spot has archives of candles of a second', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const range = { from: '2025-03-01', to: '2025-03-02', rest: false };
  const options = { venue: 'binance-spot', symbol: 'BTCUSDT', timeframe: '1s', ...range };
  const { exitCode, sets } = await bench.sets(['klines'], options);
  assert.deepEqual([exitCode, sets[0]?.missing], [1, ['BTCUSDT-1s-2025-03-01.zip']]);
});

test('a symbol that is listed no more has its archives; one that is nowhere is unknown', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench, ['2025-03-01'], 'LUNAUSDT');
  const options = { ...KLINES, from: '2025-03-01', to: '2025-03-03' };
  const set = await bench.set('klines', { ...options, symbol: 'LUNAUSDT' });
  assert.deepEqual([set.rows, set.gaps.length, set.error], [288, 1, null]);
  assert.match(set.gaps[0]?.why ?? '', /binance-usdm lists no 'LUNAUSDT'/);
  await assert.rejects(
    bench.run(['klines'], { ...options, symbol: 'BTCUSDX' }),
    failsWith('XY_INSTRUMENT_UNKNOWN', /lists no 'BTCUSDX'; it lists BTCUSDT/),
  );
});

test('nothing found is said, with exit code 1', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const options = { venue: 'binance-usdm', symbol: 'BTCUSDT', from: '2025-03-01', to: '2025-03-02' };
  const { exitCode, lines } = await bench.run(['aggTrades'], options);
  assert.equal(exitCode, 1);
  assert.match(lines.join('\n'), /not there BTCUSDT-aggTrades-2025-03-01\.zip/);
  assert.match(
    lines.join('\n'),
    /not had {3}2025-03-01T00:00:00.000Z to 2025-03-02T00:00:00.000Z: it comes in archives alone/,
  );
  assert.match(lines.join('\n'), /nothing was found/);
});

test('what the archives have is imported when the venue cannot be asked, and the command fails', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  bench.venue.override = { path: /klines/, status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' };
  const lines: string[] = [];
  await assert.rejects(
    bench.run(['klines'], { ...KLINES, to: undefined }, { print: (line) => void lines.push(line) }),
    failsWith('XY_VENUE_FAILED', /GET http:\/\/127\.0\.0\.1:\d+\/fapi\/v1\/klines: .*-1121/),
  );
  assert.match(lines.join('\n'), /9,216 new/);
  assert.equal((await archived(bench.dataDir, 'candles')).length, 9_216);
});

test('an answer that is damaged is not kept: the next run asks anew', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const options = { ...KLINES, from: '2025-03-04', to: '2025-03-05' };
  // The high is below the low.
  const row = [
    at('2025-03-04') / 1_000,
    '10',
    '9',
    '11',
    '10',
    '1',
    at('2025-03-04T00:05') / 1_000 - 1,
    '1',
    1,
    '1',
    '1',
    '0',
  ];
  bench.venue.override = { path: /klines/, status: 200, body: JSON.stringify([row]) };
  await assert.rejects(
    bench.run(['klines'], options),
    failsWith(
      'XY_ROW_INVALID',
      /downloads\/asked\/binance-usdm\/BTCUSDT\/candles\/5m\/2025-03-04[^:]*\.csv:2: high/,
    ),
  );
  bench.venue.override = null;
  const set = await bench.set('klines', options);
  assert.deepEqual([set.rowsAsked, set.rows], [288, 288]);
});

/** Venues without archives: what they are asked for. */
const ASKED: readonly (readonly [venue: string, symbol: string])[] = [
  ['coinbase', 'BTC-USD'],
  ['kraken-spot', 'BTC/USD'],
  ['kraken-futures', 'PF_XBTUSD'],
  ['kucoin-spot', 'BTC-USDT'],
  ['kucoin-futures', 'XBTUSDTM'],
];

for (const [venue, symbol] of ASKED) {
  test(`candles of ${venue} come by request, closed ones alone, and nothing twice`, async (context) => {
    const bench = await DownloadBench.start(context, NOW_US);
    const options = { venue, symbol, timeframe: '5m', from: '2025-03-03T12:00' };
    const set = await bench.set('klines', options);
    assert.deepEqual(
      [set.rows, set.rowsAsked, set.files, set.from, set.to, set.barsMissing, set.gaps],
      [551, 551, 0, '2025-03-03T12:00:00.000Z', '2025-03-05T09:55:00.000Z', 0, []],
    );
    const again = await bench.set('klines', options);
    assert.deepEqual([again.rowsNew, again.rows], [0, 551]);
    // The day before yesterday was asked for in part, yesterday was kept, today is asked for again.
    assert.equal(again.rowsAsked, 144 + 119);
    const history = await ArchiveHistory.open(bench.dataDir);
    context.after(() => history.close());
    assert.deepEqual(
      history.infos.map(({ kind, rowCount }) => [kind, rowCount]),
      [['candles', 551]],
    );
  });
}

test('a venue that keeps its last 720 bars alone has no older ones, which is said', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const set = await bench.set('klines', {
    venue: 'kraken-spot',
    symbol: 'BTC/USD',
    timeframe: '1m',
    from: '2025-03-01',
  });
  assert.equal(set.rows, 719 - 1);
  assert.deepEqual(set.gaps, [
    {
      from: '2025-03-01T00:00:00.000Z',
      to: '2025-03-04T22:01:00.000Z',
      why: 'kraken-spot has nothing of it',
    },
  ]);
});

test('a market that began in between has nothing before, and that is not asked for twice', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  bench.venue.sinceUs = at('2025-03-03T07:00');
  const options = {
    venue: 'coinbase',
    symbol: 'BTC-USD',
    timeframe: '5m',
    from: '2025-02-20',
    to: '2025-03-04',
  };
  const set = await bench.set('klines', options);
  assert.deepEqual(
    [set.rows, set.gaps.map(({ from, to }) => `${from} ${to}`)],
    [17 * 12, ['2025-02-20T00:00:00.000Z 2025-03-03T07:00:00.000Z']],
  );
  bench.venue.asked.length = 0;
  assert.equal((await bench.set('klines', options)).rows, 17 * 12);
  assert.equal(bench.venue.askedFor(/candles/).length, 0);
});

test('funding and open interest come by request where the venue has a history of them', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  const range = { from: '2025-03-01', to: '2025-03-03' };
  const kraken = { venue: 'kraken-futures', symbol: 'PF_XBTUSD', ...range };
  assert.equal((await bench.set('fundingRate', kraken)).rows, 48);
  assert.equal((await bench.set('openInterest', kraken)).rows, 2 * 288);
  const kucoin = { venue: 'kucoin-futures', symbol: 'XBTUSDTM', ...range };
  assert.equal((await bench.set('fundingRate', kucoin)).rows, 6);
  const binance = { venue: 'binance-usdm', symbol: 'BTCUSDT', ...range };
  assert.equal((await bench.set('openInterest', binance)).rows, 2 * 288);
  const tables = await archiveTables(bench.dataDir);
  assert.deepEqual(tables.map(({ id }) => `${id.venue} ${id.kind}`).sort(), [
    'binance-usdm open-interest',
    'kraken-futures funding',
    'kraken-futures open-interest',
    'kucoin-futures funding',
  ]);
});

/** What is refused: kinds, options, and what the message must say. */
const REFUSED: readonly (readonly [
  kinds: readonly string[],
  options: Record<string, unknown>,
  message: RegExp,
])[] = [
  [
    ['kline'],
    {},
    /kind: expected one of klines, aggTrades, trades, bookDepth, metrics, fundingRate, openInterest, found 'kline'/,
  ],
  [['metrics', 'openInterest'], {}, /kind: metrics and openInterest become one and the same data set/],
  [[], {}, /kind: expected at least one of klines/],
  [['klines'], { venue: 'binance' }, /--venue: expected one of binance-usdm, .*, found 'binance'/],
  [['klines'], { venue: 'sim' }, /a venue of binance-usdm, .*, found 'sim'/],
  [['klines'], { symbol: [] }, /--symbol: expected at least one/],
  [['klines'], { symbol: '../x' }, /a symbol has 1 to 64 letters.*was '\.\.\/x'/],
  [['klines'], { symbol: 'btcusdt' }, /--symbol: expected capital letters.*found 'btcusdt'/],
  [['klines'], { from: 'yesterday' }, /--from: expected a moment such as 2024-01-01, found 'yesterday'/],
  [['klines'], { from: '2025-02-30' }, /--from: expected a moment .*found '2025-02-30'/],
  [['klines'], { to: 'soon' }, /--to: expected a moment such as 2024-01-01, found 'soon'/],
  [
    ['klines'],
    { to: '2025-01-01' },
    /--to: expected a moment after --from \(2025-01-30T00:00:00.000Z\), found 2025-01-01/,
  ],
  [
    ['klines'],
    { from: '2026-01-01', to: '2026-02-01' },
    /--from: expected a moment before now \(2025-03-05.*found 2026-01-01/,
  ],
  [['klines'], { timeframe: undefined }, /--timeframe: klines need one, such as 5m, found none/],
  [['klines'], { timeframe: '7m' }, /--timeframe: expected a duration .*, found '7m'/],
  [['klines'], { timeframe: '10m' }, /--timeframe: expected one of 1m, 3m, .*, found '10m'/],
  [['aggTrades'], {}, /--timeframe: it belongs to klines, aggTrades have none, found '5m'/],
  [['klines'], { parallel: '0' }, /--parallel: expected an integer from 1 to 16, found '0'/],
  [['klines'], { parallel: '17' }, /--parallel: .*found '17'/],
  [['klines'], { parallel: 'many' }, /--parallel: .*found 'many'/],
  [['klines'], { archiveUrl: 'ftp://x' }, /--archive-url: expected an https address .*, found 'ftp:\/\/x'/],
  [['klines'], { archiveUrl: 'http://example.com' }, /--archive-url: .*found 'http:\/\/example.com'/],
  [['klines'], { archiveUrl: 'https://user:word@example.com' }, /--archive-url: /],
  [
    ['klines'],
    { restUrl: 'https://example.com?x=1' },
    /--rest-url: expected an https address .*found 'https:\/\/example.com\?x=1'/,
  ],
  [
    ['bookDepth'],
    { venue: 'binance-spot', timeframe: undefined },
    /binance-spot has no history of depths of the book: there are public archives of Binance alone/,
  ],
  [
    ['fundingRate'],
    { venue: 'binance-spot', timeframe: undefined },
    /binance-spot has no history of funding rates: it answers no request for them/,
  ],
  [
    ['aggTrades'],
    { venue: 'coinbase', timeframe: undefined },
    /coinbase has no history of aggregate trades: there are public archives of Binance alone/,
  ],
  [
    ['fundingRate'],
    { venue: 'coinbase', timeframe: undefined },
    /coinbase has no history of funding rates: .*'xylen record' collects/,
  ],
  [
    ['openInterest'],
    { venue: 'kucoin-futures', timeframe: undefined },
    /kucoin-futures has no history of open interest/,
  ],
  [['klines'], { venue: 'coinbase', timeframe: '3m' }, /--timeframe: coinbase has no candles of 3m/],
  [['klines'], { venue: 'coinbase', rest: false }, /--no-rest: there are no archives of candles of coinbase/],
];

for (const [kinds, options, message] of REFUSED) {
  test(`wrong use is refused before anything is loaded: ${kinds.join(' ')} ${JSON.stringify(options)}`, async (context) => {
    const bench = await DownloadBench.start(context, NOW_US);
    await assert.rejects(bench.run(kinds, { ...KLINES, ...options }), failsWith('XY_USAGE', message));
    assert.equal(bench.server.requests.length, 0);
    rmSync(bench.dataDir, { recursive: true });
  });
}

test('Ctrl-C ends the program in the middle of a file; called again, it goes on where it stopped', async (context) => {
  const bench = await DownloadBench.start(context, NOW_US);
  putKlines(bench);
  const path = visionPath('um', 'klines', 'BTCUSDT', '2025-02', '5m');
  const { from, timeframe, to, venue } = KLINES;
  const words = [
    'klines',
    '--venue',
    venue,
    '--symbol',
    'BTCUSDT',
    '--timeframe',
    timeframe,
    '--from',
    from,
    '--to',
    to,
  ];
  const args = ['download', ...words, '--archive-url', bench.server.url, '--parallel', '1'];
  const program = new RunningProgram(context, bench.dataDir, args);
  const isUnderWay = new Promise<void>((resolve) => {
    bench.server.break(path, { kind: 'silent', afterBytes: 20_000, onSilent: resolve });
  });
  await isUnderWay;
  assert.equal(await program.end('SIGINT'), 1);
  assert.match(program.log, /XY_INTERRUPTED.*2025-02\.zip/);
  const again = new RunningProgram(context, bench.dataDir, args);
  assert.match(await again.line(/new/), /9,216 new/);
  for (const date of ['2025-01-30', '2025-01-31'])
    assert.equal(bench.server.requestsOf(new RegExp(`5m-${date}\\.zip$`)).length, 1, date);
});
