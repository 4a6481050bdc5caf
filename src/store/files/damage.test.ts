/** Every way a file can be damaged, and the place the reader must name. */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { XylenError } from '#core';
import type { HistoryKind } from '#store';
import { candleCsv, rowsOf, writeData, zipOf } from '../../../test/support/history-rows.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { openSourceFile, readRows, scanFile } from './read-file.ts';

const FIVE_MINUTES_US = 300_000_000;
const T0 = 1_704_067_200_000;

/** Reads a file and returns the error as `CODE line column: message`, or `read N` when there is none. */
async function outcome(path: string, kind: HistoryKind, symbol: string | null = null): Promise<string> {
  try {
    const file = await openSourceFile(path);
    const timeframeUs = kind === 'candles' || kind === 'mark' ? FIVE_MINUTES_US : null;
    return `read ${(await rowsOf(readRows(file, { kind, timeframeUs, symbol }))).length}`;
  } catch (thrown) {
    assert.ok(thrown instanceof XylenError, String(thrown));
    const { line, column } = thrown.fields;
    assert.ok(thrown.message.includes(path), 'the message names the file');
    if (Number(line) > 0) assert.ok(thrown.message.includes(`${path}:${line}`), 'the message names the line');
    return `${thrown.code} ${line}${column === undefined ? '' : ` ${column}`}`;
  }
}

const HEADER = 'ts_ms,open,high,low,close,volume';
const good = (i: number): string => `${T0 + i * 300_000},10,12,9,11,3.5`;
const candles = (...lines: readonly string[]): string => `${[HEADER, ...lines].join('\n')}\n`;

const CANDLE_CASES: readonly (readonly [name: string, content: string, expected: string])[] = [
  ['a good file', candles(good(0), good(1)), 'read 2'],
  ['CRLF line ends', candles(good(0), good(1)).replaceAll('\n', '\r\n'), 'read 2'],
  ['a byte-order mark', `\uFEFF${candles(good(0))}`, 'read 1'],
  ['microseconds', candles(`${T0}000,10,12,9,11,3`), 'read 1'],
  ['exponents', candles(`${T0},1.0e1,12,9,11,3e-05`), 'read 1'],
  ['a bad number', candles(good(0), `${T0 + 300_000},10,12,9,1x,3`), 'XY_ROW_INVALID 3 close'],
  ['an empty cell', candles(`${T0},10,,9,11,3`), 'XY_ROW_INVALID 2 high'],
  ['a space beside a number', candles(`${T0}, 10,12,9,11,3`), 'XY_ROW_INVALID 2 open'],
  ['a number cut off at its point', candles(`${T0},10.,12,9,11,3`), 'XY_ROW_INVALID 2 open'],
  ['a column too few', candles(good(0), `${T0 + 300_000},10,12,9,11`), 'XY_ROW_INVALID 3 row'],
  ['a column too many', candles(`${good(0)},1`), 'XY_ROW_INVALID 2 row'],
  ['an empty line', candles(good(0), '', good(1)), 'XY_ROW_INVALID 3 row'],
  ['a high below the low', candles(`${T0},10,8,9,10,3`), 'XY_ROW_INVALID 2 high'],
  ['an open above the high', candles(`${T0},13,12,9,11,3`), 'XY_ROW_INVALID 2 open'],
  ['a close below the low', candles(`${T0},10,12,9,8.99,3`), 'XY_ROW_INVALID 2 close'],
  ['a price of zero', candles(`${T0},10,12,0,11,3`), 'XY_ROW_INVALID 2 low'],
  ['a negative price', candles(`${T0},10,12,-9,11,3`), 'XY_ROW_INVALID 2 low'],
  ['a negative volume', candles(`${T0},10,12,9,11,-3`), 'XY_ROW_INVALID 2 volume'],
  ['more decimals than data have', candles(`${T0},10.0000000000001,12,9,11,3`), 'XY_ROW_INVALID 2 open'],
  [
    'a number beyond the safe integers',
    candles(`${T0},10,12,9,11,99999999999999999`),
    'XY_ROW_INVALID 2 volume',
  ],
  [
    'a scale that breaks an earlier number',
    candles(`${T0},10,12,9,11,9007199254740991`, `${T0 + 300_000},10,12,9,11,0.5`),
    'XY_ROW_INVALID 3 volume',
  ],
  ['the same time twice', candles(good(0), good(0)), 'XY_ROW_INVALID 3 ts_ms'],
  ['an earlier time', candles(good(1), good(0)), 'XY_ROW_INVALID 3 ts_ms'],
  ['a time off the grid', candles(good(0), `${T0 + 300_001},10,12,9,11,3`), 'XY_ROW_INVALID 3 ts_ms'],
  ['a time in seconds', candles(`${T0 / 1_000},10,12,9,11,3`), 'XY_ROW_INVALID 2 ts_ms'],
  ['a time of text', candles('2024-01-01,10,12,9,11,3'), 'XY_ROW_INVALID 2 ts_ms'],
  ['a cut last line', candles(good(0), good(1)).slice(0, -3), 'XY_FILE_DAMAGED 3'],
  ['a last line cut to nothing', `${candles(good(0))}1704`, 'XY_FILE_DAMAGED 3'],
  ['a NUL byte', candles(good(0), `${T0 + 300_000},10,12\u0000,9,11,3`), 'XY_FILE_DAMAGED 3'],
  ['binary garbage in a row', candles(good(0), '\x01\x02\xff\xfe'), 'XY_ROW_INVALID 3 row'],
  ['a line without end', candles(good(0), 'x'.repeat(1_100_000)), 'XY_FILE_DAMAGED 3'],
  ['no header that is known', 'time,open,high,low,close\n1,2,3,4,5\n', 'XY_FILE_DAMAGED 1'],
  ['nothing but garbage', '\x7fELF\x02\x01\x01\x00\x00\x00', 'XY_FILE_DAMAGED 1'],
];

