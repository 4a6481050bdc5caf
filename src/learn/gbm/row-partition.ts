/** Which rows are in which leaf: one array of row numbers, the rows of a leaf side by side and in ascending order. */
/** Sends the rows of a bin left or right; `missingBin` (-1 = none) goes to its own side. */
export interface BinTest {
  /** Column of the bin matrix. */
  readonly column: number;
  readonly bin: number;
  readonly missingBin: number;
  readonly isDefaultLeft: boolean;
}

/** The rows of a growing tree by leaf. */
export class RowPartition {
  /** Row numbers; those of leaf l are [begin(l), end(l)). Read-only for others. */
  readonly rows: Int32Array;
  readonly #right: Int32Array;
  readonly #begin: Int32Array;
  readonly #count: Int32Array;
  #total = 0;

  constructor(rowCount: number, leafCountMax: number) {
    this.rows = new Int32Array(rowCount);
    this.#right = new Int32Array(rowCount);
    this.#begin = new Int32Array(leafCountMax);
    this.#count = new Int32Array(leafCountMax);
  }

  /** Puts all rows, or only those of `subset` (ascending), into leaf 0. */
  reset(subset: Int32Array | null): void {
    if (subset === null) for (let row = 0; row < this.rows.length; row++) this.rows[row] = row;
    else this.rows.set(subset);
    this.#total = subset === null ? this.rows.length : subset.length;
    this.#begin[0] = 0;
    this.#count[0] = this.#total;
  }

  /** Returns where the rows of a leaf begin. */
  begin(leaf: number): number {
    return this.#begin[leaf]!;
  }

  /** Returns where the rows of a leaf end (exclusive). */
  end(leaf: number): number {
    return this.#begin[leaf]! + this.#count[leaf]!;
  }

  /** Returns the number of rows of a leaf. */
  count(leaf: number): number {
    return this.#count[leaf]!;
  }

  /**
   * Moves the rows of `leaf` that the test sends right to the new leaf `rightLeaf`; both keep the order of the rows.
   * Returns false, and changes nothing, when one side would be empty.
   */
  split(leaf: number, rightLeaf: number, bins: Uint8Array, rowBytes: number, test: BinTest): boolean {
    const begin = this.#begin[leaf]!;
    const end = begin + this.#count[leaf]!;
    const leftCount = splitRows(this.rows, this.#right, begin, end, bins, rowBytes, test);
    if (leftCount === 0 || begin + leftCount === end) return false;
    this.#count[leaf] = leftCount;
    this.#begin[rightLeaf] = begin + leftCount;
    this.#count[rightLeaf] = end - begin - leftCount;
    return true;
  }
}

/** Compacts the left rows in place, the right ones behind them; returns how many are left. */
function splitRows(
  rows: Int32Array,
  right: Int32Array,
  begin: number,
  end: number,
  bins: Uint8Array,
  rowBytes: number,
  test: BinTest,
): number {
  const { column, bin, missingBin, isDefaultLeft } = test;
  let leftAt = begin;
  let rightCount = 0;
  for (let i = begin; i < end; i++) {
    const row = rows[i]!;
    const rowBin = bins[row * rowBytes + column]!;
    const isLeft = rowBin === missingBin ? isDefaultLeft : rowBin <= bin;
    // Both places are written and one counter moves: no branch to mispredict.
    rows[leftAt] = row;
    right[rightCount] = row;
    leftAt += isLeft ? 1 : 0;
    rightCount += isLeft ? 0 : 1;
  }
  rows.set(right.subarray(0, rightCount), leftAt);
  return leftAt - begin;
}
