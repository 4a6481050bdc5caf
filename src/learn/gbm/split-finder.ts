/**
 * Finds the best split of a leaf from its histogram (Ke et al. 2017; gain as in Chen & Guestrin 2016, eq. 7, without the half).
 * Each column is scanned from right to left with missing values on the left, and, where it has missing values, from left to
 * right with them on the right; the better direction is learned. Row counts are estimated from hessians, as LightGBM does, so
 * that a histogram needs no third number. The order of every operation is LightGBM's: equal gains are common, and the
 * last bit decides between them.
 */
import { assert } from '#core';
import type { BinMatrix } from './bin-matrix.ts';
import { MISSING_NAN, MISSING_NONE, MISSING_ZERO } from './feature-bins.ts';
import type { GbmParams } from './params.ts';

/** Starts every sum of hessians, so that no denominator is 0: the float32 nearest to 1e-15. */
export const HESSIAN_EPSILON = Math.fround(1e-15);

/** The best split of each leaf, struct of arrays; `column` -1 = none. */
export class SplitTable {
  /** Gain over the leaf as it is, minus `minGainToSplit`; -Infinity = none. */
  readonly gain: Float64Array;
  /** Column of the bin matrix. */
  readonly column: Int32Array;
  /** Rows with a bin up to this one go left. */
  readonly bin: Int32Array;
  /** 1 = missing values go left. */
  readonly isDefaultLeft: Uint8Array;
  readonly leftGradient: Float64Array;
  readonly leftHessian: Float64Array;
  readonly rightGradient: Float64Array;
  readonly rightHessian: Float64Array;
  readonly leftOutput: Float64Array;
  readonly rightOutput: Float64Array;

  constructor(leafCountMax: number) {
    this.gain = new Float64Array(leafCountMax);
    this.column = new Int32Array(leafCountMax);
    this.bin = new Int32Array(leafCountMax);
    this.isDefaultLeft = new Uint8Array(leafCountMax);
    this.leftGradient = new Float64Array(leafCountMax);
    this.leftHessian = new Float64Array(leafCountMax);
    this.rightGradient = new Float64Array(leafCountMax);
    this.rightHessian = new Float64Array(leafCountMax);
    this.leftOutput = new Float64Array(leafCountMax);
    this.rightOutput = new Float64Array(leafCountMax);
  }

  /** Forgets the split of one leaf. */
  clear(leaf: number): void {
    this.gain[leaf] = Number.NEGATIVE_INFINITY;
    this.column[leaf] = -1;
  }

  /** Returns the leaf of [0, `leafCount`) whose split gains most; ties go to the lower column, then to the lower leaf. */
  bestLeaf(leafCount: number): number {
    let best = 0;
    for (let leaf = 1; leaf < leafCount; leaf++) {
      const gain = this.gain[leaf]!;
      const bestGain = this.gain[best]!;
      const isTieOfLowerColumn = gain === bestGain && this.column[leaf]! < this.column[best]!;
      if (gain > bestGain || (isTieOfLowerColumn && this.column[leaf]! >= 0)) best = leaf;
    }
    return best;
  }
}

/** Returns the leaf's gain sum(G)^2 / (sum(H) + L2), G shrunk towards 0 by L1. */
function leafGain(gradient: number, hessian: number, lambdaL1: number, lambdaL2: number): number {
  const g = lambdaL1 === 0 ? gradient : shrink(gradient, lambdaL1);
  return (g * g) / (hessian + lambdaL2);
}

function shrink(gradient: number, lambdaL1: number): number {
  const magnitude = Math.max(0, Math.abs(gradient) - lambdaL1);
  return gradient > 0 ? magnitude : -magnitude;
}

/** Returns the value of a leaf, -sum(G) / (sum(H) + L2), before the learning rate. */
export function leafOutput(gradient: number, hessian: number, params: GbmParams): number {
  const g = params.lambdaL1 === 0 ? gradient : shrink(gradient, params.lambdaL1);
  return -g / (hessian + params.lambdaL2);
}

/** What the scans need to know about the columns, in typed arrays. */
interface ColumnFacts {
  readonly binCount: Int32Array;
  readonly missing: Uint8Array;
  readonly zeroBin: Int32Array;
  readonly mostFreqBin: Int32Array;
}

function columnFacts(matrix: BinMatrix): ColumnFacts {
  return {
    binCount: Int32Array.from(matrix.columns, (column) => column.binCount),
    missing: Uint8Array.from(matrix.columns, (column) => column.missing),
    zeroBin: Int32Array.from(matrix.columns, (column) => column.zeroBin),
    mostFreqBin: Int32Array.from(matrix.columns, (column) => column.mostFreqBin),
  };
}

