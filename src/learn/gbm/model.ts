/** A gradient-boosting model: prediction, importance, and LightGBM's text format in and out. Read-only once made. */
import { assert } from '#core';
import { type Forest, leafOf, packForest, sumTrees } from './forest.ts';
import { readLightGbmText } from './lightgbm-reader.ts';
import { writeLightGbmText } from './lightgbm-writer.ts';
import type { GbmModelParts } from './model-parts.ts';
import {
  type OutputTransform,
  parseOutputTransform,
  transformInPlace,
  transformOne,
} from './output-transform.ts';

/** Messages are built only when they are needed: these checks run once a row. */
function checkRoom(found: number, expected: number): void {
  if (found < expected) assert(false, `room for ${expected} numbers, was ${found}`);
}

/** A trained or loaded model. */
export class GbmModel {
  readonly #parts: GbmModelParts;
  readonly #forest: Forest;
  readonly #transform: OutputTransform;
  /** What predictions divide the sums by: rounds of a random forest, else 1. */
  readonly #divisor: number;

  /** @throws XY_MODEL_INVALID for an objective whose output is not known. */
  constructor(parts: GbmModelParts) {
    assert(parts.featureNames.length > 0, 'a model has features');
    assert(parts.trees.length % parts.treesPerRound === 0, 'a model holds whole rounds');
    this.#parts = parts;
    this.#forest = packForest(parts.trees);
    this.#transform = parseOutputTransform(parts.objective);
    this.#divisor = parts.isAveraged ? Math.max(1, this.bestIteration) : 1;
  }

  /**
   * Reads a model in LightGBM's text format: numeric and categorical splits, all missing types, one or several outputs.
   * @throws XY_MODEL_INVALID naming the place, for a text that is cut, inconsistent or holds linear trees.
   */
  static fromLightGbmText(text: string): GbmModel {
    return new GbmModel(readLightGbmText(text));
  }

  /** Names of the features, in the order of a row. */
  get featureNames(): readonly string[] {
    return this.#parts.featureNames;
  }

  /** The objective as LightGBM writes it, e.g. `binary sigmoid:1`. */
  get objective(): string {
    return this.#parts.objective;
  }

  /** Outputs a row: 1, or the number of classes. */
  get outputCount(): number {
    return this.#parts.treesPerRound;
  }

  /** Trees over all rounds and outputs. */
  get treeCount(): number {
    return this.#parts.trees.length;
  }

  /** Rounds the model holds; after early stopping those up to the best one. */
  get bestIteration(): number {
    return this.#parts.trees.length / this.#parts.treesPerRound;
  }

  /** Returns the raw score of the row at `features[offset]`: the sum of its leaf values. Models of one output only. */
  predictRaw(features: Float64Array | Float32Array, offset = 0): number {
    this.#checkSingle();
    this.#checkRow(features, offset);
    return sumTrees(this.#forest, 0, 1, features, offset);
  }

  /** Returns the prediction (a probability for `binary`) of the row at `features[offset]`. Models of one output only. */
  predict(features: Float64Array | Float32Array, offset = 0): number {
    return transformOne(this.#transform, this.predictRaw(features, offset) / this.#divisor);
  }

  /** Writes the raw scores of one row, one an output, to the start of `out`. */
  predictRawInto(features: Float64Array | Float32Array, offset: number, out: Float64Array): void {
    this.#checkRow(features, offset);
    checkRoom(out.length, this.outputCount);
    for (let output = 0; output < this.outputCount; output++) {
      out[output] = sumTrees(this.#forest, output, this.outputCount, features, offset);
    }
  }

  /** Writes the predictions of one row, one an output, to the start of `out`. */
  predictInto(features: Float64Array | Float32Array, offset: number, out: Float64Array): void {
    this.predictRawInto(features, offset, out);
    this.#finish(out, 1);
  }

  /** Returns the predictions of a row-major matrix [rowCount x features], as [rowCount x outputs]. */
  predictBatch(matrix: Float64Array | Float32Array, rowCount: number): Float64Array {
    const scores = this.predictRawBatch(matrix, rowCount);
    this.#finish(scores, rowCount);
    return scores;
  }

  /** Returns the raw scores of a row-major matrix [rowCount x features], as [rowCount x outputs]; equal to one row at a time. */
  predictRawBatch(matrix: Float64Array | Float32Array, rowCount: number): Float64Array {
    const featureCount = this.#parts.featureNames.length;
    assert(
      Number.isSafeInteger(rowCount) && rowCount >= 0 && matrix.length === rowCount * featureCount,
      `a matrix of ${rowCount} x ${featureCount}, was of ${matrix.length} numbers`,
    );
    const { outputCount } = this;
    const scores = new Float64Array(rowCount * outputCount);
    for (let at = 0; at < scores.length; at++) {
      const offset = Math.floor(at / outputCount) * featureCount;
      scores[at] = sumTrees(this.#forest, at % outputCount, outputCount, matrix, offset);
    }
    return scores;
  }

  /** Writes the leaf of each tree (counted in its tree) that one row reaches to the start of `out`. */
  predictLeavesInto(features: Float64Array | Float32Array, offset: number, out: Int32Array): void {
    this.#checkRow(features, offset);
    checkRoom(out.length, this.treeCount);
    for (let tree = 0; tree < this.treeCount; tree++) {
      out[tree] = leafOf(this.#forest, tree, features, offset) - this.#forest.firstLeaf[tree]!;
    }
  }

  /** Returns one number a feature: how many splits use it, or the sum of their gains. */
  featureImportance(kind: 'split' | 'gain'): Float64Array {
    const importance = new Float64Array(this.#parts.featureNames.length);
    for (const tree of this.#parts.trees) {
      for (let node = 0; node < tree.splitGain.length; node++) {
        const gain = tree.splitGain[node]!;
        if (gain > 0) importance[tree.splitFeature[node]!]! += kind === 'split' ? 1 : gain;
      }
    }
    return importance;
  }

  /** Returns the model in LightGBM's text format (version 4). */
  toLightGbmText(): string {
    return writeLightGbmText(this.#parts);
  }

  #checkSingle(): void {
    assert(this.#parts.treesPerRound === 1, 'one number a row is asked of a model of one output');
  }

  #checkRow(features: Float64Array | Float32Array, offset: number): void {
    const { length } = this.#parts.featureNames;
    if (offset >= 0 && offset + length <= features.length) return;
    assert(false, `a row of ${length} features at ${offset}, the array ends at ${features.length}`);
  }

  /** Turns raw scores of whole rows into predictions, in place. */
  #finish(scores: Float64Array, rowCount: number): void {
    const outputCount = this.outputCount;
    if (this.#divisor !== 1) {
      for (let i = 0; i < rowCount * outputCount; i++) scores[i]! /= this.#divisor;
    }
    for (let row = 0; row < rowCount; row++) {
      transformInPlace(this.#transform, scores, row * outputCount, outputCount);
    }
  }
}
