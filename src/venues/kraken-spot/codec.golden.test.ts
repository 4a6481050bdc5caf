/**
 * Recorded and documented messages of Kraken spot: every frame is read or ignored on purpose, every book agrees with the venue's own checksum after
 * every message, and nothing that is lost, swapped or changed near the top passes unseen.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { BookKeeper, type BookUpdate, L2Book, L3Book } from '#book';
import type { FeedInstrument } from '#venues/market';
import { DecodedLog } from '../../../test/support/decoded-log.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { KRAKEN_SPOT, krakenSpot } from './adapter.ts';
import { CaptureSurvey, type SurveyedPair } from './capture-survey.ts';
import { KrakenSpotDecoder } from './codec.ts';

const skip = skipWithoutShared;
const FIXTURES = ['fixtures', 'kraken-spot'];
const V2_CAPTURE = [...FIXTURES, 'book-v2', 'BTC-USD_depth10_2023-07-30.ndjson'];

/** Books of a capture, told by the pair's name. */
class Capture extends DecodedLog {
  readonly pairs: readonly SurveyedPair[];
  readonly keepers: readonly BookKeeper[];
  readonly decoder: KrakenSpotDecoder;
  /** Messages after which a book was lost. */
  losses = 0;
  bookMessages = 0;

  constructor(frames: readonly Uint8Array[]) {
    super();
    const survey = new CaptureSurvey();
    for (const frame of frames) survey.add(frame);
    this.pairs = survey.pairs();
    const instruments = this.pairs.map((pair, ix) => instrumentOf(pair, ix));
    this.decoder = new KrakenSpotDecoder(instruments);
    this.keepers = instruments.map((instrument, ix) => {
      const adapter = krakenSpot({ bookDepth: this.pairs[ix]?.bookDepth ?? 0 });
      return new BookKeeper(adapter.bookPolicy(instrument), () => undefined);
    });
    frames.forEach((frame, index) => {
      this.decoder.decode(frame, index + 1, this);
    });
  }

  override onBook(update: BookUpdate): void {
    const keeper = this.keepers[update.instrumentIx];
    assert.ok(keeper !== undefined);
    this.bookMessages++;
    const answer = update.isSnapshot ? keeper.onSnapshot(update) : keeper.onDelta(update);
    if (answer === 'checksum' || answer === 'gap') this.losses++;
  }
}

function instrumentOf({ wireSymbol, priceDecimals, qtyDecimals }: SurveyedPair, ix: number): FeedInstrument {
  return { ix, venue: 'kraken-spot', symbol: wireSymbol, wireSymbol, priceDecimals, qtyDecimals };
}

function framesOf(...parts: readonly string[]): readonly Buffer[] {
  const lines = readFileSync(sharedPath(...parts), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => Buffer.from((JSON.parse(line) as { raw: string }).raw));
}

/** Frames of a recording with `TIME: MESSAGE` lines, those that were received. */
function recordedFrames(name: string): readonly Buffer[] {
  const text = gunzipSync(readFileSync(sharedPath('data', 'raw-captures', 'KRAKEN', name))).toString();
  return text.split('\n').flatMap((line) => {
    const message = /^\d+\.\d+: (.*)$/.exec(line)?.[1];
    return message === undefined ? [] : [Buffer.from(message)];
  });
}

function textsIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const { frames } = value as { frames?: readonly { dir: string; msg: unknown }[] };
  return frames === undefined ? [value] : frames.filter(({ dir }) => dir === 'server').map(({ msg }) => msg);
}

test('every message of the v2 capture leaves the book that the venue has', { skip }, () => {
  const capture = new Capture(framesOf(...V2_CAPTURE));
  assert.deepEqual(capture.pairs, [
    { wireSymbol: 'BTC/USD', priceDecimals: 1, qtyDecimals: 8, bookDepth: 10 },
  ]);
  assert.deepEqual([capture.bookMessages, capture.losses, capture.decoder.ignoredCount], [341, 0, 0]);
  assert.equal(capture.keepers[0]?.counts.applied, 341);
});

test('the checksums of the v2 capture are those that an independent program computed', { skip }, () => {
  const { cases } = JSON.parse(
    readFileSync(sharedPath(...FIXTURES, 'book-v2', 'checksum_strings.json'), 'utf8'),
  ) as { cases: readonly { afterUpdate: number; crc32: number }[] };
  const frames = framesOf(...V2_CAPTURE);
  for (const { afterUpdate, crc32 } of cases) {
    const capture = new Capture(frames.slice(0, afterUpdate + 1));
    const [keeper] = capture.keepers;
    assert.ok(keeper !== undefined);
    assert.equal(
      KRAKEN_SPOT.bookPolicy(instrumentOf(capture.pairs[0] ?? assert.fail(), 0)).checksum?.(keeper.book),
      crc32,
    );
  }
});

