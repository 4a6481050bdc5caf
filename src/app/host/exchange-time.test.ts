import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import { ExchangeTime, timeBehind } from './exchange-time.ts';

test('time passes as fast as it is told to, and a long pause counts for a second', () => {
  let realUs = 5_000_000;
  const time = new ExchangeTime({
    startUs: 1_000,
    speed: 20,
    monotonicUs: () => realUs,
    wallNowUs: () => 77,
  });
  assert.equal(time.nowUs(), 1_000);
  realUs += 250_000;
  assert.equal(time.nowUs(), 1_000 + 5 * US_PER_SECOND);
  realUs += 3_600 * US_PER_SECOND;
  assert.equal(time.nowUs(), 1_000 + 25 * US_PER_SECOND);
  assert.equal(time.clientNowUs(), 77);
});

test('a live time is behind the wall and never goes back', () => {
  let wallUs = 10_000_000;
  const time = timeBehind(1_000, () => wallUs);
  assert.equal(time.nowUs(), 9_999_000);
  wallUs -= 500;
  assert.equal(time.nowUs(), 9_999_000);
  assert.equal(time.clientNowUs(), 9_999_500);
});
