/**
 * Bins of one feature by LightGBM's rules (Ke et al. 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree"):
 * at most `maxBin` bins of about equal size, zero in a bin of its own, missing values in the last one. A bin is its upper
 * bound: a value belongs to the first bin whose bound is not below it. Numeric features only.
 */
import { assert } from '#core';
import type { GbmMissingRule } from './params.ts';

/** No missing value is known; NaN is read as 0. */
export const MISSING_NONE = 0;
/** Zero (|x| <= `ZERO_MAGNITUDE_MAX`) and NaN are missing. */
export const MISSING_ZERO = 1;
/** NaN is missing. */
export const MISSING_NAN = 2;

/** Values of at most this magnitude are zero: the float32 nearest to 1e-35. */
export const ZERO_MAGNITUDE_MAX = Math.fround(1e-35);

/** A feature whose most frequent bin holds less than this share takes the zero bin in its place. */
const SPARSE_SHARE_MIN = 0.7;

/** How the bins are to be found. */
export interface BinRules {
  readonly maxBin: number;
  readonly minDataInBin: number;
  /** A feature that cannot leave this many sampled rows on both sides of some split is trivial. */
  readonly minRowsPerSide: number;
  readonly missing: GbmMissingRule;
}

/** The bins of one feature. */
export interface FeatureBins {
  /** Upper bounds of the bins that hold numbers, ascending; the last is +Infinity. */
  readonly upperBounds: Float64Array;
  /** All bins, the one of NaN included. */
  readonly binCount: number;
  /** `MISSING_NONE`, `MISSING_ZERO` or `MISSING_NAN`. */
  readonly missing: number;
  /** The bin that 0 falls into. */
  readonly zeroBin: number;
  /** The bin whose histogram entry is derived (leaf total minus the others), as LightGBM does. */
  readonly mostFreqBin: number;
  /** No split of this feature can be admissible. */
  readonly isTrivial: boolean;
  readonly minValue: number;
  readonly maxValue: number;
}

const bits = new BigInt64Array(1);
const asDouble = new Float64Array(bits.buffer);

/** Returns the next double above a finite `x`. */
export function nextUp(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  asDouble[0] = x;
  bits[0] = bits[0]! + (x > 0 ? 1n : -1n);
  return asDouble[0];
}

/** True when `upper` (not below `lower`) is the same double or its next neighbour. */
function isSameOrNeighbour(lower: number, upper: number): boolean {
  if (lower === upper) return true;
  // Only values within a few ulp can be neighbours; the cheap test spares the bit work for all others.
  if (upper - lower > Math.abs(lower) * 1e-15 + Number.MIN_VALUE) return false;
  return upper <= nextUp(lower);
}

/** Distinct values in ascending order with their row counts; `count` of the slots are used. */
interface Distinct {
  readonly values: Float64Array;
  readonly rows: Int32Array;
  count: number;
}

function push(distinct: Distinct, value: number, rows: number): void {
  distinct.values[distinct.count] = value;
  distinct.rows[distinct.count] = rows;
  distinct.count++;
}

/** Groups sorted non-zero values; zero stands between the signs, with a count of 0 where no row is zero. */
function distinctOf(sorted: Float64Array, zeroRows: number): Distinct {
  const n = sorted.length;
  const distinct: Distinct = { values: new Float64Array(n + 1), rows: new Int32Array(n + 1), count: 0 };
  if (n === 0 || (sorted[0]! > 0 && zeroRows > 0)) push(distinct, 0, zeroRows);
  if (n > 0) push(distinct, sorted[0]!, 1);
  for (let i = 1; i < n; i++) {
    const last = sorted[i - 1]!;
    const value = sorted[i]!;
    if (isSameOrNeighbour(last, value)) {
      distinct.values[distinct.count - 1] = value;
      distinct.rows[distinct.count - 1]!++;
      continue;
    }
    if (last < 0 && value > 0) push(distinct, 0, zeroRows);
    push(distinct, value, 1);
  }
  if (n > 0 && sorted[n - 1]! < 0 && zeroRows > 0) push(distinct, 0, zeroRows);
  return distinct;
}

function midpointAbove(lower: number, upper: number): number {
  return nextUp((lower + upper) / 2);
}

