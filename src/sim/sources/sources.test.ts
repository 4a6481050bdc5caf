import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, Prng } from '#core';
import { buildInstrument, type MarketEvent } from '#domain';
import { learnedUs, type MarketSource } from '../source.ts';
import { BAR_US, book, candle, columnsOf, START_US, testSpec } from '../test/market-builders.ts';
import {
  bookSource,
  candleSource,
  type FundingColumns,
  fundingSource,
  type MarkColumns,
  markSource,
  mergeSources,
  sourceFrom,
  type TradeColumns,
  tradeSource,
} from './index.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const CANDLES = Array.from({ length: 20 }, (_, at) => candle(at, [1000, 1010, 990, 1000 + at, 10 + at]));
const FUNDING: FundingColumns = {
  rowCount: 2,
  tsUs: Float64Array.of(START_US + 4 * BAR_US, START_US + 8 * BAR_US + 7),
  rateE12: Float64Array.of(5, -6),
};
const MARKS: MarkColumns = {
  timeframeUs: BAR_US,
  rowCount: 3,
  priceDecimals: 3,
  openTsUs: Float64Array.of(START_US, START_US + BAR_US, START_US + 2 * BAR_US),
  closeUnits: Float64Array.of(100_049, 100_050, 99_951),
};
const TRADES: TradeColumns = {
  rowCount: 2,
  tsVenueUs: Float64Array.of(START_US + 1, START_US + 5),
  tsLocalUs: Float64Array.of(START_US + 1, START_US + 9000),
  tradeId: Float64Array.of(7, 8),
  priceTicks: Float64Array.of(1000, 1001),
  qtyLots: Float64Array.of(3, 4),
  takerSign: Int8Array.of(-1, 1),
};

const chunked = () => [columnsOf(CANDLES.slice(0, 6)), columnsOf([]), columnsOf(CANDLES.slice(6))];
async function* slowly() {
  for (const chunk of chunked()) {
    await Promise.resolve();
    yield chunk;
  }
}
const candles = (
  open: () => Iterable<ReturnType<typeof columnsOf>> | AsyncIterable<ReturnType<typeof columnsOf>> = chunked,
) => candleSource({ instrumentIx: 0, timeframeUs: BAR_US, feedLatencyUs: 0, open });

async function drain(source: MarketSource, countMax = Number.POSITIVE_INFINITY): Promise<MarketEvent[]> {
  const events: MarketEvent[] = [];
  while (events.length < countMax) {
    const event = await source.next();
    if (event === undefined) break;
    events.push(event);
  }
  return events;
}

test('candles come out of any chunks as they went in', async () => {
  assert.deepEqual(await drain(candles()), CANDLES);
  assert.deepEqual(await drain(candles(slowly)), CANDLES);
  assert.deepEqual(await drain(candles(() => [])), []);
});

test('a source that is exhausted stays exhausted', async () => {
  const source = candles();
  await drain(source);
  assert.equal(source.next(), undefined);
  assert.equal(source.next(), undefined);
});

test('feed latency moves the receive time and nothing else', async () => {
  const late = candleSource({ instrumentIx: 3, timeframeUs: BAR_US, feedLatencyUs: 40, open: chunked });
  const [first] = await drain(late, 1);
  assert.deepEqual(first, { ...CANDLES[0]!, instrumentIx: 3, tsLocalUs: START_US + BAR_US + 40 });
  const trades = tradeSource({ instrumentIx: 0, feedLatencyUs: 50, open: () => [TRADES] });
  assert.deepEqual(
    (await drain(trades)).map((event) => event.tsLocalUs - START_US),
    [51, 9000],
  );
});

test('trades, funding and book events keep their numbers', async () => {
  const trades = await drain(tradeSource({ instrumentIx: 1, feedLatencyUs: 0, open: () => [TRADES] }));
  assert.deepEqual(trades[0], {
    kind: 'trade',
    instrumentIx: 1,
    tsVenueUs: START_US + 1,
    tsLocalUs: START_US + 1,
    tradeId: 7,
    priceTicks: 1000,
    qtyLots: 3,
    takerSide: 'sell',
  });
  const [payment] = await drain(
    fundingSource({ instrumentIx: 2, feedLatencyUs: 1, open: () => [FUNDING] }),
    1,
  );
  assert.deepEqual(payment, {
    kind: 'funding',
    instrumentIx: 2,
    tsVenueUs: START_US + 4 * BAR_US,
    tsLocalUs: START_US + 4 * BAR_US + 1,
    rateE12: 5,
  });
  const update = book(3, true, [10, 1], [11, 2]);
  const books = await drain(bookSource({ instrumentIx: 5, feedLatencyUs: 0, open: () => [[update]] }));
  assert.deepEqual(books, [{ ...update, instrumentIx: 5 }]);
});

