import assert from 'node:assert/strict';
import { test } from 'node:test';
import { L2Book } from '#book';
import { Prng, US_PER_SECOND } from '#core';
import type { BookEvent, FeedEvent, Side, TradeEvent } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { depthImbalance, spreadBps } from './book-shape.ts';
import { FRAME_DEFAULTS, type FrameOptions } from './frame-options.ts';
import { MicrostructureFeed } from './microstructure-feed.ts';
import { MicrostructureFrame } from './microstructure-frame.ts';
import { computeMicrostructure } from './microstructure-table.ts';

const SEED = testSeed();
const SECOND = US_PER_SECOND;
const START = 1_700_006_400_000_000;

const OPTIONS: FrameOptions = {
  ...FRAME_DEFAULTS,
  priceDecimals: 2,
  qtyDecimals: 3,
  levels: [1, 3],
  bandsBps: [5],
  flowLevels: 2,
  flowWindowsUs: [2 * SECOND, 5 * SECOND],
  kyleUs: 8 * SECOND,
  volatilityUs: 6 * SECOND,
  volatilityStepUs: 2 * SECOND,
  changeUs: 4 * SECOND,
  vpin: { bucketLots: 300, buckets: 4, barUs: 2 * SECOND, deviationBars: 3 },
  liquidationsUs: 5 * SECOND,
  otherPriceDecimals: 2,
  completeFromUs: START,
};
const BOTH = { ownIx: 0, otherIx: 1 };

/** A market of two books, trades and facts, in the order of venue times. */
function market(seed: number, count: number): FeedEvent[] {
  const prng = new Prng(seed).split('market');
  const events: FeedEvent[] = [];
  let us = START + 1;
  let bid = 10_000;
  const times = (instrumentIx: number) => ({ instrumentIx, tsVenueUs: us, tsLocalUs: us + 1_000 });
  const ids = { firstUpdateId: -1, lastUpdateId: -1, previousUpdateId: -1 };
  const levels = (from: number, step: number): Float64Array =>
    Float64Array.from(Array.from({ length: 5 }, (_, i) => [from + step * i, prng.integer(1, 90)]).flat());
  for (let i = 0; i < count; i++) {
    us += prng.uniform() < 0.02 ? prng.integer(0, 3 * SECOND) : prng.integer(0, 150_000);
    const kind = prng.integer(0, 20);
    const book = (instrumentIx: number, isSnapshot: boolean): void => {
      const sides = isSnapshot
        ? { bids: levels(bid, -1), asks: levels(bid + prng.integer(1, 4), 1) }
        : {
            bids: Float64Array.of(bid, prng.integer(1, 90)),
            asks: Float64Array.of(bid + 6, prng.integer(0, 90)),
          };
      events.push({ kind: 'book', ...times(instrumentIx), isSnapshot, ...ids, ...sides });
    };
    if (kind < 8) {
      if (prng.uniform() < 0.3) bid = Math.max(100, bid + prng.integer(-3, 4));
      book(0, i < 3 || prng.uniform() < 0.6);
    } else if (kind < 10) book(1, i < 40 || prng.uniform() < 0.6);
    else if (kind < 16) {
      const takerSide: Side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      const trade = {
        tradeId: i,
        priceTicks: bid + prng.integer(-1, 3),
        qtyLots: prng.integer(1, 80),
        takerSide,
      };
      events.push({ kind: 'trade', ...times(0), ...trade });
    } else if (kind === 16)
      events.push({ kind: 'mark-price', ...times(0), markE8: bid * 1e6 + i, indexE8: bid * 1e6 });
    else if (kind === 17)
      events.push({ kind: 'funding-rate', ...times(0), rateE12: 1e8 + i, nextFundingUs: -1 });
    else if (kind === 18) events.push({ kind: 'open-interest', ...times(0), openInterestLots: 1e6 + 10 * i });
    else if (prng.uniform() < 0.3) {
      const forced = { priceTicks: bid, qtyLots: prng.integer(1, 9) };
      events.push({
        kind: 'liquidation',
        ...times(0),
        side: prng.uniform() < 0.5 ? 'buy' : 'sell',
        ...forced,
      });
    }
  }
  return events;
}

interface Row {
  readonly rowUs: number;
  readonly values: Float64Array;
}

function feedInto(rows: Row[], options = OPTIONS): MicrostructureFeed {
  return new MicrostructureFeed(options, BOTH, (rowUs, values) =>
    rows.push({ rowUs, values: values.slice() }),
  );
}

