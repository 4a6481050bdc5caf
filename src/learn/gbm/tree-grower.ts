/**
 * Grows one tree leaf-wise (best first): the leaf whose split gains most is split next, until `numLeaves` leaves or no gain.
 * Only the smaller child's histogram is built from rows; the sibling's is the parent's minus it. Deterministic: no draws here.
 */
import { assert } from '#core';
import type { BinMatrix } from './bin-matrix.ts';
import { MISSING_NAN, MISSING_ZERO } from './feature-bins.ts';
import {
  accumulateAll,
  accumulateListed,
  createHistogramPool,
  deriveBin,
  type HistogramPool,
  subtract,
} from './histogram.ts';
import type { GbmParams } from './params.ts';
import { RowPartition } from './row-partition.ts';
import { leafOutput, SplitFinder, SplitTable } from './split-finder.ts';
import { numericDecision } from './tree.ts';
import { TreeBuilder } from './tree-builder.ts';

/** Share of the columns below which the kernel that walks a list of columns is the faster one. */
const LISTED_SHARE_MAX = 0.7;

/** Memory and state for growing trees on one table; one instance serves a whole training run. */
export class TreeGrower {
  /** The tree at hand; valid until the next `grow`. */
  readonly tree: TreeBuilder;
  /** Rows by leaf of the tree at hand. */
  readonly partition: RowPartition;
  readonly #matrix: BinMatrix;
  readonly #params: GbmParams;
  readonly #pool: HistogramPool;
  readonly #finder: SplitFinder;
  readonly #splits: SplitTable;
  /** Leaf -> slot of the pool. */
  readonly #slotOf: Int32Array;
  /** Leaf -> columns worth scanning. */
  readonly #canSplit: readonly Uint8Array[];
  readonly #leafGradient: Float64Array;
  readonly #leafHessian: Float64Array;
  #gradients: Float32Array = new Float32Array(0);
  #hessians: Float32Array = new Float32Array(0);
  #columns: Int32Array = new Int32Array(0);

  constructor(matrix: BinMatrix, params: GbmParams) {
    const leaves = params.numLeaves;
    this.#matrix = matrix;
    this.#params = params;
    this.tree = new TreeBuilder(leaves);
    this.partition = new RowPartition(matrix.rowCount, leaves);
    this.#pool = createHistogramPool(matrix, leaves);
    this.#finder = new SplitFinder(matrix, this.#pool.columnLength, params);
    this.#splits = new SplitTable(leaves);
    this.#slotOf = new Int32Array(leaves);
    this.#canSplit = Array.from({ length: leaves }, () => new Uint8Array(matrix.columnCount));
    this.#leafGradient = new Float64Array(leaves);
    this.#leafHessian = new Float64Array(leaves);
  }

