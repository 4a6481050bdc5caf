import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type BinRules,
  binOfNumber,
  findFeatureBins,
  MISSING_NAN,
  MISSING_NONE,
  MISSING_ZERO,
  nextUp,
  ZERO_MAGNITUDE_MAX,
} from './feature-bins.ts';

const RULES: BinRules = { maxBin: 255, minDataInBin: 1, minRowsPerSide: 1, missing: 'nan' };
const SEED = Number(process.env.SEED ?? 7);

const bins = (values: readonly number[], rules: Partial<BinRules> = {}) =>
  findFeatureBins(Float64Array.from(values), { ...RULES, ...rules });

describe('feature bins', () => {
  test('nextUp is the next double', () => {
    assert.equal(nextUp(1), 1 + Number.EPSILON);
    assert.equal(nextUp(-1), -1 + Number.EPSILON / 2);
    assert.equal(nextUp(0), Number.MIN_VALUE);
  });

  test('few values: a bound just above the middle of each pair, zero in a bin of its own', () => {
    const found = bins([1, 2, 4]);
    assert.deepEqual(Array.from(found.upperBounds), [
      ZERO_MAGNITUDE_MAX,
      nextUp(1.5),
      nextUp(3),
      Number.POSITIVE_INFINITY,
    ]);
    assert.equal(found.zeroBin, 0);
    assert.equal(found.missing, MISSING_NONE);
    assert.deepEqual([found.minValue, found.maxValue], [1, 4]);
  });

  test('both signs: zero between them', () => {
    const found = bins([-2, -1, 0, 3]);
    assert.deepEqual(Array.from(found.upperBounds), [
      nextUp(-1.5),
      -ZERO_MAGNITUDE_MAX,
      ZERO_MAGNITUDE_MAX,
      Number.POSITIVE_INFINITY,
    ]);
    assert.equal(found.zeroBin, 2);
  });

  test('NaN takes the last bin, within the limit of bins', () => {
    const found = bins([1, 2, 3, 4, Number.NaN], { maxBin: 4 });
    assert.equal(found.missing, MISSING_NAN);
    assert.equal(found.binCount, found.upperBounds.length + 1);
    assert.ok(found.binCount <= 4);
  });

  test('NaN counts as zero where zero is missing or nothing is', () => {
    assert.equal(bins([1, 2, Number.NaN], { missing: 'zero' }).missing, MISSING_ZERO);
    assert.equal(bins([1, 2, Number.NaN], { missing: 'none' }).missing, MISSING_NONE);
    assert.equal(bins([1, 2, Number.NaN], { missing: 'none' }).minValue, 0);
  });

  test('a feature that cannot be split is trivial', () => {
    assert.ok(bins([5, 5, 5]).isTrivial);
    assert.ok(bins([Number.NaN, Number.NaN]).isTrivial);
    assert.ok(bins([0, 0, 0, 1], { minRowsPerSide: 2 }).isTrivial);
    assert.ok(!bins([0, 0, 1, 1], { minRowsPerSide: 2 }).isTrivial);
    assert.ok(!bins([5, 5, Number.NaN, Number.NaN]).isTrivial);
  });

  test('a frequent value gets a bin for itself', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i < 500 ? 3 : 10 + i));
    const found = bins(values, { maxBin: 16, minDataInBin: 3 });
    const alone = binOfNumber(found.upperBounds, 3);
    assert.notEqual(binOfNumber(found.upperBounds, 510), alone);
    assert.ok(found.binCount <= 16);
  });

  test('property: bounds ascend, every value falls under its bound, bins respect the limit', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      fc.integer({ min: -3, max: 3 }),
      fc.constant(Number.NaN),
    );
    const property = fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 1, max: 10 }),
      (values, maxBin, minDataInBin) => {
        const found = bins(values, { maxBin, minDataInBin });
        const { upperBounds } = found;
        for (let i = 1; i < upperBounds.length; i++) assert.ok(upperBounds[i]! > upperBounds[i - 1]!);
        assert.equal(upperBounds.at(-1), Number.POSITIVE_INFINITY);
        assert.ok(found.binCount <= Math.max(maxBin, 2));
        for (const each of values.filter((v) => !Number.isNaN(v))) {
          const bin = binOfNumber(upperBounds, each);
          assert.ok(each <= upperBounds[bin]! && (bin === 0 || each > upperBounds[bin - 1]!));
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });
});
