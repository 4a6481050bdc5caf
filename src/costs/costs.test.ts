import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { L2Book } from '#book';
import { AssertionError, US_PER_HOUR, XylenError } from '#core';
import { buildInstrument, type Instrument, type InstrumentSpec } from '#domain';
import { CostModel, type KnownDepth } from './cost-model.ts';
import { DEPTH_RULE_DEFAULT, type DepthRule, depthLadder, levelTicks, touchTicks } from './depth-rule.ts';
import { FEE_TIERS, FeeSchedule, feeAtoms } from './fee-schedule.ts';
import { fundingFraction, settlementCount } from './funding-cost.ts';

const SEED = Number(process.env.SEED ?? 20261121);

const SPEC: InstrumentSpec = {
  venue: 'binance-usdm',
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
  leverageMax: 20,
  maintenanceMarginPpm: 10_000,
  rulesFrom: 'config',
};
const INSTRUMENT: Instrument = buildInstrument(SPEC, 0, 8);
const RULE: DepthRule = { ...DEPTH_RULE_DEFAULT, halfSpreadPpm: 100, levelStepPpm: 50, levelCountMax: 4 };

function model(rule: DepthRule = RULE): CostModel {
  return new CostModel(new FeeSchedule(), rule);
}

test('M33 a fee is rounded up to the atom, a rebate towards zero', () => {
  assert.equal(feeAtoms(1_000_000n, 500), 500n);
  assert.equal(feeAtoms(1_000_001n, 500), 501n);
  assert.equal(feeAtoms(1n, 1), 1n);
  assert.equal(feeAtoms(0n, 500), 0n);
  assert.equal(feeAtoms(1_999_999n, -1), -1n);
  assert.throws(() => feeAtoms(-1n, 500), AssertionError);
  assert.throws(() => feeAtoms(1n, 0.5), AssertionError);
});

test('M33 a fee is never below its exact share and less than one atom above it', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 24n }),
      fc.integer({ min: -5000, max: 5000 }),
      (notional, ppm) => {
        const over = feeAtoms(notional, ppm) * 1_000_000n - notional * BigInt(ppm);
        assert.ok(over >= 0n && over < 1_000_000n);
      },
    ),
    { seed: SEED },
  );
});

test('every first-class venue has a base tier, another venue an assumed dear one', () => {
  const fees = new FeeSchedule();
  for (const venue of Object.keys(FEE_TIERS)) {
    assert.ok(FEE_TIERS[venue]!.length > 0, venue);
  }
  assert.equal(fees.ppm('binance-usdm', 'maker'), 200);
  assert.equal(fees.ppm('binance-usdm', 'taker'), 500);
  assert.equal(fees.ppm('ccxt:nowhere', 'taker'), 2000);
});

test('a tier is chosen by name or given in figures, anything else is refused', () => {
  const own = { name: 'own', makerPpm: -50, takerPpm: 300 };
  const fees = new FeeSchedule({ 'binance-usdm': 'vip1', coinbase: own });
  assert.equal(fees.ppm('binance-usdm', 'taker'), 400);
  assert.equal(fees.ppm('coinbase', 'maker'), -50);
  const isConfigError = (error: unknown): boolean =>
    error instanceof XylenError && error.code === 'XY_CONFIG_INVALID';
  assert.throws(() => new FeeSchedule({ coinbase: 'vip9' }), isConfigError);
  assert.throws(() => new FeeSchedule({ coinbase: { ...own, takerPpm: 200_000 } }), isConfigError);
  assert.throws(() => new FeeSchedule({ coinbase: { ...own, takerPpm: 0.5 } }), isConfigError);
});

test('M22 the touch lies half a spread away, rounded against the taker', () => {
  // 100 ppm of 60,000.3 = 6.00003 -> 6.5; 60,006.8 rounds up to 60,007.0, 59,993.8 down to 59,993.5.
  assert.equal(touchTicks(RULE, INSTRUMENT, 'buy', 600_003), 600_070);
  assert.equal(touchTicks(RULE, INSTRUMENT, 'sell', 600_003), 599_935);
  assert.equal(touchTicks({ ...RULE, halfSpreadPpm: 0 }, INSTRUMENT, 'buy', 600_005), 600_005);
});

test('M23 levels are equal, ordered and sized by volume', () => {
  const ladder = depthLadder(RULE, INSTRUMENT, 600_000, 40_000);
  assert.deepEqual(ladder, {
    offsetTicks: 60,
    halfSpreadTicks: 60,
    levelStepTicks: 30,
    lotsPerLevel: 1000,
    levelCount: 4,
  });
  assert.deepEqual(
    [0, 1, 2].map((i) => levelTicks(ladder, INSTRUMENT, 'buy', 600_000, i)),
    [600_060, 600_090, 600_120],
  );
  assert.deepEqual(
    [0, 1, 2].map((i) => levelTicks(ladder, INSTRUMENT, 'sell', 600_000, i)),
    [599_940, 599_910, 599_880],
  );
  assert.equal(depthLadder(RULE, INSTRUMENT, 600_000, 0.01).lotsPerLevel, 1);
});