function pushBound(bounds: number[], bound: number): boolean {
  const last = bounds.at(-1);
  if (last !== undefined && isSameOrNeighbour(last, bound)) return false;
  bounds.push(bound);
  return true;
}

/** Few distinct values: each gets a bin, small ones are joined until `minDataInBin` rows are together. */
function boundsOfFew(distinct: Distinct, from: number, to: number, minDataInBin: number): number[] {
  const bounds: number[] = [];
  let rows = 0;
  for (let i = from; i < to - 1; i++) {
    rows += distinct.rows[i]!;
    if (rows < minDataInBin) continue;
    if (pushBound(bounds, midpointAbove(distinct.values[i]!, distinct.values[i + 1]!))) rows = 0;
  }
  bounds.push(Number.POSITIVE_INFINITY);
  return bounds;
}

/** Many distinct values: bins of about equal size; a value as frequent as a whole bin gets one for itself. */
function boundsOfMany(
  distinct: Distinct,
  from: number,
  to: number,
  binCountMax: number,
  totalRows: number,
): number[] {
  const { values, rows } = distinct;
  let meanRows = totalRows / binCountMax;
  const bigRowsMin = meanRows;
  let restBins = binCountMax;
  let restRows = totalRows;
  for (let i = from; i < to; i++) {
    if (rows[i]! >= bigRowsMin) {
      restBins--;
      restRows -= rows[i]!;
    }
  }
  meanRows = restRows / restBins;
  const bounds: number[] = [];
  let binsClosed = 0;
  let binRows = 0;
  for (let i = from; i < to - 1 && binsClosed < binCountMax - 1; i++) {
    const isBig = rows[i]! >= bigRowsMin;
    if (!isBig) restRows -= rows[i]!;
    binRows += rows[i]!;
    // Not Math.max: with no bin left for small values the mean is NaN, and then 1 row is enough.
    const halfFull = meanRows * 0.5 > 1 ? meanRows * 0.5 : 1;
    const isBeforeBig = rows[i + 1]! >= bigRowsMin && binRows >= halfFull;
    if (!isBig && !isBeforeBig && !(binRows >= meanRows)) continue;
    binsClosed++;
    binRows = 0;
    pushBound(bounds, midpointAbove(values[i]!, values[i + 1]!));
    if (!isBig) {
      restBins--;
      meanRows = restRows / restBins;
    }
  }
  bounds.push(Number.POSITIVE_INFINITY);
  return bounds;
}

/** LightGBM's greedy binning of the distinct values [`from`, `to`) into at most `binCountMax` bins. */
function greedyBounds(
  distinct: Distinct,
  from: number,
  to: number,
  binCountMax: number,
  totalRows: number,
  minDataInBin: number,
): number[] {
  assert(binCountMax > 0, `at least one bin is asked for, were ${binCountMax}`);
  if (to - from <= binCountMax) return boundsOfFew(distinct, from, to, minDataInBin);
  const affordable = Math.max(1, Math.min(binCountMax, Math.floor(totalRows / minDataInBin)));
  return boundsOfMany(distinct, from, to, affordable, totalRows);
}

/** Sums the rows of [`from`, `to`). */
function rowsOf(distinct: Distinct, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += distinct.rows[i]!;
  return sum;
}

/** Bounds with zero in a bin of its own: the bins left of zero by their share of the non-zero rows, the rest to the right. */
function boundsAroundZero(distinct: Distinct, maxBin: number, minDataInBin: number): number[] {
  const { values, count } = distinct;
  let leftEnd = 0;
  while (leftEnd < count && values[leftEnd]! <= -ZERO_MAGNITUDE_MAX) leftEnd++;
  let rightStart = leftEnd;
  while (rightStart < count && values[rightStart]! <= ZERO_MAGNITUDE_MAX) rightStart++;
  const leftRows = rowsOf(distinct, 0, leftEnd);
  const rightRows = rowsOf(distinct, rightStart, count);
  let bounds: number[] = [];
  if (leftEnd > 0 && maxBin > 1) {
    const share = Math.trunc((leftRows / (leftRows + rightRows)) * (maxBin - 1));
    bounds = greedyBounds(distinct, 0, leftEnd, Math.max(1, share), leftRows, minDataInBin);
    bounds[bounds.length - 1] = -ZERO_MAGNITUDE_MAX;
  }
  const rightBins = maxBin - 1 - bounds.length;
  if (rightStart >= count || rightBins <= 0) return [...bounds, Number.POSITIVE_INFINITY];
  const right = greedyBounds(distinct, rightStart, count, rightBins, rightRows, minDataInBin);
  return [...bounds, ZERO_MAGNITUDE_MAX, ...right];
}