for (const [name, content, expected] of CANDLE_CASES) {
  test(`candles with ${name}: ${expected}`, async (context) => {
    const folder = tempDir(context);
    assert.equal(await outcome(writeData(folder, 'x.csv', content), 'candles'), expected);
    // A container vouches for its end: a missing last line end is no damage there.
    const inGzip =
      name === 'a cut last line'
        ? 'read 2'
        : name === 'a last line cut to nothing'
          ? 'XY_ROW_INVALID 3 row'
          : expected;
    assert.equal(await outcome(writeData(folder, 'x.csv.gz', content), 'candles'), inGzip);
  });
}

const FUNDING_CASES: readonly (readonly [name: string, lines: readonly string[], expected: string])[] = [
  ['good rates', [`${T0 + 6},0.0001`, `${T0 + 28_800_009},-0.00001412`], 'read 2'],
  ['a rate of text', [`${T0},free`], 'XY_ROW_INVALID 2 funding_rate'],
  ['a rate in percent', [`${T0},1`], 'XY_ROW_INVALID 2 funding_rate'],
  ['two settlements in a minute', [`${T0},0.0001`, `${T0 + 40},0.0001`], 'XY_ROW_INVALID 3 ts_ms'],
  ['times that go back', [`${T0},0.0001`, `${T0 - 28_800_000},0.0001`], 'XY_ROW_INVALID 3 ts_ms'],
  ['a third column', [`${T0},0.0001,1`], 'XY_ROW_INVALID 2 row'],
];

for (const [name, lines, expected] of FUNDING_CASES) {
  test(`funding with ${name}: ${expected}`, async (context) => {
    const path = writeData(tempDir(context), 'f.csv', `ts_ms,funding_rate\n${lines.join('\n')}\n`);
    assert.equal(await outcome(path, 'funding'), expected);
  });
}

