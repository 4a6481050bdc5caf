/** Recorded KuCoin messages: every one is read or passed over on purpose, and six books end as the recording says. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { BookKeeper, BookUpdate, type L2Book } from '#book';
import { formatDecimal } from '#core';
import { DecodedCollector } from '../../../test/support/decoded-collector.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { type FeedInstrument, FrameFault, feedInstrumentOf, type ListedInstrument } from '../market/index.ts';
import { KUCOIN_FUTURES, KUCOIN_SPOT } from './adapter.ts';
import { KucoinDecoder } from './codec.ts';
import { KucoinFuturesRest, KucoinSpotRest } from './rest.ts';

const HOSTS = KUCOIN_SPOT.hosts;
const ANY: FeedInstrument = {
  ix: 0,
  venue: 'kucoin-spot',
  symbol: '',
  wireSymbol: '',
  priceDecimals: 0,
  qtyDecimals: 0,
};
const CAPTURE = sharedPath('fixtures', 'kucoin', 'capture-2021-04-25');

interface Expected {
  readonly snapshotSequence: number;
  readonly dropped: number;
  readonly applied: number;
  readonly gaps: number;
  readonly finalSequence: number;
  readonly bboOracleChecks: number;
  readonly finalTop5: {
    readonly bids: readonly (readonly string[])[];
    readonly asks: readonly (readonly string[])[];
  };
}

/** All symbols as the venue listed them on the day of the recording. */
function listedSymbols(): readonly ListedInstrument[] {
  const text = gunzipSync(
    readFileSync(sharedPath('data', 'raw-captures', 'KUCOIN', 'KUCOIN.0.txt.gz')),
  ).toString();
  const line = text.split('\n').find((candidate) => candidate.includes('/api/v1/symbols')) ?? '';
  return new KucoinSpotRest(HOSTS).instruments().parse(Buffer.from(line.slice(line.indexOf('{'))));
}

function feedInstruments(listed: readonly ListedInstrument[]): readonly FeedInstrument[] {
  return listed.map(feedInstrumentOf);
}

function rawFrames(path: string): readonly Buffer[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => Buffer.from((JSON.parse(line) as { raw: string }).raw));
}

/** Takes what a decoder tells into the keeper of one book. */
class KeptBook extends DecodedCollector {
  readonly keeper = new BookKeeper(KUCOIN_SPOT.bookPolicy(ANY), () => {});
  readonly touchAt = new Map<number, readonly number[]>();

  override onBook(update: BookUpdate): void {
    if (update.isSnapshot) this.keeper.onSnapshot(update);
    else this.keeper.onDelta(update);
    const { book, lastUpdateId } = this.keeper;
    this.touchAt.set(lastUpdateId, [
      book.bestBidTicks,
      book.qtyLotsAt('buy', 0),
      book.bestAskTicks,
      book.qtyLotsAt('sell', 0),
    ]);
  }
}

function topOf(
  book: L2Book,
  side: 'buy' | 'sell',
  instrument: FeedInstrument,
): readonly (readonly string[])[] {
  return Array.from({ length: Math.min(5, book.levelCount(side)) }, (_, i) => [
    formatDecimal(book.priceTicksAt(side, i), instrument.priceDecimals),
    formatDecimal(book.qtyLotsAt(side, i), instrument.qtyDecimals),
  ]);
}

function readSnapshot(instrument: FeedInstrument, body: Buffer): BookUpdate {
  const call = new KucoinSpotRest(HOSTS).bookSnapshot(instrument, instrument.wireSymbol, new BookUpdate());
  return call.parse(body);
}

const symbols = skipWithoutShared === false ? readdirSync(CAPTURE).toSorted() : [];

for (const symbol of symbols) {
  test(`${symbol}: snapshot and changes make the recorded book`, { skip: skipWithoutShared }, () => {
    const instruments = feedInstruments(listedSymbols());
    const instrument = instruments.find(({ wireSymbol }) => wireSymbol === symbol);
    assert.ok(instrument !== undefined);
    const expected = JSON.parse(readFileSync(`${CAPTURE}/${symbol}/expected.json`, 'utf8')) as Expected;
    const kept = new KeptBook();
    kept.onBook(readSnapshot(instrument, readFileSync(`${CAPTURE}/${symbol}/rest_level2.json`)));
    assert.equal(kept.keeper.lastUpdateId, expected.snapshotSequence);
    const decoder = new KucoinDecoder(instruments);
    for (const frame of rawFrames(`${CAPTURE}/${symbol}/ws.ndjson`)) decoder.decode(frame, 1, kept);
    const { book, counts, isUsable, lastUpdateId } = kept.keeper;
    assert.ok(isUsable);
    assert.deepEqual(
      {
        applied: counts.applied - 1,
        dropped: counts.dropped,
        gaps: counts.gaps,
        finalSequence: lastUpdateId,
        bids: topOf(book, 'buy', instrument),
        asks: topOf(book, 'sell', instrument),
      },
      {
        applied: expected.applied,
        dropped: expected.dropped,
        gaps: expected.gaps,
        finalSequence: expected.finalSequence,
        bids: expected.finalTop5.bids,
        asks: expected.finalTop5.asks,
      },
    );
    // A quote may come before the book message of its number: it is compared with the book at that number.
    const checked = kept.quotes.filter(({ updateId }) => kept.touchAt.has(updateId));
    for (const { askLots, askTicks, bidLots, bidTicks, updateId } of checked) {
      assert.deepEqual(
        kept.touchAt.get(updateId),
        [bidTicks, bidLots, askTicks, askLots],
        `quote ${updateId}`,
      );
    }
    assert.ok(checked.length >= expected.bboOracleChecks, `${checked.length} quotes were compared`);
    assert.equal(decoder.ignoredCount, 0);
  });
}

