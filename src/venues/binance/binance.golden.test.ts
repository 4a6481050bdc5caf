/** Recorded frames, snapshots and lists of the venue: all of them are read, and the books they make are the venue's own. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { BookUpdate } from '#book';
import { formatDecimal } from '#core';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { type FeedInstrument, FrameFault, JsonCursor } from '../market/index.ts';
import { BinanceDecoder } from './codec.ts';
import { readListing } from './instruments.ts';
import { type BinanceMarket, SPOT, USDM } from './market.ts';
import { openRest } from './rest.ts';
import { readBookSnapshot } from './snapshot.ts';
import { RecordingSink } from './test/recording-sink.ts';
import { SyncedBook } from './test/synced-book.ts';

const FIXTURES = sharedPath('fixtures', 'binance-usdm');
const skip = { skip: skipWithoutShared };
const NS_PER_US = 1_000;

function instrument(symbol: string, priceDecimals: number, qtyDecimals: number, ix = 0): FeedInstrument {
  return { ix, venue: 'binance-usdm', symbol, wireSymbol: symbol, priceDecimals, qtyDecimals };
}

function lines(path: string): readonly string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.split('\n').filter((line) => line !== '');
}

/** Sends book updates and quotes to the book of their instrument. */
class BooksSink extends RecordingSink {
  readonly books: readonly SyncedBook[];

  constructor(count: number) {
    super();
    this.books = Array.from({ length: count }, () => new SyncedBook());
  }

  override onBook(update: BookUpdate): void {
    this.books[update.instrumentIx]?.take(update);
  }

  override onQuote(quote: Parameters<SyncedBook['quote']>[0]): void {
    this.books[quote.instrumentIx]?.quote(quote);
  }
}

function snapshotOf(of: FeedInstrument, body: string): BookUpdate {
  const update = new BookUpdate();
  const cursor = new JsonCursor();
  cursor.load(Buffer.from(body));
  readBookSnapshot(cursor, of, update);
  cursor.finish();
  return update;
}

test('books of the 2021 capture end as the venue had them, level by level', skip, () => {
  const listing = readListing(USDM, readFileSync(join(FIXTURES, 'rest', 'exchangeInfo_2021.json')));
  for (const symbol of ['SUSHIUSDT', 'KEEPUSDT', 'CTKUSDT']) {
    const folder = join(FIXTURES, 'capture-2021-07-22', symbol);
    const { spec } = listing.listed.find(({ wireSymbol }) => wireSymbol === symbol) ?? assert.fail(symbol);
    const of = instrument(symbol, spec.priceDecimals, spec.qtyDecimals);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
    const snapshot = snapshotOf(of, readFileSync(join(folder, 'rest_depth_limit1000.json'), 'utf8'));
    assert.equal(snapshot.lastId, expected.snapshotLastUpdateId);
    const decoder = new BinanceDecoder([of]);
    const sink = new BooksSink(1);
    const synced = sink.books[0] ?? assert.fail();
    for (const line of lines(join(folder, 'ws.ndjson'))) {
      const { t, raw } = JSON.parse(line);
      if (t > expected.snapshotReceivedAt && synced.snapshots === 0) synced.take(snapshot);
      decoder.decode(Buffer.from(raw), t * 1e6, sink);
    }
    const { book, firstApplied } = synced;
    assert.deepEqual(
      { U: firstApplied?.firstId, u: firstApplied?.lastId, pu: firstApplied?.previousId },
      expected.firstApplied,
    );
    assert.equal(synced.applied, expected.depthEventsApplied);
    assert.equal(synced.dropped, expected.depthEventsDroppedBeforeSync);
    assert.equal(synced.gaps, 0);
    assert.equal(synced.lastUpdateId, expected.finalUpdateId);
    const levels = { bids: book.levelCount('buy'), asks: book.levelCount('sell') };
    assert.deepEqual(levels, expected.finalLevels);
    for (const [side, name] of [
      ['buy', 'bids'],
      ['sell', 'asks'],
    ] as const) {
      const top = Array.from({ length: 10 }, (_, i) => [
        (book.priceTicksAt(side, i) / 10 ** of.priceDecimals).toFixed(of.priceDecimals),
        formatDecimal(book.qtyLotsAt(side, i), of.qtyDecimals),
      ]);
      assert.deepEqual(top, expected.finalTop10[name], `${symbol} ${name}`);
    }
    assert.equal(synced.differing, 0);
  }
});

