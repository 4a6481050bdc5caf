/**
 * All trees of a model packed for prediction: nodes of all trees in one set of arrays. Child references: >= 0 a node, < 0 the
 * leaf `~reference`, both counted over all trees. Where NaN goes is worked out once per node, so that a walk compares twice at
 * most. Walks allocate nothing. Sums run in the order of the trees from 0: LightGBM's raw scores bit for bit.
 */
import { MISSING_ZERO, ZERO_MAGNITUDE_MAX } from './feature-bins.ts';
import { DECISION_CATEGORICAL, type GbmTree, isNanLeft, missingOfDecision } from './tree.ts';

const NODE_PLAIN = 0;
const NODE_ZERO_MISSING = 1;
const NODE_CATEGORICAL = 2;

/** A packed forest; read-only. */
export interface Forest {
  readonly treeCount: number;
  /** [trees]: root reference. */
  readonly root: Int32Array;
  /** [trees]: number of the tree's first leaf. */
  readonly firstLeaf: Int32Array;
  readonly feature: Int32Array;
  /** Numeric: left iff x <= threshold. Categorical: index of the category set. */
  readonly threshold: Float64Array;
  /** [nodes x 2]: left child, right child. */
  readonly child: Int32Array;
  /** Where NaN goes (and zero, in a node where zero is missing). */
  readonly missing: Int32Array;
  readonly kind: Uint8Array;
  /** All nodes are plain: the fast walk serves. */
  readonly isPlain: boolean;
  readonly leafValue: Float64Array;
  readonly categoryStart: Int32Array;
  readonly categoryWords: Uint32Array;
}

/** How much room the trees need. */
function totals(trees: readonly GbmTree[]): { nodes: number; leaves: number; sets: number; words: number } {
  const sum = { nodes: 0, leaves: 0, sets: 0, words: 0 };
  for (const tree of trees) {
    sum.nodes += tree.leafCount - 1;
    sum.leaves += tree.leafCount;
    sum.sets += Math.max(0, tree.categoryStart.length - 1);
    sum.words += tree.categoryWords.length;
  }
  return sum;
}

function kindOf(decision: number): number {
  if ((decision & DECISION_CATEGORICAL) !== 0) return NODE_CATEGORICAL;
  return missingOfDecision(decision) === MISSING_ZERO ? NODE_ZERO_MISSING : NODE_PLAIN;
}

/** Returns the packed form of `trees`. */
export function packForest(trees: readonly GbmTree[]): Forest {
  const size = totals(trees);
  const forest = {
    treeCount: trees.length,
    root: new Int32Array(trees.length),
    firstLeaf: new Int32Array(trees.length),
    feature: new Int32Array(size.nodes),
    threshold: new Float64Array(size.nodes),
    child: new Int32Array(size.nodes * 2),
    missing: new Int32Array(size.nodes),
    kind: new Uint8Array(size.nodes),
    leafValue: new Float64Array(size.leaves),
    categoryStart: new Int32Array(size.sets + 1),
    categoryWords: new Uint32Array(size.words),
  };
  const at = { node: 0, leaf: 0, set: 0, word: 0 };
  for (let t = 0; t < trees.length; t++) {
    const tree = trees[t]!;
    forest.root[t] = tree.leafCount === 1 ? ~at.leaf : at.node;
    forest.firstLeaf[t] = at.leaf;
    packTree(forest, tree, at);
  }
  return { ...forest, isPlain: forest.kind.every((kind) => kind === NODE_PLAIN) };
}

