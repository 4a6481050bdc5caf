/** The files of `xylen fills`: what is read, what is refused and how it is said, what is written and compared. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { REPLAY_EVENT, type ReplayChunk, ReplayOrder } from '#sim';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { readEvents } from './event-file.ts';
import { compareFills, writeFills } from './fills-file.ts';
import { readSchedule } from './order-file.ts';

const EVENT_HEADER = 'ev,exch_ts,local_ts,side,price_ticks,qty_lots';
const ORDER_HEADER = 'order_id,submit_local_ts,side,price_ticks,qty_lots,cancel_local_ts';
const reading = { signal: new AbortController().signal };

function fileOf(context: TestContext, content: string | Buffer, name = 'in.csv'): string {
  const path = join(tempDir(context), name);
  writeFileSync(path, content);
  return path;
}

type PlainEvent = readonly [number, number, number, number];

async function eventsOf(path: string) {
  const events: PlainEvent[] = [];
  const counts = await readEvents(
    path,
    ({ count, exchUs, kind, priceTicks, qtyLots }: ReplayChunk) => {
      for (let i = 0; i < count; i++)
        events.push([kind[i] ?? -1, exchUs[i] ?? -1, priceTicks[i] ?? -1, qtyLots[i] ?? -1]);
    },
    reading,
  );
  return { counts, events };
}

test('reads depth and trades of both sides, with either end of line, plain or gzip', async (context) => {
  const rows = [
    EVENT_HEADER,
    'D,1723161256505000000,1723161256513371000,B,618002,2909',
    'D,1723161256505000000,1723161256513371000,S,618003,0',
    'T,1723161256505001000,1723161256519000000,B,618003,3',
    'T,1723161256505001000,1723161256514000000,S,618002,15',
  ];
  const expected = {
    counts: { depth: 2, trades: 2, lastLocalUs: 1723161256519000 },
    events: [
      [REPLAY_EVENT.bid, 1723161256505000, 618002, 2909],
      [REPLAY_EVENT.ask, 1723161256505000, 618003, 0],
      [REPLAY_EVENT.boughtTrade, 1723161256505001, 618003, 3],
      [REPLAY_EVENT.soldTrade, 1723161256505001, 618002, 15],
    ],
  };
  assert.deepEqual(await eventsOf(fileOf(context, rows.join('\n'))), expected);
  assert.deepEqual(await eventsOf(fileOf(context, `${rows.join('\r\n')}\r\n`, 'crlf.csv')), expected);
  assert.deepEqual(await eventsOf(fileOf(context, gzipSync(`${rows.join('\n')}\n`), 'in.csv.gz')), expected);
});

test('finds columns by name and passes over others in events', async (context) => {
  const path = fileOf(context, 'qty_lots,note,side,price_ticks,local_ts,exch_ts,ev\n7,x,S,101,9000,5000,D\n');
  assert.deepEqual((await eventsOf(path)).events, [[REPLAY_EVENT.ask, 5, 101, 7]]);
});

test('reads more events than fit a chunk', async (context) => {
  const rows = Array.from({ length: 40_000 }, (_, at) => `D,${at + 1}000,${at + 2}000,B,${at + 1},${at % 7}`);
  const { counts, events } = await eventsOf(fileOf(context, `${EVENT_HEADER}\n${rows.join('\n')}\n`));
  assert.deepEqual(counts, { depth: 40_000, trades: 0, lastLocalUs: 40_001 });
  assert.deepEqual(events.at(-1), [REPLAY_EVENT.bid, 40_000, 40_000, 39_999 % 7]);
});

const BAD_EVENTS: readonly (readonly [string, string, RegExp])[] = [
  ['ev', 'X,5000,9000,S,101,7', /:3: ev: expected D \(depth\) or T \(trade\), found 'X'/],
  ['side', 'D,5000,9000,BUY,101,7', /:3: side: expected B or S, found 'BUY'/],
  [
    'exch_ts',
    'D,5001,9000,B,101,7',
    /:3: exch_ts: expected nanoseconds since the epoch, cut to whole micro.*found '5001'/,
  ],
  ['exch_ts', 'D,,9000,B,101,7', /:3: exch_ts: expected nanoseconds.*found ''/],
  ['exch_ts', 'D,-5000,9000,B,101,7', /:3: exch_ts: expected nanoseconds/],
  ['exch_ts', 'D,99999999999999999000,9000,B,101,7', /:3: exch_ts: expected nanoseconds/],
  [
    'exch_ts',
    'D,3000,9000,B,101,7',
    /:3: exch_ts: expected a time not before that of the event above \(4000\), found '3000'/,
  ],
  ['local_ts', 'D,5000,9e3,B,101,7', /:3: local_ts: expected nanoseconds.*found '9e3'/],
  ['price_ticks', 'D,5000,9000,B,0,7', /:3: price_ticks: expected a whole number of at least 1.*found '0'/],
  ['price_ticks', 'D,5000,9000,B,1.5,7', /:3: price_ticks: expected a whole number.*found '1\.5'/],
  ['price_ticks', 'D,5000,9000,B,1234567890123456,7', /:3: price_ticks: expected.*15 digits at most/],
  ['qty_lots', 'D,5000,9000,B,101,-1', /:3: qty_lots: expected a whole number of at least 0.*found '-1'/],
  ['qty_lots', 'T,5000,9000,B,101,0', /:3: qty_lots: expected a whole number of at least 1.*found '0'/],
  ['row', 'D,5000,9000,B,101', /:3: row: expected 6 fields, found 5: 'D,5000,9000,B,101'/],
  ['row', 'D,5000,9000,B,101,7,', /:3: row: expected 6 fields, found 7/],
  ['row', '', /:3: row: expected 6 fields, found 1: ''/],
];

test('says where an event is wrong: file, line, column, value', async (context) => {
  for (const [column, row, message] of BAD_EVENTS) {
    const path = fileOf(context, `${EVENT_HEADER}\nD,4000,9000,S,101,7\n${row}\nD,6000,9000,S,101,7\n`);
    const fields = { file: path, line: 3, column };
    await assert.rejects(eventsOf(path), { code: 'XY_ROW_INVALID', message, fields }, row);
  }
});

test('refuses files that are none', async (context) => {
  const damaged = (content: string | Buffer, message: RegExp) =>
    assert.rejects(eventsOf(fileOf(context, content)), { code: 'XY_FILE_DAMAGED', message });
  await damaged('', /the file is empty/);
  await damaged(gzipSync(''), /found an empty file/);
  await damaged(
    'ev,exch_ts,side\n',
    /:1: expected the header ev,.*'local_ts', 'price_ticks', 'qty_lots' missing/,
  );
  await damaged(`${EVENT_HEADER},ev\n`, /'ev' is there twice/);
  const whole = gzipSync(`${EVENT_HEADER}\n${'D,4000,9000,S,101,7\n'.repeat(5_000)}`);
  await damaged(whole.subarray(0, whole.length - 12), /in\.csv:\d+: /);
  await assert.rejects(eventsOf(fileOf(context, `${EVENT_HEADER}\n`)), { code: 'XY_DATA_INSUFFICIENT' });
  await assert.rejects(eventsOf(join(tempDir(context), 'missing.csv')), { code: 'XY_FILE_MISSING' });
});

test('stops when it is told to', async (context) => {
  const path = fileOf(context, `${EVENT_HEADER}\nD,4000,9000,S,101,7\n`);
  const signal = AbortSignal.abort();
  await assert.rejects(
    readEvents(path, () => undefined, { signal }),
    { code: 'XY_INTERRUPTED' },
  );
});

test('reads orders, with or without a time in force or a cancel', async (context) => {
  const path = fileOf(
    context,
    `${ORDER_HEADER},time_in_force\n18446744073709551615,5000,1,100,3,9000,IOC\n2,6000,-1,101,4,,\n`,
  );
  const { ids, orders } = await readSchedule(path, reading);
  assert.deepEqual(ids, ['18446744073709551615', '2']);
  const common = { submitLocalUs: 5, cancelLocalUs: 9 };
  assert.deepEqual(orders, [
    { side: 1, priceTicks: 100, qtyLots: 3, ...common, timeInForce: 'IOC' },
    {
      side: -1,
      priceTicks: 101,
      qtyLots: 4,
      submitLocalUs: 6,
      cancelLocalUs: Number.POSITIVE_INFINITY,
      timeInForce: 'GTC',
    },
  ]);
});

test('says where an order is wrong', async (context) => {
  const bad: readonly (readonly [string, string, RegExp])[] = [
    [
      'order_id',
      'a,5000,1,100,3,9000,',
      /:3: order_id: expected a whole number of at most 20 digits, found 'a'/,
    ],
    ['order_id', '1,5000,1,100,3,9000,', /:3: order_id: expected an id that no order above has, found '1'/],
    ['side', '2,5000,buy,100,3,9000,', /:3: side: expected 1 \(buy\) or -1 \(sell\), found 'buy'/],
    ['qty_lots', '2,5000,1,100,0,9000,', /:3: qty_lots: .*at least 1/],
    [
      'cancel_local_ts',
      '2,5000,1,100,3,4000,',
      /:3: cancel_local_ts: expected a time not before submit_local_ts/,
    ],
    ['time_in_force', '2,5000,1,100,3,9000,DAY', /:3: time_in_force: expected one of GTC, GTX, IOC, FOK/],
  ];
  for (const [column, row, message] of bad) {
    const path = fileOf(context, `${ORDER_HEADER},time_in_force\n1,5000,1,100,3,9000,\n${row}\n`);
    const fields = { file: path, line: 3, column };
    await assert.rejects(readSchedule(path, reading), { code: 'XY_ROW_INVALID', message, fields }, row);
  }
  const unknown = fileOf(context, `${ORDER_HEADER},post_only\n1,5000,1,100,3,9000,1\n`);
  await assert.rejects(readSchedule(unknown, reading), {
    code: 'XY_FILE_DAMAGED',
    message: /'post_only' is no column/,
  });
  const empty = fileOf(context, `${ORDER_HEADER}\n`);
  await assert.rejects(readSchedule(empty, reading), { code: 'XY_DATA_INSUFFICIENT' });
});

/** Two orders, the first filled. */
function replayed() {
  const plan = {
    side: 1,
    priceTicks: 100,
    qtyLots: 3,
    submitLocalUs: 5,
    cancelLocalUs: 9,
    timeInForce: 'GTC',
  } as const;
  const orders = [new ReplayOrder(plan, 0), new ReplayOrder(plan, 1)];
  orders[0]?.load([3, 3, 0, 100, 8, 5]);
  return { ids: ['7', '9'], orders };
}

