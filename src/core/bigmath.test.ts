import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { absBig, divCeil, divFloor, divRound, maxBig, minBig } from './bigmath.ts';

const huge = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const divisor = fc.oneof(fc.bigInt({ min: 1n, max: 12n }), fc.bigInt({ min: 1n, max: 10n ** 20n }));

test('divFloor is the largest integer whose multiple is not above the dividend', () => {
  fc.assert(
    fc.property(huge, divisor, (dividend, by) => {
      const quotient = divFloor(dividend, by);
      assert.ok(quotient * by <= dividend && (quotient + 1n) * by > dividend);
    }),
    propertySettings(),
  );
});

test('divCeil is the smallest integer whose multiple is not below the dividend', () => {
  fc.assert(
    fc.property(huge, divisor, (dividend, by) => {
      const quotient = divCeil(dividend, by);
      assert.ok(quotient * by >= dividend && (quotient - 1n) * by < dividend);
    }),
    propertySettings(),
  );
});

test('divRound is never more than half a divisor away, and exactly half goes away from zero', () => {
  fc.assert(
    fc.property(huge, divisor, (dividend, by) => {
      const distance = 2n * absBig(divRound(dividend, by) * by - dividend);
      assert.ok(distance <= by);
      if (distance === by) assert.ok(absBig(divRound(dividend, by) * by) > absBig(dividend));
    }),
    propertySettings(),
  );
});

test('division of small numbers, written out', () => {
  const table: readonly (readonly [bigint, bigint, bigint, bigint, bigint])[] = [
    [7n, 2n, 3n, 4n, 4n],
    [-7n, 2n, -4n, -3n, -4n],
    [6n, 3n, 2n, 2n, 2n],
    [-6n, 3n, -2n, -2n, -2n],
    [1n, 3n, 0n, 1n, 0n],
    [-1n, 3n, -1n, 0n, 0n],
    [2n, 3n, 0n, 1n, 1n],
    [-2n, 3n, -1n, 0n, -1n],
    [0n, 5n, 0n, 0n, 0n],
  ];
  for (const [dividend, by, floor, ceil, round] of table) {
    assert.deepEqual(
      [divFloor(dividend, by), divCeil(dividend, by), divRound(dividend, by)],
      [floor, ceil, round],
      `${dividend} / ${by}`,
    );
  }
});

test('a divisor of zero or less is refused', () => {
  for (const divide of [divFloor, divCeil, divRound]) {
    for (const by of [0n, -1n]) assert.throws(() => divide(1n, by), { name: 'AssertionError' });
  }
});

test('the smaller, the larger, the absolute value', () => {
  assert.deepEqual([minBig(2n, -3n), minBig(2n, 2n), maxBig(2n, -3n), maxBig(-3n, 2n)], [-3n, 2n, 2n, 2n]);
  assert.deepEqual([absBig(-5n), absBig(0n), absBig(5n)], [5n, 0n, 5n]);
});
