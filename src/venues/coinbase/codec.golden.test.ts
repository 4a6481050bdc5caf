/** Recorded Coinbase messages: Advanced Trade in the order of its numbers, and the Exchange feed of 2021 book by book. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { L2Book } from '#book';
import { decimalsOf } from '#core';
import { type CollectedBook, DecodedCollector } from '../../../test/support/decoded-collector.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { type FeedInstrument, FrameFault, feedInstrumentOf } from '../market/index.ts';
import { COINBASE } from './adapter.ts';
import { CoinbaseDecoder } from './codec.ts';
import { CoinbaseRest } from './rest.ts';

const FIXTURES = sharedPath('fixtures', 'coinbase');
const REST = new CoinbaseRest(COINBASE.hosts);

function instrumentOf(
  symbol: string,
  ix: number,
  priceDecimals: number,
  qtyDecimals: number,
): FeedInstrument {
  return { ix, venue: 'coinbase', symbol, wireSymbol: symbol, priceDecimals, qtyDecimals };
}

const BTC_USD = instrumentOf('BTC-USD', 0, 2, 8);
const BTC_PERP = instrumentOf('BTC-PERP-INTX', 1, 1, 4);
const ETH_USDT = instrumentOf('ETH-USDT', 2, 2, 8);
const FOLLOWED = [BTC_USD, BTC_PERP, ETH_USDT];

function rawFrames(path: string): readonly Buffer[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => Buffer.from((JSON.parse(line) as { raw: string }).raw));
}

/** Server messages of a file with one message or a conversation. */
function framesOf(path: string): readonly Buffer[] {
  const bytes = readFileSync(path);
  const parsed = JSON.parse(bytes.toString()) as { frames?: readonly { dir: string; msg: unknown }[] };
  if (parsed.frames === undefined) return [bytes];
  const served = parsed.frames.filter(({ dir }) => dir === 'server');
  return served.map(({ msg }) => Buffer.from(JSON.stringify(msg)));
}

function decodeAll(frames: readonly Buffer[]): { collector: DecodedCollector; decoder: CoinbaseDecoder } {
  const decoder = new CoinbaseDecoder(FOLLOWED);
  const collector = new DecodedCollector();
  for (const frame of frames) decoder.decode(frame, 1_800_000_000_000_000, collector);
  return { collector, decoder };
}

test('the recorded connection is numbered from 0, and its snapshot is read to the digit', {
  skip: skipWithoutShared,
}, () => {
  const { collector, decoder } = decodeAll(rawFrames(`${FIXTURES}/ws/advanced_2026-09-07_seq0-3.ndjson`));
  assert.deepEqual(collector.sequences, [0, 1, 2, 3]);
  assert.deepEqual(collector.books, [
    {
      instrumentIx: 1,
      tsVenueUs: 1_788_746_278_894_355,
      isSnapshot: true,
      firstId: -1,
      lastId: -1,
      previousId: -1,
      bids: [
        [799_439, 30_105, 0],
        [799_438, 5_000, 0],
      ],
      asks: [
        [799_441, 12_000, 0],
        [799_440, 480, 0],
      ],
    },
  ]);
  assert.deepEqual(
    collector.controls.map((message) =>
      message.kind === 'subscribed' ? `${message.channel} ${message.symbol}` : message.kind,
    ),
    [
      'level2 BTC-PERP-INTX',
      'level2 ETH-PERP-INTX',
      'heartbeats heartbeats',
      'level2 BTC-PERP-INTX',
      'level2 ETH-PERP-INTX',
      'heartbeat',
    ],
  );
  assert.equal(decoder.ignoredCount, 0);
});

