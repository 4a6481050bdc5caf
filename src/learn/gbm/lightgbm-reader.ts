/**
 * Reads LightGBM's text format (versions 3 and 4): numeric splits with all missing types, categorical splits, one or several
 * outputs, random forests. Linear trees are refused by name. A file comes from outside: every length, index and number
 * is checked, so that a walk over what was read can neither leave an array nor run in circles.
 */
import { XylenError } from '#core';
import type { GbmModelParts } from './model-parts.ts';
import { DECISION_CATEGORICAL, type GbmTree } from './tree.ts';

/** Trees of a file at most. */
const TREE_COUNT_MAX = 1_000_000;
/** Leaves of a tree at most. */
const LEAF_COUNT_MAX = 1_000_000;
/** Outputs of a model at most. */
const CLASS_COUNT_MAX = 10_000;
/** Features of a model at most. */
const FEATURE_COUNT_MAX = 1_000_000;

type Fields = ReadonlyMap<string, string>;

/** Where in the file a complaint belongs, for messages: `header` or `tree 7`. */
interface Section {
  readonly place: string;
  readonly fields: Fields;
}

function refuse(place: string, message: string): never {
  throw new XylenError('XY_MODEL_INVALID', `LightGBM text, ${place}: ${message}`, { fields: { place } });
}

/** Reads `key=value` lines from `lines[from]` on until `isEnd`; returns them and the index of the ending line. */
function readFields(
  lines: readonly string[],
  from: number,
  isEnd: (line: string) => boolean,
): { fields: Map<string, string>; end: number } {
  const fields = new Map<string, string>();
  let at = from;
  for (; at < lines.length && !isEnd(lines[at]!); at++) {
    const line = lines[at]!.trim();
    if (line === '') continue;
    const equals = line.indexOf('=');
    if (equals < 0) fields.set(line, '');
    else fields.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return { fields, end: at };
}

function textOf({ place, fields }: Section, key: string): string {
  const value = fields.get(key);
  if (value === undefined) refuse(place, `expected a line '${key}=', found none`);
  return value;
}

function integerOf(section: Section, key: string, min: number, max: number): number {
  const value = Number(textOf(section, key));
  if (!Number.isInteger(value) || value < min || value > max) {
    refuse(section.place, `expected ${key} in [${min}, ${max}], was '${textOf(section, key)}'`);
  }
  return value;
}

function words(text: string): string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\s+/u);
}

/** Reads `count` numbers; a missing or empty line is allowed where `isOptional`, and gives none. */
function numbersOf(section: Section, key: string, count: number, isOptional = false): number[] {
  const { place, fields } = section;
  const list = words(isOptional ? (fields.get(key) ?? '') : textOf(section, key));
  if (isOptional && list.length === 0) return [];
  if (list.length !== count) refuse(place, `expected ${count} values of ${key}, were ${list.length}`);
  return list.map((word) => {
    const value = numberOf(word);
    const isAllowed = Number.isFinite(value) || (key === 'threshold' && !Number.isNaN(value));
    if (!isAllowed) refuse(place, `expected finite numbers in ${key}, was '${word}'`);
    return value;
  });
}

/** C spells infinity its own way; it occurs as a threshold (all numbers left, NaN right). */
function numberOf(word: string): number {
  if (word === 'inf') return Number.POSITIVE_INFINITY;
  if (word === '-inf') return Number.NEGATIVE_INFINITY;
  return Number(word);
}

function integersOf(section: Section, key: string, count: number, min: number, max: number): number[] {
  const values = numbersOf(section, key, count);
  for (const value of values) {
    if (!Number.isInteger(value) || value < min || value > max) {
      refuse(section.place, `expected integers in [${min}, ${max}] in ${key}, was ${value}`);
    }
  }
  return values;
}

/** Every node but the root and every leaf is somebody's child once, and children come after their parents. */
function checkShape(place: string, leafCount: number, children: readonly number[][]): void {
  const seenNodes = new Uint8Array(leafCount);
  const seenLeaves = new Uint8Array(leafCount);
  for (const side of children) {
    for (let node = 0; node < side.length; node++) {
      const child = side[node]!;
      const seen = child >= 0 ? seenNodes : seenLeaves;
      const index = child >= 0 ? child : ~child;
      if (child >= 0 && child <= node) refuse(place, `node ${node} has node ${child} as a child`);
      if (seen[index] === 1) refuse(place, `child ${child} has two parents`);
      seen[index] = 1;
    }
  }
}

/** The category sets of a tree: as many as the categorical nodes refer to, boundaries ascending. */
function readCategories(
  section: Section,
  decision: readonly number[],
  threshold: readonly number[],
): { categoryStart: Int32Array; categoryWords: Uint32Array } {
  const setCount = integerOf(section, 'num_cat', 0, LEAF_COUNT_MAX);
  for (let node = 0; node < decision.length; node++) {
    if ((decision[node]! & DECISION_CATEGORICAL) === 0) continue;
    const set = threshold[node]!;
    if (!Number.isInteger(set) || set < 0 || set >= setCount) {
      refuse(section.place, `node ${node} refers to category set ${set} of ${setCount}`);
    }
  }
  if (setCount === 0) return { categoryStart: new Int32Array(0), categoryWords: new Uint32Array(0) };
  const start = integersOf(section, 'cat_boundaries', setCount + 1, 0, 2 ** 31 - 1);
  for (let set = 0; set < setCount; set++) {
    if (start[set]! > start[set + 1]!) refuse(section.place, 'expected ascending cat_boundaries');
  }
  const bits = integersOf(section, 'cat_threshold', start[setCount]!, 0, 2 ** 32 - 1);
  return { categoryStart: Int32Array.from(start), categoryWords: Uint32Array.from(bits) };
}