/** Runs whole captures of `URL -> t: body` answers and `t: frame` lines; returns the books. */
function runCapture(market: BinanceMarket, folder: string): readonly SyncedBook[] {
  const path = (name: string): string => sharedPath('data', 'raw-captures', folder, name);
  const [info = ''] = lines(path(`${folder}.0.txt.gz`));
  const { listed } = readListing(market, Buffer.from(info.slice(info.indexOf(': ') + 2)));
  const answers = lines(path(`${folder}.http.0.0.txt.gz`)).filter((line) => line.includes('/depth?'));
  const names = answers.map((line) => /symbol=([^&]+)/.exec(line)?.[1] ?? '');
  const instruments = names.map((name, ix): FeedInstrument => {
    const { spec } = listed.find(({ wireSymbol }) => wireSymbol === name) ?? assert.fail(name);
    const { priceDecimals, qtyDecimals } = spec;
    return { ix, venue: market.venue, symbol: name, wireSymbol: name, priceDecimals, qtyDecimals };
  });
  const snapshots = answers.map((line, ix) => {
    const at = Number(/-> ([\d.]+): /.exec(line)?.[1]);
    return { at, update: snapshotOf(instruments[ix] ?? assert.fail(), line.slice(line.indexOf(': {') + 2)) };
  });
  const decoder = new BinanceDecoder(instruments);
  const sink = new BooksSink(instruments.length);
  for (const line of lines(path(`${folder}.ws.1.0.txt.gz`))) {
    const at = Number(/^([\d.]+): /.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(at)) continue;
    for (const { update } of snapshots.filter((due) => due.at < at && due.at > 0)) {
      sink.books[update.instrumentIx]?.take(update);
    }
    for (const due of snapshots) if (due.at < at) due.at = 0;
    decoder.decode(Buffer.from(line.slice(line.indexOf(': ') + 2)), at * 1e6, sink);
  }
  assert.equal(decoder.ignoredCount, 0);
  assert.ok(sink.said.some(([kind]) => kind === 'trade') && sink.said.some(([kind]) => kind === 'candle'));
  return sink.books;
}

test(
  'whole captures of 2021 are read with the decimals of their own lists, and their books have no gap',
  skip,
  () => {
    for (const [market, folder] of [
      [USDM, 'BINANCE_FUTURES'],
      [SPOT, 'BINANCE'],
    ] as const) {
      const books = runCapture(market, folder);
      assert.equal(books.length, 4);
      for (const synced of books) {
        assert.equal(synced.snapshots, 1);
        assert.ok(synced.applied > 0);
        assert.equal(synced.gaps + synced.differing, 0);
        assert.equal(synced.book.isCrossed, false);
      }
    }
  },
);

test("books of raw recordings equal the venue's best bid and ask at every update both name", skip, () => {
  for (const [venue, symbol, priceDecimals, qtyDecimals, days] of [
    ['binance-usdm', 'btcusdt', 2, 3, ['20240718', '20240719']],
    ['binance-usdm', 'btcusdt', 2, 3, ['20240808']],
    ['binance-usdm', 'ethusdt', 2, 3, ['20240808']],
    ['binance-spot', 'btcusdt', 4, 6, ['20240808', '20240809']],
  ] as const) {
    const decoder = new BinanceDecoder([instrument(symbol.toUpperCase(), priceDecimals, qtyDecimals)]);
    const sink = new BooksSink(1);
    let frames = 0;
    for (const day of days) {
      for (const line of lines(sharedPath('data', venue, 'l2-raw', `${symbol}_${day}.gz`))) {
        const space = line.indexOf(' ');
        decoder.decode(Buffer.from(line.slice(space + 1)), Number(line.slice(0, space)) / NS_PER_US, sink);
        frames++;
      }
    }
    const synced = sink.books[0] ?? assert.fail();
    assert.equal(synced.snapshots, 1);
    assert.equal(synced.gaps, 0);
    assert.ok(synced.applied > 3_000, `${synced.applied} of ${frames}`);
    assert.ok(synced.compared > 500, `${synced.compared} comparable quotes`);
    assert.equal(synced.differing, 0);
  }
});