const AGG_HEADER = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';
const AGG_CASES: readonly (readonly [name: string, content: string, expected: string])[] = [
  ['a header', `${AGG_HEADER}\n5,0.7097,19.0,7,7,${T0},false\n6,0.7,1,8,9,${T0},True\n`, 'read 2'],
  ['no header', `5,0.7097,19.0,7,7,${T0},false\n6,0.7,1,8,9,${T0}000,true\n`, 'read 2'],
  ['spot columns', `5,0.7097,19.0,7,7,${T0},false,true\n`, 'read 1'],
  ['an unknown flag', `${AGG_HEADER}\n5,1,1,7,7,${T0},yes\n`, 'XY_ROW_INVALID 2 is_buyer_maker'],
  [
    'an id twice',
    `${AGG_HEADER}\n5,1,1,7,7,${T0},true\n5,1,1,8,8,${T0},true\n`,
    'XY_ROW_INVALID 3 agg_trade_id',
  ],
  [
    'an id that goes back',
    `${AGG_HEADER}\n5,1,1,7,7,${T0},true\n4,1,1,8,8,${T0},true\n`,
    'XY_ROW_INVALID 3 agg_trade_id',
  ],
  [
    'a time that goes back',
    `${AGG_HEADER}\n5,1,1,7,7,${T0},true\n6,1,1,8,8,${T0 - 1},true\n`,
    'XY_ROW_INVALID 3 transact_time',
  ],
  ['a price of zero', `${AGG_HEADER}\n5,0,1,7,7,${T0},true\n`, 'XY_ROW_INVALID 2 price'],
  ['a quantity of zero', `${AGG_HEADER}\n5,1,0,7,7,${T0},true\n`, 'XY_ROW_INVALID 2 quantity'],
  ['last before first', `${AGG_HEADER}\n5,1,1,8,7,${T0},true\n`, 'XY_ROW_INVALID 2 last_trade_id'],
  ['an id that is none', `${AGG_HEADER}\n5.5,1,1,7,7,${T0},true\n`, 'XY_ROW_INVALID 2 agg_trade_id'],
];

for (const [name, content, expected] of AGG_CASES) {
  test(`aggregate trades with ${name}: ${expected}`, async (context) => {
    assert.equal(await outcome(writeData(tempDir(context), 't.csv', content), 'trades'), expected);
  });
}

const L2 = 1_721_347_020_984_480_942n;
const depth = (local: bigint, u: number, extra = ''): string =>
  `${local} {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":${T0},"T":${T0},"s":"BTCUSDT","U":${u},"u":${u + 1},"pu":${u - 1},"b":[["10.5","1"]],"a":[["11","0"]]${extra}}}`;
const print = (local: bigint, id: number, fields = ''): string =>
  `${local} {"stream":"btcusdt@trade","data":{"e":"trade","E":${T0},"T":${T0},"s":"BTCUSDT","t":${id},"p":"10.5","q":"2","X":"MARKET","m":true${fields}}}`;
const L2_CASES: readonly (readonly [
  name: string,
  lines: readonly string[],
  kind: 'trades' | 'book',
  expected: string,
])[] = [
  ['a difference', [depth(L2, 5), print(L2 + 1_000n, 1)], 'book', 'read 2'],
  ['a trade', [depth(L2, 5), print(L2 + 1_000n, 1)], 'trades', 'read 1'],
  ['a partial book', [depth(L2, 5).replace('@depth@0ms', '@depth20@100ms')], 'book', 'read 0'],
  ['an insurance fund trade', [print(L2, 1).replace('"MARKET"', '"INSURANCE_FUND"')], 'trades', 'read 0'],
  [
    'a local time that goes back',
    [depth(L2, 5), depth(L2 - 1_000n, 6)],
    'book',
    'XY_ROW_INVALID 2 local time',
  ],
  [
    'a local time in milliseconds',
    [depth(L2, 5), depth(L2, 5).slice(6)],
    'book',
    'XY_ROW_INVALID 2 local time',
  ],
  ['JSON cut off', [depth(L2, 5), depth(L2, 6).slice(0, -2)], 'book', 'XY_ROW_INVALID 2 message'],
  [
    'another symbol',
    [depth(L2, 5), depth(L2, 6).replace('"BTCUSDT"', '"ETHUSDT"')],
    'book',
    'XY_ROW_INVALID 2 s',
  ],
  ['a price that is no text', [depth(L2, 5).replace('"10.5"', '10.5')], 'book', 'XY_ROW_INVALID 1 bids'],
  ['a level price of zero', [depth(L2, 5).replace('"10.5"', '"0"')], 'book', 'XY_ROW_INVALID 1 bids'],
  ['a negative level quantity', [depth(L2, 5).replace('"1"]', '"-1"]')], 'book', 'XY_ROW_INVALID 1 bids'],
  ['an id that is no number', [depth(L2, 5).replace('"u":6', '"u":"6"')], 'book', 'XY_ROW_INVALID 1 u'],
  ['a trade id twice', [print(L2, 1), print(L2, 1)], 'trades', 'XY_ROW_INVALID 2 t'],
  ['a trade of nothing', [print(L2, 1).replace('"q":"2"', '"q":"0"')], 'trades', 'XY_ROW_INVALID 1 q'],
  ['a maker flag that is none', [print(L2, 1).replace('"m":true', '"m":1')], 'trades', 'XY_ROW_INVALID 1 m'],
  ['a snapshot without asks', [`${L2} {"lastUpdateId":5,"bids":[]}`], 'book', 'XY_ROW_INVALID 1 asks'],
];

