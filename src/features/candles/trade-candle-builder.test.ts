import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floorToTimeframe, Prng, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { Side } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { randomTrades } from '../fixtures/random-trades.ts';
import { loadTape, saveTape } from '../state-tape.ts';
import { candlesOfTrades } from './candles-of-trades.ts';
import { candleColumnsOf, candleEventOf, type TradeCandle, type TradeTick } from './trade-candle.ts';
import { TradeCandleBuilder, type TradeCandleOptions } from './trade-candle-builder.ts';

const SEED = testSeed();
const SECOND = US_PER_SECOND;
const MINUTE = US_PER_MINUTE;
const START = 1_700_006_400_000_000;

let nextId = 1;

function trade(
  atUs: number,
  priceTicks: number,
  qtyLots = 1,
  takerSide: Side = 'buy',
  tradeId = nextId++,
): TradeTick {
  return { tsVenueUs: START + atUs, tsLocalUs: START + atUs, tradeId, priceTicks, qtyLots, takerSide };
}

interface Built {
  readonly builder: TradeCandleBuilder;
  readonly candles: TradeCandle[];
}

function building(options: Partial<TradeCandleOptions> = {}): Built {
  const candles: TradeCandle[] = [];
  const builder = new TradeCandleBuilder({
    timeframesUs: [MINUTE],
    completeFromUs: START,
    onCandle: (candle) => candles.push(candle),
    ...options,
  });
  return { builder, candles };
}

const minuteOf = (candle: TradeCandle): number => (candle.openTsUs - START) / MINUTE;

test('C1 C2 C3 a candle covers [open, end) and closes with the first trade at or after its end', () => {
  const { builder, candles } = building();
  builder.push(trade(0, 100, 2, 'sell'));
  builder.push(trade(20 * SECOND, 130, 3));
  builder.push(trade(40 * SECOND, 90, 4));
  builder.push(trade(MINUTE - 1, 110, 1, 'sell'));
  assert.equal(candles.length, 0);
  builder.push(trade(MINUTE, 111));
  assert.deepEqual(candles, [
    {
      timeframeUs: MINUTE,
      openTsUs: START,
      openTicks: 100,
      highTicks: 130,
      lowTicks: 90,
      closeTicks: 110,
      volumeLots: 10,
      quoteVolume: 100n * 2n + 130n * 3n + 90n * 4n + 110n,
      tradeCount: 4,
      takerBuyLots: 7,
      takerBuyQuote: 130n * 3n + 90n * 4n,
      isPartial: false,
    },
  ]);
});

test('C2 the clock closes what is over, and waits for the lateness allowed', () => {
  const { builder, candles } = building({ latenessUs: 2 * SECOND });
  builder.push(trade(5 * SECOND, 100));
  builder.advance(START + MINUTE + 2 * SECOND - 1);
  assert.equal(candles.length, 0);
  builder.advance(START + MINUTE + 2 * SECOND);
  assert.equal(candles.length, 1);
  builder.advance(START);
  assert.equal(candles.length, 1, 'a time that has passed does nothing');
});

test('C2 candles of several timeframes close in the order of their ends, shorter ones first, and add up', () => {
  const { builder, candles } = building({ timeframesUs: [3 * MINUTE, 2 * MINUTE] });
  for (let minute = 0; minute < 7; minute++) builder.push(trade(minute * MINUTE, 100 + minute));
  assert.deepEqual(
    candles.map((candle) => [
      minuteOf(candle),
      candle.timeframeUs / MINUTE,
      candle.openTicks,
      candle.closeTicks,
    ]),
    [
      [0, 2, 100, 101],
      [0, 3, 100, 102],
      [2, 2, 102, 103],
      [4, 2, 104, 105],
      [3, 3, 103, 105],
    ],
  );
});

test('C3 within the lateness the order of arrival does not matter: time, then id decide open and close', () => {
  const { builder, candles } = building({ latenessUs: 30 * SECOND });
  builder.push(trade(20 * SECOND, 103, 1, 'buy', 7));
  builder.push(trade(10 * SECOND, 101, 1, 'buy', 5));
  builder.push(trade(10 * SECOND, 100, 1, 'buy', 4));
  builder.push(trade(MINUTE + 5 * SECOND, 200, 1, 'buy', 10));
  builder.push(trade(50 * SECOND, 105, 1, 'buy', 9));
  builder.push(trade(50 * SECOND, 104, 1, 'buy', 8));
  builder.advance(START + 2 * MINUTE);
  assert.deepEqual([candles[0]?.openTicks, candles[0]?.closeTicks, candles[0]?.tradeCount], [100, 105, 5]);
});

