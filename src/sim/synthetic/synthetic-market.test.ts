import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, Prng, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { type CandleColumns, InstrumentTable, type MarketEvent } from '#domain';
import { learnedUs } from '../source.ts';
import { SYNTHETIC_SYMBOLS, type SyntheticMarketOptions, syntheticMarket, takeCandles } from './index.ts';
import { activityAt } from './season.ts';

const SEED = Number(process.env.SEED ?? 20261121);
/** A Monday, 00:00 UTC. */
const MONDAY_US = 19_723 * US_PER_DAY;

function options(changes: Partial<SyntheticMarketOptions> = {}): SyntheticMarketOptions {
  return {
    symbols: SYNTHETIC_SYMBOLS.slice(0, 3),
    startUs: MONDAY_US,
    endUs: null,
    barUs: 5 * US_PER_MINUTE,
    seed: SEED,
    feedLatencyUs: 0,
    ...changes,
  };
}

/** Half a year of 5-minute bars of three symbols, made once. */
const SAMPLE_BARS = 52_560;
let sample: readonly CandleColumns[] | undefined;
function sampleColumns(): readonly CandleColumns[] {
  sample ??= takeCandles(syntheticMarket(options()), 3, SAMPLE_BARS);
  return sample;
}

function returnsOf(columns: CandleColumns): Float64Array {
  const returns = new Float64Array(columns.rowCount - 1);
  for (let i = 1; i < columns.rowCount; i++) {
    returns[i - 1] = Math.log(columns.closeTicks[i]! / columns.closeTicks[i - 1]!);
  }
  return returns;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>, lag: number): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = lag; i < a.length; i++) {
    product += (a[i]! - meanA) * (b[i - lag]! - meanB);
    squareA += (a[i]! - meanA) ** 2;
    squareB += (b[i - lag]! - meanB) ** 2;
  }
  return product / Math.sqrt(squareA * squareB);
}

test('prices are positive whole ticks, bars are well formed and continuous', () => {
  for (const columns of sampleColumns()) {
    assert.equal(columns.rowCount, SAMPLE_BARS);
    let broken = 0;
    for (let i = 0; i < columns.rowCount; i++) {
      const open = columns.openTicks[i]!;
      const high = columns.highTicks[i]!;
      const low = columns.lowTicks[i]!;
      const close = columns.closeTicks[i]!;
      const isWhole = [open, high, low, close, columns.volumeLots[i]!].every(Number.isSafeInteger);
      const isFormed = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
      const isJoined = i === 0 || open === columns.closeTicks[i - 1];
      if (!isWhole || !isFormed || !isJoined || columns.volumeLots[i]! < 0) broken++;
    }
    assert.equal(broken, 0);
  }
});

test('returns have fat tails, clusters of volatility, and roughly the volatility that was asked for', () => {
  for (const [ix, columns] of sampleColumns().entries()) {
    const returns = returnsOf(columns);
    const average = mean(returns);
    const second = mean(returns.map((r) => (r - average) ** 2));
    const fourth = mean(returns.map((r) => (r - average) ** 4));
    assert.ok(fourth / second ** 2 > 5, `kurtosis above the normal 3, was ${fourth / second ** 2}`);
    const sizes = returns.map(Math.abs);
    for (const lag of [1, 6, 24]) {
      const clustering = correlation(sizes, sizes, lag);
      assert.ok(clustering > 0.03, `|r| is correlated at lag ${lag}, was ${clustering}`);
    }
    const daily = Math.sqrt(second * 288) / SYNTHETIC_SYMBOLS[ix]!.dailyVolatility;
    assert.ok(daily > 0.7 && daily < 1.5, `daily volatility is about as asked, ratio ${daily}`);
  }
});

test('symbols move together, none like another', () => {
  const [a, b, c] = sampleColumns().map(returnsOf);
  for (const [x, y] of [
    [a, b],
    [a, c],
    [b, c],
  ] as const) {
    const r = correlation(x!, y!, 0);
    assert.ok(r > 0.3 && r < 0.9, `returns are correlated, was ${r}`);
  }
});

test('thin hours and weekends have less volume and smaller moves, large moves have more volume', () => {
  const [columns] = sampleColumns();
  const returns = returnsOf(columns!);
  const groups = { busy: [[], []], thin: [[], []], weekend: [[], []] } as Record<
    string,
    [number[], number[]]
  >;
  for (let i = 1; i < columns!.rowCount; i++) {
    const ts = columns!.openTsUs[i]!;
    const hour = Math.floor((ts % US_PER_DAY) / US_PER_HOUR);
    const weekday = Math.floor((ts - MONDAY_US) / US_PER_DAY) % 7;
    const name =
      weekday >= 5 ? 'weekend' : hour >= 13 && hour < 17 ? 'busy' : hour >= 1 && hour < 5 ? 'thin' : '';
    groups[name]?.[0].push(columns!.volumeLots[i]!);
    groups[name]?.[1].push(Math.abs(returns[i - 1]!));
  }
  for (const quiet of ['thin', 'weekend']) {
    for (const at of [0, 1] as const) {
      assert.ok(
        mean(groups[quiet]![at]) < 0.85 * mean(groups.busy![at]),
        `${quiet} is thinner than busy hours`,
      );
    }
  }
  const sizes = returns.map(Math.abs);
  assert.ok(correlation(columns!.volumeLots.subarray(1), sizes, 0) > 0.3, 'volume is tied to moves');
});