const TOLD: Readonly<Record<string, string>> = {
  'nautilus/ws_candles.json': 'candle, candle',
  'nautilus/ws_heartbeats.json': 'heartbeat',
  'nautilus/ws_l2_data_snapshot.json': 'book',
  'nautilus/ws_l2_data_update.json': 'book',
  'nautilus/ws_user.json': 'ignored 1',
  'ws/advanced_2026-09-30_snapshot_cut.json': 'book',
  'ws/error_frame.json': 'refused',
  'ws/jkorf/Concurrent.json': 'subscribed, subscribed, ignored 2',
  'ws/jkorf/Heartbeat.json': 'subscribed, heartbeat',
  'ws/jkorf/Symbol.json': 'subscribed, ignored 1',
  'ws/jkorf/Ticker.json': 'subscribed, quote',
  'ws/jkorf/Trades.json': 'subscribed, trade, trade',
  'ws-legacy-exchange/crypto-msg-parser/l2_orderbook_update_1.json': 'book',
  'ws-legacy-exchange/crypto-msg-parser/l3_event_1.json': 'ignored 1',
  'ws-legacy-exchange/crypto-msg-parser/trade_1.json': 'trade',
};

test('each sample message is read, or passed over on purpose', { skip: skipWithoutShared }, () => {
  for (const [file, told] of Object.entries(TOLD)) {
    const { collector, decoder } = decodeAll(framesOf(`${FIXTURES}/${file}`));
    const ignored = decoder.ignoredCount > 0 ? [`ignored ${decoder.ignoredCount}`] : [];
    assert.equal([...collector.order, ...ignored].join(', '), told, file);
  }
});

test('sample trades: oldest first, the taker is the other side', { skip: skipWithoutShared }, () => {
  const { collector } = decodeAll(framesOf(`${FIXTURES}/ws/jkorf/Trades.json`));
  assert.deepEqual(
    collector.trades.map(({ takerSide, tradeId, tsVenueUs }) => [tradeId, takerSide, tsVenueUs]),
    [
      [22_381_690, 'sell', 1_728_026_011_084_859],
      [22_381_691, 'sell', 1_728_026_011_088_388],
    ],
  );
});

test('a sample message that is cut anywhere delivers nothing', { skip: skipWithoutShared }, () => {
  for (const file of Object.keys(TOLD)) {
    for (const frame of framesOf(`${FIXTURES}/${file}`)) {
      const text = frame.toString().trimEnd();
      for (let length = 0; length < text.length; length += 3) {
        const collector = new DecodedCollector();
        const cut = Buffer.from(text.slice(0, length));
        assert.throws(() => new CoinbaseDecoder(FOLLOWED).decode(cut, 1, collector), FrameFault, file);
        assert.equal(collector.order.length + collector.sequences.length, 0);
      }
    }
  }
});

interface LegacyProduct {
  readonly id: string;
  readonly quote_increment: string;
  readonly base_increment: string;
}

/** Products of the Exchange as it listed them on the day of the recording. */
function legacyProducts(): readonly FeedInstrument[] {
  const path = sharedPath('data', 'raw-captures', 'COINBASE', 'COINBASE.0.txt.gz');
  const line = gunzipSync(readFileSync(path)).toString().split('\n')[0] ?? '';
  const products = JSON.parse(line.slice(line.indexOf('['))) as readonly LegacyProduct[];
  return products.map(({ base_increment, id, quote_increment }, ix) =>
    instrumentOf(id, ix, decimalsOf(quote_increment), decimalsOf(base_increment)),
  );
}

function apply(book: L2Book, { asks, bids, isSnapshot }: CollectedBook): void {
  if (isSnapshot) book.clear();
  for (const [price = 0, qty = 0] of bids) book.setLevel('buy', price, qty);
  for (const [price = 0, qty = 0] of asks) book.setLevel('sell', price, qty);
}

