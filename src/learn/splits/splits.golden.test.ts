/** Walk-forward windows and combinatorial purged index sets against the stored reference values. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { US_PER_DAY } from '#core';
import { combinatorialPurgedSplits } from './combinatorial-purged.ts';
import { walkForwardWindows } from './walk-forward.ts';

const GOLDEN = new URL('../../../../shared/golden/stats/cpcv.json', import.meta.url);
const skip = existsSync(GOLDEN) ? false : '../shared absent';

interface GoldenSplit {
  readonly test_groups: readonly number[];
  readonly test: readonly number[];
  readonly train: readonly number[];
  readonly purged: readonly number[];
  readonly embargoed: readonly number[];
}

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly T: number;
    readonly N: number;
    readonly k: number;
    readonly embargo: number;
    readonly t1: readonly number[];
    readonly groups: readonly (readonly number[])[];
    readonly splits: readonly GoldenSplit[];
    readonly paths: readonly (readonly number[])[];
  }[];
  readonly walk_forward: {
    readonly days: number;
    readonly train: number;
    readonly quarantine: number;
    readonly test: number;
    readonly step: number;
    readonly folds: readonly Readonly<Record<'train' | 'quarantine' | 'test', readonly [number, number]>>[];
  };
}

describe('golden splits', { skip }, () => {
  const golden: Golden | null = skip === false ? JSON.parse(readFileSync(GOLDEN, 'utf8')) : null;

  test('walk-forward windows with the 30-day quarantine', () => {
    const { days, train, quarantine, test: length, step, folds } = golden!.walk_forward;
    const windows = walkForwardWindows({
      fromUs: 0,
      toUs: days * US_PER_DAY,
      trainUs: train * US_PER_DAY,
      quarantineUs: quarantine * US_PER_DAY,
      testUs: length * US_PER_DAY,
      stepUs: step * US_PER_DAY,
    });
    const found = windows.map((window) => {
      const daysOf = ({ fromUs, toUs }: { fromUs: number; toUs: number }): [number, number] => [
        fromUs / US_PER_DAY,
        toUs / US_PER_DAY,
      ];
      return {
        train: daysOf(window.train),
        quarantine: daysOf(window.quarantine),
        test: daysOf(window.test),
      };
    });
    assert.deepEqual(found, folds);
  });

  for (const each of golden?.cases ?? []) {
    test(`combinatorial purged CV ${each.name}: all index sets and paths`, () => {
      const found = combinatorialPurgedSplits({
        rowStartUs: Float64Array.from({ length: each.T }, (_, row) => row),
        labelEndUs: Float64Array.from(each.t1),
        groupCount: each.N,
        testGroupCount: each.k,
        embargoUs: each.embargo,
      });
      assert.deepEqual(found.groups, each.groups);
      assert.deepEqual(found.paths, each.paths);
      const sets = found.splits.map((split) => ({
        test_groups: split.testGroups,
        test: Array.from(split.test),
        train: Array.from(split.train),
        purged: Array.from(split.purged),
        embargoed: Array.from(split.embargoed),
      }));
      assert.deepEqual(sets, each.splits);
    });
  }
});
