import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, normalCdf, normalQuantile, US_PER_DAY, US_PER_HOUR } from '#core';
import { UNIT } from './fixture.ts';
import { PerformanceStatistics } from './performance.ts';
import { ReturnMoments } from './return-moments.ts';
import { expectedMaxSharpe, minTrackRecord, probabilisticSharpe } from './sharpe.ts';
import type { Trade } from './trade.ts';

const START = 10_000n * UNIT;

function statistics(startUs = 0): PerformanceStatistics {
  return new PerformanceStatistics({ startUs, startEquityAtoms: START, atomDecimals: 8 });
}

function tradeWithNet(netAtoms: bigint, status: Trade['status'] = 'CLOSED'): Trade {
  return {
    tradeId: 1,
    instrumentIx: 0,
    side: 'LONG',
    status,
    entryUs: 0,
    exitUs: 1,
    qtyLotsMax: 1,
    enteredLots: 1,
    exitedLots: 1,
    entryNotionalAtoms: 1n,
    exitNotionalAtoms: 1n,
    grossAtoms: netAtoms,
    feesAtoms: 0n,
    fundingAtoms: 0n,
    netAtoms,
    maxAdverseAtoms: 0n,
    equityAtEntryAtoms: START,
  };
}

test('a hand-checked run: days, trades, exposure, turnover', () => {
  const run = statistics();
  run.observe(6 * US_PER_HOUR, START, true);
  run.addFill(1_000n * UNIT);
  run.observe(18 * US_PER_HOUR, 10_100n * UNIT, false);
  run.addFill(1_100n * UNIT);
  run.addTrade(tradeWithNet(100n * UNIT));
  run.observe(US_PER_DAY, 10_100n * UNIT, false);
  run.observe(2 * US_PER_DAY, 9_999n * UNIT, false);
  run.addTrade(tradeWithNet(-101n * UNIT, 'LIQUIDATED'));
  const summary = run.summary();
  assert.equal(summary.dayCount, 2, 'the second day ends exactly at the last observation');
  assert.equal(summary.exposureTime, 12 / 48);
  assert.equal(summary.tradeCount, 2);
  assert.equal(summary.winRate, 0.5);
  assert.equal(summary.expectancy, -0.5);
  assert.equal(summary.profitFactor, 100 / 101);
  assert.equal(summary.maxDrawdownDurationUs, US_PER_DAY, 'from the last moment at the mark');
  const meanEquity = (18 * 10_000 + 6 * 10_100 + 24 * 10_100) / 48;
  assert.ok(Math.abs(summary.turnover! - 2_100 / meanEquity) < 1e-12);
  const first = 10_100 / 10_000 - 1;
  const second = 9_999 / 10_100 - 1;
  const mean = (first + second) / 2;
  const deviation = Math.sqrt((first - mean) ** 2 + (second - mean) ** 2);
  assert.ok(Math.abs(summary.sharpe! - (mean / deviation) * Math.sqrt(365)) < 1e-9);
  assert.ok(Math.abs(summary.annualisedReturn! - (0.9999 ** (365 / 2) - 1)) < 1e-12);
});

test('an empty or very short run has nulls, never NaN', () => {
  const summary = statistics(5 * US_PER_HOUR).summary();
  for (const [key, value] of Object.entries(summary)) {
    assert.ok(value === null || Number.isFinite(value), `${key} is ${value}`);
  }
  assert.deepEqual(
    [summary.sharpe, summary.annualisedReturn, summary.turnover, summary.exposureTime, summary.winRate],
    [null, null, null, null, null],
  );
});

test('one losing day is not enough for a ratio', () => {
  const run = statistics();
  run.observe(US_PER_DAY, 9_990n * UNIT, true);
  const { dayCount, sharpe, sortino } = run.summary();
  assert.deepEqual([dayCount, sharpe, sortino], [1, null, null]);
});

