/**
 * Isotonic regression: the monotone step function nearest to the data in weighted least squares, by pooling adjacent violators.
 * Definition as in `golden/stats/isotonic.json`: equal x are averaged first, a prediction interpolates between thresholds and is constant
 * outside them.
 */
import { assert } from '#core';

/** A monotone curve: thresholds with x strictly rising. */
export interface MonotoneCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** How to fit. */
export interface IsotonicOptions {
  /** One weight a point; points of weight 0 are left out. Default: all 1. */
  readonly weights?: readonly number[];
  /** Default true. */
  readonly isIncreasing?: boolean;
  /** Bounds of y. */
  readonly yMin?: number;
  readonly yMax?: number;
}

/** Points nearer than this in x count as equal. */
const X_RESOLUTION = 1e-15;

interface Pool {
  x: number;
  weight: number;
  /** Weighted mean. */
  y: number;
}

/** Fits the curve; O(n log n). Throws `AssertionError` without a point of positive weight or on numbers that are not finite. */
export function fitIsotonic(
  x: readonly number[],
  y: readonly number[],
  options: IsotonicOptions = {},
): MonotoneCurve {
  const { isIncreasing = true, yMin = Number.NEGATIVE_INFINITY, yMax = Number.POSITIVE_INFINITY } = options;
  assert(yMin <= yMax, `yMin is at most yMax, were ${yMin} and ${yMax}`);
  const points = distinctPoints(x, y, options.weights);
  const sign = isIncreasing ? 1 : -1;
  const levels = poolViolators(points.map((point) => ({ ...point, y: sign * point.y })));
  const fitted = levels.map((level) => Math.min(yMax, Math.max(yMin, sign * level)));
  // The inner points of a flat piece say nothing that its ends do not.
  const isKept = fitted.map(
    (level, i) => i === 0 || i === fitted.length - 1 || level !== fitted[i - 1] || level !== fitted[i + 1],
  );
  return {
    x: points.filter((_, i) => isKept[i]).map((point) => point.x),
    y: fitted.filter((_, i) => isKept[i]),
  };
}

/** Returns the curve's value at `x`: linear between thresholds, constant outside; NaN for NaN. */
export function evaluateCurve(curve: MonotoneCurve, x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  const last = curve.x.length - 1;
  if (x <= curve.x[0]!) return curve.y[0]!;
  if (x >= curve.x[last]!) return curve.y[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (curve.x[middle]! <= x) low = middle;
    else high = middle;
  }
  const share = (x - curve.x[low]!) / (curve.x[high]! - curve.x[low]!);
  return curve.y[low]! + share * (curve.y[high]! - curve.y[low]!);
}

/** Points in order of x, equal ones merged into their weighted mean. */
function distinctPoints(x: readonly number[], y: readonly number[], weights?: readonly number[]): Pool[] {
  assert(x.length === y.length, `x and y have one length, were ${x.length} and ${y.length}`);
  assert(weights === undefined || weights.length === x.length, 'each point has a weight');
  const order = x.map((_, i) => i).filter((i) => (weights?.[i] ?? 1) > 0);
  assert(order.length > 0, 'at least one point has a weight above 0');
  order.sort((a, b) => x[a]! - x[b]! || a - b);
  const merged: Pool[] = [];
  for (const i of order) {
    const weight = weights?.[i] ?? 1;
    const point = { x: x[i]!, y: y[i]!, weight };
    assert(Number.isFinite(point.x + point.y + weight), `point ${i} is finite`);
    const last = merged.at(-1);
    if (last === undefined || point.x - last.x >= X_RESOLUTION) merged.push(point);
    else mergeInto(last, point);
  }
  return merged;
}

/** Pools neighbours until the levels never fall; returns one level for each point. */
function poolViolators(points: readonly Pool[]): number[] {
  const pools: (Pool & { count: number })[] = [];
  for (const point of points) {
    let current = { ...point, count: 1 };
    for (let before = pools.at(-1); before !== undefined && before.y >= current.y; before = pools.at(-1)) {
      mergeInto(before, current);
      before.count += current.count;
      current = before;
      pools.pop();
    }
    pools.push(current);
  }
  return pools.flatMap((pool) => new Array<number>(pool.count).fill(pool.y));
}

function mergeInto(pool: Pool, other: Pool): void {
  const weight = pool.weight + other.weight;
  pool.y = (pool.y * pool.weight + other.y * other.weight) / weight;
  pool.weight = weight;
}