test('refuses a saved order that cannot be', () => {
  const [order] = replayed().orders;
  assert.throws(() => order?.load([3, 4, 0, 100, 8, 5]), /at most its quantity left/);
  assert.throws(() => order?.load([9, 0, 0, 100, 8, 5]), /has a status/);
});

test('writes fills that compare as equal, and lists every difference otherwise', async (context) => {
  const orders = replayed();
  orders.orders[0]?.load([3, 0, 3, 100, 8, 5]);
  const folder = tempDir(context);
  const path = join(folder, 'fills.csv');
  writeFills(path, orders);
  const header = 'order_id,status,last_exec_qty_lots,leaves_lots,last_exec_price_ticks,exch_ts,local_ts';
  assert.equal(readFileSync(path, 'utf8'), `${header}\n7,3,3,0,100,8000,5000\n9,0,0,3,0,0,0\n`);
  assert.deepEqual(readdirSync(folder), ['fills.csv']);
  assert.deepEqual(await compareFills(path, orders, reading), []);
  const other = fileOf(context, `${header}\r\n7,3,3,0,101,8000,6000\r\n8,1,0,3,0,0,0\r\n`);
  assert.deepEqual(await compareFills(other, orders, reading), [
    { orderId: '7', column: 'last_exec_price_ticks', expected: '101', found: '100' },
    { orderId: '7', column: 'local_ts', expected: '6000', found: '5000' },
    { orderId: '8', column: 'order_id', expected: '8', found: null },
    { orderId: '9', column: 'order_id', expected: null, found: '9' },
  ]);
  const twice = fileOf(context, `${header}\n7,3,3,0,100,8000,5000\n7,3,3,0,100,8000,5000\n`);
  await assert.rejects(compareFills(twice, orders, reading), {
    code: 'XY_ROW_INVALID',
    message: /:3: order_id/,
  });
});

test('leaves nothing behind where it cannot write', (context) => {
  const folder = tempDir(context);
  assert.throws(() => writeFills(join(folder, 'no', 'fills.csv'), replayed()), { code: 'XY_STORE_FAILED' });
  assert.throws(() => writeFills(folder, replayed()), { code: 'XY_STORE_FAILED' });
  assert.deepEqual(readdirSync(folder), []);
});
