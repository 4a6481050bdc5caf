/**
 * Random damage to small files of every form: the reader ends with a coded error or gives rows that keep the rules, which are checked
 * here once more and on their own. It never crashes, never hangs, and a file that was not damaged reads the same.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Prng, XylenError } from '#core';
import type { HistoryKind } from '#store';
import { BAR, BOOK, BOOK_DEPTH, FUNDING, OPEN_INTEREST, type RowChunk, TRADE } from '#store/history';
import { candleCsv, NEW_YEAR_US, rowsOf, zipOf } from '../../../test/support/history-rows.ts';
import { testSeed } from '../../../test/support/property.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { openSourceFile, readRows } from './read-file.ts';

const T0 = NEW_YEAR_US / 1_000;
const ROUNDS = 90;

function fundingCsv(): string {
  const rows = Array.from(
    { length: 12 },
    (_, i) => `${T0 + i * 28_800_000 + i},${i % 3 === 0 ? '-' : ''}0.000${i}1`,
  );
  return `ts_ms,funding_rate\n${rows.join('\n')}\n`;
}

function aggTradesCsv(): string {
  const rows = Array.from(
    { length: 12 },
    (_, i) => `${100 + i},0.70${i},${1 + i}.5,${200 + i},${201 + i},${T0 + i * 40},${i % 2 === 0}`,
  );
  return `agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n${rows.join('\n')}\n`;
}

function metricsCsv(): string {
  const rows = Array.from(
    { length: 12 },
    (_, i) =>
      `2024-01-01 00:${String(55 - 5 * i).padStart(2, '0')}:00,BTCUSDT,${100 + i}.5000,9.5,1.1,1.2,,0.9`,
  );
  return `create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio\n${rows.join('\n')}\n`;
}

function depthCsv(): string {
  const rows = [31, 1].flatMap((second) =>
    [-5, -2, -1, 1, 2, 5].map(
      (band) =>
        `2024-01-01 00:00:${String(second).padStart(2, '0')},${band}.00,${9 + band}.25,${1_000 + band}.5`,
    ),
  );
  return `timestamp,percentage,depth,notional\n${rows.join('\n')}\n`;
}

function recordedStream(): string {
  const lines = [`${T0}000000 {"lastUpdateId":99,"bids":[["10.5","1"],["10.4","2"]],"asks":[["11","3"]]}`];
  for (let i = 0; i < 6; i++) {
    const at = `${T0 + 1 + i}000123`;
    lines.push(
      `${at} {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":${T0},"T":${T0 + i},"s":"BTCUSDT","U":${100 + i},"u":${100 + i},"pu":${99 + i},"b":[["10.${i}","${i}"]],"a":[]}}`,
      `${at} {"stream":"btcusdt@trade","data":{"e":"trade","E":${T0},"T":${T0 + i},"s":"BTCUSDT","t":${i},"p":"10.5","q":"0.${i + 1}","m":${i % 2 === 0}}}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

const CASES: readonly (readonly [kind: HistoryKind, content: string])[] = [
  ['candles', candleCsv(12)],
  [
    'candles',
    `[${candleCsv(12)
      .split('\n')
      .slice(1, -1)
      .map((row) => `[${row}]`)
      .join()}]`,
  ],
  ['funding', fundingCsv()],
  ['trades', aggTradesCsv()],
  ['trades', recordedStream()],
  ['book', recordedStream()],
  ['open-interest', metricsCsv()],
  ['book-depth', depthCsv()],
];

/** Damages bytes in one of the ways files get damaged. */
function damage(bytes: Buffer, random: Prng): Buffer {
  const at = random.uint32() % bytes.length;
  const length = 1 + (random.uint32() % 40);
  const cut = (start: number, end: number): Buffer => bytes.subarray(start, Math.min(end, bytes.length));
  const noise = Buffer.from(Array.from({ length }, () => random.uint32() & 255));
  const symbols = Buffer.from('0123456789.,-eE\n"{}[]');
  switch (random.uint32() % 8) {
    case 0:
      return cut(0, at);
    case 1:
      return Buffer.concat([cut(0, at), cut(at + length, bytes.length)]);
    case 2:
      return Buffer.concat([cut(0, at), noise, cut(at, bytes.length)]);
    case 3:
      return Buffer.concat([cut(0, at), cut(Math.max(0, at - length), at), cut(at, bytes.length)]);
    case 4:
      return Buffer.concat([cut(at, bytes.length), cut(0, at)]);
    default: {
      // Most often one character for another of those the form is made of: the damage that looks like data.
      const out = Buffer.from(bytes);
      out[at] = symbols[random.uint32() % symbols.length]!;
      return out;
    }
  }
}

