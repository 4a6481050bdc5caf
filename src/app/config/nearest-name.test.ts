import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../../test/support/property.ts';
import { editDistance, nearestName } from './nearest-name.ts';

test('counts insertions, deletions, substitutions and swaps', () => {
  assert.equal(editDistance('abc', 'abc'), 0);
  assert.equal(editDistance('abc', 'abxc'), 1);
  assert.equal(editDistance('abc', 'ac'), 1);
  assert.equal(editDistance('abc', 'axc'), 1);
  assert.equal(editDistance('abc', 'acb'), 1);
  assert.equal(editDistance('', 'abc'), 3);
});

test('is symmetric, zero only for equal names and at most the longer name', () => {
  const name = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(name, name, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length));
    }),
    propertySettings(),
  );
});

test('suggests a name that is near, and none that is far', () => {
  const names = ['drawdown_max', 'daily_loss_max', 'exposure_max'];
  assert.equal(nearestName('max_drawdown', names), 'drawdown_max');
  assert.equal(nearestName('order_size', names), undefined);
  assert.equal(nearestName('drawdown', names), 'drawdown_max');
  assert.equal(nearestName('exposre_mx', names), 'exposure_max');
  assert.equal(nearestName('x'.repeat(1000), names), undefined);
});