test('C4 empty stretches give nothing, or repeat the last close with volume 0', () => {
  for (const emptyBars of ['none', 'repeat'] as const) {
    const { builder, candles } = building({ emptyBars, timeframesUs: [MINUTE, 2 * MINUTE] });
    builder.push(trade(0, 100));
    builder.push(trade(5 * MINUTE, 90));
    builder.advance(START + 6 * MINUTE);
    const rows = candles.map((candle) => [candle.timeframeUs / MINUTE, minuteOf(candle), candle.volumeLots]);
    const traded = rows.filter(([, , volume]) => volume !== 0);
    assert.deepEqual(traded, [
      [1, 0, 1],
      [2, 0, 1],
      [1, 5, 1],
      [2, 4, 1],
    ]);
    assert.equal(rows.length, emptyBars === 'none' ? 4 : 9);
    const empty = candles.filter((candle) => candle.tradeCount === 0);
    assert.ok(
      empty.every(
        (candle) => candle.openTicks === 100 && candle.lowTicks === 100 && candle.quoteVolume === 0n,
      ),
    );
  }
});

test('C4 before the first trade nothing is repeated, and a silence beyond the bound is counted, not told', () => {
  const { builder, candles } = building({ emptyBars: 'repeat', emptyBarsMax: 3 });
  builder.advance(START);
  builder.advance(START + 2 * MINUTE);
  assert.equal(candles.length, 0);
  builder.push(trade(2 * MINUTE, 100));
  builder.push(trade(6 * MINUTE, 100));
  builder.push(trade(11 * MINUTE, 100));
  assert.deepEqual(candles.map(minuteOf), [2, 3, 4, 5, 6]);
  assert.equal(builder.counts.untold, 4);
});

test('C5 a late trade is counted and goes into no candle, not even a longer one that is still open', () => {
  const { builder, candles } = building({ timeframesUs: [MINUTE, 5 * MINUTE] });
  builder.push(trade(0, 100));
  builder.push(trade(MINUTE, 100));
  builder.push(trade(30 * SECOND, 999, 7));
  builder.advance(START + 5 * MINUTE);
  assert.equal(candles.at(-1)?.highTicks, 100);
  const { late, lateLots, taken } = builder.counts;
  assert.deepEqual([late, lateLots, taken], [1, 7, 2]);
});

test('C7 what the venue sends twice counts once, also after a checkpoint; ids beyond the memory are forgotten', () => {
  const { builder, candles } = building({ recentIdsMax: 4 });
  const trades = Array.from({ length: 6 }, (_, i) => trade(i * SECOND, 100, 1, 'buy', 9_000_000_000 + i));
  for (const each of trades) builder.push(each);
  for (const each of trades.slice(2)) builder.push(each);
  assert.equal(builder.counts.duplicate, 4);
  const other = building({ recentIdsMax: 4 });
  loadTape(other.builder, saveTape(builder));
  other.builder.push(trades[5]!);
  assert.equal(other.builder.counts.duplicate, 5);
  builder.push(trade(6 * SECOND, 100, 1, 'buy', -1));
  builder.push(trade(6 * SECOND, 100, 1, 'buy', -1));
  builder.advance(START + MINUTE);
  assert.equal(candles[0]?.volumeLots, 8, 'id -1 is no id');
});

test('C8 odd trades are refused: no price, no quantity, parts of a tick, from the far future', () => {
  const { builder } = building();
  builder.push(trade(0, 0));
  builder.push(trade(0, 100, 0));
  builder.push(trade(0, 100.5));
  builder.push(trade(0, 100, Number.NaN));
  builder.push({ ...trade(0, 100), tsVenueUs: START + 61 * SECOND });
  builder.push(trade(0, 100));
  assert.deepEqual([builder.counts.refused, builder.counts.taken], [5, 1]);
});

test('C9 candles that may lack their beginning are dropped', () => {
  const known = building({ completeFromUs: START + 30 * SECOND });
  const unknown = building({ completeFromUs: null });
  for (const { builder } of [known, unknown]) {
    builder.push(trade(0, 100));
    for (const minute of [1, 2, 3]) builder.push(trade(minute * MINUTE, 100 + minute));
  }
  assert.deepEqual(known.candles.map(minuteOf), [1, 2]);
  assert.deepEqual(unknown.candles.map(minuteOf), [1, 2]);
  assert.equal(known.builder.counts.dropped, 1);
});

test('C10 candles that a loss touches are partial', () => {
  const { builder, candles } = building({ timeframesUs: [MINUTE, 5 * MINUTE] });
  builder.push(trade(0, 100));
  builder.lost(START + MINUTE, START + 2 * MINUTE);
  for (const minute of [1, 2, 3, 4, 5, 6]) builder.push(trade(minute * MINUTE, 100));
  builder.lost(START + 2 * MINUTE, START + 3 * MINUTE);
  assert.deepEqual(
    candles.map((candle) => [candle.timeframeUs / MINUTE, minuteOf(candle), candle.isPartial]),
    [
      [1, 0, false],
      [1, 1, true],
      [1, 2, true],
      [1, 3, false],
      [1, 4, false],
      [5, 0, true],
      [1, 5, false],
    ],
  );
  assert.equal(builder.counts.lossesTooLate, 1);
});

