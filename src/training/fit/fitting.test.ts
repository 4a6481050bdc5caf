import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { calibrate } from '#ensemble';
import { crossCalibrated } from './cross-fit.ts';
import { fitReturnHead, moveScaleOf } from './return-head.ts';
import { fitSmoothCalibration } from './smooth-calibration.ts';

test('with many labels the calibration finds the truth behind a model that exaggerates', () => {
  const prng = new Prng(2);
  const rowCount = 100_000;
  const stated = Float64Array.from({ length: rowCount }, () => 0.1 + 0.8 * prng.uniform());
  const truth = (p: number): number => 0.5 + 0.4 * (p - 0.5);
  const labels = stated.map((p) => (prng.uniform() < truth(p) ? 1 : 0));
  const map = fitSmoothCalibration(stated, labels, rowCount);
  assert.equal(map.sampleCount, rowCount);
  for (const p of [0.2, 0.35, 0.5, 0.65, 0.8]) {
    assert.ok(Math.abs(calibrate(map, p) - truth(p)) < 0.03, `at ${p}: ${calibrate(map, p)}`);
  }
});

test('the fewer labels are independent, the nearer to a half it stays', () => {
  const prng = new Prng(3);
  const stated = Float64Array.from({ length: 4_000 }, () => prng.uniform());
  const labels = stated.map((p) => (prng.uniform() < p ? 1 : 0));
  const [few, some, many] = [20, 200, 4_000].map((count) =>
    calibrate(fitSmoothCalibration(stated, labels, count), 0.95),
  );
  assert.ok(few! < some! && some! < many!, `${few} ${some} ${many}`);
  assert.ok(few! < 0.7 && many! > 0.85);
});

test('a model that says one thing always is mapped to what happened, drawn towards a half by ten labels in each of twenty groups', () => {
  const labels = Float64Array.from({ length: 1_000 }, (_, row) => (row % 10 < 6 ? 1 : 0));
  const map = fitSmoothCalibration(new Float64Array(1_000).fill(0.3), labels, 1_000);
  assert.ok(Math.abs(calibrate(map, 0.3) - (600 + 100) / (1_000 + 200)) < 1e-12);
});

test('the move scale is the mean absolute return in units of volatility', () => {
  const scale = moveScaleOf({
    volatility: Float64Array.of(0.01, 0.03),
    forwardReturn: Float64Array.of(-0.02, 0.06),
  });
  assert.ok(Math.abs(scale - 2) < 1e-12);
});

test('where rises and falls are of one size the whole lean becomes return', () => {
  const prng = new Prng(4);
  const probability = Float64Array.from({ length: 50_000 }, () => 0.3 + 0.4 * prng.uniform());
  const volatility = probability.map(() => 0.01);
  const forwardReturn = probability.map((p) => (prng.uniform() < p ? 0.02 : -0.02));
  const head = fitReturnHead('atr', 2, { probability, volatility, forwardReturn });
  assert.ok(head.returnShare > 0.93 && head.returnShare <= 1, `${head.returnShare}`);
});

test('a direction that is right often and pays nothing gives no expected return', () => {
  const prng = new Prng(5);
  const probability = new Float64Array(50_000).fill(0.8);
  const volatility = probability.map(() => 0.01);
  // Four small rises for one large fall.
  const forwardReturn = probability.map((p) => Math.log1p(prng.uniform() < p ? 0.005 : -0.02));
  const { returnShare } = fitReturnHead('atr', 2, { probability, volatility, forwardReturn });
  assert.ok(returnShare < 0.03, `${returnShare}`);
});

test('a lean against the return, and no lean at all, give none', () => {
  const volatility = Float64Array.of(0.01, 0.01);
  const forwardReturn = Float64Array.of(-0.02, -0.02);
  const shareOf = (p: number): number =>
    fitReturnHead('atr', 2, { probability: Float64Array.of(p, p), volatility, forwardReturn }).returnShare;
  assert.equal(shareOf(0.7), 0);
  assert.equal(shareOf(0.5), 0);
});

test('scores without skill: their lean does not pass for return, as it would on the rows of the calibration itself', () => {
  const horizon = 48;
  const rowCount = 12_000;
  const shares = Array.from({ length: 24 }, (_, seed) => {
    const prng = new Prng(seed + 1);
    const walk = [0];
    for (let i = 0; i < rowCount + horizon; i++) walk.push(walk[i]! + 0.001 * prng.normal());
    let drift = 0;
    const raw = Float64Array.from({ length: rowCount }, () => {
      drift = 0.98 * drift + 0.2 * prng.normal();
      return 0.5 + 0.03 * drift;
    });
    const forwardReturn = Float64Array.from({ length: rowCount }, (_one, i) => walk[i + horizon]! - walk[i]!);
    const volatility = new Float64Array(rowCount).fill(0.002);
    const label = forwardReturn.map((value) => (value > 0 ? 1 : 0));
    const startUs = Float64Array.from({ length: rowCount }, (_one, i) => i);
    const times = { startUs, labelEndUs: startUs.map((us) => us + horizon) };
    const scale = moveScaleOf({ volatility, forwardReturn });
    const { places, probability } = crossCalibrated({ raw, label, ...times }, horizon);
    const at = (column: Float64Array) => Float64Array.from(places, (place) => column[place]!);
    const crossed = { probability, volatility: at(volatility), forwardReturn: at(forwardReturn) };
    const map = fitSmoothCalibration(raw, label, rowCount / horizon);
    const seen = { probability: raw.map((value) => calibrate(map, value)), volatility, forwardReturn };
    return [fitReturnHead('v', scale, crossed), fitReturnHead('v', scale, seen)].map(
      (head) => head.returnShare,
    );
  });
  const shareOf = (which: 0 | 1, value: number) => shares.filter((share) => share[which] === value).length;
  assert.ok(shareOf(1, 1) > 18, `${shareOf(1, 1)} of 24 look perfect on their own rows`);
  assert.ok(shareOf(0, 1) < 12 && shareOf(0, 0) > 6, `${shareOf(0, 1)} of 24 when crossed`);
});