test('a depth rule out of range is refused', () => {
  for (const change of [{ halfSpreadPpm: -1 }, { levelCountMax: 0 }, { participationMaxPpm: 1_000_001 }]) {
    assert.throws(() => model({ ...RULE, ...change }), XylenError);
  }
});

const VOLUME: KnownDepth = { kind: 'volume', minuteVolumeLots: 40_000 };
const leg = { instrument: INSTRUMENT, side: 'buy', priceTicks: 600_000, depth: VOLUME } as const;

test('a taker pays fee, spread and the levels that it walks; a maker pays its fee alone', () => {
  const small = model().leg({ ...leg, qtyLots: 1000, liquidity: 'taker' });
  assert.deepEqual(small, { feesFraction: 0.0005, spreadFraction: 0.0001, slippageFraction: 0 });
  // 2500 lots: 1000 at level 0, 1000 at 1, 500 at 2 -> 0.8 levels of 50 ppm on average.
  const large = model().leg({ ...leg, qtyLots: 2500, liquidity: 'taker' });
  assert.ok(Math.abs(large.slippageFraction - 0.8 * 0.00005) < 1e-12);
  const maker = model().leg({ ...leg, qtyLots: 2500, liquidity: 'maker' });
  assert.deepEqual(maker, { feesFraction: 0.0002, spreadFraction: 0, slippageFraction: 0 });
});

test('an order larger than the ladder costs as many walks as it needs', () => {
  // One whole ladder: (0 + 1 + 2 + 3) / 4 = 1.5 levels; a second one costs the same.
  for (const qtyLots of [4000, 8000]) {
    const cost = model().leg({ ...leg, qtyLots, liquidity: 'taker' });
    assert.ok(Math.abs(cost.slippageFraction - 1.5 * 0.00005) < 1e-12);
  }
});

test('M25 without volume the fixed slippage is the last resort', () => {
  const cost = model().leg({ ...leg, depth: { kind: 'unknown' }, qtyLots: 1, liquidity: 'taker' });
  assert.ok(Math.abs(cost.slippageFraction - 0.0005) < 1e-6);
  const fixed = model({ ...RULE, kind: 'fixed' }).leg({ ...leg, qtyLots: 1e6, liquidity: 'taker' });
  assert.ok(Math.abs(fixed.slippageFraction - 0.0005) < 1e-6);
});

test('a known book is walked; beyond it the last resort counts', () => {
  const book = new L2Book();
  book.applySnapshot(Float64Array.of(599_990, 10), Float64Array.of(600_010, 10, 600_030, 10));
  const of = (qtyLots: number): { spread: number; slippage: number } => {
    const cost = model().leg({ ...leg, depth: { kind: 'book', book }, qtyLots, liquidity: 'taker' });
    return { spread: cost.spreadFraction * 600_000, slippage: cost.slippageFraction * 600_000 };
  };
  assert.ok(Math.abs(of(10).spread - 10) < 1e-6);
  assert.ok(Math.abs(of(10).slippage) < 1e-6);
  assert.ok(Math.abs(of(20).slippage - 10) < 1e-6);
  assert.ok(Math.abs(of(40).slippage - (20 * 10 + 20 * (20 + 300)) / 40) < 1e-6);
  const empty = model().leg({
    ...leg,
    depth: { kind: 'book', book: new L2Book() },
    qtyLots: 1,
    liquidity: 'taker',
  });
  assert.ok(empty.slippageFraction > 0 && empty.spreadFraction > 0);
});

test('settlements are counted on their grid, the opening moment excluded', () => {
  const h = US_PER_HOUR;
  assert.equal(settlementCount(0, 8 * h, 8 * h), 1);
  assert.equal(settlementCount(1, 8 * h - 2, 8 * h), 0);
  assert.equal(settlementCount(7 * h, 2 * h, 8 * h), 1);
  assert.equal(settlementCount(8 * h, 16 * h, 8 * h), 2);
  assert.throws(() => settlementCount(0, -1, 8 * h), AssertionError);
});

test('longs pay a positive rate, shorts receive it', () => {
  const question = { rateE12: 100_000_000, intervalUs: 8 * US_PER_HOUR, openUs: 0, holdUs: 24 * US_PER_HOUR };
  assert.ok(Math.abs(fundingFraction({ ...question, side: 'buy' }) - 0.0003) < 1e-15);
  assert.ok(Math.abs(fundingFraction({ ...question, side: 'sell' }) + 0.0003) < 1e-15);
});

test('a round trip is the sum of its parts', () => {
  const cost = model().roundTrip({
    instrument: INSTRUMENT,
    side: 'buy',
    qtyLots: 1000,
    priceTicks: 600_000,
    entry: 'taker',
    exit: 'maker',
    depth: VOLUME,
    openUs: 0,
    holdUs: 8 * US_PER_HOUR,
    funding: { rateE12: 100_000_000, intervalUs: 8 * US_PER_HOUR },
  });
  assert.ok(Math.abs(cost.feesFraction - 0.0007) < 1e-12);
  assert.ok(Math.abs(cost.spreadFraction - 0.0001) < 1e-12);
  assert.equal(cost.slippageFraction, 0);
  assert.ok(Math.abs(cost.totalFraction - 0.0009) < 1e-12);
});