function assertRules(kind: HistoryKind, chunk: RowChunk, before: readonly number[]): readonly number[] {
  let last = before;
  for (let row = 0; row < chunk.rowCount; row++) {
    const values = chunk.columns.map((column) => column[row]!);
    assert.ok(values.every(Number.isSafeInteger), `safe integers: ${values}`);
    assertRow(kind, values, last);
    last = values;
  }
  return last;
}

function assertRow(kind: HistoryKind, values: readonly number[], last: readonly number[]): void {
  const at = (column: number): number => values[column]!;
  const before = (column: number): number => last[column] ?? Number.NEGATIVE_INFINITY;
  if (kind === 'candles') {
    assert.ok(at(BAR.ts) > before(BAR.ts) && at(BAR.low) > 0 && at(BAR.volume) >= 0);
    assert.ok(
      at(BAR.high) >= Math.max(at(BAR.open), at(BAR.close)) &&
        at(BAR.low) <= Math.min(at(BAR.open), at(BAR.close)),
    );
  } else if (kind === 'funding') {
    assert.ok(at(FUNDING.ts) >= before(FUNDING.ts) + 60_000_000 && Math.abs(at(FUNDING.rate)) < 1e12);
  } else if (kind === 'trades') {
    assert.ok(at(TRADE.id) > before(TRADE.id) && at(TRADE.tsLocal) >= before(TRADE.tsLocal));
    assert.ok(at(TRADE.price) > 0 && at(TRADE.qty) > 0 && Math.abs(at(TRADE.sign)) === 1);
  } else if (kind === 'open-interest') {
    assert.ok(at(OPEN_INTEREST.tsLocal) > before(OPEN_INTEREST.tsLocal) && at(OPEN_INTEREST.lots) >= 0);
    assert.ok(at(OPEN_INTEREST.tsLocal) >= at(OPEN_INTEREST.tsVenue));
  } else if (kind === 'book-depth') {
    const isLater = at(BOOK_DEPTH.ts) > before(BOOK_DEPTH.ts);
    assert.ok(
      isLater ||
        (at(BOOK_DEPTH.ts) === before(BOOK_DEPTH.ts) && at(BOOK_DEPTH.bandBps) > before(BOOK_DEPTH.bandBps)),
    );
    assert.ok(at(BOOK_DEPTH.bandBps) !== 0 && at(BOOK_DEPTH.depth) >= 0 && at(BOOK_DEPTH.notional) >= 0);
  } else {
    assert.ok(at(BOOK.tsLocal) >= before(BOOK.tsLocal) && at(BOOK.firstId) <= at(BOOK.lastId));
    assert.ok(at(BOOK.side) === 0 ? at(BOOK.price) === 0 : at(BOOK.price) > 0 && at(BOOK.qty) >= 0);
    assert.ok(at(BOOK.levelIx) === 0 || at(BOOK.levelIx) === before(BOOK.levelIx) + 1);
  }
}

test('damaged files of every form end in an error or in rows that keep the rules', async (context) => {
  const seed = testSeed();
  context.diagnostic(`SEED=${seed}`);
  const random = new Prng(seed);
  const folder = tempDir(context);
  const outcomes = { refused: 0, read: 0 };
  for (const [kind, content] of CASES) {
    for (let round = 0; round < ROUNDS; round++) {
      const plain = damage(Buffer.from(content), random);
      const packed =
        round % 5 === 0
          ? damage(gzipSync(content), random)
          : round % 5 === 1
            ? damage(zipOf({ x: content }), random)
            : plain;
      const path = join(folder, 'x');
      writeFileSync(path, packed);
      try {
        const file = await openSourceFile(path);
        if (!file.form.kinds.includes(kind)) continue;
        let last: readonly number[] = [];
        for await (const chunk of readRows(file, { kind, timeframeUs: null, symbol: null }))
          last = assertRules(kind, chunk, last);
        outcomes.read++;
      } catch (thrown) {
        if (!(thrown instanceof XylenError)) throw new Error(`round ${round} of ${kind}`, { cause: thrown });
        outcomes.refused++;
      }
    }
  }
  context.diagnostic(`${outcomes.refused} refused, ${outcomes.read} read`);
  assert.ok(outcomes.refused > outcomes.read);
});

test('undamaged files of every form are read whole', async (context) => {
  const folder = tempDir(context);
  const counts: number[] = [];
  for (const [kind, content] of CASES) {
    const path = join(folder, 'x');
    writeFileSync(path, content);
    counts.push(
      (await rowsOf(readRows(await openSourceFile(path), { kind, timeframeUs: null, symbol: null }))).length,
    );
  }
  assert.deepEqual(counts, [12, 12, 12, 12, 6, 9, 12, 12]);
});