test('the whole capture: no message is damaged, all are of a kind that is known', {
  skip: skipWithoutShared,
}, () => {
  const text = gunzipSync(
    readFileSync(sharedPath('data', 'raw-captures', 'KUCOIN', 'KUCOIN.ws.1.0.txt.gz')),
  ).toString();
  const decoder = new KucoinDecoder(feedInstruments(listedSymbols()));
  const collector = new DecodedCollector();
  for (const line of text.split('\n')) {
    const match = /^\d+\.\d+: (\{.*)$/.exec(line);
    if (match?.[1] !== undefined) decoder.decode(Buffer.from(match[1]), 1, collector);
  }
  assert.equal(decoder.ignoredCount, 0);
  assert.equal(collector.books.length, 3_853);
  assert.equal(collector.quotes.length, 830);
  assert.equal(collector.trades.length, 18);
  assert.equal(collector.controls[0]?.kind, 'welcome');
});

/** Server messages of a file, whatever form the file has. */
function messagesOf(path: string): readonly unknown[] {
  if (path.endsWith('.ndjson'))
    return rawFrames(path).map((frame) => JSON.parse(frame.toString()) as unknown);
  const parsed = JSON.parse(readFileSync(path, 'utf8')) as {
    frames?: readonly { dir: string; msg: unknown }[];
  };
  if (parsed.frames === undefined) return [parsed];
  return parsed.frames.filter(({ dir }) => dir === 'server').map(({ msg }) => msg);
}

/** What a decoder that follows the symbols of the file tells of it. */
function toldBy(path: string): string {
  const messages = messagesOf(path);
  const text = JSON.stringify(messages);
  const names = new Set(
    [...text.matchAll(/[A-Z0-9]{2,}-[A-Z0-9]{2,}|[A-Z]{3,}M[A-Z]?\d{0,2}\b/g)].map(([name]) => name),
  );
  const instruments = [...names].map((name, ix) => ({
    ix,
    venue: 'kucoin-spot' as const,
    symbol: name,
    wireSymbol: name,
    priceDecimals: name.includes('-') ? 10 : 2,
    qtyDecimals: name.includes('-') ? 8 : 0,
  }));
  const decoder = new KucoinDecoder(instruments);
  const collector = new DecodedCollector();
  for (const message of messages) decoder.decode(Buffer.from(JSON.stringify(message)), 1, collector);
  return [...collector.order, ...(decoder.ignoredCount > 0 ? [`ignored ${decoder.ignoredCount}`] : [])].join(
    ', ',
  );
}

const FIXTURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'ws-spot/crypto-msg-parser': {
    'bbo_spot_2_1.json': 'quote',
    'candlestick_spot_1.json': 'candle',
    'l2_event_spot_update_1.json': 'book',
    'l2_snapshot_spot_1.json': 'ignored 1',
    'ticker_spot_1.json': 'ignored 1',
    'trade_spot_1.json': 'trade',
  },
  'ws-spot/jkorf': {
    'AggBook.json': 'ack, book',
    'BestOffers.json': 'ack, quote',
    'FundingBook.json': 'ack, ignored 1',
    'IndexPrice.json': 'ack, ignored 1',
    'Klines.json': 'ack, candle',
    'MarkPrice.json': 'ack, ignored 1',
    'PositionStatus.json': 'ack, ignored 1',
    'Snapshot.json': 'ack, ignored 1',
  },
  'ws-futures/crypto-msg-parser': {
    'bbo_inverse_future_1.json': 'quote',
    'bbo_inverse_swap_1.json': 'quote',
    'bbo_linear_swap_1.json': 'quote',
    'candlestick_inverse_swap_1.json': 'candle',
    'candlestick_linear_swap_1.json': 'candle',
    'l2_event_inverse_future_update_1.json': 'book',
    'l2_event_linear_swap_update_1.json': 'book',
    'l2_snapshot_linear_swap_1.json': 'ignored 1',
    'l2_topk_linear_swap_1.json': 'ignored 1',
    'ticker_linear_swap_1.json': 'ignored 1',
    'trade_linear_swap_1.json': 'trade',
  },
  'ws-futures/jkorf': {
    'Announcement.json': 'ack, funding',
    'FundingRate.json': 'ack, funding',
    'MarkPrice.json': 'ack, mark',
    'PartialBook.json': 'ack, ignored 1',
    'Snapshot.json': 'ack, ignored 1',
    'Position.json': 'ack, ignored 1',
  },
  'ws-unified/jkorf': {
    'Kline.json': 'ignored 2',
    'OrderBook.json': 'ignored 2',
    'Trade.json': 'ignored 2',
  },
  'universal-sdk/spot-spotpublic': {
    'klines_response.json': 'candle',
    'marketSnapshot_response.json': 'ignored 1',
    'orderbookIncrement_response.json': 'book',
    'orderbookLevel1_response.json': 'quote',
    'orderbookLevel50_response.json': 'ignored 1',
    'ticker_response.json': 'quote',
    'callAuctionInfo_response.json': 'ignored 1',
  },
  'universal-sdk/futures-futurespublic': {
    'announcement_response.json': 'funding',
    'execution_response.json': 'trade',
    'instrument_response.json': 'mark',
    'orderbookIncrement_response.json': 'book',
    'orderbookLevel5_response.json': 'ignored 1',
    'symbolSnapshot_response.json': 'ignored 1',
  },
};

