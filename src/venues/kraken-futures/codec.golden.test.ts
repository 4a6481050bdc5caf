/**
 * Recorded and documented messages of Kraken futures: books end as an independent program computed them, every frame is read or ignored on purpose, and a
 * lost or swapped message of a book is seen.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BookKeeper, type BookUpdate } from '#book';
import { decimalsOf, parseDecimal } from '#core';
import type { FeedInstrument } from '#venues/market';
import { DecodedLog } from '../../../test/support/decoded-log.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { KRAKEN_FUTURES } from './adapter.ts';
import { KrakenFuturesDecoder } from './codec.ts';

const skip = skipWithoutShared;
const FIXTURES = ['fixtures', 'kraken-futures'];

interface Expected {
  readonly messages: number;
  readonly finalSeq: number;
  readonly crossedAtEnd: boolean;
  readonly finalTop5: Readonly<Record<'bids' | 'asks', readonly (readonly [string, string])[]>>;
}

/** A book that hears what the decoder tells. */
class Book extends DecodedLog {
  readonly keeper: BookKeeper;
  readonly answers: string[] = [];

  constructor(instrument: FeedInstrument) {
    super();
    this.keeper = new BookKeeper(KRAKEN_FUTURES.bookPolicy(instrument), () => undefined);
  }

  override onBook(update: BookUpdate): void {
    this.answers.push(update.isSnapshot ? this.keeper.onSnapshot(update) : this.keeper.onDelta(update));
  }
}

function instrumentOf(wireSymbol: string, priceDecimals: number, qtyDecimals: number): FeedInstrument {
  return { ix: 0, venue: 'kraken-futures', symbol: wireSymbol, wireSymbol, priceDecimals, qtyDecimals };
}

function framesOf(...parts: readonly string[]): readonly Buffer[] {
  const lines = readFileSync(sharedPath(...FIXTURES, ...parts), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => Buffer.from((JSON.parse(line) as { raw: string }).raw));
}

/** Decimals of the prices as they stand in the messages. */
function priceDecimalsOf(frames: readonly Buffer[]): number {
  const texts = frames.flatMap((frame) => [...frame.toString().matchAll(/"price":([^,}]+)/g)]);
  return Math.max(...texts.map((match) => decimalsOf(match[1] ?? '')));
}

function replay(instrument: FeedInstrument, frames: readonly Buffer[]): Book {
  const decoder = new KrakenFuturesDecoder([instrument]);
  const book = new Book(instrument);
  frames.forEach((frame, index) => {
    decoder.decode(frame, index + 1, book);
  });
  assert.equal(decoder.ignoredCount, 0);
  return book;
}

const CAPTURES =
  skip === false
    ? readdirSync(sharedPath(...FIXTURES, 'book')).filter((name) => name.endsWith('.ndjson'))
    : [];

test('recorded books end as expected, without a gap', { skip }, () => {
  assert.ok(CAPTURES.length >= 4);
  for (const name of CAPTURES) {
    const product = name.replace(/_\d{4}-\d\d-\d\d\.ndjson$/, '');
    const frames = framesOf('book', name);
    const decimals = priceDecimalsOf(frames);
    const { keeper, answers } = replay(instrumentOf(product, decimals, 0), frames);
    const expected = JSON.parse(
      readFileSync(sharedPath(...FIXTURES, 'book', `${product}_expected.json`), 'utf8'),
    ) as Expected;
    assert.deepEqual([...new Set(answers)], ['applied'], name);
    assert.deepEqual([answers.length, keeper.lastUpdateId], [expected.messages, expected.finalSeq], name);
    assert.equal(keeper.isUsable, !expected.crossedAtEnd, name);
    for (const [side, wanted] of [
      ['buy', expected.finalTop5.bids],
      ['sell', expected.finalTop5.asks],
    ] as const) {
      wanted.forEach(([price, qty], i) => {
        assert.equal(keeper.book.priceTicksAt(side, i), parseDecimal(price, decimals), name);
        assert.equal(keeper.book.qtyLotsAt(side, i), parseDecimal(qty, 0), name);
      });
    }
  }
});