test('volumes stay exact beyond 2^53', () => {
  const { builder, candles } = building();
  const price = 2 ** 40 + 1;
  const lots = 2 ** 45 + 3;
  for (let i = 0; i < 5; i++) builder.push(trade(i, price, lots));
  builder.advance(START + MINUTE);
  assert.equal(candles[0]?.quoteVolume, 5n * BigInt(price) * BigInt(lots));
  assert.equal(candles[0]?.takerBuyQuote, candles[0]?.quoteVolume);
});

test('the candle in the making is what it would be if it closed now', () => {
  const { builder } = building({ timeframesUs: [MINUTE, 5 * MINUTE], latenessUs: 90 * SECOND });
  assert.equal(builder.running(MINUTE), undefined);
  for (let i = 0; i < 8; i++) builder.push(trade(i * 30 * SECOND, 100 + i));
  const minute = builder.running(MINUTE);
  const five = builder.running(5 * MINUTE);
  assert.deepEqual([minute?.openTicks, minute?.closeTicks, minute?.tradeCount], [106, 107, 2]);
  assert.deepEqual([five?.openTicks, five?.closeTicks, five?.tradeCount], [100, 107, 8]);
});

test('events and columns of candles', () => {
  const { builder, candles } = building();
  for (const minute of [0, 1, 2]) builder.push(trade(minute * MINUTE, 100 + minute, 5));
  const event = candleEventOf(candles[1]!, 3, START + 2 * MINUTE + 7);
  assert.deepEqual(
    [event.kind, event.isSummary, event.tsVenueUs, event.openTsUs, event.instrumentIx, event.closeTicks],
    ['candle', true, START + 2 * MINUTE, START + MINUTE, 3, 101],
  );
  const columns = candleColumnsOf(MINUTE, candles);
  assert.deepEqual(
    [columns.rowCount, [...columns.closeTicks], [...columns.volumeLots]],
    [2, [100, 101], [5, 5]],
  );
});

const FRAMES = [90 * SECOND, MINUTE, 5 * MINUTE, US_PER_HOUR];

/** Groups by time and sums up, with no state but the list itself. */
function naive(trades: readonly TradeTick[], timeframeUs: number, isRepeating: boolean): TradeCandle[] {
  const groups = Map.groupBy(trades, ({ tsVenueUs }) => floorToTimeframe(tsVenueUs, timeframeUs));
  const opens = [...groups.keys()].sort((a, b) => a - b);
  const candles: TradeCandle[] = [];
  for (const openTsUs of opens) {
    const last = candles.at(-1);
    for (
      let us = (last?.openTsUs ?? openTsUs) + timeframeUs;
      isRepeating && us < openTsUs;
      us += timeframeUs
    ) {
      const close = last!.closeTicks;
      const prices = { openTicks: close, highTicks: close, lowTicks: close, closeTicks: close };
      const volumes = { volumeLots: 0, quoteVolume: 0n, tradeCount: 0, takerBuyLots: 0, takerBuyQuote: 0n };
      candles.push({ timeframeUs, openTsUs: us, ...prices, ...volumes, isPartial: false });
    }
    const group = groups
      .get(openTsUs)!
      .toSorted((a, b) => a.tsVenueUs - b.tsVenueUs || a.tradeId - b.tradeId);
    const buys = group.filter(({ takerSide }) => takerSide === 'buy');
    const lots = (of: TradeTick[]): number => of.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
    const quote = (of: TradeTick[]): bigint =>
      of.reduce((sum, { priceTicks, qtyLots }) => sum + BigInt(priceTicks) * BigInt(qtyLots), 0n);
    const prices = group.map(({ priceTicks }) => priceTicks);
    candles.push({
      timeframeUs,
      openTsUs,
      openTicks: prices[0]!,
      highTicks: Math.max(...prices),
      lowTicks: Math.min(...prices),
      closeTicks: prices.at(-1)!,
      volumeLots: lots(group),
      quoteVolume: quote(group),
      tradeCount: group.length,
      takerBuyLots: lots(buys),
      takerBuyQuote: quote(buys),
      isPartial: false,
    });
  }
  return candles;
}

