import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#core';
import { type InstrumentSpec, InstrumentTable } from '#domain';
import type { SignalSize } from './intent.ts';
import { protectiveLevels } from './levels.ts';
import { changedKeys, defaultRiskOptions, loosenedKeys, riskOptionProblems } from './options.ts';
import { kellyBinary, kellyGaussian, notionalFraction, signalNotional, volatilityFactor } from './sizing.ts';

const SEED = Number(process.env.SEED ?? 20240501);
const OPTIONS = defaultRiskOptions(8);

const SPEC: InstrumentSpec = {
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  kind: 'perpetual',
  priceDecimals: 1,
  qtyDecimals: 3,
  tickSize: '0.5',
  lotSize: '0.001',
  qtyMin: '0.001',
  qtyMax: '1000',
  notionalMin: '5',
  leverageMax: 125,
  maintenanceMarginPpm: 4_000,
  rulesFrom: 'synthetic',
};
const btc = new InstrumentTable([SPEC]).at(0);

function signal(changes: Partial<SignalSize> = {}): SignalSize {
  const base = { strength: 1, probability: 0.6, expectedReturn: 0.01, rewardRisk: 1, stopFraction: 0.02 };
  return { kind: 'signal', ...base, ...changes };
}

/** A value of another type than it says, as plain JavaScript may hand over. */
function wrongType<T>(value: unknown): T {
  return value as T;
}