for (const [name, lines, kind, expected] of L2_CASES) {
  test(`a recorded stream with ${name}: ${expected}`, async (context) => {
    const path = writeData(tempDir(context), 'l2.gz', `${lines.join('\n')}\n`);
    assert.equal(await outcome(path, kind, 'BTCUSDT'), expected);
  });
}

test('a recorded stream must be of the symbol asked for', async (context) => {
  const path = writeData(tempDir(context), 'l2.gz', `${depth(L2, 5)}\n`);
  assert.equal(await outcome(path, 'book', 'ETHUSDT'), 'XY_ROW_INVALID 1 s');
});

test('a gzip file cut off anywhere, or with something behind its end, is damaged', async (context) => {
  const folder = tempDir(context);
  const bytes = gzipSync(candleCsv(3_000));
  for (const length of [11, 200, Math.floor(bytes.length / 2), bytes.length - 9, bytes.length - 1]) {
    const path = join(folder, 'cut.csv.gz');
    writeFileSync(path, bytes.subarray(0, length));
    assert.match(await outcome(path, 'candles'), /^XY_FILE_DAMAGED [1-9]/, `cut at ${length}`);
  }
  const path = join(folder, 'more.csv.gz');
  for (const tail of [Buffer.from('more'), Buffer.alloc(100), Buffer.from([0x1f, 0x8b]), Buffer.from('x')]) {
    writeFileSync(path, Buffer.concat([bytes, tail]));
    assert.match(await outcome(path, 'candles'), /^XY_FILE_DAMAGED [1-9]/, tail.toString('hex'));
  }
  writeFileSync(path, Buffer.concat([gzipSync(candles(good(0))), gzipSync(`${good(1)}\n`)]));
  assert.equal(await outcome(path, 'candles'), 'read 2');
});

test('a flipped byte in a gzip file never goes unseen', async (context) => {
  const folder = tempDir(context);
  const bytes = gzipSync(candleCsv(200));
  for (let at = 20; at < bytes.length; at += 37) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 0x10;
    const path = join(folder, 'flipped.csv.gz');
    writeFileSync(path, flipped);
    assert.match(await outcome(path, 'candles'), /^XY_/, `flipped at ${at}`);
  }
});

test('a ZIP archive with one file is read, stored or deflated; every other is refused', async (context) => {
  const folder = tempDir(context);
  const csv = candleCsv(50);
  const zip = zipOf({ 'x.csv': csv });
  const read = (name: string, bytes: Buffer): Promise<string> =>
    outcome(writeData(folder, name, bytes), 'candles');
  assert.equal(await read('deflated.zip', zip), 'read 50');
  assert.equal(await read('stored.zip', zipOf({ 'x.csv': csv }, true)), 'read 50');
  assert.equal(await read('two.zip', zipOf({ 'a.csv': csv, 'b.csv': csv })), 'XY_FILE_DAMAGED 0');
  assert.equal(await read('none.zip', zipOf({})), 'XY_FILE_DAMAGED 0');
  for (const length of [10, 60, zip.length - 30, zip.length - 1]) {
    assert.match(await read('cut.zip', zip.subarray(0, length)), /^XY_FILE_DAMAGED/);
  }
  const wrongCrc = Buffer.from(zip);
  const entry = wrongCrc.indexOf('PK\x01\x02');
  wrongCrc[entry + 16]! ^= 1;
  assert.match(await read('crc.zip', wrongCrc), /^XY_FILE_DAMAGED/);
  const encrypted = Buffer.from(zip);
  encrypted.writeUInt16LE(1, entry + 8);
  assert.match(await read('encrypted.zip', encrypted), /^XY_FILE_DAMAGED/);
  const zip64 = Buffer.from(zip);
  zip64.writeUInt32LE(0xffffffff, entry + 20);
  await assert.rejects(openSourceFile(writeData(folder, 'zip64.zip', zip64)), /ZIP64/);
});

