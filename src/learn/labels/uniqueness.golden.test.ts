/** Label concurrency and uniqueness against the stored reference values. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { labelConcurrency, uniquenessWeights } from './uniqueness.ts';

const GOLDEN = new URL('../../../../shared/golden/stats/cpcv.json', import.meta.url);
const skip = existsSync(GOLDEN) ? false : '../shared absent';

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) <= 1e-12, `${found} is not ${expected}`);

test('concurrency and average uniqueness equal the reference', { skip }, () => {
  const { uniqueness } = JSON.parse(readFileSync(GOLDEN, 'utf8'));
  const intervals: readonly (readonly [number, number])[] = uniqueness.intervals_inclusive;
  const labels = {
    firstBar: Int32Array.from(intervals, ([from]) => from),
    lastBar: Int32Array.from(intervals, ([, to]) => to),
    barCount: uniqueness.concurrency.length,
  };
  assert.deepEqual(Array.from(labelConcurrency(labels)), uniqueness.concurrency);
  for (const [i, weight] of uniquenessWeights(labels).entries()) near(weight, uniqueness.avg_uniqueness[i]);
});