  /**
   * Grows a tree on all rows or a `subset` of them (ascending), with the given columns (ascending); the result is `tree`,
   * before the learning rate, and `partition`. Returns the number of leaves.
   */
  grow(
    gradients: Float32Array,
    hessians: Float32Array,
    subset: Int32Array | null,
    columns: Int32Array,
  ): number {
    this.#gradients = gradients;
    this.#hessians = hessians;
    this.#columns = columns;
    this.#plantRoot(subset);
    this.#findSplits(0, -1);
    while (this.tree.leafCount < this.#params.numLeaves) {
      const leaf = this.#splits.bestLeaf(this.tree.leafCount);
      if (!(this.#splits.gain[leaf]! > 0)) break;
      const right = this.#split(leaf);
      if (right < 0) this.#splits.clear(leaf);
      else if (right + 1 < this.#params.numLeaves) this.#findSplits(leaf, right);
    }
    return this.tree.leafCount;
  }

  #plantRoot(subset: Int32Array | null): void {
    this.partition.reset(subset);
    const { rows } = this.partition;
    let gradient = 0;
    let hessian = 0;
    for (let i = 0; i < this.partition.count(0); i++) {
      gradient += this.#gradients[rows[i]!]!;
      hessian += this.#hessians[rows[i]!]!;
    }
    this.#leafGradient[0] = gradient;
    this.#leafHessian[0] = hessian;
    for (let leaf = 0; leaf < this.#slotOf.length; leaf++) this.#slotOf[leaf] = leaf;
    this.#canSplit[0]!.fill(1);
    this.tree.reset(leafOutput(gradient, hessian, this.#params));
  }

  /** True unless the pair is at the depth limit or both are too small to be split. */
  #isWorthSplitting(left: number, right: number): boolean {
    const { maxDepth, minDataInLeaf } = this.#params;
    if (maxDepth > 0 && this.tree.depthOf(left) >= maxDepth) return false;
    const leftRows = this.partition.count(left);
    const rightRows = right < 0 ? 0 : this.partition.count(right);
    return Math.max(leftRows, rightRows) >= 2 * minDataInLeaf;
  }

  /** Builds the histograms of a fresh pair (or of the root: `right` -1) and scans them. */
  #findSplits(left: number, right: number): void {
    this.#splits.clear(left);
    if (right >= 0) this.#splits.clear(right);
    if (!this.#isWorthSplitting(left, right)) return;
    if (right < 0) {
      this.#buildHistogram(left);
      this.#scan(left);
      return;
    }
    const isLeftSmaller = this.partition.count(left) < this.partition.count(right);
    const smaller = isLeftSmaller ? left : right;
    const larger = isLeftSmaller ? right : left;
    if (isLeftSmaller) this.#swapSlots(left, right);
    this.#canSplit[right]!.set(this.#canSplit[left]!);
    this.#buildHistogram(smaller);
    this.#subtractSibling(larger, smaller);
    this.#scan(smaller);
    this.#scan(larger);
  }

  #swapSlots(a: number, b: number): void {
    const slot = this.#slotOf[a]!;
    this.#slotOf[a] = this.#slotOf[b]!;
    this.#slotOf[b] = slot;
  }

  #histogramOf(leaf: number): Float64Array {
    return this.#pool.slots[this.#slotOf[leaf]!]!;
  }

  #buildHistogram(leaf: number): void {
    const { words, bins, rowBytes, columnCount } = this.#matrix;
    const { columnLength } = this.#pool;
    const histogram = this.#histogramOf(leaf);
    histogram.fill(0);
    const begin = this.partition.begin(leaf);
    const end = this.partition.end(leaf);
    const rows = this.partition.rows;
    const gradients = this.#gradients;
    const hessians = this.#hessians;
    if (this.#columns.length > LISTED_SHARE_MAX * columnCount) {
      accumulateAll(histogram, columnLength, words, rowBytes / 4, rows, begin, end, gradients, hessians);
    } else {
      const columns = this.#columns;
      accumulateListed(
        histogram,
        columnLength,
        bins,
        rowBytes,
        rows,
        begin,
        end,
        gradients,
        hessians,
        columns,
      );
    }
    this.#deriveBins(leaf, histogram);
  }

  #deriveBins(leaf: number, histogram: Float64Array): void {
    const { columnLength } = this.#pool;
    const canSplit = this.#canSplit[leaf]!;
    for (const column of this.#columns) {
      const { mostFreqBin, binCount } = this.#matrix.columns[column]!;
      if (mostFreqBin === 0 || canSplit[column] === 0) continue;
      const base = column * columnLength;
      deriveBin(histogram, base, binCount, mostFreqBin, this.#leafGradient[leaf]!, this.#leafHessian[leaf]!);
    }
  }

  #subtractSibling(larger: number, smaller: number): void {
    const { columnLength } = this.#pool;
    const target = this.#histogramOf(larger);
    const other = this.#histogramOf(smaller);
    const canSplit = this.#canSplit[larger]!;
    for (const column of this.#columns) {
      if (canSplit[column] === 0) continue;
      const base = column * columnLength;
      subtract(target, other, base, base + 2 * this.#matrix.columns[column]!.binCount);
    }
  }

  #scan(leaf: number): void {
    const totals = {
      gradient: this.#leafGradient[leaf]!,
      hessian: this.#leafHessian[leaf]!,
      rowCount: this.partition.count(leaf),
    };
    const canSplit = this.#canSplit[leaf]!;
    this.#finder.find(this.#histogramOf(leaf), this.#columns, canSplit, totals, this.#splits, leaf);
  }

  /**
   * Makes the stored split of a leaf; returns the new leaf on the right, or -1 where one side would be empty: row counts are
   * estimates, and weights of very different size can fool them.
   */
  #split(leaf: number): number {
    const splits = this.#splits;
    const column = splits.column[leaf]!;
    assert(column >= 0, 'a leaf with a gain has a column');
    const { missing, zeroBin, binCount, upperBounds } = this.#matrix.columns[column]!;
    const bin = splits.bin[leaf]!;
    const isDefaultLeft = splits.isDefaultLeft[leaf] === 1;
    const right = this.tree.leafCount;
    const missingBin = missing === MISSING_NAN ? binCount - 1 : missing === MISSING_ZERO ? zeroBin : -1;
    const { bins, rowBytes } = this.#matrix;
    const test = { column, bin, missingBin, isDefaultLeft };
    if (!this.partition.split(leaf, right, bins, rowBytes, test)) return -1;
    this.tree.split({
      leaf,
      feature: this.#matrix.featureIndex[column]!,
      threshold: upperBounds[bin]!,
      decision: numericDecision(missing, isDefaultLeft),
      gain: splits.gain[leaf]!,
      leftValue: splits.leftOutput[leaf]!,
      rightValue: splits.rightOutput[leaf]!,
      leftWeight: splits.leftHessian[leaf]!,
      rightWeight: splits.rightHessian[leaf]!,
      leftRows: this.partition.count(leaf),
      rightRows: this.partition.count(right),
    });
    this.#leafGradient[right] = splits.rightGradient[leaf]!;
    this.#leafHessian[right] = splits.rightHessian[leaf]!;
    this.#leafGradient[leaf] = splits.leftGradient[leaf]!;
    this.#leafHessian[leaf] = splits.leftHessian[leaf]!;
    return right;
  }
}