test('JSON rows are read like CSV; an array cut off is damaged', async (context) => {
  const folder = tempDir(context);
  const rows = [0, 1, 2].map((i) => `[${good(i)}]`).join(', ');
  assert.equal(await outcome(writeData(folder, 'k.json.gz', `[${rows}]`), 'candles'), 'read 3');
  assert.equal(await outcome(writeData(folder, 'k.json', `[${rows}]\n`), 'candles'), 'read 3');
  assert.match(await outcome(writeData(folder, 'k.json', `[${rows}`), 'candles'), /^XY_FILE_DAMAGED/);
  assert.match(await outcome(writeData(folder, 'k.json', `[${rows}]]`), 'candles'), /^XY_FILE_DAMAGED/);
  assert.equal(
    await outcome(writeData(folder, 'k.json', `[[${good(0)}],[1,2]]`), 'candles'),
    'XY_ROW_INVALID 2 row',
  );
});

test('an empty file, a folder and a missing file are told apart from damage inside', async (context) => {
  const folder = tempDir(context);
  const path = writeData(folder, 'empty.csv', '');
  assert.equal(await outcome(path, 'candles'), 'XY_FILE_DAMAGED 0');
  await assert.rejects(openSourceFile(folder), { code: 'XY_FILE_MISSING' });
  await assert.rejects(openSourceFile(join(folder, 'absent.csv')), { code: 'XY_FILE_MISSING' });
});

test('a file that shrinks while it is read is damaged', async (context) => {
  const path = writeData(tempDir(context), 'x.csv', candleCsv(5_000));
  const file = await openSourceFile(path);
  truncateSync(path, 1_000);
  await assert.rejects(rowsOf(readRows(file, { kind: 'candles', timeframeUs: null, symbol: null })), {
    code: 'XY_FILE_DAMAGED',
  });
});

test('the bar length is the commonest step; a bar beside its grid is named', async (context) => {
  const folder = tempDir(context);
  const scan = async (content: string, timeframeUs: number | null = null) =>
    scanFile(await openSourceFile(writeData(folder, 'x.csv', content)), {
      kind: 'candles',
      timeframeUs,
      symbol: null,
    });
  const gappy = candles(good(0), good(1), good(5), good(6));
  assert.equal((await scan(gappy)).timeframeUs, FIVE_MINUTES_US);
  await assert.rejects(scan(gappy, 60_000_000), /bars of 1m were asked for, these are 5m/);
  await assert.rejects(scan(candles(good(0), good(1), `${T0 + 630_000},10,12,9,11,3`, good(3), good(4))), {
    fields: {
      file: join(folder, 'x.csv'),
      line: 4,
      column: 'ts_ms',
      value: String(T0 + 630_000),
      check: 'grid',
    },
  });
  await assert.rejects(scan(candles(good(0))), { code: 'XY_USAGE' });
  assert.equal((await scan(candles(good(0)), FIVE_MINUTES_US)).recordCount, 1);
  await assert.rejects(scan(candles(`${T0},1,1,1,1,1`, `${T0 + 7_000},1,1,1,1,1`)), /does not divide a day/);
});

test('faults can be collected instead: every bad row with its line, every good row kept', async (context) => {
  const path = writeData(
    tempDir(context),
    'x.csv',
    `${candles(good(0), `${T0 + 300_000},10,12,9,1x,3`, good(2), good(2), good(1), good(3))}1704`,
  );
  const faults: string[] = [];
  const rows = await rowsOf(
    readRows(await openSourceFile(path), {
      kind: 'candles',
      timeframeUs: FIVE_MINUTES_US,
      symbol: null,
      onFault: ({ line, check }) => faults.push(`${line} ${check}`),
      onDamage: (message) => faults.push(message.slice(path.length)),
    }),
  );
  assert.equal(rows.length, 3);
  assert.deepEqual(faults, [
    '3 number',
    '5 duplicate',
    '6 disorder',
    ':8: the last line has no line end: the file is cut off',
  ]);
});

test('an interrupted read ends as interrupted', async (context) => {
  const file = await openSourceFile(writeData(tempDir(context), 'x.csv', candleCsv(10)));
  const signal = AbortSignal.abort();
  await assert.rejects(rowsOf(readRows(file, { kind: 'candles', timeframeUs: null, symbol: null, signal })), {
    code: 'XY_INTERRUPTED',
  });
});