test('every message of the v1 captures leaves the book that the venue has', { skip }, () => {
  for (const name of readdirSync(sharedPath(...FIXTURES, 'book-v1'))) {
    const capture = new Capture(framesOf(...FIXTURES, 'book-v1', name));
    assert.equal(capture.pairs.length, 1, name);
    assert.equal(capture.pairs[0]?.bookDepth, 1000, name);
    assert.deepEqual([capture.losses, capture.decoder.ignoredCount], [0, 0], name);
    assert.equal(capture.keepers[0]?.counts.applied, capture.bookMessages, name);
  }
});

test('ten books of one recorded connection are right to the last message', { skip }, () => {
  const frames = recordedFrames('KRAKEN.ws.50.0.txt.gz');
  const capture = new Capture(frames);
  assert.equal(capture.pairs.length, 10);
  assert.deepEqual([capture.losses, capture.bookMessages, capture.decoder.ignoredCount], [0, 4279, 0]);
  for (const keeper of capture.keepers) assert.equal(keeper.isUsable, true);
  const kinds = new Set(capture.of('control').map((control) => (control as { kind: string }).kind));
  assert.deepEqual([...kinds].sort(), ['heartbeat', 'subscribed', 'welcome']);
});

test('recorded trades and tickers of v1 are read, or ignored on purpose', { skip }, () => {
  const trades = framesOf(...FIXTURES, 'ws-v1', 'trade_stream_2021-04-17.ndjson');
  const pairs = [
    'WAVES/EUR',
    'XMR/USD',
    'KSM/XBT',
    'GRT/ETH',
    'SC/EUR',
    'ETH/CHF',
    'OCEAN/XBT',
    'OMG/USD',
    'XBT/CHF',
    'ADA/XBT',
  ];
  const instruments = pairs.map((wireSymbol, ix) =>
    instrumentOf({ wireSymbol, priceDecimals: 9, qtyDecimals: 8, bookDepth: 10 }, ix),
  );
  for (const frames of [
    trades,
    recordedFrames('KRAKEN.ws.48.0.txt.gz'),
    recordedFrames('KRAKEN.ws.49.0.txt.gz'),
  ]) {
    const decoder = new KrakenSpotDecoder(instruments);
    const log = new DecodedLog();
    for (const frame of frames) decoder.decode(frame, 1, log);
    const tickers = frames.filter((frame) => /^\[.*"ticker","/.test(frame.toString())).length;
    const told = frames.filter((frame) => /^\[.*"trade","/.test(frame.toString())).length;
    assert.ok(log.of('trade').length >= told);
    assert.equal(decoder.ignoredCount, tickers);
  }
});

test('every documented message is read, or ignored on purpose', { skip }, () => {
  const names = ['BTC/USD', 'ETH/USDT', 'XBT/USD'];
  const instruments = names.map((wireSymbol, ix) =>
    instrumentOf({ wireSymbol, priceDecimals: 5, qtyDecimals: 8, bookDepth: 10 }, ix),
  );
  const folders = [['nautilus'], ['ws', 'jkorf'], ['ws-orders', 'jkorf'], ['ws-v1', 'crypto-msg-parser']];
  let frames = 0;
  for (const folder of folders) {
    const isStream = (name: string): boolean => !name.startsWith('http_') && !name.endsWith('_request.json');
    for (const name of readdirSync(sharedPath(...FIXTURES, ...folder)).filter(isStream)) {
      const document: unknown = JSON.parse(readFileSync(sharedPath(...FIXTURES, ...folder, name), 'utf8'));
      for (const message of textsIn(document)) {
        const decoder = new KrakenSpotDecoder(instruments);
        const log = new DecodedLog();
        decoder.decode(Buffer.from(JSON.stringify(message)), 1, log);
        assert.equal(log.entries.length > 0, decoder.ignoredCount === 0, `${folder.join('/')}/${name}`);
        frames++;
      }
    }
  }
  assert.ok(frames > 25);
});

test("control frames of the venue's own text are told, a refused depth among them", { skip }, () => {
  const path = sharedPath(...FIXTURES, 'ws', 'v2_control_frames_2026-08-16.json');
  const texts = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>;
  const decoder = new KrakenSpotDecoder([
    instrumentOf({ wireSymbol: 'BTC/USD', priceDecimals: 1, qtyDecimals: 8, bookDepth: 10 }, 0),
  ]);
  const log = new DecodedLog();
  for (const name of ['status', 'heartbeat', 'subscribe_depth_refused', 'book_update_BTC-USD']) {
    decoder.decode(Buffer.from(texts[name] ?? ''), 1, log);
  }
  assert.deepEqual(log.of('control'), [
    { kind: 'welcome', pingIntervalUs: null },
    { kind: 'heartbeat' },
    { kind: 'refused', id: null, channel: null, symbol: null, message: 'Subscription depth not supported' },
  ]);
  assert.deepEqual(log.books[0]?.asks, [
    [628_070, 0],
    [628_188, 65_540_712],
  ]);
});

test('a documented snapshot satisfies its checksum', { skip }, () => {
  const path = sharedPath(...FIXTURES, 'ws', 'jkorf', 'AggBook.json');
  const frames = textsIn(JSON.parse(readFileSync(path, 'utf8'))).map((message) =>
    Buffer.from(JSON.stringify(message)),
  );
  const capture = new Capture(frames);
  assert.deepEqual([capture.bookMessages, capture.losses], [1, 0]);
  const example = JSON.parse(
    readFileSync(sharedPath(...FIXTURES, 'book-v2', 'official_doc_example.json'), 'utf8'),
  ) as Readonly<Record<'asks' | 'bids', readonly (readonly [string, string])[]>> & { crc32: number };
  const book = new L2Book();
  for (const [price, qty] of example.asks) book.setLevel('sell', digits(price), digits(qty));
  for (const [price, qty] of example.bids) book.setLevel('buy', digits(price), digits(qty));
  const pair = { wireSymbol: 'BTC/USD', priceDecimals: 1, qtyDecimals: 8, bookDepth: 10 };
  assert.equal(KRAKEN_SPOT.bookPolicy(instrumentOf(pair, 0)).checksum?.(book), example.crc32);
});

function digits(text: string): number {
  return Number(text.replace('.', ''));
}

test('orders of level 3 build a book; its documented checksum is read', { skip }, () => {
  const path = sharedPath(...FIXTURES, 'ws', 'jkorf', 'IndividualBook.json');
  const decoder = new KrakenSpotDecoder([
    instrumentOf({ wireSymbol: 'ETH/USDT', priceDecimals: 4, qtyDecimals: 8, bookDepth: 10 }, 0),
  ]);
  const book = new L3Book();
  const log = new DecodedLog();
  for (const message of textsIn(JSON.parse(readFileSync(path, 'utf8')))) {
    decoder.decode(Buffer.from(JSON.stringify(message)), 1, log);
  }
  for (const order of log.of('order') as {
    orderId: string;
    side: 'buy' | 'sell';
    priceTicks: number;
    qtyLots: number;
  }[]) {
    assert.equal(book.add(order.side, order.orderId, order.priceTicks, order.qtyLots), 'added');
  }
  assert.deepEqual([book.levels.bestBidTicks, book.levels.bestAskTicks], [5629, 5630]);
  assert.deepEqual(log.of('order-snapshot'), [{ instrumentIx: 0, checksum: 281_817_320 }]);
});

/** Where the lines of a capture lead when one thing about them is changed. */
function lossesAfter(change: (frames: Buffer[]) => void): number {
  const frames = [...framesOf(...V2_CAPTURE)];
  change(frames);
  return new Capture(frames).losses;
}

test('a lost message, swapped messages and a changed digit are seen, a repeated message is harmless', {
  skip,
}, () => {
  const frames = framesOf(...V2_CAPTURE);
  const state = (count: number): string => booksText(new Capture(frames.slice(0, count)));
  let lost = 0;
  let swapped = 0;
  for (let at = 1; at + 2 < frames.length; at += 7) {
    // A change that the next message takes back, or that does not matter, leaves the same book and is no loss.
    const isHarmless = (change: (copy: Buffer[]) => void, upTo: number): boolean => {
      const copy = frames.slice(0, upTo);
      change(copy);
      return booksText(new Capture(copy)) === state(upTo);
    };
    const drop = (copy: Buffer[]): void => void copy.splice(at, 1);
    if (lossesAfter(drop) > 0) lost++;
    else assert.ok(isHarmless(drop, at + 2), `message ${at} was lost unseen`);
    const swap = (copy: Buffer[]): void => void copy.splice(at, 2, frames[at + 1]!, frames[at]!);
    if (lossesAfter(swap) > 0) swapped++;
    else assert.ok(isHarmless(swap, at + 3), `messages ${at} and ${at + 1} were swapped unseen`);
    assert.equal(
      lossesAfter((copy) => void copy.splice(at, 0, frames[at]!)),
      0,
      `message ${at} came twice`,
    );
    const text = frames[at]!.toString();
    const changed = text.replace(
      /("qty":\d+\.\d{7})(\d)/,
      (_, head: string, digit: string) => `${head}${(Number(digit) + 1) % 10}`,
    );
    if (changed !== text) {
      assert.ok(
        lossesAfter((copy) => void copy.splice(at, 1, Buffer.from(changed))) > 0,
        `a digit of message ${at} was changed unseen`,
      );
    }
  }
  assert.ok(lost > 30 && swapped > 30, `${lost} losses and ${swapped} swaps were seen`);
});

function booksText(capture: Capture): string {
  const [keeper] = capture.keepers;
  if (keeper === undefined) return '';
  const sides = (['buy', 'sell'] as const).map((side) =>
    Array.from({ length: keeper.book.levelCount(side) }, (_, i) => [
      keeper.book.priceTicksAt(side, i),
      keeper.book.qtyLotsAt(side, i),
    ]),
  );
  return JSON.stringify(sides);
}
