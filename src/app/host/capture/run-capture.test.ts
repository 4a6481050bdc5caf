/** Captures made up here, whole and mutilated: the book is right or said to be wrong, and every count is what was done to it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { binanceStretch } from '../../../../test/support/captures.ts';
import { testSeed } from '../../../../test/support/property.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { loadAdapter } from '../venue-adapters.ts';
import type { CaptureReport } from './book-capture.ts';
import type { BookReport } from './captured-book.ts';
import { runCapture } from './run-capture.ts';

interface Wish {
  readonly venue?: string;
  readonly raw: readonly string[] | readonly (readonly string[])[];
  readonly snapshots?: readonly string[];
  readonly symbols?: readonly string[];
}

/** Writes the lines into files and runs them. */
async function runLines(context: TestContext, wish: Wish): Promise<CaptureReport> {
  const folder = tempDir(context);
  const write = (name: string, lines: string | readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof lines === 'string' ? lines : gzipSync(`${lines.join('\n')}\n`));
    return path;
  };
  const isMany = Array.isArray(wish.raw[0]);
  const files = (isMany ? wish.raw : [wish.raw]) as readonly (readonly string[])[];
  const { signal } = new AbortController();
  return runCapture(
    await loadAdapter(wish.venue ?? 'binance-usdm'),
    {
      rawFiles: files.map((lines, i) => write(`raw-${i}.gz`, lines)),
      snapshotFiles: (wish.snapshots ?? []).map((text, i) => write(`snapshot-${i}.json`, text)),
      symbols: wish.symbols ?? [],
    },
    { signal },
  );
}

function bookOf(report: CaptureReport, symbol = 'ABUSDT'): BookReport {
  const book = report.symbols[symbol];
  assert.ok(book !== undefined, `${symbol} is in the report`);
  return book;
}

/** The counts of a report: frames, applied, dropped, gaps, re-syncs, checksum failures, stale. */
function countsOf(book: BookReport): readonly unknown[] {
  return [
    book.frames,
    book.applied,
    book.dropped,
    book.gaps,
    book.resyncs,
    book.checksumFailures,
    book.stale,
  ];
}

const made = binanceStretch('ABUSDT', 200, testSeed());

function assertEnd(book: BookReport): void {
  assert.deepEqual([book.stale, book.lastSequence], [false, made.lastId]);
  assert.deepEqual([book.bids, book.asks], [made.bids.slice(0, 20), made.asks.slice(0, 20)]);
}

test('a snapshot beside the capture, without a time, is taken before the first frame', async (context) => {
  for (const at of [1, 7, 150]) {
    const report = await runLines(context, { raw: made.frames, snapshots: [made.snapshotAt(at)] });
    const book = bookOf(report);
    assertEnd(book);
    // The last frame before the snapshot may bridge it: it ends where the snapshot ends.
    assert.deepEqual(countsOf(book), [200, 201 - at, at - 1, 0, 0, 0, false]);
    assert.deepEqual([report.venue, report.damaged, report.ignored], ['binance-usdm', 0, 0]);
  }
});

test('a snapshot on several lines, wrapped, or with its address is the same', async (context) => {
  const body = made.snapshotAt(5);
  const url = 'https://fapi.binance.com/fapi/v1/depth?symbol=ABUSDT&limit=1000';
  for (const text of [
    JSON.stringify(JSON.parse(body), null, 2),
    JSON.stringify({ t: 5.5, raw: body }),
    `${url} -> 1: ${body}\n${url.replace('AB', 'CD')} -> 2: ${body}\nhttps://a.test/time -> 3: {"serverTime":1}\n\n`,
  ]) {
    assertEnd(bookOf(await runLines(context, { raw: made.frames, snapshots: [text] })));
  }
});

test('frames are kept for a snapshot that comes later, in its time or between the frames', async (context) => {
  const timed = made.frames.map((frame, i) => `${1_700_000_000 + i}.5: ${frame}`);
  const url = 'https://fapi.binance.com/fapi/v1/depth?symbol=ABUSDT&limit=1000';
  const answer = `${url} -> 1700000010.25: ${made.snapshotAt(8)}`;
  const inline = [...made.frames.slice(0, 10), made.snapshotAt(8), ...made.frames.slice(10)];
  const noted = [...timed.slice(0, 10), answer, ...timed.slice(10)];
  for (const wish of [{ raw: timed, snapshots: [answer] }, { raw: inline }, { raw: noted }]) {
    const book = bookOf(await runLines(context, wish));
    assertEnd(book);
    assert.deepEqual(countsOf(book), [200, 193, 7, 0, 0, 0, false]);
  }
});