function near(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} ${expected}`,
  );
}

test('a stake that is not a usable number is no stake', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1]) {
    assert.equal(kellyBinary(0.9, 1, bad), 0);
  }
  assert.ok(Number.isNaN(kellyGaussian(1, 0)));
  assert.equal(volatilityFactor(0.01, 0.02), 0.5);
  assert.equal(volatilityFactor(0.01, 0.001), 1, 'only ever shrinks');
  assert.equal(volatilityFactor(null, Number.NaN), 1);
  for (const bad of [Number.NaN, 0, -1]) assert.equal(volatilityFactor(0.01, bad), 0);
});

test('fixed fraction: the budget is what the stop loses', () => {
  const fraction = notionalFraction(signal({ strength: 0.5, stopFraction: 0.04 }), OPTIONS);
  near(fraction * 0.04, 0.02 * 0.25 * 0.5, 'lost at the stop');
});

test('fractional Kelly: a quarter of the stake with the stop as the loss', () => {
  const kelly = { ...OPTIONS, sizingMethod: 'kelly' as const };
  near(
    notionalFraction(signal({ probability: 0.51, stopFraction: 0.04 }), kelly),
    0.25 * (0.02 / 0.04),
    'even bet',
  );
  assert.equal(notionalFraction(signal({ expectedReturn: 0 }), kelly), 0);
  assert.equal(notionalFraction(signal({ expectedReturn: Number.NaN }), kelly), 0);
});

test('a fixed amount ignores equity and signal, but not volatility', () => {
  const fixed = { ...OPTIONS, sizingMethod: 'fixed_amount' as const, volatilityTarget: 0.01 };
  const account = { equityAtoms: 0n, volatility: 0.04 };
  assert.equal(signalNotional(signal(), fixed, account), 25e8);
  assert.equal(
    signalNotional(signal(), OPTIONS, { equityAtoms: -5n, volatility: 0.01 }),
    0,
    'no equity, no size',
  );
});

test('stop and target follow confidence: half the room at none, all of it at full', () => {
  const long = { instrument: btc, side: 'buy' as const, priceTicks: 100_000 };
  const none = protectiveLevels({ ...long, confidence: 0 }, OPTIONS);
  assert.deepEqual(none, {
    stopTicks: 99_000,
    targetTicks: 101_500,
    stopFraction: 0.01,
    targetFraction: 0.015,
    rewardRisk: 1.5,
  });
  const full = protectiveLevels({ ...long, confidence: 1 }, OPTIONS);
  assert.deepEqual([full?.stopTicks, full?.targetTicks], [98_000, 105_000]);
  const short = protectiveLevels({ ...long, side: 'sell', confidence: 1 }, OPTIONS);
  assert.deepEqual([short?.stopTicks, short?.targetTicks], [102_000, 95_000]);
  assert.deepEqual(protectiveLevels({ ...long, confidence: 7 }, OPTIONS), full, 'confidence is at most 1');
  for (const bad of [Number.NaN, -3])
    assert.deepEqual(protectiveLevels({ ...long, confidence: bad }, OPTIONS), none);
});

test('outer bounds hold whatever the options say', () => {
  const wild = { ...OPTIONS, baseRisk: 0.5, rewardRiskMax: 10 };
  const levels = protectiveLevels({ instrument: btc, side: 'buy', priceTicks: 100_000, confidence: 1 }, wild);
  assert.deepEqual([levels?.stopTicks, levels?.targetTicks], [95_000, 110_000]);
});

test('an entry whose stop cannot lie on the ticks is not protected', () => {
  assert.equal(
    protectiveLevels({ instrument: btc, side: 'buy', priceTicks: 5, confidence: 1 }, OPTIONS),
    null,
  );
  assert.equal(
    protectiveLevels({ instrument: btc, side: 'sell', priceTicks: 5, confidence: 1 }, OPTIONS),
    null,
  );
  const noRisk = { ...OPTIONS, baseRisk: 0 };
  assert.equal(
    protectiveLevels({ instrument: btc, side: 'buy', priceTicks: 1_000, confidence: 1 }, noRisk),
    null,
  );
  const noReward = { ...OPTIONS, takeProfitMax: 0 };
  assert.equal(
    protectiveLevels({ instrument: btc, side: 'buy', priceTicks: 1_000, confidence: 1 }, noReward),
    null,
  );
  const deepShort = {
    ...OPTIONS,
    baseRisk: 0.5,
    stopLossMax: 0.5,
    takeProfitMax: 1,
    rewardRiskMin: 3,
    rewardRiskMax: 3,
  };
  assert.equal(
    protectiveLevels({ instrument: btc, side: 'sell', priceTicks: 1_000, confidence: 1 }, deepShort),
    null,
  );
  assert.throws(
    () => protectiveLevels({ instrument: btc, side: 'buy', priceTicks: 0, confidence: 1 }, OPTIONS),
    AssertionError,
  );
});

test('rounding never widens the stop nor moves the target away', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.constantFrom('buy' as const, 'sell' as const),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (priceTicks, side, confidence) => {
        const levels = protectiveLevels({ instrument: btc, side, priceTicks, confidence }, OPTIONS);
        if (levels === null) return;
        const risk = (OPTIONS.baseRisk * (1 + confidence)) / 2;
        assert.ok(levels.stopFraction <= risk * (1 + 1e-9) && levels.stopFraction > 0);
        assert.ok(levels.targetFraction <= risk * (1.5 + confidence) * (1 + 1e-9));
        assert.equal(levels.stopTicks % btc.tickStep, 0);
        assert.equal(levels.targetTicks % btc.tickStep, 0);
        const order = side === 'buy' ? 1 : -1;
        assert.ok(
          order * (priceTicks - levels.stopTicks) > 0 && order * (levels.targetTicks - priceTicks) > 0,
        );
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});

test('options: the defaults are valid, each key has a range and a direction', () => {
  assert.deepEqual(riskOptionProblems(OPTIONS), []);
  assert.deepEqual(loosenedKeys(OPTIONS, OPTIONS), []);
  const wrong = {
    ...OPTIONS,
    sizingMethod: 'martingale' as 'kelly',
    fixedAmountAtoms: -1n,
    orderNotionalMinAtoms: wrongType<bigint>(5),
    consecutiveLossesMax: 2.5,
    cooldownUs: Number.NaN,
    exposureMax: wrongType<number>(null),
    rewardRiskMin: 3,
  };
  const keys = riskOptionProblems(wrong).map((problem) => problem.split(' ')[0]);
  assert.deepEqual(keys, [
    'sizingMethod',
    'fixedAmountAtoms',
    'orderNotionalMinAtoms',
    'exposureMax',
    'consecutiveLossesMax',
    'cooldownUs',
    'rewardRiskMin',
  ]);
  const off = { ...OPTIONS, volatilityTarget: 0.01, dailyLossMaxAtoms: 5n };
  assert.deepEqual(loosenedKeys(OPTIONS, off), [], 'a limit that is switched on is tighter');
  assert.deepEqual(loosenedKeys(off, OPTIONS), ['volatilityTarget', 'dailyLossMaxAtoms']);
  assert.deepEqual(changedKeys(off, OPTIONS), ['volatilityTarget', 'dailyLossMaxAtoms']);
  assert.deepEqual(loosenedKeys(OPTIONS, { ...OPTIONS, orderNotionalMinAtoms: 0n }), [
    'orderNotionalMinAtoms',
  ]);
  assert.throws(() => defaultRiskOptions(99), AssertionError);
});
