import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Prng } from '#core';
import { brierDecomposition, calibration } from './calibration.ts';
import { accuracy, auc, brierScore, logLoss } from './classification.ts';
import { averageRanks, correlation, informationCoefficient } from './rank.ts';
import { mae, r2, rmse } from './regression.ts';

const SEED = Number(process.env.SEED ?? 7);

const near = (found: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected}`);

describe('two classes', () => {
  test('log loss and Brier by hand; a certain mistake costs 34.5 nats', () => {
    near(logLoss([1, 0], [0.8, 0.4]), -(Math.log(0.8) + Math.log(0.6)) / 2);
    near(logLoss([1], [0]), -Math.log(1e-15));
    near(brierScore([1, 0], [0.8, 0.4]), (0.04 + 0.16) / 2);
    near(brierScore([1, 0], [0.8, 0.4], [3, 1]), (3 * 0.04 + 0.16) / 4);
  });

  test('accuracy: a probability on the threshold counts as class 1', () => {
    assert.equal(accuracy([1, 0, 0], [0.5, 0.5, 0.1]), 2 / 3);
    assert.equal(accuracy([1, 0, 0], [0.5, 0.5, 0.1], 0.6), 2 / 3);
  });

  test('AUC: perfect, reversed, ties, one class', () => {
    assert.equal(auc([0, 0, 1, 1], [1, 2, 3, 4]), 1);
    assert.equal(auc([1, 1, 0, 0], [1, 2, 3, 4]), 0);
    assert.equal(auc([0, 1, 0, 1], [5, 5, 5, 5]), 0.5);
    assert.equal(auc([0, 1, 1], [1, 1, 2]), 0.75);
    assert.equal(auc([1, 1], [1, 2]), 0.5);
  });

  test('property: AUC is the share of pairs in the right order', () => {
    const row = fc.record({
      label: fc.integer({ min: 0, max: 1 }),
      score: fc.integer({ min: 0, max: 6 }),
      weight: fc.integer({ min: 1, max: 3 }),
    });
    const property = fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
      let right = 0;
      let pairs = 0;
      for (const one of rows.filter(({ label }) => label === 1)) {
        for (const zero of rows.filter(({ label }) => label === 0)) {
          const weight = one.weight * zero.weight;
          pairs += weight;
          right += one.score > zero.score ? weight : one.score === zero.score ? weight / 2 : 0;
        }
      }
      const found = auc(
        rows.map(({ label }) => label),
        rows.map(({ score }) => score),
        rows.map(({ weight }) => weight),
      );
      near(found, pairs === 0 ? 0.5 : right / pairs);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test('Brier parts add up when every bin holds one probability', () => {
    const prng = new Prng(3);
    const p = Array.from({ length: 500 }, () => prng.integer(0, 10) / 10 + 0.05);
    const y = p.map((probability) => (prng.uniform() < probability ** 2 ? 1 : 0));
    const { brier, reliability, resolution, uncertainty } = brierDecomposition(y, p, 10);
    near(brier, reliability - resolution + uncertainty);
  });

  test('more bins than rows leave bins empty', () => {
    assert.equal(calibration([0, 1], [0.2, 0.9], 50, 'equal-count').bins.length, 2);
    assert.equal(calibration([0, 1], [0.2, 1], 50, 'equal-width').bins.at(-1)!.bin, 49);
  });
});

describe('numbers', () => {
  test('RMSE, MAE, R2 by hand', () => {
    near(rmse([1, 2, 3], [1, 2, 6]), Math.sqrt(3));
    near(mae([1, 2, 3], [1, 2, 6]), 1);
    near(r2([1, 2, 3], [1, 2, 3]), 1);
    near(r2([1, 2, 3], [2, 2, 2]), 0);
    near(r2([1, 2, 3], [1, 2, 6]), 1 - 9 / 2);
    near(r2([5, 5], [5, 5]), 1);
    near(r2([5, 5], [5, 6]), 0);
    near(mae([0, 0], [1, 3], [3, 1]), 1.5);
  });

  test('ranks share ties; the information coefficient sees order only', () => {
    assert.deepEqual(Array.from(averageRanks([10, 30, 20, 20])), [1, 4, 2.5, 2.5]);
    near(informationCoefficient([1, 2, 3, 4], [1, 8, 27, 1000]), 1);
    near(informationCoefficient([1, 2, 3, 4], [4, 3, 2, 1]), -1);
    near(informationCoefficient([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 0.8207826816681233);
    assert.equal(correlation([1, 2, 3], [2, 2, 2]), 0);
  });
});

describe('refusals', () => {
  test('empty, unequal, not finite, not a probability, not a label', () => {
    assert.throws(() => rmse([], []), { code: 'XY_DATA_INSUFFICIENT' });
    assert.throws(() => rmse([1, 2], [1]), { code: 'XY_DATA_INSUFFICIENT' });
    assert.throws(() => mae([1], [Number.NaN]), {
      code: 'XY_ROW_INVALID',
      fields: { row: 0, column: 'forecasts' },
    });
    assert.throws(() => logLoss([1], [1.2]), { code: 'XY_ROW_INVALID' });
    assert.throws(() => logLoss([2], [0.5]), { code: 'XY_ROW_INVALID' });
    assert.throws(() => brierScore([1], [0.5], [-1]), { code: 'XY_ROW_INVALID' });
    assert.throws(() => brierScore([1], [0.5], [0]), { code: 'XY_DATA_INSUFFICIENT' });
    assert.throws(() => calibration([1], [0.5], 0, 'equal-width'), { code: 'XY_CONFIG_INVALID' });
  });
});