/** Appends one tree at the places of `at` and moves them on. */
function packTree(
  forest: Omit<Forest, 'isPlain'>,
  tree: GbmTree,
  at: { node: number; leaf: number; set: number; word: number },
): void {
  const nodeCount = tree.leafCount - 1;
  const globalOf = (child: number): number => (child >= 0 ? child + at.node : ~(~child + at.leaf));
  for (let i = 0; i < nodeCount; i++) {
    const decision = tree.decision[i]!;
    const threshold = tree.threshold[i]!;
    const node = at.node + i;
    const kind = kindOf(decision);
    const left = globalOf(tree.leftChild[i]!);
    const right = globalOf(tree.rightChild[i]!);
    const isLeft = kind !== NODE_CATEGORICAL && isNanLeft(decision, threshold);
    forest.feature[node] = tree.splitFeature[i]!;
    forest.threshold[node] = kind === NODE_CATEGORICAL ? threshold + at.set : threshold;
    forest.child[2 * node] = left;
    forest.child[2 * node + 1] = right;
    forest.missing[node] = isLeft ? left : right;
    forest.kind[node] = kind;
  }
  forest.leafValue.set(tree.leafValue, at.leaf);
  const setCount = Math.max(0, tree.categoryStart.length - 1);
  for (let set = 0; set < setCount; set++) {
    forest.categoryStart[at.set + set] = at.word + tree.categoryStart[set]!;
  }
  forest.categoryWords.set(tree.categoryWords, at.word);
  at.node += nodeCount;
  at.leaf += tree.leafCount;
  at.set += setCount;
  at.word += tree.categoryWords.length;
  forest.categoryStart[at.set] = at.word;
}

/** Returns the leaf (counted over all trees) that a row reaches in tree `tree`. */
export function leafOf(
  forest: Forest,
  tree: number,
  features: Float64Array | Float32Array,
  offset: number,
): number {
  const { feature, threshold, child, missing, kind } = forest;
  let node = forest.root[tree]!;
  while (node >= 0) {
    const value = features[offset + feature[node]!]!;
    const nodeKind = kind[node]!;
    if (nodeKind === NODE_CATEGORICAL) {
      node = child[2 * node + (isInSet(forest, threshold[node]!, value) ? 0 : 1)]!;
    } else if (Number.isNaN(value) || (nodeKind === NODE_ZERO_MISSING && isZero(value))) {
      node = missing[node]!;
    } else {
      node = child[2 * node + (value <= threshold[node]! ? 0 : 1)]!;
    }
  }
  return ~node;
}

function isZero(value: number): boolean {
  return Math.abs(value) <= ZERO_MAGNITUDE_MAX;
}

/** True when the category `trunc(value)` is in a set; NaN, negative and unseen codes are in none. */
function isInSet(forest: Forest, set: number, value: number): boolean {
  const category = Math.trunc(value);
  const start = forest.categoryStart[set]!;
  const bitCount = (forest.categoryStart[set + 1]! - start) * 32;
  if (!(category >= 0 && category < bitCount)) return false;
  return ((forest.categoryWords[start + (category >>> 5)]! >>> (category & 31)) & 1) === 1;
}

/** Returns the sum of leaf values of the trees `firstTree`, `firstTree + step`, ... for one row. */
export function sumTrees(
  forest: Forest,
  firstTree: number,
  step: number,
  features: Float64Array | Float32Array,
  offset: number,
): number {
  const { treeCount, root, leafValue } = forest;
  let sum = 0;
  if (!forest.isPlain) {
    for (let t = firstTree; t < treeCount; t += step) sum += leafValue[leafOf(forest, t, features, offset)]!;
    return sum;
  }
  const { feature, threshold, child, missing } = forest;
  for (let t = firstTree; t < treeCount; t += step) {
    let node = root[t]!;
    while (node >= 0) {
      const value = features[offset + feature[node]!]!;
      node = Number.isNaN(value) ? missing[node]! : child[2 * node + (value <= threshold[node]! ? 0 : 1)]!;
    }
    sum += leafValue[~node]!;
  }
  return sum;
}

/** Adds the value of tree `tree` to `scores[row]` for the rows [`from`, `to`) of a row-major matrix. */
export function addTree(
  forest: Forest,
  tree: number,
  matrix: Float64Array | Float32Array,
  featureCount: number,
  from: number,
  to: number,
  scores: Float64Array,
): void {
  for (let row = from; row < to; row++) {
    scores[row]! += forest.leafValue[leafOf(forest, tree, matrix, row * featureCount)]!;
  }
}