test('a lost and a swapped message of a book are gaps, a repeated one is dropped', { skip }, () => {
  for (const name of CAPTURES) {
    const instrument = instrumentOf(name.replace(/_\d{4}-\d\d-\d\d\.ndjson$/, ''), 5, 0);
    const frames = framesOf('book', name);
    const first = frames.findIndex((frame) => frame.toString().includes('"book_snapshot"'));
    for (let at = first + 1; at + 2 < frames.length; at += 11) {
      const [now, next] = [frames[at], frames[at + 1]];
      assert.ok(now !== undefined && next !== undefined);
      const head = frames.slice(0, at);
      assert.equal(replay(instrument, [...head, next]).answers.at(-1), 'gap');
      assert.equal(replay(instrument, [...head, next, now]).keeper.isUsable, false);
      const twice = replay(instrument, [...head, now, now]);
      assert.deepEqual([twice.answers.at(-1), twice.keeper.isUsable], ['dropped', true]);
    }
  }
});

test('a recorded connection is read: answers, trades, and tickers of the short form on purpose not', {
  skip,
}, () => {
  const frames = framesOf('ws', 'mixed_2021-07-22.ndjson');
  const texts = frames.map(String);
  const products = new Set(texts.flatMap((text) => /"product_id":"([^"]+)"/.exec(text)?.[1] ?? []));
  const instruments = [...products].map((name, ix) => ({ ...instrumentOf(name, 5, 0), ix }));
  const decoder = new KrakenFuturesDecoder(instruments);
  const log = new DecodedLog();
  for (const frame of frames) decoder.decode(frame, 1, log);
  assert.equal(decoder.ignoredCount, texts.filter((text) => text.startsWith('{"feed":"ticker_lite"')).length);
  const trades = texts.flatMap((text) => [...text.matchAll(/"uid"/g)]).length;
  assert.equal(log.of('trade').length, trades);
  assert.equal(log.of('control').length, texts.filter((text) => text.startsWith('{"event"')).length);
});

test('every documented message is read, or ignored on purpose', { skip }, () => {
  const products = ['PI_XBTUSD', 'PF_ETHUSD', 'FI_XBTUSD_220624', 'PF_XBTUSD'];
  const instruments = products.map((name, ix) => ({ ...instrumentOf(name, 5, 3), ix }));
  let frames = 0;
  for (const folder of [['nautilus'], ['ws', 'crypto-msg-parser'], ['ws', 'jkorf']]) {
    for (const name of readdirSync(sharedPath(...FIXTURES, ...folder))) {
      if (!name.endsWith('.json') || name.startsWith('http_')) continue;
      const document = JSON.parse(readFileSync(sharedPath(...FIXTURES, ...folder, name), 'utf8')) as {
        frames?: readonly { dir: string; msg: unknown }[];
      };
      const messages = document.frames?.filter(({ dir }) => dir === 'server').map(({ msg }) => msg) ?? [
        document,
      ];
      for (const message of messages) {
        const decoder = new KrakenFuturesDecoder(instruments);
        const log = new DecodedLog();
        decoder.decode(Buffer.from(JSON.stringify(message)), 1, log);
        assert.equal(log.entries.length > 0, decoder.ignoredCount === 0, `${folder.join('/')}/${name}`);
        frames++;
      }
    }
  }
  assert.ok(frames > 12);
});

test('a documented snapshot with empty levels is a book', { skip }, () => {
  const path = sharedPath(...FIXTURES, 'nautilus', 'ws_futures_book_snapshot_with_zero_qty.json');
  const { keeper } = replay(instrumentOf('PI_XBTUSD', 1, 0), [readFileSync(path)]);
  assert.deepEqual(
    [keeper.isUsable, keeper.book.bestBidTicks, keeper.book.bestAskTicks],
    [true, 348_925, 349_120],
  );
  assert.deepEqual([keeper.book.levelCount('buy'), keeper.book.levelCount('sell')], [2, 1]);
});