function rowsOf(events: readonly FeedEvent[], endUs?: number): Row[] {
  const rows: Row[] = [];
  const feed = feedInto(rows);
  for (const event of events) feed.push(event);
  if (endUs !== undefined) feed.frame.advance(endUs);
  return rows;
}

test(`batch equals stream to the bit, also after checkpoints in the middle (SEED=${SEED})`, () => {
  const events = market(SEED, 1_500);
  const endUs = events.at(-1)!.tsVenueUs;
  const table = computeMicrostructure(events, endUs, OPTIONS, BOTH);
  const rows: Row[] = [];
  let feed = feedInto(rows);
  events.forEach((event, at) => {
    feed.push(event);
    if (at % 97 !== 0) return;
    const saved = structuredClone(feed.saveState());
    feed = feedInto(rows);
    feed.loadState(saved);
  });
  assert.ok(rows.length > 100);
  assert.deepEqual(
    [...table.rowUs],
    rows.map(({ rowUs }) => rowUs),
  );
  assert.equal(table.columns.length, feed.frame.names.length);
  table.columns.forEach((column, i) => {
    assert.deepEqual(
      [...column],
      rows.map(({ values }) => values[i]!),
      table.names[i],
    );
    assert.ok(
      column.some((value) => !Number.isNaN(value)),
      `${table.names[i]} is defined somewhere`,
    );
  });
});

test(`no look-ahead: cutting the input changes no row that was made before the cut (SEED=${SEED})`, () => {
  const events = market(SEED + 1, 800);
  const whole = rowsOf(events);
  for (let cut = 1; cut < events.length; cut += 41) {
    const part = rowsOf(events.slice(0, cut));
    assert.deepEqual(part, whole.slice(0, part.length));
    const lastUs = events[cut - 1]!.tsVenueUs;
    assert.ok(part.every(({ rowUs }) => rowUs <= lastUs));
  }
});

test(`S1 a row is made of the events before its time: recomputed from them alone (SEED=${SEED})`, () => {
  const events = market(SEED + 2, 1_200);
  const rows = rowsOf(events);
  const { names } = feedInto([]).frame;
  const at = (row: Row, name: string): number => row.values[names.indexOf(name)]!;
  let compared = 0;
  for (const row of rows.slice(10)) {
    const before = events.filter(({ tsVenueUs }) => tsVenueUs < row.rowUs);
    const books = before.filter(
      (event): event is BookEvent => event.kind === 'book' && event.instrumentIx === 0,
    );
    const book = new L2Book();
    for (const { asks, bids, isSnapshot } of books) {
      if (isSnapshot) book.applySnapshot(bids, asks);
      else book.applyDelta(bids, asks);
    }
    const isUsable = !book.isCrossed && row.rowUs - books.at(-1)!.tsVenueUs <= OPTIONS.bookStaleUs;
    assert.deepEqual(at(row, 'spread_bps'), isUsable ? spreadBps(book) : Number.NaN);
    assert.deepEqual(at(row, 'imbalance_3'), isUsable ? depthImbalance(book, 3) : Number.NaN);
    const trades = before.filter(
      (event): event is TradeEvent => event.kind === 'trade' && event.tsVenueUs >= row.rowUs - 5 * SECOND,
    );
    const lots = trades.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
    const bought = trades.reduce(
      (sum, { qtyLots, takerSide }) => sum + (takerSide === 'buy' ? qtyLots : 0),
      0,
    );
    assert.equal(at(row, 'trade_flow_5s'), lots === 0 ? 0 : (2 * bought - lots) / lots);
    const rate = before.findLast((event) => event.kind === 'funding-rate');
    const rateBefore = before.findLast(
      (event) => event.kind === 'funding-rate' && event.tsVenueUs < row.rowUs - 4 * SECOND,
    );
    if (rate?.kind === 'funding-rate' && rateBefore?.kind === 'funding-rate') {
      assert.equal(at(row, 'funding_change_4s'), (rate.rateE12 - rateBefore.rateE12) / 1e12);
      compared++;
    }
  }
  assert.ok(compared > 50);
});

test('S2 changing a book before telling the time is an error', () => {
  const book = new L2Book();
  const options = { ...OPTIONS, otherPriceDecimals: null };
  const frame = new MicrostructureFrame(options, { own: book }, () => undefined);
  assert.throws(() => frame.pushBook(START, true), /advance is called before/);
  frame.advance(START);
  frame.pushBook(START, true);
  assert.throws(() => frame.pushBook(START + SECOND, true), /advance is called before/);
});