test('a capture in several files goes on where the one before ended', async (context) => {
  const raw = [made.frames.slice(0, 90), made.frames.slice(90)];
  assertEnd(bookOf(await runLines(context, { raw, snapshots: [made.snapshotAt(1)] })));
});

test('a frame that is missing makes the book stale until a snapshot heals it', async (context) => {
  const holed = made.frames.toSpliced(50, 1);
  const lost = bookOf(await runLines(context, { raw: holed, snapshots: [made.snapshotAt(1)] }));
  assert.deepEqual([lost.gaps, lost.resyncs, lost.stale, lost.bids.length], [1, 0, true, 0]);
  const healed = [...holed.slice(0, 60), made.snapshotAt(58), ...holed.slice(60)];
  const book = bookOf(await runLines(context, { raw: healed, snapshots: [made.snapshotAt(1)] }));
  assertEnd(book);
  assert.deepEqual([book.gaps, book.resyncs], [1, 1]);
});

test('frames said twice are dropped; frames out of order are a gap', async (context) => {
  const snapshots = [made.snapshotAt(1)];
  const twice = made.frames.flatMap((frame, i) => (i % 10 === 5 ? [frame, frame] : [frame]));
  const book = bookOf(await runLines(context, { raw: twice, snapshots }));
  assertEnd(book);
  assert.deepEqual(countsOf(book), [220, 200, 20, 0, 0, 0, false]);
  const swapped = made.frames.toSpliced(50, 2, made.frames[51] ?? '', made.frames[50] ?? '');
  const wrong = bookOf(await runLines(context, { raw: swapped, snapshots }));
  assert.deepEqual([wrong.gaps, wrong.stale], [1, true]);
});

test('what cannot be read is counted with its place, and books that are numbered go on', async (context) => {
  const raw = [...made.frames];
  raw.splice(20, 0, '{"stream":"abusdt@depth@100ms","data":{"e":"depthUpd', 'garbage', '{"a":01}', '');
  const report = await runLines(context, { raw, snapshots: [made.snapshotAt(1)] });
  assertEnd(bookOf(report));
  assert.equal(report.damaged, 3);
  assert.deepEqual(
    report.damagedPlaces.map(({ line }) => line),
    [21, 22, 23],
  );
  const cut = made.frames.with(199, made.frames[199]?.slice(0, -1) ?? '');
  const late = await runLines(context, { raw: cut, snapshots: [made.snapshotAt(1)] });
  assert.deepEqual([late.damaged, bookOf(late).frames], [1, 199]);
  const worthless = raw.map(() => 'garbage');
  await assert.rejects(runLines(context, { raw: worthless }), { code: 'XY_DATA_INSUFFICIENT' });
});

test('markets are told apart; one may be chosen, by its name or its letters', async (context) => {
  const other = binanceStretch('CDUSDT', 50, testSeed() + 1);
  const raw = [...made.frames.slice(0, 30), ...other.frames, ...made.frames.slice(30)];
  const named = (symbol: string, body: string): string => JSON.stringify({ ...JSON.parse(body), symbol });
  const snapshots = [named('CDUSDT', other.snapshotAt(1)), named('ABUSDT', made.snapshotAt(1))];
  const both = await runLines(context, { raw, snapshots });
  assertEnd(bookOf(both));
  assert.deepEqual(bookOf(both, 'CDUSDT').bids, other.bids.slice(0, 20));
  const one = await runLines(context, { raw, snapshots: [made.snapshotAt(1)], symbols: ['ab-usdt'] });
  assert.deepEqual(Object.keys(one.symbols), ['ABUSDT']);
  assertEnd(bookOf(one));
  await assert.rejects(runLines(context, { raw, snapshots: [made.snapshotAt(1)] }), {
    code: 'XY_USAGE',
    message: /ABUSDT, CDUSDT; choose one with --symbol/,
  });
  await assert.rejects(runLines(context, { raw, symbols: ['EFUSDT'] }), {
    code: 'XY_USAGE',
    message: /\(ABUSDT, CDUSDT\), found 'EFUSDT'/,
  });
});

