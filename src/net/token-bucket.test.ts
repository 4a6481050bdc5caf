/** A budget is never overspent, and what may be spent can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { type BucketRule, TokenBucket, windowRule } from './token-bucket.ts';

const MINUTE_US = 60_000_000;
const START_US = 1_700_000_040_000_000;

interface Taken {
  readonly atUs: number;
  readonly weight: number;
}

const steps = fc.array(
  fc.record({
    waitUs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 3_000_000 }),
      fc.integer({ min: 0, max: 90_000_000 }),
    ),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    isPatient: fc.boolean(),
  }),
  { maxLength: 120 },
);

function spend(
  rule: BucketRule,
  plan: readonly { waitUs: number; share: number; isPatient: boolean }[],
): Taken[] {
  const bucket = new TokenBucket(rule, START_US);
  const taken: Taken[] = [];
  let nowUs = START_US;
  for (const { isPatient, share, waitUs } of plan) {
    nowUs += waitUs;
    const weight = Math.floor(share * rule.capacity);
    let delayUs = bucket.take(weight, nowUs);
    if (delayUs > 0 && isPatient) {
      assert.equal(bucket.take(weight, nowUs + delayUs - 1) > 0, true, 'not a microsecond too late');
      nowUs += delayUs;
      delayUs = bucket.take(weight, nowUs);
      assert.equal(delayUs, 0, 'waiting as long as was said is enough');
    }
    if (delayUs === 0) taken.push({ atUs: nowUs, weight });
  }
  return taken;
}

test('never more is taken than the capacity and what flowed in', () => {
  const rules = fc.record({
    capacity: fc.integer({ min: 1, max: 6_000 }),
    refill: fc.integer({ min: 1, max: 6_000 }),
    windowUs: fc.constantFrom(1_000_000, MINUTE_US, 300 * 1_000_000),
  });
  fc.assert(
    fc.property(rules, steps, (rule, plan) => {
      const taken = spend(rule, plan);
      for (const [first, from] of taken.entries()) {
        let sum = 0;
        for (const { atUs, weight } of taken.slice(first)) {
          sum += weight;
          const flowed = (BigInt(rule.refill) * BigInt(atUs - from.atUs)) / BigInt(rule.windowUs);
          assert.ok(BigInt(sum) <= BigInt(rule.capacity) + flowed, `${sum} in ${atUs - from.atUs} us`);
        }
      }
    }),
    propertySettings(100),
  );
});

test('a rule of a window keeps to its limit in every window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 2_400 }), steps, (limit, plan) => {
      const taken = spend(windowRule(limit, MINUTE_US), plan);
      for (const from of taken) {
        const inWindow = taken.filter(({ atUs }) => atUs >= from.atUs && atUs < from.atUs + MINUTE_US);
        assert.ok(inWindow.reduce((sum, { weight }) => sum + weight, 0) <= limit);
      }
    }),
    propertySettings(100),
  );
});

test('what a limit allows can be spent in the long run', () => {
  const bucket = new TokenBucket(windowRule(1_200, MINUTE_US), START_US);
  let spent = 0;
  for (let nowUs = START_US; nowUs < START_US + 10 * MINUTE_US; ) {
    const waitUs = bucket.take(20, nowUs);
    if (waitUs === 0) spent += 20;
    nowUs += waitUs;
  }
  // The last 20 of the ten minutes flow in at the moment at which they end.
  assert.equal(spent, 600 + 10 * 600 - 20);
});

test('a ban holds for everything and is never shortened', () => {
  const bucket = new TokenBucket(windowRule(100, MINUTE_US), START_US);
  bucket.blockUntil(START_US + 5_000_000);
  bucket.blockUntil(START_US + 1_000_000);
  assert.equal(bucket.take(0, START_US), 5_000_000);
  assert.equal(bucket.take(50, START_US + 4_999_999), 1);
  assert.equal(bucket.take(50, START_US + 5_000_000), 0);
});

test('what others spent of the budget is believed, until the window of the venue ends', () => {
  const bucket = new TokenBucket(windowRule(1_000, MINUTE_US), START_US);
  bucket.reportUsed(900, START_US);
  assert.equal(bucket.take(100, START_US), 0);
  assert.ok(bucket.take(1, START_US) > 0);
  bucket.reportUsed(1_000, START_US + 10_000_000);
  const endUs = Math.floor(START_US / MINUTE_US) * MINUTE_US + MINUTE_US;
  assert.equal(bucket.take(1, START_US + 10_000_000), endUs - (START_US + 10_000_000));
  assert.equal(bucket.take(100, endUs), 0);
  bucket.reportUsed(0, endUs);
  assert.ok(bucket.take(500, endUs) > 0, 'a low report gives nothing back');
});

test('a long pause fills the bucket and no more; a clock that stands brings nothing', () => {
  const bucket = new TokenBucket(windowRule(2_400, MINUTE_US), 0);
  assert.equal(bucket.take(1_200, START_US), 0);
  assert.ok(bucket.take(1, START_US) > 0);
  assert.ok(bucket.take(1, START_US - 1_000) > 0);
  assert.equal(bucket.take(1_200, START_US * 2), 0);
  assert.ok(bucket.take(1, START_US * 2) > 0);
});

test('refuses rules and weights that can never be met', () => {
  assert.throws(() => windowRule(1, MINUTE_US), /at least 2/);
  assert.throws(() => new TokenBucket({ capacity: 0, refill: 1, windowUs: 1 }, 0), /positive integers/);
  const bucket = new TokenBucket(windowRule(100, MINUTE_US), 0);
  assert.throws(() => bucket.take(51, 0), /fits the capacity of 50/);
  assert.throws(() => bucket.take(0.5, 0), /integer/);
  assert.throws(() => bucket.reportUsed(Number.NaN, 0), /at least 0/);
});
