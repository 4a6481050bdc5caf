import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalCdf, Prng, US_PER_DAY, US_PER_SECOND } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { ExactSum } from '../exact-sum.ts';
import { randomTrades } from '../fixtures/random-trades.ts';
import { loadTape, saveTape } from '../state-tape.ts';
import { AmihudIlliquidity, HasbrouckLambda, KyleLambda } from './price-impact.ts';
import { RealisedVariance } from './realised-variance.ts';
import { RegressionWindow } from './regression-window.ts';
import { RowTotals } from './row-totals.ts';
import { SessionVwap } from './session-vwap.ts';
import { studentCdf } from './student-cdf.ts';
import { TradeFlow } from './trade-flow.ts';
import { BulkClassifier, TickRule, VolumeBuckets } from './vpin.ts';

const SEED = testSeed();
const DAY_START = 1_700_006_400_000_000;

const near = (actual: number, expected: number, tolerance = 1e-12): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is near ${expected}`,
  );

test('an exact sum does not round', () => {
  const sum = new ExactSum();
  let naive = 0n;
  const prng = new Prng(SEED);
  for (let i = 0; i < 2_000; i++) {
    const [a, b] = [prng.integer(0, 2 ** prng.integer(1, 52)), prng.integer(0, 2 ** prng.integer(1, 52))];
    sum.addProduct(a, b);
    naive += BigInt(a) * BigInt(b);
  }
  assert.equal(sum.toBigInt(), naive);
  assert.equal(sum.toNumber(), Number(naive));
  const twice = new ExactSum();
  for (let i = 0; i < 2; i++) twice.addSum(sum);
  assert.equal(twice.toBigInt(), 2n * naive);
});

test(`trade flow over N trades equals the sum written out, NaN before (SEED=${SEED})`, () => {
  const trades = randomTrades({ count: 300, seed: SEED, startUs: DAY_START, meanGapUs: US_PER_SECOND });
  const flow = new TradeFlow(20);
  trades.forEach(({ qtyLots, takerSide }, i) => {
    const value = flow.push(qtyLots, takerSide);
    if (i < 19) {
      assert.ok(Number.isNaN(value));
      return;
    }
    const last = trades.slice(i - 19, i + 1);
    const signed = last.reduce(
      (sum, each) => sum + (each.takerSide === 'buy' ? each.qtyLots : -each.qtyLots),
      0,
    );
    assert.equal(value, signed / last.reduce((sum, each) => sum + each.qtyLots, 0));
  });
});

test('the VWAP begins anew at 00:00 UTC, and a day that is not whole has none', () => {
  const vwap = new SessionVwap(DAY_START + 1);
  vwap.push(DAY_START + 5, 100, 1);
  assert.ok(Number.isNaN(vwap.at(DAY_START + 6)), 'the day began before trades were complete');
  const next = DAY_START + US_PER_DAY;
  assert.ok(Number.isNaN(vwap.at(next)));
  vwap.push(next, 100, 1);
  vwap.push(next + 1, 110, 3);
  vwap.push(next - 1, 999, 50);
  assert.equal(vwap.at(next + 2), 107.5, 'a late trade of the day before is not counted');
  vwap.lost(next + 10);
  assert.ok(Number.isNaN(vwap.at(next + 11)));
  vwap.push(next + US_PER_DAY, 50, 2);
  assert.equal(vwap.at(next + US_PER_DAY), 50);
});

test('buckets of equal volume: a trade over an edge is split, one over many closes many', () => {
  const buckets = new VolumeBuckets(10, 3);
  buckets.add(6, 1);
  buckets.add(8, 0);
  assert.deepEqual([buckets.closedCount, buckets.lastGapLots], [1, 2]);
  buckets.add(12, 1);
  assert.deepEqual([buckets.closedCount, buckets.lastGapLots], [2, 2]);
  assert.ok(Number.isNaN(buckets.value));
  buckets.add(4, 0.5);
  assert.deepEqual([buckets.closedCount, buckets.lastGapLots], [3, 6]);
  assert.equal(buckets.value, (2 + 2 + 6) / 30);
  buckets.add(10_000_000_000_003, 0);
  assert.equal(buckets.value, 1);
  assert.equal(buckets.closedCount, 3 + 1_000_000_000_000);
  const other = new VolumeBuckets(10, 3);
  loadTape(other, saveTape(buckets));
  for (const each of [buckets, other]) each.add(7, 1);
  assert.equal(other.value, buckets.value);
});

test('the tick rule repeats its last sign when the price stands', () => {
  const rule = new TickRule();
  assert.deepEqual(
    [100, 100, 101, 101, 99, 99, 100].map((ticks) => rule.push(ticks)),
    [0.5, 0.5, 1, 1, 0, 0, 1],
  );
});

test('bulk classification looks at no bar but those that have closed, and waits for its deviation', () => {
  const bars: [number, number][] = [];
  const classifier = new BulkClassifier(10, { bars: 2 }, (lots, share) => bars.push([lots, share]));
  const closes = [100, 103, 102, 104];
  closes.forEach((ticks, i) => {
    classifier.push(10 * i, ticks - 1, 1);
    classifier.push(10 * i + 9, ticks, 2);
  });
  assert.equal(bars.length, 1, 'two changes are known when the third bar closes; the fourth is open');
  const deviation = (a: number, b: number): number => Math.abs(a - b) / Math.SQRT2;
  near(bars[0]![1], normalCdf(-1 / deviation(3, -1)));
  assert.equal(bars[0]![0], 3);
  classifier.advance(39);
  assert.equal(bars.length, 1);
  classifier.advance(40);
  near(bars[1]![1], normalCdf(2 / deviation(-1, 2)));
});

test('a bar whose change has no deviation, or none before it, is split in half', () => {
  const shares: number[] = [];
  const still = new BulkClassifier(10, { bars: 2 }, (_lots, share) => shares.push(share));
  for (let i = 0; i < 5; i++) still.push(10 * i, 100, 1);
  const fixed = new BulkClassifier(10, { ticks: 2 }, (_lots, share) => shares.push(share));
  fixed.push(0, 100, 1);
  fixed.push(10, 102, 1);
  fixed.advance(100);
  assert.deepEqual(shares, [0.5, 0.5, 0.5, normalCdf(1)]);
});

test('Student’s distribution: closed forms at 1 and 2 degrees of freedom, symmetry, and the normal in the limit', () => {
  for (const t of [-30, -3, -1, -0.2, 0, 0.01, 0.7, 2, 12, 1e6]) {
    near(studentCdf(t, 1), 0.5 + Math.atan(t) / Math.PI, 1e-13);
    near(studentCdf(t, 2), 0.5 + t / (2 * Math.sqrt(2 + t * t)), 1e-13);
    near(studentCdf(t, 0.25) + studentCdf(-t, 0.25), 1, 1e-13);
    near(studentCdf(t, 1e6), normalCdf(t), 1e-6);
  }
});

test(`a line through pairs equals the normal equations (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('line');
  const window = new RegressionWindow(40);
  const pairs: [number, number][] = [];
  for (let i = 0; i < 200; i++) {
    const x = prng.normal() + 5;
    const y = 3 + 2 * x + 0.3 * prng.normal();
    pairs.push([x, y]);
    window.push(x, y);
  }
  const last = pairs.slice(-40);
  const sum = (of: (x: number, y: number) => number): number =>
    last.reduce((total, [x, y]) => total + of(x, y), 0);
  const n = last.length;
  const [sx, sy, sxx, sxy] = [sum((x) => x), sum((_x, y) => y), sum((x) => x * x), sum((x, y) => x * y)];
  const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const intercept = (sy - slope * sx) / n;
  const fit = window.fit();
  near(fit.slope, slope, 1e-10);
  near(fit.intercept, intercept, 1e-10);
  const residual = sum((x, y) => (y - intercept - slope * x) ** 2);
  near(fit.slopeError, Math.sqrt(residual / (n - 2) / (sxx - (sx * sx) / n)), 1e-9);
  near(fit.slopeThroughOrigin, sxy / sxx, 1e-12);
});

