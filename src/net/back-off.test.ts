/** Delays grow to their bound, are spread over their whole range, and a venue's own wish to wait is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../test/support/property.ts';
import { BACK_OFF_US_MAX, BackOff, RETRY_AFTER_US_MAX, retryAfterUs } from './back-off.ts';

test(`the n-th delay is uniform below base x 2^n, at most 30 s (SEED=${testSeed()})`, () => {
  const prng = new Prng(testSeed());
  const rounds = 4_000;
  const sums = new Array<number>(12).fill(0);
  for (let round = 0; round < rounds; round++) {
    const backOff = new BackOff(prng);
    for (const n of sums.keys()) {
      const delayUs = backOff.nextUs();
      const limitUs = Math.min(BACK_OFF_US_MAX, 500_000 * 2 ** n);
      assert.ok(Number.isSafeInteger(delayUs) && delayUs >= 0 && delayUs < limitUs, `delay ${n}: ${delayUs}`);
      sums[n]! += delayUs / limitUs;
    }
  }
  // The mean of 4,000 uniform numbers lies within 6 standard errors of one half.
  for (const sum of sums)
    assert.ok(Math.abs(sum / rounds - 0.5) < (6 * Math.sqrt(1 / 12)) / Math.sqrt(rounds));
});

test('a success begins with short delays again, and one seed gives the same delays', () => {
  const delays = (): number[] => {
    const backOff = new BackOff(new Prng(7), 1_000, 8_000);
    const list = Array.from({ length: 20 }, () => backOff.nextUs());
    assert.ok(Math.max(...list) < 8_000);
    backOff.reset();
    const first = backOff.nextUs();
    assert.ok(first < 1_000);
    return [...list, first];
  };
  assert.deepEqual(delays(), delays());
});

test('reads Retry-After as seconds or as a date, within three days', () => {
  const nowUs = Date.UTC(2026, 0, 1) * 1_000;
  assert.equal(retryAfterUs('7', nowUs), nowUs + 7_000_000);
  assert.equal(retryAfterUs(' 0 ', nowUs), nowUs);
  assert.equal(retryAfterUs('Thu, 01 Jan 2026 00:00:30 GMT', nowUs), nowUs + 30_000_000);
  assert.equal(retryAfterUs('Wed, 31 Dec 2025 23:00:00 GMT', nowUs), nowUs);
  assert.equal(retryAfterUs('9'.repeat(400), nowUs), nowUs + RETRY_AFTER_US_MAX);
  for (const text of ['', '-1', '1.5', 'soon', 'Thu, 99 Foo 2026 00:00:30 GMT', '2026-01-01']) {
    assert.equal(retryAfterUs(text, nowUs), undefined, text);
  }
});