test('marks count at the end of their bar, rounded to the nearest tick', async () => {
  const of = (priceDecimals: number): Promise<MarketEvent[]> => {
    const spec = testSpec({ priceDecimals, tickSize: `0.${'0'.repeat(priceDecimals - 1)}1` });
    const instrument = buildInstrument(spec, 0, 8);
    return drain(markSource({ instrument, feedLatencyUs: 0, open: () => [MARKS] }));
  };
  const ticks = (events: MarketEvent[]): number[] =>
    events.map((event) => (event.kind === 'mark' ? event.markTicks : Number.NaN));
  assert.deepEqual(ticks(await of(1)), [1000, 1001, 1000]);
  assert.deepEqual(ticks(await of(4)), [1_000_490, 1_000_500, 999_510]);
  assert.equal((await of(1))[0]?.tsVenueUs, START_US + BAR_US);
});

test('a candle of another length than announced is a bug', () => {
  const source = candleSource({ instrumentIx: 0, timeframeUs: BAR_US / 2, feedLatencyUs: 0, open: chunked });
  assert.throws(() => source.next(), AssertionError);
});

function merged(open: Parameters<typeof candles>[0] = chunked): MarketSource {
  const instrument = buildInstrument(testSpec(), 0, 8);
  return mergeSources([
    markSource({ instrument, feedLatencyUs: 0, open: () => [MARKS] }),
    fundingSource({ instrumentIx: 0, feedLatencyUs: 0, open: () => [FUNDING] }),
    candles(open),
  ]);
}

test('a merge is ordered by what the venue learns when, equal moments by the order of the sources', async () => {
  const events = await drain(merged());
  assert.equal(events.length, CANDLES.length + 5);
  for (let i = 1; i < events.length; i++) assert.ok(learnedUs(events[i]!) >= learnedUs(events[i - 1]!));
  const at = (us: number): string[] =>
    events.filter((event) => learnedUs(event) === us).map((event) => event.kind);
  assert.deepEqual(at(START_US + BAR_US), ['mark', 'candle']);
  assert.deepEqual(at(START_US + 4 * BAR_US), ['funding', 'candle']);
  assert.deepEqual(await drain(merged(slowly)), events);
  assert.deepEqual(
    merged().feeds.map((feed) => feed.kind),
    ['mark', 'funding', 'candle'],
  );
  assert.deepEqual(await drain(mergeSources([])), []);
});

test('M40 a source restored at any place goes on there, from a fresh pass over its chunks', async () => {
  const prng = new Prng(SEED);
  const whole = await drain(merged());
  for (let round = 0; round < 30; round++) {
    const taken = prng.integer(0, whole.length + 1);
    const source = merged(round % 2 ? slowly : chunked);
    await drain(source, taken);
    const saved = structuredClone(source.saveState());
    const fresh = merged(round % 3 ? slowly : chunked);
    await drain(fresh, prng.integer(0, 5));
    fresh.loadState(saved);
    assert.deepEqual(await drain(fresh), whole.slice(taken));
  }
});

test('a source that has become shorter than its saved place is a bug', async () => {
  const source = candles();
  await drain(source, 15);
  const shorter = candles(() => [columnsOf(CANDLES.slice(0, 10))]);
  shorter.loadState(source.saveState());
  assert.throws(() => shorter.next(), AssertionError);
});

test('a source seen from a moment on begins with what the venue learns then, and keeps its position', async () => {
  const fromUs = START_US + 7 * BAR_US;
  const expected = CANDLES.slice(7);
  assert.deepEqual(await drain(sourceFrom(candles(), fromUs)), expected);
  assert.deepEqual(await drain(sourceFrom(candles(slowly), fromUs)), expected);
  assert.deepEqual(await drain(sourceFrom(candles(), START_US + 99 * BAR_US)), []);
  const source = sourceFrom(candles(), fromUs);
  await drain(source, 3);
  const resumed = sourceFrom(candles(), fromUs);
  resumed.loadState(source.saveState());
  assert.deepEqual(await drain(resumed), expected.slice(3));
  assert.deepEqual(source.feeds, candles().feeds);
});