test('impact measures are not there before their window is full, nor where volume did not move', () => {
  const kernels = [new KyleLambda(3), new HasbrouckLambda(3), new AmihudIlliquidity(3)] as const;
  for (let i = 0; i < 2; i++) {
    kernels[0].push(1, i);
    kernels[1].push(0.1, i, 100);
    kernels[2].push(0.1, 5);
  }
  assert.ok(
    Number.isNaN(kernels[0].lambda) && Number.isNaN(kernels[1].lambda) && Number.isNaN(kernels[2].value),
  );
  kernels[0].push(3, 2);
  near(kernels[0].lambda, 1);
  kernels[0].clear();
  for (let i = 0; i < 3; i++) kernels[0].push(i, 7);
  assert.ok(Number.isNaN(kernels[0].lambda), 'the volume did not move');
});

test('realised and bipower volatility by hand; a hole begins the window anew', () => {
  const kernel = new RealisedVariance(3);
  const prices = [100, 101, 99, 100];
  for (const price of prices) kernel.push(price);
  const returns = prices.slice(1).map((price, i) => Math.log(price / prices[i]!));
  const [a, b, c] = returns as [number, number, number];
  near(kernel.volatility, Math.sqrt(a * a + b * b + c * c));
  near(kernel.bipowerVolatility, Math.sqrt((Math.PI / 2) * (Math.abs(a * b) + Math.abs(b * c))));
  kernel.push(Number.NaN);
  for (const price of [100, 100, 100]) {
    kernel.push(price);
    assert.ok(Number.isNaN(kernel.volatility));
  }
  kernel.push(100);
  assert.equal(kernel.volatility, 0);
});

test(`bipower volatility does not see one jump, realised volatility does (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('jump');
  const calm = new RealisedVariance(1_000);
  const jumpy = new RealisedVariance(1_000);
  let log = 0;
  for (let i = 0; i <= 1_000; i++) {
    log += 0.001 * prng.normal();
    calm.push(Math.exp(log));
    jumpy.push(Math.exp(log + (i >= 500 ? 0.2 : 0)));
  }
  near(calm.volatility, 0.001 * Math.sqrt(1_000), 0.1);
  assert.ok(jumpy.volatility > 5 * calm.volatility);
  assert.ok(jumpy.bipowerVolatility < 1.5 * calm.bipowerVolatility);
});

test('totals of rows are of whole rows in a row, or not there', () => {
  const totals = new RowTotals(1, 4);
  const endWith = (value: number, isWhole = true): void => {
    totals.current[0] = value;
    totals.end(isWhole);
  };
  endWith(1);
  endWith(2);
  assert.deepEqual([totals.sum(0, 1), totals.sum(0, 2), totals.sum(0, 3)], [2, 3, Number.NaN]);
  endWith(99, false);
  assert.ok(Number.isNaN(totals.sum(0, 1)));
  for (const value of [1, 2, 3, 4, 5]) endWith(value);
  assert.deepEqual([totals.sum(0, 2), totals.sum(0, 4)], [9, 14]);
});