function bookEvent(atUs: number, isSnapshot: boolean, bids: number[], asks: number[]): BookEvent {
  const times = { instrumentIx: 0, tsVenueUs: START + atUs, tsLocalUs: START + atUs };
  const ids = { firstUpdateId: -1, lastUpdateId: -1, previousUpdateId: -1 };
  return {
    kind: 'book',
    ...times,
    isSnapshot,
    ...ids,
    bids: Float64Array.from(bids),
    asks: Float64Array.from(asks),
  };
}

test('S3 S4 a book that is lost, crossed or stale gives no value, and order flow comes back with whole windows', () => {
  const rows: Row[] = [];
  const feed = feedInto(rows);
  const { names } = feed.frame;
  const snapshot = (atUs: number): void => feed.push(bookEvent(atUs, true, [100, 5], [101, 5]));
  const change = (atUs: number): void => feed.push(bookEvent(atUs, false, [100, 6], []));
  for (let second = 0; second < 6; second++) (second === 0 ? snapshot : change)(second * SECOND + 1);
  feed.bookLost(0, START + 6 * SECOND + 1);
  change(6.5 * SECOND);
  change(7 * SECOND + 1);
  snapshot(8.5 * SECOND);
  for (const second of [9, 10, 11, 12]) change(second * SECOND + 1);
  feed.push(bookEvent(13 * SECOND + 1, false, [101, 5], []));
  change(14 * SECOND + 1);
  feed.push(bookEvent(15 * SECOND + 1, false, [101, 0], []));
  feed.frame.advance(START + 23 * SECOND);
  const isDefined = (name: string): string =>
    rows.map(({ values }) => (Number.isNaN(values[names.indexOf(name)]!) ? '.' : 'x')).join('');
  //                                        1        10        20
  assert.equal(isDefined('spread_bps'), 'xxxxxx..xxxxx..xxxxx...');
  assert.equal(isDefined('ofi_2s'), '..xxxx....xxx....xxx...');
  assert.equal(rows[0]?.rowUs, START + SECOND);
});

test('trades that are lost make holes, and the day has no average price any more', () => {
  const rows: Row[] = [];
  const feed = feedInto(rows);
  const { names } = feed.frame;
  const times = (us: number) => ({ instrumentIx: 0, tsVenueUs: START + us, tsLocalUs: START + us });
  for (let second = 0; second < 14; second++) {
    feed.push(bookEvent(second * SECOND + 1, second === 0, [100, 5], [101, 5]));
    const trade = { tradeId: second, priceTicks: 100, qtyLots: 5, takerSide: 'buy' } as const;
    feed.push({ kind: 'trade', ...times(second * SECOND + 2), ...trade });
    if (second === 7) feed.frame.tradesLost(START + 7 * SECOND + 3);
  }
  const isDefined = (name: string): string =>
    rows.map(({ values }) => (Number.isNaN(values[names.indexOf(name)]!) ? '.' : 'x')).join('');
  assert.equal(isDefined('trade_flow_2s'), '..xxxxx..xxxx');
  assert.equal(isDefined('vwap_gap_bps'), 'xxxxxxx......');
  assert.equal(isDefined('queue_bid'), '.xxxxxx.xxxxx');
});

test('a feed that says that its book is not usable is believed until it says otherwise, snapshots or not', () => {
  const rows: Row[] = [];
  const feed = feedInto(rows);
  const state = (atUs: number, isUsable: boolean, instrumentIx = 0): void => {
    const times = { instrumentIx, tsVenueUs: START + atUs, tsLocalUs: START + atUs };
    feed.push({ kind: 'feed-state', ...times, isUsable });
  };
  feed.push(bookEvent(1, true, [100, 5], [101, 5]));
  state(1.5 * SECOND, false);
  feed.push(bookEvent(2.5 * SECOND, true, [100, 5], [101, 5]));
  state(3.5 * SECOND, true);
  state(4.2 * SECOND, false, 1);
  feed.push(bookEvent(5.5 * SECOND, false, [100, 6], []));
  feed.frame.advance(START + 7 * SECOND);
  const at = feed.frame.names.indexOf('spread_bps');
  const defined = rows.map(({ values }) => !Number.isNaN(values[at]!));
  assert.deepEqual(defined, [true, false, false, true, true, true, true]);
});

