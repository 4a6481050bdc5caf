/** The forms of files whose rows are sorted here: metrics and depths of Binance Vision, open interest of venues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMomentUs, XylenError } from '#core';
import type { HistoryKind } from '#store';
import type { RowChunk } from '#store/history';
import { rowsOf, writeData, zipOf } from '../../../test/support/history-rows.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { HELD_ROWS_MAX, HeldRows, HeldRowsDamage } from './held-rows.ts';
import { openSourceFile, readRows, scanFile } from './index.ts';

const at = (text: string): number => parseMomentUs(text) ?? Number.NaN;
const METRICS =
  'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio';
const metric = (time: string, value: string, rest = '98765.4300000000000000,1.1,1.2,1.3,0.9'): string =>
  `2024-05-01 ${time},BTCUSDT,${value},${rest}`;
const DEPTH = 'timestamp,percentage,depth,notional';

interface Read {
  readonly rows: readonly number[][];
  readonly chunk: RowChunk | undefined;
  readonly passedOver: Readonly<Record<string, number>>;
}

async function read(folder: string, kind: HistoryKind, lines: readonly string[]): Promise<Read> {
  const file = await openSourceFile(writeData(folder, 'x.zip', zipOf({ 'x.csv': `${lines.join('\n')}\n` })));
  assert.deepEqual(file.form.kinds, [kind]);
  const options = { kind, symbol: 'BTCUSDT', timeframeUs: null };
  const chunks: RowChunk[] = [];
  for await (const chunk of readRows(file, options)) chunks.push(chunk);
  const { passedOver, recordCount } = await scanFile(file, options);
  const rows = await rowsOf(chunks);
  assert.equal(recordCount, rows.length);
  return { rows, chunk: chunks[0], passedOver: Object.fromEntries(passedOver) };
}

test('metrics become open interest, in order, counting from the end of their five minutes', async (context) => {
  const { chunk, passedOver, rows } = await read(tempDir(context), 'open-interest', [
    METRICS,
    metric('00:10:00', '102.5000000000000000'),
    metric('00:05:00', '101.2500000000000000'),
    metric('00:15:00', '103'),
  ]);
  assert.deepEqual(rows, [
    [at('2024-05-01T00:10'), at('2024-05-01T00:05'), 10_125],
    [at('2024-05-01T00:15'), at('2024-05-01T00:10'), 10_250],
    [at('2024-05-01T00:20'), at('2024-05-01T00:15'), 10_300],
  ]);
  assert.deepEqual([chunk?.qtyDecimals, passedOver], [2, {}]);
});

test('metrics without header and with epochs are read, too', async (context) => {
  const folder = tempDir(context);
  const plain = await read(folder, 'open-interest', [metric('00:05:00', '101')]);
  assert.equal(plain.rows.length, 1);
  const epoch = await read(folder, 'open-interest', [
    METRICS,
    metric('', '7').replace('2024-05-01 ', '1714521900000'),
  ]);
  assert.deepEqual(epoch.rows, [[at('2024-05-01T00:10'), at('2024-05-01T00:05'), 7]]);
});

test('what is told twice alike is taken once, what is disputed not at all, what is blank is left out', async (context) => {
  const { passedOver, rows } = await read(tempDir(context), 'open-interest', [
    METRICS,
    metric('00:05:00', '101'),
    metric('00:05:00', '101', ',,,,'),
    metric('00:10:00', '102'),
    metric('00:10:00', '999'),
    metric('00:10:00', '102'),
    metric('00:15:00', ''),
    metric('00:20:00', '104', 'null,NaN,Infinity,-1.5e-3,'),
  ]);
  assert.deepEqual(
    rows.map(([, tsVenueUs, lots]) => [tsVenueUs, lots]),
    [
      [at('2024-05-01T00:05'), 101],
      [at('2024-05-01T00:20'), 104],
    ],
  );
  assert.deepEqual(passedOver, {
    'rows without open interest': 1,
    'rows that say it again': 1,
    'rows of a moment that is told twice with different values': 3,
  });
});

test('open interest of a venue is read with the moment from which it counts', async (context) => {
  const { rows } = await read(tempDir(context), 'open-interest', [
    'local_ms,ts_ms,open_interest',
    '1714521900000000,1714521600000000,12.5',
    '1714522200000,1714521900000,13',
  ]);
  assert.deepEqual(rows, [
    [1_714_521_900_000_000, 1_714_521_600_000_000, 125],
    [1_714_522_200_000_000, 1_714_521_900_000_000, 130],
  ]);
});

test('a depth has its bands in order, in hundredths of a percent, and amounts with four decimals', async (context) => {
  const { chunk, rows } = await read(tempDir(context), 'book-depth', [
    DEPTH,
    '2024-05-01 00:00:31,1,2097.41000000,176607765.20950000',
    '2024-05-01 00:00:31,-5.00,7885.27500000,647368074.36929999',
    '2024-05-01 00:00:01,0.20,10,3.5',
    '2024-05-01 00:00:01,-0.20,0.5,1.234567e1',
  ]);
  assert.deepEqual(rows, [
    [at('2024-05-01T00:00:01'), -20, 500, 123_456],
    [at('2024-05-01T00:00:01'), 20, 10_000, 35_000],
    [at('2024-05-01T00:00:31'), -500, 7_885_275, 6_473_680_743_692],
    [at('2024-05-01T00:00:31'), 100, 2_097_410, 1_766_077_652_095],
  ]);
  assert.equal(chunk?.qtyDecimals, 3);
});

const FAULTS: readonly (readonly [name: string, kind: HistoryKind, line: string, expected: string])[] = [
  ['a time of another form', 'open-interest', metric('0:05', '1'), 'XY_ROW_INVALID 3 create_time'],
  [
    'a day that is none',
    'open-interest',
    metric('00:05:00', '1').replace('05-01', '02-30'),
    'XY_ROW_INVALID 3 create_time',
  ],
  [
    'another symbol',
    'open-interest',
    metric('00:10:00', '1').replace('BTC', 'ETH'),
    'XY_ROW_INVALID 3 symbol',
  ],
  ['a negative value', 'open-interest', metric('00:10:00', '-1'), 'XY_ROW_INVALID 3 sum_open_interest'],
  ['a value of text', 'open-interest', metric('00:10:00', 'x'), 'XY_ROW_INVALID 3 sum_open_interest'],
  [
    'a shifted row',
    'open-interest',
    metric('00:10:00', '1', 'BTCUSDT,1,1,1,1'),
    'XY_ROW_INVALID 3 sum_open_interest_value',
  ],
  ['a column too few', 'open-interest', metric('00:10:00', '1', '1,1,1,1'), 'XY_ROW_INVALID 3 row'],
  ['a band of zero', 'book-depth', '2024-05-01 00:00:01,0,1,1', 'XY_ROW_INVALID 3 percentage'],
  ['a band beyond the book', 'book-depth', '2024-05-01 00:00:01,-100.01,1,1', 'XY_ROW_INVALID 3 percentage'],
  ['a band too fine', 'book-depth', '2024-05-01 00:00:01,0.125,1,1', 'XY_ROW_INVALID 3 percentage'],
  ['a negative depth', 'book-depth', '2024-05-01 00:00:01,1,-1,1', 'XY_ROW_INVALID 3 depth'],
  [
    'a notional beyond all numbers',
    'book-depth',
    '2024-05-01 00:00:01,1,1,999999999999999',
    'XY_ROW_INVALID 3 notional',
  ],
  ['a column too many', 'book-depth', '2024-05-01 00:00:01,1,1,1,1', 'XY_ROW_INVALID 3 row'],
];

for (const [name, kind, line, expected] of FAULTS) {
  test(`${kind} with ${name}: ${expected}`, async (context) => {
    const head =
      kind === 'book-depth' ? [DEPTH, '2024-05-01 00:00:00,1,1,1'] : [METRICS, metric('00:05:00', '1')];
    await assert.rejects(read(tempDir(context), kind, [...head, line]), (error: unknown) => {
      assert.ok(error instanceof XylenError);
      assert.match(error.message, /x\.zip:3: /);
      assert.equal(`${error.code} ${error.fields.line} ${error.fields.column}`, expected);
      return true;
    });
  });
}

test('rows that do not fit one scale together are a damage of their file', async (context) => {
  const lines = [DEPTH, '2024-05-01 00:00:01,1,9007199254740991,1', '2024-05-01 00:00:02,1,0.5,1'];
  await assert.rejects(read(tempDir(context), 'book-depth', lines), {
    code: 'XY_FILE_DAMAGED',
    message: /x\.zip: a number of 2024-05-01T00:00:02.000Z is too large/,
  });
});

test('the rows that are held are bounded', () => {
  const rows = new HeldRows(new Map());
  for (let tsUs = 0; tsUs < HELD_ROWS_MAX; tsUs++) rows.add({ tsUs, key: 0, values: [] });
  assert.throws(() => rows.add({ tsUs: 0, key: 0, values: [] }), HeldRowsDamage);
});
