/** A tree while it grows, leaf by leaf: the left child keeps the number of the leaf that is split, the right one gets the next. */
import { assert } from '#core';
import { type GbmTree, zeroIfTiny } from './tree.ts';

/** One split about to be made. */
export interface Split {
  readonly leaf: number;
  /** Feature of the table. */
  readonly feature: number;
  readonly threshold: number;
  readonly decision: number;
  readonly gain: number;
  readonly leftValue: number;
  readonly rightValue: number;
  readonly leftWeight: number;
  readonly rightWeight: number;
  readonly leftRows: number;
  readonly rightRows: number;
}

/** Collects the splits of one tree; reused from tree to tree. */
export class TreeBuilder {
  readonly #splitFeature: Int32Array;
  readonly #splitGain: Float64Array;
  readonly #threshold: Float64Array;
  readonly #decision: Uint8Array;
  readonly #leftChild: Int32Array;
  readonly #rightChild: Int32Array;
  readonly #internalValue: Float64Array;
  readonly #internalWeight: Float64Array;
  readonly #internalRows: Int32Array;
  readonly #leafValue: Float64Array;
  readonly #leafWeight: Float64Array;
  readonly #leafRows: Int32Array;
  readonly #leafParent: Int32Array;
  readonly #leafDepth: Int32Array;
  #leafCount = 1;

  constructor(leafCountMax: number) {
    const nodeCountMax = leafCountMax - 1;
    this.#splitFeature = new Int32Array(nodeCountMax);
    this.#splitGain = new Float64Array(nodeCountMax);
    this.#threshold = new Float64Array(nodeCountMax);
    this.#decision = new Uint8Array(nodeCountMax);
    this.#leftChild = new Int32Array(nodeCountMax);
    this.#rightChild = new Int32Array(nodeCountMax);
    this.#internalValue = new Float64Array(nodeCountMax);
    this.#internalWeight = new Float64Array(nodeCountMax);
    this.#internalRows = new Int32Array(nodeCountMax);
    this.#leafValue = new Float64Array(leafCountMax);
    this.#leafWeight = new Float64Array(leafCountMax);
    this.#leafRows = new Int32Array(leafCountMax);
    this.#leafParent = new Int32Array(leafCountMax);
    this.#leafDepth = new Int32Array(leafCountMax);
  }

  /** Leaves so far. */
  get leafCount(): number {
    return this.#leafCount;
  }

  /** Starts a new tree: one leaf of the given value. */
  reset(rootValue: number): void {
    this.#leafCount = 1;
    this.#leafValue[0] = rootValue;
    this.#leafParent[0] = -1;
    this.#leafDepth[0] = 0;
  }

  /** Returns the number of splits between the root and a leaf. */
  depthOf(leaf: number): number {
    return this.#leafDepth[leaf]!;
  }

  /** Splits a leaf and returns the number of the right child. */
  split(split: Split): number {
    const { leaf } = split;
    const node = this.#leafCount - 1;
    const right = this.#leafCount;
    assert(right < this.#leafValue.length, 'a tree grows within its limit of leaves');
    const parent = this.#leafParent[leaf]!;
    if (parent >= 0) {
      const side = this.#leftChild[parent] === ~leaf ? this.#leftChild : this.#rightChild;
      side[parent] = node;
    }
    this.#splitFeature[node] = split.feature;
    this.#splitGain[node] = Math.fround(split.gain);
    this.#threshold[node] = split.threshold;
    this.#decision[node] = split.decision;
    this.#leftChild[node] = ~leaf;
    this.#rightChild[node] = ~right;
    this.#internalValue[node] = this.#leafValue[leaf]!;
    this.#internalWeight[node] = split.leftWeight + split.rightWeight;
    this.#internalRows[node] = split.leftRows + split.rightRows;
    this.#setLeaf(leaf, node, split.leftValue, split.leftWeight, split.leftRows);
    this.#leafDepth[right] = ++this.#leafDepth[leaf]!;
    this.#setLeaf(right, node, split.rightValue, split.rightWeight, split.rightRows);
    this.#leafCount++;
    return right;
  }

  #setLeaf(leaf: number, parent: number, value: number, weight: number, rows: number): void {
    this.#leafValue[leaf] = Number.isNaN(value) ? 0 : value;
    this.#leafWeight[leaf] = weight;
    this.#leafRows[leaf] = rows;
    this.#leafParent[leaf] = parent;
  }

  /** Multiplies all values by the learning rate. */
  shrink(rate: number): void {
    for (let leaf = 0; leaf < this.#leafCount; leaf++) {
      this.#leafValue[leaf] = zeroIfTiny(this.#leafValue[leaf]! * rate);
    }
    for (let node = 0; node < this.#leafCount - 1; node++) {
      this.#internalValue[node] = zeroIfTiny(this.#internalValue[node]! * rate);
    }
  }

  /** Returns the tree as it is, with the learning rate that `shrink` was given. */
  finish(rate: number): GbmTree {
    const leaves = this.#leafCount;
    const nodes = leaves - 1;
    return {
      leafCount: leaves,
      splitFeature: this.#splitFeature.slice(0, nodes),
      splitGain: this.#splitGain.slice(0, nodes),
      threshold: this.#threshold.slice(0, nodes),
      decision: this.#decision.slice(0, nodes),
      leftChild: this.#leftChild.slice(0, nodes),
      rightChild: this.#rightChild.slice(0, nodes),
      leafValue: this.#leafValue.slice(0, leaves),
      leafWeight: this.#leafWeight.slice(0, leaves),
      leafRows: this.#leafRows.slice(0, leaves),
      internalValue: this.#internalValue.slice(0, nodes),
      internalWeight: this.#internalWeight.slice(0, nodes),
      internalRows: this.#internalRows.slice(0, nodes),
      categoryStart: new Int32Array(0),
      categoryWords: new Uint32Array(0),
      shrinkage: rate,
    };
  }
}
