/** Kelly fractions against the stored reference values. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { kellyBinary, kellyGaussian } from './sizing.ts';

function near(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} ${expected}`,
  );
}

test('Kelly fractions equal the golden values', { skip: skipWithoutShared }, (context) => {
  const golden = JSON.parse(readFileSync(sharedPath('golden/stats/kelly.json'), 'utf8')) as {
    readonly binary: readonly Record<string, number>[];
    readonly gaussian: readonly Record<string, number>[];
  };
  for (const item of golden.binary) {
    const full = kellyBinary(item.p!, item.win_b!, item.loss_a!);
    near(full, item.full!, 'full');
    near(full / 2, item.half!, 'half');
    near(full / 4, item.quarter!, 'quarter');
    near(Math.min(full / 4, 0.2), item.capped_025!, 'capped');
  }
  for (const item of golden.gaussian) {
    near(kellyGaussian(item.mu!, item.sigma! ** 2, item.r!), item.full!, 'gaussian full');
    near(kellyGaussian(item.mu!, item.sigma! ** 2, item.r!) / 2, item.half!, 'gaussian half');
  }
  context.diagnostic(`${golden.binary.length * 4 + golden.gaussian.length * 2} golden values compared`);
});
