import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockFilter } from './index.ts';

test('of three answers the fastest counts, and the first of those that are as fast', () => {
  const filter = new ClockFilter();
  filter.take(1_500, 1_000, 1_100);
  assert.deepEqual(filter.best, { offsetUs: 450, roundTripUs: 100, measuredUs: 1_100 });
  filter.take(1_700, 1_200, 1_240);
  filter.take(9_000, 1_300, 1_340);
  assert.deepEqual(filter.best, { offsetUs: 480, roundTripUs: 40, measuredUs: 1_240 });
  assert.equal(filter.isComplete, true);
});

test('a question without an answer counts as asked, and three of them measure nothing', () => {
  const filter = new ClockFilter();
  for (let asked = 0; asked < 3; asked++) {
    assert.equal(filter.isComplete, false);
    filter.take(null, 0, 1);
  }
  assert.deepEqual([filter.isComplete, filter.best], [true, null]);
});

test('a new measurement forgets the last one, however fast that was', () => {
  const filter = new ClockFilter();
  filter.take(100, 100, 100);
  filter.begin();
  assert.deepEqual([filter.isComplete, filter.best], [false, null]);
  filter.take(400, 300, 500);
  assert.deepEqual(filter.best, { offsetUs: 0, roundTripUs: 200, measuredUs: 500 });
});
