/** The two rules for quotients whose denominator may vanish, as TA-Lib 0.8 has them: exact zero, and equal up to rounding. */

/** Two numbers whose difference is at most this part of the sum of their magnitudes count as equal. */
const EQUAL_LIMIT = 1e-14;

/** Returns `numerator / denominator`, 0 when the denominator is exactly 0, NaN when either is NaN. */
export function ratioOrZero(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

/** True when `a` and `b` differ by no more than rounding can explain (a relative 1e-14 each); false when either is NaN. */
export function isNearlyEqual(a: number, b: number): boolean {
  return Math.abs(a - b) <= EQUAL_LIMIT * (Math.abs(a) + Math.abs(b));
}