test(`equal to the naive builder on seeded trades, in any order within the lateness, duplicates included (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('candles');
  for (let round = 0; round < 40; round++) {
    const latenessUs = prng.integer(0, 3) * prng.integer(1, 100) * SECOND;
    const trades = randomTrades({ count: 600, seed: SEED + round, startUs: START, meanGapUs: 4 * SECOND });
    const arrived = trades
      .map((each) => ({ each, at: each.tsVenueUs + Math.floor(prng.uniform() * latenessUs) }))
      .sort((a, b) => a.at - b.at)
      .flatMap(({ each }) => (prng.uniform() < 0.05 ? [each, each] : [each]));
    const isRepeating = prng.uniform() < 0.5;
    const lastUs = trades.at(-1)!.tsVenueUs;
    const { candles, counts } = candlesOfTrades(arrived, lastUs, {
      timeframesUs: FRAMES,
      latenessUs,
      emptyBars: isRepeating ? 'repeat' : 'none',
      completeFromUs: 0,
    });
    assert.deepEqual([counts.taken, counts.duplicate, counts.late], [600, arrived.length - 600, 0]);
    for (const timeframeUs of FRAMES) {
      const wanted = naive(trades, timeframeUs, isRepeating).filter(
        (candle) => candle.openTsUs + timeframeUs <= lastUs,
      );
      assert.deepEqual(candles.get(timeframeUs), wanted);
    }
  }
});

test(`late ones are exactly those whose shortest stretch had closed, and all timeframes lack the same (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('late');
  for (let round = 0; round < 20; round++) {
    const latenessUs = prng.integer(0, 20) * SECOND;
    const trades = randomTrades({ count: 500, seed: SEED + round, startUs: START, meanGapUs: 4 * SECOND });
    const arrived = trades
      .map((each) => ({ each, at: each.tsVenueUs + prng.integer(0, 60) * SECOND }))
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each);
    let watermarkUs = 0;
    const kept = arrived.filter(({ tsVenueUs }) => {
      watermarkUs = Math.max(watermarkUs, tsVenueUs);
      return floorToTimeframe(tsVenueUs, MINUTE) + MINUTE + latenessUs > watermarkUs;
    });
    const { candles, counts } = candlesOfTrades(arrived, watermarkUs + US_PER_HOUR, {
      timeframesUs: [MINUTE, 5 * MINUTE],
      latenessUs,
      completeFromUs: 0,
    });
    assert.equal(counts.late, arrived.length - kept.length);
    for (const timeframeUs of [MINUTE, 5 * MINUTE]) {
      assert.deepEqual(candles.get(timeframeUs), naive(kept, timeframeUs, false));
    }
  }
});

test(`no look-ahead: cutting the input changes nothing told before the cut, and nothing is told before its end (SEED=${SEED})`, () => {
  const trades = randomTrades({ count: 800, seed: SEED, startUs: START, meanGapUs: 4 * SECOND });
  const latenessUs = 7 * SECOND;
  const options = { timeframesUs: FRAMES, latenessUs, emptyBars: 'repeat' } as const;
  const whole = building(options);
  const toldAfter: number[] = [];
  for (const each of trades) {
    const before = whole.candles.length;
    whole.builder.push(each);
    for (const candle of whole.candles.slice(before)) {
      assert.ok(candle.openTsUs + candle.timeframeUs + latenessUs <= each.tsVenueUs);
    }
    toldAfter.push(whole.candles.length);
  }
  for (let cut = 0; cut < trades.length; cut += 37) {
    const part = building(options);
    for (const each of trades.slice(0, cut + 1)) part.builder.push(each);
    assert.deepEqual(part.candles, whole.candles.slice(0, toldAfter[cut]));
  }
});

test(`saved in the middle it continues as if it had not been (SEED=${SEED})`, () => {
  const trades = randomTrades({ count: 600, seed: SEED, startUs: START, meanGapUs: 4 * SECOND });
  const options = {
    timeframesUs: FRAMES,
    latenessUs: 100 * SECOND,
    emptyBars: 'repeat',
    recentIdsMax: 50,
  } as const;
  const whole = building(options);
  const parts: TradeCandle[] = [];
  let part = building({ ...options, onCandle: (candle) => parts.push(candle) });
  trades.forEach((each, at) => {
    if (at === 200)
      for (const { builder } of [whole, part]) builder.lost(each.tsVenueUs, each.tsVenueUs + MINUTE);
    whole.builder.push(each);
    part.builder.push(each);
    if (at % 23 !== 0) return;
    const saved = saveTape(part.builder);
    part = building({ ...options, completeFromUs: null, onCandle: (candle) => parts.push(candle) });
    loadTape(part.builder, saved);
  });
  assert.deepEqual(parts, whole.candles);
  assert.deepEqual(part.builder.counts, whole.builder.counts);
  assert.deepEqual(part.builder.running(US_PER_HOUR), whole.builder.running(US_PER_HOUR));
});