test('Kraken: a digit that is wrong fails the checksum, and the next snapshot heals', async (context) => {
  const book = (type: string, bids: string, asks: string, checksum: number): string =>
    `{"channel":"book","type":"${type}","data":[{"symbol":"AB/USD","bids":[${bids}],"asks":[${asks}],"checksum":${checksum},"timestamp":"2024-01-01T00:00:00.000000Z"}]}`;
  const level = (price: string, qty: string): string => `{"price":${price},"qty":${qty}}`;
  // CRC-32 of "10100100" + "1000200" (asks, then bids, without points and leading zeros), and of the books after.
  const snapshot = book('snapshot', level('100.0', '2.00'), level('101.0', '1.00'), crc32('10101001000200'));
  const good = book('update', level('100.5', '0.05'), '', crc32('1010100100551000200'));
  const bad = good.replace('0.05', '0.06');
  const lines = [snapshot, good, bad, good, snapshot, good];
  const report = bookOf(await runLines(context, { venue: 'kraken-spot', raw: lines }), 'AB/USD');
  assert.equal(report.checksumFailures, 1);
  assert.deepEqual([report.resyncs, report.stale, report.lastSequence], [1, false, null]);
  assert.deepEqual(report.bids, [
    ['100.5', '0.05'],
    ['100.0', '2.00'],
  ]);
});

/** CRC-32 as in zlib, bit by bit. */
function crc32(text: string): number {
  let crc = -1;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A Coinbase frame of one product with one level of either side. */
function coinbaseFrame(sequence: number, type: 'snapshot' | 'update', bid: string): string {
  const level = (side: string, price: string): unknown => ({
    side,
    event_time: '2024-01-01T00:00:00.000000Z',
    price_level: price,
    new_quantity: '1',
  });
  const updates = [level('bid', bid), level('offer', '101')];
  return JSON.stringify({
    channel: 'l2_data',
    client_id: '',
    timestamp: '2024-01-01T00:00:00.000000Z',
    sequence_num: sequence,
    events: [{ type, product_id: 'AB-USD', updates }],
  });
}

test('Coinbase: a hole in the numbers of the connection loses the book, another connection brings it back', async (context) => {
  const frames = [0, 1, 2].map((n) => coinbaseFrame(n, n === 0 ? 'snapshot' : 'update', `99.${n}`));
  const lines = [...frames, frames[2] ?? '', coinbaseFrame(4, 'update', '98')];
  const lost = bookOf(await runLines(context, { venue: 'coinbase', raw: lines }), 'AB-USD');
  assert.deepEqual([lost.gaps, lost.resyncs, lost.stale], [1, 0, true]);
  const healed = bookOf(await runLines(context, { venue: 'coinbase', raw: [...lines, ...frames] }), 'AB-USD');
  assert.deepEqual([healed.gaps, healed.resyncs, healed.stale], [1, 1, false]);
  assert.equal(healed.bids[0]?.[0], '99.2');
  const reconnected = [
    'wss://a.test <-> 1700000000.5',
    ...frames,
    'wss://a.test <-> 1700000009.5',
    ...frames,
  ];
  const again = bookOf(await runLines(context, { venue: 'coinbase', raw: reconnected }), 'AB-USD');
  assert.deepEqual([again.gaps, again.resyncs, again.stale], [0, 1, false]);
});

test('a snapshot that is none, or where none belongs, is refused', async (context) => {
  const raw = made.frames;
  await assert.rejects(runLines(context, { raw, snapshots: ['{"serverTime":1}'] }), {
    code: 'XY_FILE_DAMAGED',
    message: /snapshot-0\.json:1: expected the book of a market/,
  });
  await assert.rejects(
    runLines(context, { raw, snapshots: ['https://a.test/time -> 1: {"serverTime":1}\n'] }),
    {
      code: 'XY_FILE_DAMAGED',
      message: /no book of a market/,
    },
  );
  await assert.rejects(
    runLines(context, { raw, snapshots: [made.snapshotAt(1).replace('lastUpdateId', 'x')] }),
    {
      code: 'XY_VENUE_REPLY',
    },
  );
  const frame = coinbaseFrame(0, 'snapshot', '99');
  await assert.rejects(runLines(context, { venue: 'coinbase', raw: [frame], snapshots: ['{}'] }), {
    code: 'XY_FILE_DAMAGED',
  });
  await assert.rejects(
    runLines(context, { venue: 'coinbase', raw: [frame], snapshots: [made.snapshotAt(1)] }),
    {
      code: 'XY_USAGE',
      message: /begin with a snapshot on the stream/,
    },
  );
  await assert.rejects(loadAdapter('nowhere'), {
    code: 'XY_USAGE',
    message: /binance-usdm.*found 'nowhere'/,
  });
  await assert.rejects(loadAdapter('toString'), { code: 'XY_USAGE' });
});
