import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Prng, US_PER_DAY } from '#core';
import { combinatorialPurgedSplits } from './combinatorial-purged.ts';
import type { LabelSpans } from './label-spans.ts';
import { purgedTimeSplit } from './purged-time-split.ts';
import { QUARANTINE_US, rowsOutsideQuarantine } from './quarantine.ts';
import { walkForwardRows, walkForwardWindows } from './walk-forward.ts';

const SEED = Number(process.env.SEED ?? 7);

/** Random spans in the order of time; one row in ten has no label. */
function randomSpans(seed: number): LabelSpans {
  const prng = new Prng(seed);
  const count = prng.integer(5, 60);
  const rowStartUs = new Float64Array(count);
  const labelEndUs = new Float64Array(count);
  let now = 0;
  for (let row = 0; row < count; row++) {
    now += prng.integer(0, 4);
    rowStartUs[row] = now;
    labelEndUs[row] = prng.uniform() < 0.1 ? Number.NaN : now + prng.integer(0, 12);
  }
  return { rowStartUs, labelEndUs };
}

describe('purged time split', () => {
  test('a row trains when its label ends more than the embargo before the cut', () => {
    const rowStartUs = Float64Array.of(0, 10, 20, 30, 40, 50);
    const labelEndUs = Float64Array.of(10, 20, 30, 40, 50, Number.NaN);
    const split = purgedTimeSplit({ rowStartUs, labelEndUs, testFromUs: 31, embargoUs: 5 });
    assert.deepEqual(Array.from(split.train), [0, 1]);
    assert.deepEqual(Array.from(split.valid), [4]);
    assert.equal(split.purgedCount, 2);
    const touching = purgedTimeSplit({ rowStartUs, labelEndUs, testFromUs: 30, embargoUs: 0 });
    assert.deepEqual(Array.from(touching.train), [0, 1], 'a label that ends on the cut touches it');
    const ended = purgedTimeSplit({ rowStartUs, labelEndUs, testFromUs: 20, testToUs: 40, embargoUs: 0 });
    assert.deepEqual(Array.from(ended.valid), [2, 3]);
  });

  test('property: no training span comes within the embargo of a validation span; nothing is lost unnamed', () => {
    const property = fc.property(
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 10 }),
      (seed, testFromUs, embargoUs) => {
        const spans = randomSpans(seed);
        const { train, valid, purgedCount } = purgedTimeSplit({ ...spans, testFromUs, embargoUs });
        const firstTest = Math.min(...Array.from(valid, (row) => spans.rowStartUs[row]!));
        for (const row of train) assert.ok(spans.labelEndUs[row]! + embargoUs < Math.min(firstTest, 1e9));
        for (const row of valid) assert.ok(spans.rowStartUs[row]! >= testFromUs);
        const labelled = spans.labelEndUs.filter((end) => !Number.isNaN(end)).length;
        assert.equal(train.length + valid.length + purgedCount, labelled);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test('refusals', () => {
    const spans = { rowStartUs: Float64Array.of(1), labelEndUs: Float64Array.of(2) };
    assert.throws(() => purgedTimeSplit({ ...spans, testFromUs: Number.NaN, embargoUs: 0 }), {
      code: 'XY_CONFIG_INVALID',
    });
    assert.throws(() => purgedTimeSplit({ ...spans, testFromUs: 1, embargoUs: -1 }), {
      code: 'XY_CONFIG_INVALID',
    });
    const backwards = { ...spans, labelEndUs: Float64Array.of(0) };
    assert.throws(() => purgedTimeSplit({ ...backwards, testFromUs: 1, embargoUs: 0 }), {
      code: 'XY_ROW_INVALID',
    });
    const unequal = { ...spans, labelEndUs: new Float64Array(2) };
    assert.throws(() => purgedTimeSplit({ ...unequal, testFromUs: 1, embargoUs: 0 }), {
      code: 'XY_DATA_INSUFFICIENT',
    });
  });
});

describe('walk-forward', () => {
  const plan = { fromUs: 0, toUs: 100, trainUs: 30, quarantineUs: 10, testUs: 10, stepUs: 10 };

  test('a label that ends in the quarantine was not known when the fit was made', () => {
    const rowStartUs = Float64Array.from({ length: 100 }, (_, row) => row);
    const labelEndUs = rowStartUs.map((start) => start + 5);
    const windows = walkForwardWindows(plan);
    assert.equal(windows.length, 6);
    const { train, test: tested } = walkForwardRows({ rowStartUs, labelEndUs }, windows[1]!);
    assert.deepEqual([train[0], train.at(-1)], [10, 34]);
    assert.deepEqual([tested[0], tested.at(-1)], [50, 59]);
  });

  test('too little data and impossible plans are refused', () => {
    assert.throws(() => walkForwardWindows({ ...plan, toUs: 49 }), { code: 'XY_DATA_INSUFFICIENT' });
    assert.throws(() => walkForwardWindows({ ...plan, stepUs: 0 }), { code: 'XY_CONFIG_INVALID' });
    assert.throws(() => walkForwardWindows({ ...plan, stepUs: 1e-9 }), { code: 'XY_CONFIG_INVALID' });
  });
});

describe('quarantine', () => {
  test('thirty days; a label that ends on the boundary is inside', () => {
    assert.equal(QUARANTINE_US, 30 * 86_400_000_000);
    const nowUs = 100 * US_PER_DAY;
    const rowStartUs = new Float64Array(4);
    const labelEndUs = Float64Array.of(69, 70, 71, Number.NaN).map((day) => day * US_PER_DAY);
    const spans = { rowStartUs, labelEndUs };
    assert.deepEqual(Array.from(rowsOutsideQuarantine(spans, nowUs)), [0]);
    assert.throws(() => rowsOutsideQuarantine(spans, Number.NaN), { code: 'XY_CONFIG_INVALID' });
    assert.throws(() => rowsOutsideQuarantine(spans, nowUs, -1), { code: 'XY_CONFIG_INVALID' });
  });
});

describe('combinatorial purged CV', () => {
  test('property: no training span touches a test span or starts within the embargo after one', () => {
    const property = fc.property(
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 0, max: 5 }),
      (seed, embargoUs) => {
        const spans = randomSpans(seed);
        const { splits } = combinatorialPurgedSplits({
          ...spans,
          groupCount: 4,
          testGroupCount: 2,
          embargoUs,
        });
        for (const { train, test: tested } of splits) {
          for (const row of train) {
            const [start, end] = [spans.rowStartUs[row]!, spans.labelEndUs[row]!];
            for (const other of tested) {
              const [from, to] = [spans.rowStartUs[other]!, spans.labelEndUs[other]!];
              assert.ok(end < from || start > to + embargoUs);
            }
          }
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });

  test('every path tests every group once, and a split tests what it says', () => {
    const { rowStartUs, labelEndUs } = randomSpans(5);
    const options = { rowStartUs, labelEndUs, groupCount: 5, testGroupCount: 3, embargoUs: 1 };
    const { splits, paths } = combinatorialPurgedSplits(options);
    assert.equal(splits.length, 10);
    assert.equal(paths.length, 6);
    for (const path of paths) {
      for (const [group, split] of path.entries()) assert.ok(splits[split]!.testGroups.includes(group));
    }
  });

  test('refusals', () => {
    const spans = randomSpans(6);
    const options = { ...spans, groupCount: 4, testGroupCount: 4, embargoUs: 0 };
    assert.throws(() => combinatorialPurgedSplits(options), { code: 'XY_CONFIG_INVALID' });
    assert.throws(() => combinatorialPurgedSplits({ ...options, groupCount: 1000, testGroupCount: 1 }), {
      code: 'XY_DATA_INSUFFICIENT',
    });
    assert.throws(() => combinatorialPurgedSplits({ ...options, groupCount: 60, testGroupCount: 30 }), {
      code: 'XY_CONFIG_INVALID',
    });
    const disordered = { ...options, testGroupCount: 1, rowStartUs: spans.rowStartUs.slice().reverse() };
    assert.throws(
      () =>
        combinatorialPurgedSplits({ ...disordered, labelEndUs: spans.labelEndUs.slice().fill(Number.NaN) }),
      { code: 'XY_ROW_INVALID' },
    );
  });
});
