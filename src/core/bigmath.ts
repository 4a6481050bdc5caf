/** Exact integer arithmetic with a stated rounding direction. */
import { assert } from './assert.ts';

/** Returns the absolute value of a bigint. */
export function absBig(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Divides and rounds towards minus infinity. `divisor` > 0. */
export function divFloor(dividend: bigint, divisor: bigint): bigint {
  assert(divisor > 0n, 'divisor > 0');
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

/** Divides and rounds towards plus infinity (against us, when it is a cost). `divisor` > 0. */
export function divCeil(dividend: bigint, divisor: bigint): bigint {
  return -divFloor(-dividend, divisor);
}

/** Divides and rounds to the nearest integer, halves away from zero. `divisor` > 0. */
export function divRound(dividend: bigint, divisor: bigint): bigint {
  assert(divisor > 0n, 'divisor > 0');
  const half = divisor / 2n;
  return dividend < 0n ? -((-dividend + half) / divisor) : (dividend + half) / divisor;
}

/** Returns the smaller of two bigints. */
export function minBig(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Returns the larger of two bigints. */
export function maxBig(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