/** Lines of a raw capture that were received. */
function receivedFrames(name: string): readonly Buffer[] {
  const text = gunzipSync(readFileSync(sharedPath('data', 'raw-captures', 'COINBASE', name))).toString();
  const frames: Buffer[] = [];
  for (const line of text.split('\n')) {
    const match = /^\d+\.\d+: (\{.*)$/.exec(line);
    if (match?.[1] !== undefined) frames.push(Buffer.from(match[1]));
  }
  return frames;
}

test('the capture of 2021: ten books that never cross, all trades, no message damaged', {
  skip: skipWithoutShared,
}, () => {
  const instruments = legacyProducts();
  const decoder = new CoinbaseDecoder(instruments);
  const books = new Map<number, L2Book>();
  const collector = new DecodedCollector();
  const frames = receivedFrames('COINBASE.ws.28.0.txt.gz');
  let seen = 0;
  for (const frame of frames) {
    decoder.decode(frame, 1, collector);
    for (; seen < collector.books.length; seen++) {
      const update = collector.books[seen];
      assert.ok(update !== undefined);
      const book = books.get(update.instrumentIx) ?? new L2Book();
      books.set(update.instrumentIx, book);
      assert.ok(update.isSnapshot || book.levelCount('buy') > 0, 'a snapshot comes first');
      apply(book, update);
      assert.ok(!book.isCrossed);
    }
  }
  assert.equal(books.size, 10);
  assert.equal(collector.books.length, 9_729);
  assert.equal(collector.trades.length, 107);
  // Tickers of that year state no quantities.
  assert.equal(decoder.ignoredCount, 107);
});

test('the two recorded products of the Exchange feed decode whole', { skip: skipWithoutShared }, () => {
  const folder = `${FIXTURES}/ws-legacy-exchange`;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ndjson'))) {
    const decoder = new CoinbaseDecoder(legacyProducts());
    const collector = new DecodedCollector();
    for (const frame of rawFrames(`${folder}/${file}`)) decoder.decode(frame, 7, collector);
    assert.equal(collector.books[0]?.isSnapshot, true);
    assert.equal(collector.books[0]?.tsVenueUs, 7);
    assert.ok(collector.trades.length > 0, file);
  }
});

test('recorded products are listed with their aliases, perpetual contracts alone of the futures', {
  skip: skipWithoutShared,
}, () => {
  const list = (file: string): unknown[] =>
    REST.instruments()
      .parse(readFileSync(`${FIXTURES}/nautilus/${file}`))
      .map(({ spec, status, wireSymbol }) => [
        spec.symbol,
        wireSymbol,
        spec.kind,
        spec.priceDecimals,
        spec.qtyDecimals,
        status,
      ]);
  assert.deepEqual(list('http_products.json'), [
    ['BTC-USD', 'BTC-USD', 'spot', 2, 8, 'trading'],
    ['BTC-USDC', 'BTC-USD', 'spot', 2, 8, 'trading'],
  ]);
  assert.deepEqual(list('http_products_future.json'), [
    ['BIP-20DEC30-CDE', 'BIP-20DEC30-CDE', 'perpetual', 2, 2, 'trading'],
  ]);
});

test('funding and open interest are read from recorded products', { skip: skipWithoutShared }, () => {
  const body = readFileSync(`${FIXTURES}/nautilus/http_products_future.json`);
  const [listed] = REST.instruments().parse(body);
  assert.ok(listed !== undefined);
  const instrument = feedInstrumentOf(listed, 9);
  assert.deepEqual([listed.spec.lotSize, listed.spec.qtyMax, listed.lotsPerContract], ['0.01', '50', 1]);
  const collector = new DecodedCollector();
  const nowUs = 1_775_521_739_000_000;
  for (const stream of ['funding-rate', 'open-interest'] as const) {
    for (const plan of REST.polls(stream, [{ instrument, restSymbol: instrument.symbol }])) {
      plan.decode(body, nowUs, collector);
    }
  }
  assert.deepEqual(collector.fundings, [
    {
      instrumentIx: 9,
      tsVenueUs: nowUs,
      rateE12: 13_000_000,
      nextFundingUs: 1_775_523_600_000_000,
      isSettled: false,
    },
  ]);
  assert.deepEqual(collector.interests, [{ instrumentIx: 9, tsVenueUs: nowUs, openInterestLots: 183_283 }]);
});

test('recorded candles come oldest first and within the range', { skip: skipWithoutShared }, () => {
  const range = {
    instrument: BTC_USD,
    restSymbol: 'BTC-USD',
    fromUs: 1_712_188_800_000_000,
    toUs: 1_712_196_000_000_000,
  };
  const call = REST.candles(range, 3_600_000_000);
  const candles = call?.parse(readFileSync(`${FIXTURES}/nautilus/http_candles.json`)) ?? [];
  assert.deepEqual(
    candles.map(({ closeTicks, openTsUs, volumeLots }) => [openTsUs, closeTicks, volumeLots]),
    [
      [1_712_188_800_000_000, 6_631_459, 35_874_851_052],
      [1_712_192_400_000_000, 6_618_160, 35_582_896_243],
    ],
  );
});
