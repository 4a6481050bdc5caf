import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError, normalCdf, XylenError } from '#core';
import { calibrate, fitCalibration, parseCalibrationMap } from './calibration.ts';
import { fuseEstimates, linearPool } from './fusion.ts';
import { evaluateCurve, fitIsotonic } from './isotonic.ts';

const SEED = Number(process.env.SEED ?? 20240501);

function near(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} ${expected}`,
  );
}

test('one source is itself; no source, or one without variance, is a bug', () => {
  const fused = fuseEstimates([{ mean: 0.6, variance: 0.04 }]);
  assert.deepEqual([fused.birgeRatio, fused.varianceInflated, fused.weights], [0, 0.04, [1]]);
  assert.throws(() => fuseEstimates([]), AssertionError);
  assert.throws(() => fuseEstimates([{ mean: 0.5, variance: 0 }]), AssertionError);
  assert.throws(() => linearPool([0.5], []), AssertionError);
  assert.throws(() => linearPool([0.5], [0]), AssertionError);
});

test('the normal distribution function is monotone and symmetric, with ends 0 and 1', () => {
  for (const z of [0, 0.3, 1, 2.5, 6.9]) near(normalCdf(z) + normalCdf(-z), 1, `${z}`);
  assert.deepEqual([normalCdf(-40), normalCdf(40)], [0, 1]);
  assert.ok(Number.isNaN(normalCdf(Number.NaN)));
});

test('an isotonic fit is monotone, keeps the weighted mean, and ignores points of weight 0', () => {
  const points = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 3 })),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(points, (rows) => {
      rows.push([5, 1, 1]);
      const [x, y, w] = [0, 1, 2].map((column) => rows.map((row) => row[column]!)) as [
        number[],
        number[],
        number[],
      ];
      const curve = fitIsotonic(x, y, { weights: w });
      for (let i = 1; i < curve.x.length; i++) {
        assert.ok(curve.x[i]! > curve.x[i - 1]! && curve.y[i]! >= curve.y[i - 1]!);
      }
      const mean = (values: number[]): number => values.reduce((sum, value, i) => sum + value * w[i]!, 0);
      near(mean(x.map((value) => evaluateCurve(curve, value))), mean(y), 'weighted sum');
      const kept = rows.filter((row) => row[2]! > 0);
      assert.deepEqual(
        fitIsotonic(
          kept.map((row) => row[0]!),
          kept.map((row) => row[1]!),
          { weights: kept.map((row) => row[2]!) },
        ),
        curve,
      );
    }),
    { seed: SEED, numRuns: 100 },
  );
  assert.throws(() => fitIsotonic([], []), AssertionError);
  assert.throws(() => fitIsotonic([1], [1], { weights: [0] }), AssertionError);
  assert.throws(() => fitIsotonic([1, 2], [1]), AssertionError);
  assert.throws(() => fitIsotonic([Number.NaN], [1]), AssertionError);
  assert.throws(() => fitIsotonic([1], [1], { yMin: 2, yMax: 1 }), AssertionError);
  assert.ok(Number.isNaN(evaluateCurve(fitIsotonic([1, 2], [0, 1]), Number.NaN)));
});

test('a calibration map travels as plain data and is checked when it comes back', () => {
  const stated = Array.from({ length: 200 }, (_, i) => (i + 0.5) / 200);
  const outcomes = stated.map((p, i) => (((i * 7919) % 200) / 200 < 0.3 + 0.4 * p ? 1 : 0));
  const map = fitCalibration(stated, outcomes);
  assert.equal(map.sampleCount, 200);
  assert.deepEqual(parseCalibrationMap(JSON.parse(JSON.stringify(map))), map);
  assert.ok(calibrate(map, 0.99) < 0.95, 'an over-confident model is taken back');
  assert.equal(calibrate(undefined, 1), 0.99, 'nothing is certain');
  assert.equal(calibrate(undefined, 0), 0.01);
  assert.deepEqual(fitCalibration([0.2, 0.8], [0, 1], [1, 2]).y, [0, 1]);
  assert.throws(() => fitCalibration([0.5], [0.5]), AssertionError);
  const bad = [
    null,
    5,
    { ...map, method: 'platt' },
    { ...map, x: [], y: [] },
    { ...map, x: [0.1, 0.1], y: [0, 1] },
    { ...map, x: [0.1, 0.2], y: [1, 0] },
    { ...map, x: [0.1, 0.2], y: [0, 1.5] },
    { ...map, x: [0.1, 'b'], y: [0, 1] },
    { ...map, sampleCount: 0 },
    { ...map, sampleCount: '9' },
  ];
  for (const data of bad) {
    assert.throws(
      () => parseCalibrationMap(data),
      (error) => error instanceof XylenError && error.code === 'XY_MODEL_INVALID',
    );
  }
});