/** All frames in a file of fixtures: the value itself, or the server's side of a conversation. */
function framesOf(value: unknown): readonly unknown[] {
  const record = value as { frames?: readonly { dir: string; msg: unknown }[] };
  if (!Array.isArray(record.frames)) return [value];
  return record.frames.filter(({ dir }) => dir === 'server').map(({ msg }) => msg);
}

test('every other frame of the fixtures is read, and says what its kind says', skip, () => {
  const instruments = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', 'BALUSDT', 'BTCUSDT_220624', 'BTCUSDT_210625'];
  const others = ['ETHUSDT_210625', 'ETHUSDT_220624'];
  const decoder = new BinanceDecoder(
    [...instruments, ...others].map((symbol, ix) => instrument(symbol, 8, 6, ix)),
  );
  const said = new Map<string, number>();
  const refused: string[] = [];
  for (const folder of [
    ['capture-2026-07-26-testnet'],
    ['official-js-v37', 'websocket-streams'],
    ['nautilus', 'market_data_json'],
    ['ws', 'crypto-msg-parser'],
    ['ws', 'jkorf'],
  ]) {
    for (const name of readdirSync(join(FIXTURES, ...folder))) {
      const text = readFileSync(join(FIXTURES, ...folder, name), 'utf8');
      for (const frame of framesOf(JSON.parse(text))) {
        const sink = new RecordingSink();
        // Frames kept alone keep their white space; those of a conversation were taken apart.
        const raw = frame !== null && text.includes('"frames"') ? JSON.stringify(frame) : text;
        try {
          decoder.decode(Buffer.from(raw), 1, sink);
        } catch (thrown) {
          assert.ok(thrown instanceof FrameFault);
          refused.push(name);
        }
        for (const [kind] of sink.said) said.set(kind, (said.get(kind) ?? 0) + 1);
      }
    }
  }
  // These samples leave out quantities of levels, and all of a candle but its beginning.
  const cut = [
    'PublicApi_partialBookDepthStreams.json',
    'PublicApi_rpiDiffBookDepthStreams.json',
    'Concurrent.json',
    'Concurrent.json',
  ];
  assert.deepEqual(refused, cut);
  for (const kind of ['book', 'trade', 'candle', 'quote', 'mark', 'funding', 'liquidation', 'control']) {
    assert.ok((said.get(kind) ?? 0) >= 2, `${kind}: ${said.get(kind)}`);
  }
});

test('a stream of 2026 is one chain of updates, its partial depth is no part of it', skip, () => {
  const decoder = new BinanceDecoder([instrument('BTCUSDT', 2, 4)]);
  const sink = new RecordingSink();
  for (const line of lines(join(FIXTURES, 'capture-2026-09-15-demo', 'public_stream.ndjson'))) {
    decoder.decode(Buffer.from(JSON.parse(line).raw), 1, sink);
  }
  const books = sink.said.filter(([kind]) => kind === 'book').map(([, of]) => of as BookUpdate);
  assert.ok(books.length >= 3);
  for (const [i, update] of books.slice(1).entries()) assert.equal(update.previousId, books[i]?.lastId);
  const partial = readFileSync(join(FIXTURES, 'capture-2026-07-26-testnet', 'depth20_snapshot.json'));
  const ignored = decoder.ignoredCount;
  decoder.decode(partial, 1, sink);
  assert.equal(decoder.ignoredCount, ignored + 1);
});