function readTree(section: Section, featureCount: number): GbmTree {
  if (section.fields.get('is_linear') === '1') refuse(section.place, 'linear trees are not supported');
  const leafCount = integerOf(section, 'num_leaves', 1, LEAF_COUNT_MAX);
  const nodeCount = leafCount - 1;
  const child = (key: string): number[] => integersOf(section, key, nodeCount, -leafCount, nodeCount - 1);
  const leftChild = child('left_child');
  const rightChild = child('right_child');
  checkShape(section.place, leafCount, [leftChild, rightChild]);
  const decision = integersOf(section, 'decision_type', nodeCount, 0, 11);
  const threshold = numbersOf(section, 'threshold', nodeCount);
  const shrinkage = numbersOf(section, 'shrinkage', 1, true);
  return {
    leafCount,
    splitFeature: Int32Array.from(integersOf(section, 'split_feature', nodeCount, 0, featureCount - 1)),
    splitGain: Float64Array.from(numbersOf(section, 'split_gain', nodeCount, true)),
    threshold: Float64Array.from(threshold),
    decision: Uint8Array.from(decision),
    leftChild: Int32Array.from(leftChild),
    rightChild: Int32Array.from(rightChild),
    leafValue: Float64Array.from(numbersOf(section, 'leaf_value', leafCount)),
    leafWeight: Float64Array.from(numbersOf(section, 'leaf_weight', leafCount, true)),
    leafRows: Int32Array.from(numbersOf(section, 'leaf_count', leafCount, true)),
    internalValue: Float64Array.from(numbersOf(section, 'internal_value', nodeCount, true)),
    internalWeight: Float64Array.from(numbersOf(section, 'internal_weight', nodeCount, true)),
    internalRows: Int32Array.from(numbersOf(section, 'internal_count', nodeCount, true)),
    ...readCategories(section, decision, threshold),
    shrinkage: shrinkage[0] ?? 1,
  };
}

/** Reads the trees from `lines[from]` on; returns them and the index of the line after. */
function readTrees(
  lines: readonly string[],
  from: number,
  featureCount: number,
): { trees: GbmTree[]; end: number } {
  const trees: GbmTree[] = [];
  const isEnd = (line: string): boolean => line.startsWith('Tree=') || line.trim() === 'end of trees';
  let at = from;
  while (at < lines.length && lines[at]!.startsWith('Tree=')) {
    const place = `tree ${trees.length}`;
    if (trees.length >= TREE_COUNT_MAX) refuse(place, `expected at most ${TREE_COUNT_MAX} trees`);
    const { fields, end } = readFields(lines, at + 1, isEnd);
    trees.push(readTree({ place, fields }, featureCount));
    at = end;
  }
  if (lines[at]?.trim() !== 'end of trees')
    refuse('end', `expected the line 'end of trees': the text is cut`);
  return { trees, end: at + 1 };
}

function readParameters(lines: readonly string[], from: number): string[] {
  const start = lines.indexOf('parameters:', from);
  if (start < 0) return [];
  const end = lines.indexOf('end of parameters', start);
  return lines.slice(start + 1, end < 0 ? lines.length : end).filter((line) => line !== '');
}

/**
 * Returns the parts of a model in LightGBM's text format.
 * @throws XY_MODEL_INVALID naming the place, for a text that is cut, inconsistent or holds linear trees.
 */
export function readLightGbmText(text: string): GbmModelParts {
  const lines = text.split(/\r?\n/u);
  if (lines[0]?.trim() !== 'tree') {
    refuse('line 1', `expected the word 'tree', was '${lines[0]?.slice(0, 40) ?? ''}'`);
  }
  const { fields, end } = readFields(lines, 1, (line) => /^(?:Tree=|end of trees)/u.test(line));
  const header: Section = { place: 'header', fields };
  const featureCount = integerOf(header, 'max_feature_idx', 0, FEATURE_COUNT_MAX - 1) + 1;
  const featureNames = words(textOf(header, 'feature_names'));
  const featureInfos = words(textOf(header, 'feature_infos'));
  if (featureNames.length !== featureCount) {
    refuse('header', `expected ${featureCount} feature names, were ${featureNames.length}`);
  }
  const treesPerRound = integerOf(header, 'num_tree_per_iteration', 1, CLASS_COUNT_MAX);
  const { trees, end: footer } = readTrees(lines, end, featureCount);
  if (trees.length % treesPerRound !== 0) {
    refuse('end', `expected a multiple of ${treesPerRound} trees, were ${trees.length}`);
  }
  return {
    featureNames,
    featureInfos,
    objective: fields.get('objective') ?? '',
    treesPerRound,
    classCount: integerOf(header, 'num_class', 1, CLASS_COUNT_MAX),
    isAveraged: fields.has('average_output'),
    monotoneConstraints: fields.get('monotone_constraints') ?? '',
    trees,
    parameterLines: readParameters(lines, footer),
  };
}