/** Scans histograms for splits; holds the limits and the scratch memory, nothing that outlives a leaf. */
export class SplitFinder {
  readonly #params: GbmParams;
  readonly #facts: ColumnFacts;
  readonly #columnLength: number;
  /** Totals of the leaf at hand; the hessian with two epsilons on top. */
  #sumGradient = 0;
  #sumHessian = 0;
  #rowCount = 0;
  /** A split must gain more than this. */
  #gainFloor = 0;
  /** Best of the last scan in each direction: gain, bin, left gradient, left hessian. */
  readonly #down = new Float64Array(4);
  readonly #up = new Float64Array(4);

  constructor(matrix: BinMatrix, columnLength: number, params: GbmParams) {
    this.#params = params;
    this.#facts = columnFacts(matrix);
    this.#columnLength = columnLength;
  }

  /**
   * Writes the best split of a leaf into `table`. `canSplit` tells by column what is worth scanning (a column that could not
   * split the parent cannot split the child) and is updated for the children.
   */
  find(
    histogram: Float64Array,
    columns: Int32Array,
    canSplit: Uint8Array,
    totals: { readonly gradient: number; readonly hessian: number; readonly rowCount: number },
    table: SplitTable,
    leaf: number,
  ): void {
    const { lambdaL1, lambdaL2, minGainToSplit } = this.#params;
    assert(totals.rowCount > 0, 'a leaf has rows');
    this.#sumGradient = totals.gradient;
    this.#sumHessian = totals.hessian + 2 * HESSIAN_EPSILON;
    this.#rowCount = totals.rowCount;
    this.#gainFloor = leafGain(this.#sumGradient, this.#sumHessian, lambdaL1, lambdaL2) + minGainToSplit;
    table.clear(leaf);
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!;
      if (canSplit[column] === 0) continue;
      canSplit[column] = this.#findInColumn(histogram, column, table, leaf) ? 1 : 0;
    }
  }

  /** Scans one column in the directions it needs; returns whether any split of it was admissible and gained. */
  #findInColumn(histogram: Float64Array, column: number, table: SplitTable, leaf: number): boolean {
    const facts = this.#facts;
    const base = column * this.#columnLength;
    const binCount = facts.binCount[column]!;
    const missing = binCount > 2 ? facts.missing[column]! : MISSING_NONE;
    const skipBin = missing === MISSING_ZERO ? facts.zeroBin[column]! : -1;
    const lastBin = binCount - (missing === MISSING_NAN ? 2 : 1);
    const hasDown = this.#scanDown(histogram, base, lastBin, skipBin);
    let hasUp = false;
    if (missing !== MISSING_NONE) {
      const isFirstDerived = missing === MISSING_NAN && facts.mostFreqBin[column] === 0;
      hasUp = this.#scanUp(histogram, base, binCount, skipBin, isFirstDerived);
    }
    const downGain = hasDown ? this.#down[0]! - this.#gainFloor : Number.NEGATIVE_INFINITY;
    if (hasUp && this.#up[0]! > downGain + this.#gainFloor) {
      this.#offer(table, leaf, column, this.#up, false);
    } else if (hasDown) {
      // Two bins, one of them NaN: the scan put NaN on the right.
      const isNanRight = binCount === 2 && facts.missing[column] === MISSING_NAN;
      this.#offer(table, leaf, column, this.#down, !isNanRight);
    }
    return hasDown || hasUp;
  }

  /** Takes a column's split when it beats the best of the columns before. */
  #offer(table: SplitTable, leaf: number, column: number, scan: Float64Array, isDefaultLeft: boolean): void {
    const gain = scan[0]! - this.#gainFloor;
    if (!(gain > table.gain[leaf]!)) return;
    const leftGradient = scan[2]!;
    const leftHessian = scan[3]!;
    const rightGradient = this.#sumGradient - leftGradient;
    const rightHessian = this.#sumHessian - leftHessian;
    table.gain[leaf] = gain;
    table.column[leaf] = column;
    table.bin[leaf] = scan[1]!;
    table.isDefaultLeft[leaf] = isDefaultLeft ? 1 : 0;
    table.leftGradient[leaf] = leftGradient;
    table.leftHessian[leaf] = leftHessian - HESSIAN_EPSILON;
    table.rightGradient[leaf] = rightGradient;
    table.rightHessian[leaf] = rightHessian - HESSIAN_EPSILON;
    table.leftOutput[leaf] = leafOutput(leftGradient, leftHessian, this.#params);
    table.rightOutput[leaf] = leafOutput(rightGradient, rightHessian, this.#params);
  }

  /** Right to left, bins `lastBin` down to 1 move to the right side; what is not scanned (missing) stays left. */
  #scanDown(histogram: Float64Array, base: number, lastBin: number, skipBin: number): boolean {
    const { minDataInLeaf, minSumHessianInLeaf, lambdaL1, lambdaL2 } = this.#params;
    const sumGradient = this.#sumGradient;
    const sumHessian = this.#sumHessian;
    const rowCount = this.#rowCount;
    const rowsPerHessian = rowCount / sumHessian;
    let bestGain = this.#gainFloor;
    let bestBin = -1;
    let bestGradient = 0;
    let bestHessian = 0;
    let rightGradient = 0;
    let rightHessian = HESSIAN_EPSILON;
    let rightRows = 0;
    for (let bin = lastBin; bin >= 1; bin--) {
      if (bin === skipBin) continue;
      const hessian = histogram[base + 2 * bin + 1]!;
      rightGradient += histogram[base + 2 * bin]!;
      rightHessian += hessian;
      rightRows += (hessian * rowsPerHessian + 0.5) | 0;
      if (rightRows < minDataInLeaf || rightHessian < minSumHessianInLeaf) continue;
      if (rowCount - rightRows < minDataInLeaf) break;
      const leftHessian = sumHessian - rightHessian;
      if (leftHessian < minSumHessianInLeaf) break;
      const leftGradient = sumGradient - rightGradient;
      const gain =
        leafGain(leftGradient, leftHessian, lambdaL1, lambdaL2) +
        leafGain(rightGradient, rightHessian, lambdaL1, lambdaL2);
      if (gain > bestGain) {
        bestGain = gain;
        bestBin = bin - 1;
        bestGradient = leftGradient;
        bestHessian = leftHessian;
      }
    }
    return keep(this.#down, bestGain, bestBin, bestGradient, bestHessian);
  }

  /** Left to right; what is not scanned (missing) stays right. */
  #scanUp(
    histogram: Float64Array,
    base: number,
    binCount: number,
    skipBin: number,
    isFirstDerived: boolean,
  ): boolean {
    const { minDataInLeaf, minSumHessianInLeaf, lambdaL1, lambdaL2 } = this.#params;
    const sumGradient = this.#sumGradient;
    const sumHessian = this.#sumHessian;
    const rowCount = this.#rowCount;
    const rowsPerHessian = rowCount / sumHessian;
    let bestGain = this.#gainFloor;
    let bestBin = -1;
    let bestGradient = 0;
    let bestHessian = 0;
    let leftGradient = 0;
    let leftHessian = HESSIAN_EPSILON;
    let leftRows = 0;
    if (isFirstDerived) {
      leftGradient = sumGradient;
      leftHessian = sumHessian - HESSIAN_EPSILON;
      leftRows = rowCount;
      for (let bin = 1; bin < binCount; bin++) {
        const hessian = histogram[base + 2 * bin + 1]!;
        leftGradient -= histogram[base + 2 * bin]!;
        leftHessian -= hessian;
        leftRows -= (hessian * rowsPerHessian + 0.5) | 0;
      }
    }
    for (let bin = 0; bin <= binCount - 2; bin++) {
      if (bin === skipBin) continue;
      if (bin > 0 || !isFirstDerived) {
        const hessian = histogram[base + 2 * bin + 1]!;
        leftGradient += histogram[base + 2 * bin]!;
        leftHessian += hessian;
        leftRows += (hessian * rowsPerHessian + 0.5) | 0;
      }
      if (leftRows < minDataInLeaf || leftHessian < minSumHessianInLeaf) continue;
      if (rowCount - leftRows < minDataInLeaf) break;
      const rightHessian = sumHessian - leftHessian;
      if (rightHessian < minSumHessianInLeaf) break;
      const rightGradient = sumGradient - leftGradient;
      const gain =
        leafGain(leftGradient, leftHessian, lambdaL1, lambdaL2) +
        leafGain(rightGradient, rightHessian, lambdaL1, lambdaL2);
      if (gain > bestGain) {
        bestGain = gain;
        bestBin = bin;
        bestGradient = leftGradient;
        bestHessian = leftHessian;
      }
    }
    return keep(this.#up, bestGain, bestBin, bestGradient, bestHessian);
  }
}

/** Leaves a scan's best in `scan`; returns whether there is one. */
function keep(
  scan: Float64Array,
  gain: number,
  bin: number,
  leftGradient: number,
  leftHessian: number,
): boolean {
  scan[0] = gain;
  scan[1] = bin;
  scan[2] = leftGradient;
  scan[3] = leftHessian;
  return bin >= 0;
}