test('each sample message is read, or passed over on purpose', { skip: skipWithoutShared }, () => {
  for (const [folder, files] of Object.entries(FIXTURES)) {
    for (const [file, told] of Object.entries(files)) {
      assert.equal(
        toldBy(sharedPath('fixtures', 'kucoin', ...folder.split('/'), file)),
        told,
        `${folder}/${file}`,
      );
    }
  }
});

test('private and unknown messages of all samples are passed over, none is taken for damaged', {
  skip: skipWithoutShared,
}, () => {
  for (const folder of ['ws-spot/jkorf', 'ws-futures/jkorf', 'ws-unified/jkorf', 'gocryptotrader']) {
    const path = sharedPath('fixtures', 'kucoin', ...folder.split('/'));
    for (const file of readdirSync(path)) toldBy(`${path}/${file}`);
  }
  assert.match(toldBy(sharedPath('fixtures', 'kucoin', 'gocryptotrader', 'wsHandleData.ndjson')), /quote/);
});

test('recorded contracts are listed in base units, inverse ones as not fit to be traded, expiring ones left out', {
  skip: skipWithoutShared,
}, () => {
  const path = sharedPath(
    'fixtures',
    'kucoin',
    'ws-futures',
    'crypto-msg-parser',
    'open_interest_unknown_1.json',
  );
  const rest = new KucoinFuturesRest(KUCOIN_FUTURES.hosts);
  const body = readFileSync(path);
  const listed = rest.instruments().parse(body);
  assert.deepEqual(
    listed.map(({ lotsPerContract, spec, untradable }) => [
      spec.symbol,
      spec.priceDecimals,
      spec.qtyDecimals,
      lotsPerContract,
      spec.lotSize,
      spec.qtyMax,
      spec.maintenanceMarginPpm,
      untradable !== undefined,
    ]),
    [
      ['XBTUSDTM', 0, 3, 1, '0.001', '1000', 5_000, false],
      ['XBTUSDM', 0, 0, 1, '1', '10000000', 10_000, true],
    ],
  );
  const instruments = feedInstruments(listed).map((instrument) => ({
    instrument,
    restSymbol: instrument.symbol,
  }));
  const collector = new DecodedCollector();
  for (const plan of rest.polls('open-interest', instruments)) plan.decode(body, 5, collector);
  assert.deepEqual(
    collector.interests.map(({ openInterestLots }) => openInterestLots),
    [9_876_432, 36_857_949],
  );
});

test('a recorded message that is cut, or has one digit too many, delivers nothing', {
  skip: skipWithoutShared,
}, () => {
  const instruments = feedInstruments(listedSymbols());
  const frames = rawFrames(`${CAPTURE}/SNX-BTC/ws.ndjson`).slice(0, 60);
  for (const frame of frames) {
    for (let length = 0; length < frame.length; length += 7) {
      const collector = new DecodedCollector();
      const cut = frame.subarray(0, length);
      assert.throws(() => new KucoinDecoder(instruments).decode(cut, 1, collector), FrameFault);
      assert.equal(collector.order.length, 0);
    }
  }
});
