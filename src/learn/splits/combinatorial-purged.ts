/**
 * Combinatorial purged cross-validation (Lopez de Prado 2018, ch. 12): the rows are cut into N groups in time, every choice of
 * k groups is a test set once, and the tested groups combine to several full paths through time instead of one.
 */
import { XylenError } from '#core';
import {
  checkEmbargo,
  checkSpans,
  hasLabel,
  type LabelSpans,
  type PurgedSplit,
  purgeRows,
  type TestSegment,
} from './label-spans.ts';

/** Splits of one evaluation at most. */
const SPLIT_COUNT_MAX = 10_000;

/** How to cut. */
export interface CombinatorialPurgedOptions extends LabelSpans {
  /** N: groups of rows, in the order of the rows (which is the order of time). */
  readonly groupCount: number;
  /** k: groups tested together. */
  readonly testGroupCount: number;
  /** Rows that start this soon after a test span are left out. */
  readonly embargoUs: number;
}

/** One split, with the groups it tests. */
export interface CombinatorialSplit extends PurgedSplit {
  readonly testGroups: readonly number[];
}

/** All splits in lexicographic order, and the paths they combine to. */
export interface CombinatorialPurgedSplits {
  /** First and last row of each group. */
  readonly groups: readonly (readonly [number, number])[];
  readonly splits: readonly CombinatorialSplit[];
  /** [paths][groups]: which split tests the group in this path. */
  readonly paths: readonly (readonly number[])[];
}

/** Cuts [0, `rowCount`) into groups whose sizes differ by one at most, the larger ones first. */
function cutGroups(rowCount: number, groupCount: number): (readonly [number, number])[] {
  const base = Math.floor(rowCount / groupCount);
  const larger = rowCount % groupCount;
  const startOf = (group: number): number => group * base + Math.min(group, larger);
  return Array.from({ length: groupCount }, (_, group) => [startOf(group), startOf(group + 1) - 1] as const);
}

/** Returns all choices of `size` numbers of [`from`, `count`) in lexicographic order. */
function choices(from: number, count: number, size: number): number[][] {
  if (size === 0) return [[]];
  const all: number[][] = [];
  for (let first = from; first <= count - size; first++) {
    for (const rest of choices(first + 1, count, size - 1)) all.push([first, ...rest]);
  }
  return all;
}

function choiceCount(count: number, size: number): number {
  let product = 1;
  for (let i = 1; i <= size; i++) product = (product * (count - size + i)) / i;
  return Math.round(product);
}

/** One segment for each run of adjacent test groups: from its first row to the latest end of its labels. */
function segmentsOf(
  spans: LabelSpans,
  groups: readonly (readonly [number, number])[],
  testGroups: readonly number[],
): TestSegment[] {
  const segments: { fromUs: number; toUs: number }[] = [];
  for (const [index, group] of testGroups.entries()) {
    const [first, last] = groups[group]!;
    let toUs = spans.rowStartUs[last]!;
    for (let row = first; row <= last; row++) {
      if (hasLabel(spans, row)) toUs = Math.max(toUs, spans.labelEndUs[row]!);
    }
    const before = segments.at(-1);
    const continues = before !== undefined && testGroups[index - 1] === group - 1;
    if (continues) before.toUs = Math.max(before.toUs, toUs);
    else segments.push({ fromUs: spans.rowStartUs[first]!, toUs });
  }
  return segments;
}

function checkOptions(options: CombinatorialPurgedOptions): void {
  const { groupCount, testGroupCount, rowStartUs } = options;
  checkSpans(options);
  checkEmbargo(options.embargoUs);
  const isPlan =
    Number.isInteger(groupCount) &&
    Number.isInteger(testGroupCount) &&
    testGroupCount >= 1 &&
    groupCount > testGroupCount &&
    choiceCount(groupCount, testGroupCount) <= SPLIT_COUNT_MAX;
  if (!isPlan) {
    throw new XylenError(
      'XY_CONFIG_INVALID',
      `purged CV: expected 1 <= k < N and at most ${SPLIT_COUNT_MAX} splits, were k ${testGroupCount}, N ${groupCount}`,
    );
  }
  if (rowStartUs.length < groupCount) {
    throw new XylenError(
      'XY_DATA_INSUFFICIENT',
      `purged CV: expected at least ${groupCount} rows, were ${rowStartUs.length}`,
    );
  }
  for (let row = 1; row < rowStartUs.length; row++) {
    if (rowStartUs[row]! >= rowStartUs[row - 1]!) continue;
    throw new XylenError('XY_ROW_INVALID', `purged CV, row ${row}: expected rows in the order of time`);
  }
}

/**
 * Returns all splits and paths.
 * @throws XY_CONFIG_INVALID for k or N, XY_DATA_INSUFFICIENT for fewer rows than groups, XY_ROW_INVALID for disordered rows.
 */
export function combinatorialPurgedSplits(options: CombinatorialPurgedOptions): CombinatorialPurgedSplits {
  checkOptions(options);
  const { groupCount, testGroupCount, embargoUs, rowStartUs } = options;
  const groups = cutGroups(rowStartUs.length, groupCount);
  const groupOf = new Int32Array(rowStartUs.length);
  for (const [group, [first, last]] of groups.entries()) groupOf.fill(group, first, last + 1);
  const splits = choices(0, groupCount, testGroupCount).map((testGroups) => {
    const segments = segmentsOf(options, groups, testGroups);
    const isTest = (row: number): boolean => testGroups.includes(groupOf[row]!);
    return { testGroups, ...purgeRows(options, isTest, segments, embargoUs) };
  });
  const pathCount = choiceCount(groupCount - 1, testGroupCount - 1);
  const paths = Array.from({ length: pathCount }, (_, path) =>
    groups.map((_range, group) => {
      const testing = splits.flatMap(({ testGroups }, split) => (testGroups.includes(group) ? [split] : []));
      return testing[path]!;
    }),
  );
  return { groups, splits, paths };
}
