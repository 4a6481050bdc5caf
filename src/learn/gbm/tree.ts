/**
 * One regression tree as plain typed arrays, field for field what LightGBM's text format stores. Children: >= 0 an internal
 * node, < 0 leaf `~child`. Node 0 is the root; a tree of one leaf has no nodes. Packed for prediction in `forest.ts`.
 */
import { MISSING_NAN, MISSING_ZERO, ZERO_MAGNITUDE_MAX } from './feature-bins.ts';

/** Bit 0 of a decision: categorical. */
export const DECISION_CATEGORICAL = 1;
/** Bit 1 of a decision: missing values go left. */
export const DECISION_DEFAULT_LEFT = 2;

/** Returns the missing type in bits 2 and 3 of a decision. */
export function missingOfDecision(decision: number): number {
  return (decision >> 2) & 3;
}

/** Returns the decision of a numeric split. */
export function numericDecision(missing: number, isDefaultLeft: boolean): number {
  return (isDefaultLeft ? DECISION_DEFAULT_LEFT : 0) | (missing << 2);
}

/** True when NaN goes left in a numeric split: to the default side, or with 0 where nothing is missing. */
export function isNanLeft(decision: number, threshold: number): boolean {
  const missing = missingOfDecision(decision);
  if (missing === MISSING_NAN || missing === MISSING_ZERO) return (decision & DECISION_DEFAULT_LEFT) !== 0;
  return threshold >= 0;
}

/** A tree; `nodes` = internal nodes = leaves - 1. */
export interface GbmTree {
  readonly leafCount: number;
  /** [nodes]: feature of the table. */
  readonly splitFeature: Int32Array;
  /** [nodes]. */
  readonly splitGain: Float64Array;
  /** [nodes]: numeric: left iff x <= threshold (+Infinity: all but NaN go left); categorical: index of the category set. */
  readonly threshold: Float64Array;
  /** [nodes]: bit 0 categorical, bit 1 missing goes left, bits 2 and 3 missing type. */
  readonly decision: Uint8Array;
  readonly leftChild: Int32Array;
  readonly rightChild: Int32Array;
  /** [leaves]: learning rate and initial score included. */
  readonly leafValue: Float64Array;
  /** [leaves] sum of hessians; empty where a file has none. */
  readonly leafWeight: Float64Array;
  /** [leaves] rows; empty where a file has none. */
  readonly leafRows: Int32Array;
  readonly internalValue: Float64Array;
  readonly internalWeight: Float64Array;
  readonly internalRows: Int32Array;
  /** [category sets + 1]: where the words of a set begin in `categoryWords`; empty without categorical splits. */
  readonly categoryStart: Int32Array;
  /** Bit sets of the categories that go left. */
  readonly categoryWords: Uint32Array;
  readonly shrinkage: number;
}

/** Returns a tree of one leaf. */
export function constantTree(value: number, rowCount: number): GbmTree {
  return {
    leafCount: 1,
    splitFeature: new Int32Array(0),
    splitGain: new Float64Array(0),
    threshold: new Float64Array(0),
    decision: new Uint8Array(0),
    leftChild: new Int32Array(0),
    rightChild: new Int32Array(0),
    leafValue: Float64Array.of(value),
    leafWeight: new Float64Array(0),
    leafRows: Int32Array.of(rowCount),
    internalValue: new Float64Array(0),
    internalWeight: new Float64Array(0),
    internalRows: new Int32Array(0),
    categoryStart: new Int32Array(0),
    categoryWords: new Uint32Array(0),
    shrinkage: 1,
  };
}

/** Values too small to tell from zero become zero, as in LightGBM. */
export function zeroIfTiny(value: number): number {
  return Math.abs(value) <= ZERO_MAGNITUDE_MAX ? 0 : value;
}

/** Returns the tree with `bias` added to all its values: the initial score belongs to the first tree. */
export function withBias(tree: GbmTree, bias: number): GbmTree {
  if (bias === 0) return tree;
  const biased = (value: number): number => zeroIfTiny(value + bias);
  return {
    ...tree,
    leafValue: tree.leafValue.map(biased),
    internalValue: tree.internalValue.map(biased),
    // No multiple of the learning rate any more; LightGBM marks it so.
    shrinkage: 1,
  };
}