function countBins(
  distinct: Distinct,
  upperBounds: Float64Array,
  nanRows: number,
  binCount: number,
): Int32Array {
  const counts = new Int32Array(binCount);
  let bin = 0;
  for (let i = 0; i < distinct.count; i++) {
    while (distinct.values[i]! > upperBounds[bin]!) bin++;
    counts[bin]! += distinct.rows[i]!;
  }
  if (binCount > upperBounds.length) counts[binCount - 1] = nanRows;
  return counts;
}

/** True when some boundary between bins leaves `minRows` rows on both sides. */
function canSplit(counts: Int32Array, minRows: number, totalRows: number): boolean {
  let left = 0;
  for (let bin = 0; bin < counts.length - 1; bin++) {
    left += counts[bin]!;
    if (left >= minRows && totalRows - left >= minRows) return true;
  }
  return false;
}

function mostFrequentBin(counts: Int32Array, zeroBin: number, totalRows: number): number {
  let most = 0;
  for (let bin = 1; bin < counts.length; bin++) if (counts[bin]! > counts[most]!) most = bin;
  return counts[most]! / totalRows < SPARSE_SHARE_MIN ? zeroBin : most;
}

/** Returns the first of `upperBounds` that is not below `value`; `value` is not NaN. */
export function binOfNumber(upperBounds: Float64Array, value: number): number {
  let low = 0;
  let high = upperBounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= upperBounds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

function missingTypeOf(rule: GbmMissingRule, nanRows: number): number {
  if (rule === 'none') return MISSING_NONE;
  if (rule === 'zero') return MISSING_ZERO;
  return nanRows > 0 ? MISSING_NAN : MISSING_NONE;
}

/** Sorts the sample's non-zero numbers and counts its zeros and NaNs (as zeros where NaN is not a kind of its own). */
function sortSample(
  sample: Float64Array,
  rule: GbmMissingRule,
): { sorted: Float64Array; zeroRows: number; nanRows: number } {
  const numbers = new Float64Array(sample.length);
  let count = 0;
  let nanRows = 0;
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i]!;
    if (Number.isNaN(value)) nanRows++;
    else if (Math.abs(value) > ZERO_MAGNITUDE_MAX) numbers[count++] = value;
  }
  const sorted = numbers.subarray(0, count).sort();
  if (rule !== 'nan') nanRows = 0;
  return { sorted, zeroRows: sample.length - count - nanRows, nanRows };
}

/** Returns the bins of the feature of which `sample` holds the sampled rows (NaN and zeros included; left as it is). */
export function findFeatureBins(sample: Float64Array, rules: BinRules): FeatureBins {
  assert(sample.length > 0, 'a sample of at least one row gives the bins');
  const { sorted, zeroRows, nanRows } = sortSample(sample, rules.missing);
  const distinct = distinctOf(sorted, zeroRows);
  let missing = missingTypeOf(rules.missing, nanRows);
  const hasNanBin = missing === MISSING_NAN;
  const bounds = boundsAroundZero(distinct, rules.maxBin - (hasNanBin ? 1 : 0), rules.minDataInBin);
  const upperBounds = Float64Array.from(bounds);
  if (missing === MISSING_ZERO && bounds.length === 2) missing = MISSING_NONE;
  const binCount = bounds.length + (hasNanBin ? 1 : 0);
  const counts = countBins(distinct, upperBounds, nanRows, binCount);
  const zeroBin = binOfNumber(upperBounds, 0);
  return {
    upperBounds,
    binCount,
    missing,
    zeroBin,
    mostFreqBin: mostFrequentBin(counts, zeroBin, sample.length),
    isTrivial: binCount <= 1 || !canSplit(counts, rules.minRowsPerSide, sample.length),
    minValue: distinct.values[0]!,
    maxValue: distinct.values[distinct.count - 1]!,
  };
}