test('a book is cut to the depth that its venue keeps: what fell out of it does not come back', () => {
  const spreads: number[] = [];
  const options = { ...OPTIONS, otherPriceDecimals: null, levels: [1] };
  const cut = { ownIx: 0, ownDepth: 2 };
  const feed = new MicrostructureFeed(options, cut, (_rowUs, values) => spreads.push(values[0]!));
  feed.push(bookEvent(1, true, [100, 5, 99, 5], [102, 5]));
  feed.push(bookEvent(2, false, [101, 5], []));
  feed.push(bookEvent(3, false, [101, 0, 100, 0], []));
  feed.push(bookEvent(4, false, [98, 1], []));
  feed.frame.advance(START + SECOND);
  assert.deepEqual(spreads, [(2 * 10_000 * 4) / 200]);
});

test('liquidations that may be missing make holes, and a loss told late counts back', () => {
  const rows: Row[] = [];
  const feed = feedInto(rows, { ...OPTIONS, liquidationsUs: 2 * SECOND });
  const lost = { kind: 'prints-lost', instrumentIx: 0, stream: 'liquidations' } as const;
  for (let second = 0; second < 12; second++) {
    const times = {
      instrumentIx: 0,
      tsVenueUs: START + second * SECOND + 1,
      tsLocalUs: START + second * SECOND + 1,
    };
    if (second === 6) feed.push({ ...lost, ...times, untilUs: START + 7.5 * SECOND });
    feed.push({ kind: 'liquidation', ...times, side: 'sell', priceTicks: 100, qtyLots: 1 });
  }
  const at = feed.frame.names.indexOf('liquidation_imbalance_2s');
  const defined = rows.map(({ values }) => (Number.isNaN(values[at]!) ? '.' : 'x')).join('');
  assert.equal(defined, '..xxxx...xx');
});

test('S6 a long silence is passed over, and windows begin anew', () => {
  const rows: Row[] = [];
  const feed = feedInto(rows, { ...OPTIONS, rowsAtOnceMax: 10 });
  feed.frame.advance(START);
  feed.frame.advance(START + 5 * SECOND);
  feed.frame.advance(START + 100 * SECOND);
  feed.frame.advance(START + 101 * SECOND);
  assert.deepEqual(
    rows.map(({ rowUs }) => (rowUs - START) / SECOND),
    [1, 2, 3, 4, 5, 101],
  );
  assert.equal(feed.frame.passedOverCount, 95);
});

test('rows may be sampled when bars close; a bar that is missing begins windows anew', () => {
  const options: FrameOptions = { ...OPTIONS, sampling: { kind: 'bars', everyUs: SECOND } };
  const rows: Row[] = [];
  const feed = feedInto(rows, options);
  const { names } = feed.frame;
  const flow: boolean[] = [];
  for (const second of [1, 2, 3, 4, 6, 7, 8]) {
    feed.push(bookEvent((second - 1) * SECOND + 1, second === 1, [100, 5 + second], [101, 5]));
    const tsVenueUs = START + second * SECOND;
    const prices = { openTicks: 100, highTicks: 100, lowTicks: 100, closeTicks: 100, volumeLots: 1 };
    const candle = { timeframeUs: SECOND, openTsUs: tsVenueUs - SECOND, ...prices };
    feed.push({ kind: 'candle', instrumentIx: 0, tsVenueUs, tsLocalUs: tsVenueUs, ...candle });
    flow.push(!Number.isNaN(rows.at(-1)!.values[names.indexOf('ofi_2s')]!));
  }
  assert.equal(rows.length, 7);
  assert.deepEqual(flow, [false, false, true, true, false, false, true]);
});

test('names are in a fixed order, and the hash covers names, formulas and parameters', () => {
  const { hash, names } = feedInto([]).frame;
  assert.deepEqual(names.slice(0, 5), [
    'spread_bps',
    'microprice_bps',
    'imbalance_1',
    'imbalance_3',
    'imbalance_5bps',
  ]);
  assert.equal(feedInto([]).frame.hash, hash);
  const others: FrameOptions[] = [
    { ...OPTIONS, bookStaleUs: 1 },
    { ...OPTIONS, levels: [3, 1] },
    { ...OPTIONS, vpin: null },
    { ...OPTIONS, kyleUs: 9 * SECOND },
  ];
  assert.equal(new Set([hash, ...others.map((options) => feedInto([], options).frame.hash)]).size, 5);
  assert.throws(() => feedInto([], { ...OPTIONS, kyleUs: 1.5 * SECOND }), /whole number of rows/);
  assert.throws(() => feedInto([], { ...OPTIONS, levels: [3, 3] }), /different names/);
});