/** What following the cross of two averages earns before costs, as a sum of log returns. */
function trendProfit(columns: CandleColumns): number {
  const returns = returnsOf(columns);
  let fast = columns.closeTicks[0]!;
  let slow = fast;
  let profit = 0;
  for (let i = 0; i < returns.length; i++) {
    profit += Math.sign(fast - slow) * returns[i]!;
    fast += (columns.closeTicks[i + 1]! - fast) * (2 / 25);
    slow += (columns.closeTicks[i + 1]! - slow) * (2 / 97);
  }
  return profit;
}

test('trends persist for hours, so that there is something modest to learn', () => {
  const profits = sampleColumns().map(trendProfit);
  const sum = profits.reduce((a, b) => a + b, 0);
  assert.ok(sum > 0.5, `following the trend earns before costs, was ${profits}`);
  assert.ok(sum < 12, `but it is no money machine, was ${profits}`);
});

test('activity follows the clock and the week', () => {
  const at = (day: number, hour: number): number =>
    activityAt(MONDAY_US + day * US_PER_DAY + hour * US_PER_HOUR);
  assert.ok(at(0, 15) > 1.4 && at(0, 3) < 0.6);
  assert.equal(at(5, 15), 0.6 * at(0, 15));
  assert.equal(at(7, 9), at(0, 9));
});

function drain(market: { next(): MarketEvent | undefined }, count: number): MarketEvent[] {
  const events: MarketEvent[] = [];
  while (events.length < count) {
    const event = market.next();
    if (event === undefined) break;
    events.push(event);
  }
  return events;
}

test('events are in the order of the venue; funding is settled every 8 hours, marks come every bar', () => {
  const events = drain(syntheticMarket(options({ endUs: MONDAY_US + 2 * US_PER_DAY })), 1e6);
  for (let i = 1; i < events.length; i++) assert.ok(learnedUs(events[i]!) >= learnedUs(events[i - 1]!));
  const count = (kind: MarketEvent['kind']): number => events.filter((event) => event.kind === kind).length;
  assert.equal(count('candle'), 3 * 576);
  assert.equal(count('mark'), 3 * 576);
  assert.equal(count('funding'), 3 * 5);
  for (const event of events) {
    if (event.kind === 'funding') {
      assert.equal(event.tsVenueUs % (8 * US_PER_HOUR), 0);
      assert.ok(Number.isSafeInteger(event.rateE12) && Math.abs(event.rateE12) <= 3_000_000_000);
    }
    assert.ok(event.tsLocalUs >= event.tsVenueUs && event.tsVenueUs <= MONDAY_US + 2 * US_PER_DAY);
  }
});

test('equal seeds give equal bytes, another seed another market', () => {
  const of = (seed: number): MarketEvent[] => drain(syntheticMarket(options({ seed })), 3000);
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
});

test('what a symbol does depends neither on later bars nor on the end of the market', () => {
  const short = drain(syntheticMarket(options({ endUs: MONDAY_US + 100 * 5 * US_PER_MINUTE })), 1e6);
  assert.deepEqual(drain(syntheticMarket(options()), short.length), short);
});

test('M40 a market restored at any place goes on there', () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < 10; round++) {
    const market = syntheticMarket(options());
    drain(market, prng.integer(0, 2000));
    const saved = structuredClone(market.saveState());
    const fresh = syntheticMarket(options());
    drain(fresh, prng.integer(0, 100));
    fresh.loadState(saved);
    assert.deepEqual(fresh.saveState(), saved);
    assert.deepEqual(drain(fresh, 1000), drain(market, 1000));
  }
});

test('the instruments carry the label of what they are', () => {
  const market = syntheticMarket(options({ symbols: SYNTHETIC_SYMBOLS }));
  const table = new InstrumentTable(market.instrumentSpecs);
  for (const instrument of table.all) {
    assert.equal(instrument.venue, 'sim');
    assert.equal(instrument.rulesFrom, 'synthetic');
    assert.equal(instrument.tickStep, 1);
    assert.equal(instrument.lotStep, 1);
  }
});

test('options that make no sense are bugs', () => {
  assert.throws(() => syntheticMarket(options({ symbols: [] })), AssertionError);
  assert.throws(() => syntheticMarket(options({ barUs: 0 })), AssertionError);
  assert.throws(() => syntheticMarket(options({ startUs: MONDAY_US + 1 })), AssertionError);
});