test('recorded answers of the REST interface are read to the digit', skip, () => {
  const rest = openRest(USDM, USDM.hosts);
  const read = <T>(name: string, call: { parse(body: Uint8Array): T } | null): T => {
    const { body } = JSON.parse(readFileSync(join(FIXTURES, 'rest', name), 'utf8'));
    return (call ?? assert.fail(name)).parse(Buffer.from(JSON.stringify(body)));
  };
  const btc = instrument('BTCUSDT', 2, 3);
  const ltc = instrument('LTCUSDT', 2, 3);
  const all = { instrument: ltc, restSymbol: 'LTCUSDT', fromUs: 0, toUs: 2e15 };
  const book = read('recorded_fapi_v1_depth_1.json', rest.bookSnapshot(btc, 'BTCUSDT', new BookUpdate()));
  assert.equal(book.lastId, 78_378_956_573);
  assert.equal(book.asks.priceTicks[0], 1_149_210);
  assert.equal(read('recorded_fapi_v1_time_1.json', rest.serverTime()), 1_620_099_477_465_000);
  const candles = read('recorded_fapi_v1_klines_1.json', rest.candles(all, 300_000_000));
  assert.deepEqual(candles[0], {
    openTsUs: 1_602_669_900_000_000,
    openTicks: 5_049,
    highTicks: 5_052,
    lowTicks: 5_031,
    closeTicks: 5_033,
    volumeLots: 3_811_648,
  });
  const funding = read('recorded_fapi_v1_fundingRate_1.json', rest.fundingHistory(all));
  assert.deepEqual(funding, [{ tsUs: 1_602_806_400_002_000, rateE12: 185_340_000 }]);
  const fromFirst = { ...all, fromUs: 1_602_028_800_000_000 };
  const name = 'recorded_futures_data_openInterestHist_1.json';
  assert.deepEqual(read(name, rest.openInterestHistory(fromFirst)), [
    { tsUs: 1_602_028_800_000_000, openInterestLots: 286_060_674 },
    { tsUs: 1_602_115_200_000_000, openInterestLots: 290_122_745 },
  ]);
  const sink = new RecordingSink();
  const [poll] = rest.polls('open-interest', [{ instrument: btc, restSymbol: 'BTCUSDT' }]);
  const open = JSON.parse(
    readFileSync(join(FIXTURES, 'rest', 'recorded_fapi_v1_openInterest_1.json'), 'utf8'),
  );
  poll?.decode(Buffer.from(JSON.stringify(open.body)), 1, sink);
  assert.deepEqual(sink.said, [
    ['open-interest', { instrumentIx: 0, tsVenueUs: 1_702_244_985_273_000, openInterestLots: 83_782_317 }],
  ]);
});

test('every list of instruments is read, and what lacks a filter is refused', skip, () => {
  const read = (name: string) => readListing(USDM, readFileSync(join(FIXTURES, 'rest', name)));
  assert.deepEqual(
    read('exchangeInfo_2021.json').listed.map(({ spec }) => [
      spec.symbol,
      spec.priceDecimals,
      spec.qtyDecimals,
    ]),
    [
      ['BTCUSDT', 2, 3],
      ['ETHUSDT', 2, 3],
      ['SUSHIUSDT', 4, 0],
      ['CTKUSDT', 5, 0],
      ['KEEPUSDT', 4, 0],
    ],
  );
  const [btc] = read('exchangeInfo_demo_2026-09.json').listed;
  assert.deepEqual(
    [btc?.spec.tickSize, btc?.spec.lotSize, btc?.spec.qtyMax, btc?.spec.notionalMin],
    ['0.10', '0.0001', '120', '50'],
  );
  const documented = join(FIXTURES, 'official-js-v37', 'rest-api', 'MarketDataApi_exchangeInformation.json');
  const { listed, refused } = readListing(USDM, readFileSync(documented));
  assert.deepEqual(listed, []);
  assert.deepEqual(refused, [{ symbol: 'BLZUSDT', reason: 'it has no filter LOT_SIZE' }]);
});