test('a start at midnight does not invent a day; skipped days have return 0', () => {
  const run = statistics();
  run.observe(0, START, false);
  assert.equal(run.summary().dayCount, 0);
  run.observe(3 * US_PER_DAY + 1, 11_000n * UNIT, false);
  assert.equal(run.summary().dayCount, 3);
  assert.equal(run.summary().sharpe, null, 'three days of return 0 have no deviation');
});

test('a ruined account ends with defined figures', () => {
  const run = statistics();
  run.observe(US_PER_DAY + 1, -5n, true);
  run.observe(3 * US_PER_DAY, -5n, true);
  const summary = run.summary();
  assert.equal(summary.annualisedReturn, null);
  assert.ok(summary.maxDrawdown > 1);
  for (const value of Object.values(summary)) assert.ok(value === null || Number.isFinite(value));
});

test('statistics refuse disorder, open trades and bad scales', () => {
  const run = statistics(10);
  assert.throws(() => run.observe(9, START, false), AssertionError);
  assert.throws(() => run.addTrade(tradeWithNet(1n, 'OPEN')), AssertionError);
  assert.throws(() => run.addFill(-1n), AssertionError);
  assert.throws(() => new ReturnMoments().push(Number.NaN), AssertionError);
  assert.throws(() => new ReturnMoments().loadState([1]), AssertionError);
  assert.throws(
    () => new PerformanceStatistics({ startUs: 0, startEquityAtoms: START, atomDecimals: 99 }),
    AssertionError,
  );
});

test('loaded statistics continue as the saved ones', () => {
  const live = statistics(7);
  const copy = statistics(7);
  for (let hour = 1; hour < 200; hour++) {
    if (hour === 77) copy.loadState(structuredClone(live.saveState()));
    for (const run of hour < 77 ? [live] : [live, copy]) {
      run.observe(hour * US_PER_HOUR, START + BigInt((hour * 7919) % 1_000) * UNIT, hour % 3 === 0);
      if (hour % 5 === 0) run.addTrade(tradeWithNet(BigInt((hour % 7) - 3) * UNIT));
      run.addFill(BigInt(hour));
    }
  }
  assert.deepEqual(copy.summary(), live.summary());
  assert.deepEqual(copy.saveState(), live.saveState());
});

test('the normal distribution is right in the middle and in the tails', () => {
  // Values of the distribution function to 15 digits, from tables.
  const known: readonly [number, number][] = [
    [0, 0.5],
    [1, 0.841344746068543],
    [-1.959963984540054, 0.025],
    [3.5, 0.999767370920964],
    [-6, 9.865876450376946e-10],
    [-20, 2.753624118606233e-89],
  ];
  for (const [z, probability] of known) {
    assert.ok(Math.abs(normalCdf(z) / probability - 1) < 1e-12, `${z}: ${normalCdf(z)}`);
  }
  assert.equal(normalCdf(-50), 0);
  assert.equal(normalCdf(50), 1);
  assert.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
  assert.ok(Number.isNaN(normalCdf(Number.NaN)));
  for (const probability of [1e-300, 1e-12, 0.025, 0.5, 0.9, 1 - 1e-12]) {
    assert.ok(Math.abs(normalCdf(normalQuantile(probability)) / probability - 1) < 1e-10, `${probability}`);
  }
  assert.throws(() => normalQuantile(0), AssertionError);
});

test('Sharpe inference is null where it is not defined', () => {
  assert.equal(probabilisticSharpe({ sharpe: 1, skew: 9, kurtosis: 1, count: 10 }, 0), null);
  assert.equal(probabilisticSharpe({ sharpe: 1, skew: 0, kurtosis: 3, count: 1 }, 0), null);
  assert.equal(probabilisticSharpe({ sharpe: 1, skew: 0, kurtosis: 3, count: 10 }, Number.NaN), null);
  assert.equal(minTrackRecord({ sharpe: 0.1, skew: 0, kurtosis: 3, count: 10 }, 0.2), null);
  assert.equal(expectedMaxSharpe(1, 1), 0);
  assert.throws(() => expectedMaxSharpe(0, 1), AssertionError);
  assert.throws(() => expectedMaxSharpe(2, -1), AssertionError);
});
