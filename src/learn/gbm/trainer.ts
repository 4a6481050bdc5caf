/**
 * Gradient boosting of regression trees (Friedman 2001; histogram and leaf-wise growth of Ke et al. 2017, LightGBM). Follows
 * LightGBM's arithmetic step by step: without sampling, the same table and parameters give the same trees. One thread.
 * Randomness (row and feature samples, the bin sample of large tables) comes from the generator passed in.
 */
import { assert, type Prng, XylenError } from '#core';
import { type BinMatrix, buildBinMatrix } from './bin-matrix.ts';
import { checkGbmDataset, type GbmDataset } from './dataset.ts';
import { addTree, packForest } from './forest.ts';
import { GbmModel } from './model.ts';
import type { GbmObjective, Targets } from './objective.ts';
import { OBJECTIVES } from './objectives.ts';
import { parameterLines } from './parameter-lines.ts';
import { type GbmParams, gbmParams } from './params.ts';
import { sampleIndices } from './sampling.ts';
import { constantTree, type GbmTree, withBias } from './tree.ts';
import { TreeGrower } from './tree-grower.ts';

/** What is known after a round. */
export interface GbmRoundState {
  /** Rounds done, from 1. */
  readonly round: number;
  /** Rounds at most. */
  readonly roundCount: number;
  /** Mean loss on the validation table; `null` without one. */
  readonly validLoss: number | null;
  /** The round of least validation loss so far; 0 without a validation table. */
  readonly bestRound: number;
  /** Computes the mean loss on the training table; one pass over its rows. */
  trainLoss(): number;
}

/** What training needs beside the table and the parameters. */
export interface GbmTrainOptions {
  readonly prng: Prng;
  /** Judges the rounds; same features in the same order. Needed for early stopping. */
  readonly valid?: GbmDataset;
  /** Called after each round; `stop` ends training with the rounds done so far. */
  readonly onRound?: (state: GbmRoundState) => 'continue' | 'stop';
}

/** Initial scores of at most this size are no score at all, as in LightGBM. */
const INITIAL_SCORE_MIN = Math.fround(1e-15);

function targetsOf(dataset: GbmDataset): Targets {
  return {
    labels: Float32Array.from(dataset.labels),
    weights: dataset.weights === undefined ? null : Float32Array.from(dataset.weights),
  };
}

function checkValid(dataset: GbmDataset, valid: GbmDataset): void {
  checkGbmDataset(valid);
  const isSame =
    valid.featureCount === dataset.featureCount &&
    valid.featureNames.every((name, feature) => name === dataset.featureNames[feature]);
  if (!isSame) {
    throw new XylenError(
      'XY_DATA_INSUFFICIENT',
      'gbm: expected the same features in training and validation',
    );
  }
}

/** The validation table with its running scores. */
interface Validation {
  readonly dataset: GbmDataset;
  readonly targets: Targets;
  readonly scores: Float64Array;
  bestLoss: number;
  bestRound: number;
}

/** One training run. */
class BoostingRun {
  readonly #dataset: GbmDataset;
  readonly #params: GbmParams;
  readonly #options: GbmTrainOptions;
  readonly #objective: GbmObjective;
  readonly #targets: Targets;
  readonly #matrix: BinMatrix;
  readonly #scores: Float64Array;
  readonly #valid: Validation | null;
  readonly #rowPrng: Prng;
  readonly #columnPrng: Prng;
  readonly #trees: GbmTree[] = [];
  readonly #initialScore: number;
  /** Rows of the sample at hand, ascending; `null` = all. */
  #bag: Int32Array | null = null;

  constructor(dataset: GbmDataset, params: GbmParams, options: GbmTrainOptions) {
    this.#dataset = dataset;
    this.#params = params;
    this.#options = options;
    this.#objective = OBJECTIVES[params.objective];
    this.#targets = targetsOf(dataset);
    this.#objective.checkLabels(this.#targets.labels);
    this.#matrix = buildBinMatrix(dataset, params, options.prng);
    const initial = params.boostFromAverage ? this.#objective.initialScore(this.#targets) : 0;
    this.#initialScore = Math.abs(initial) > INITIAL_SCORE_MIN ? initial : 0;
    this.#scores = new Float64Array(dataset.rowCount).fill(this.#initialScore);
    this.#valid = options.valid === undefined ? null : this.#validation(options.valid);
    this.#rowPrng = options.prng.split('gbm.rows');
    this.#columnPrng = options.prng.split('gbm.columns');
  }

  #validation(dataset: GbmDataset): Validation {
    const targets = targetsOf(dataset);
    this.#objective.checkLabels(targets.labels);
    const scores = new Float64Array(dataset.rowCount).fill(this.#initialScore);
    return { dataset, targets, scores, bestLoss: Number.POSITIVE_INFINITY, bestRound: 0 };
  }

  run(): GbmModel {
    const { rounds } = this.#params;
    if (this.#matrix.columnCount > 0 && this.#objective.canLearn(this.#targets)) {
      const grower = new TreeGrower(this.#matrix, this.#params);
      const { rowCount } = this.#dataset;
      const gradients = new Float32Array(rowCount);
      const hessians = new Float32Array(rowCount);
      for (let round = 1; round <= rounds; round++) {
        this.#objective.derive(this.#scores, this.#targets, gradients, hessians);
        if (!this.#growTree(grower, gradients, hessians, round) || this.#isOver(round)) break;
      }
    }
    if (this.#trees.length === 0) {
      this.#trees.push(constantTree(this.#objective.initialScore(this.#targets), this.#dataset.rowCount));
    }
    return this.#model();
  }

  /** Grows a tree and adds it to all scores; false when no split is worth making, which ends the training. */
  #growTree(grower: TreeGrower, gradients: Float32Array, hessians: Float32Array, round: number): boolean {
    this.#sampleRows(round);
    const leafCount = grower.grow(gradients, hessians, this.#bag, this.#sampleColumns());
    if (leafCount === 1) return false;
    const { learningRate } = this.#params;
    grower.tree.shrink(learningRate);
    const tree = grower.tree.finish(learningRate);
    this.#addToScores(grower, tree);
    this.#trees.push(round === 1 ? withBias(tree, this.#initialScore) : tree);
    return true;
  }

  #sampleRows(round: number): void {
    const { baggingFraction, baggingFreq } = this.#params;
    if (baggingFreq === 0 || baggingFraction === 1 || (round - 1) % baggingFreq !== 0) return;
    const { rowCount } = this.#dataset;
    const count = Math.max(1, Math.trunc(rowCount * baggingFraction));
    this.#bag = sampleIndices(rowCount, count, this.#rowPrng);
  }

  #sampleColumns(): Int32Array {
    const { columnCount } = this.#matrix;
    const count = Math.max(1, Math.round(columnCount * this.#params.featureFraction));
    return sampleIndices(columnCount, count, this.#columnPrng);
  }

  /** Rows the tree was grown on are known by leaf; rows left out of the sample and the validation rows walk the tree. */
  #addToScores(grower: TreeGrower, tree: GbmTree): void {
    const { rows } = grower.partition;
    for (let leaf = 0; leaf < tree.leafCount; leaf++) {
      const value = tree.leafValue[leaf]!;
      const end = grower.partition.end(leaf);
      for (let i = grower.partition.begin(leaf); i < end; i++) this.#scores[rows[i]!]! += value;
    }
    if (this.#bag === null && this.#valid === null) return;
    const forest = packForest([tree]);
    const { featureCount, rowCount } = this.#dataset;
    const bag = this.#bag;
    if (bag !== null) {
      for (let gap = 0; gap <= bag.length; gap++) {
        const from = gap === 0 ? 0 : bag[gap - 1]! + 1;
        const to = gap === bag.length ? rowCount : bag[gap]!;
        if (from < to) addTree(forest, 0, this.#dataset.features, featureCount, from, to, this.#scores);
      }
    }
    if (this.#valid === null) return;
    const { dataset, scores } = this.#valid;
    addTree(forest, 0, dataset.features, featureCount, 0, dataset.rowCount, scores);
  }

  /** Judges the round; true when early stopping or the caller ends the training. */
  #isOver(round: number): boolean {
    const valid = this.#valid;
    let validLoss: number | null = null;
    if (valid !== null) {
      validLoss = this.#objective.loss(valid.scores, valid.targets);
      if (validLoss < valid.bestLoss) {
        valid.bestLoss = validLoss;
        valid.bestRound = round;
      }
    }
    const bestRound = valid?.bestRound ?? 0;
    const trainLoss = (): number => this.#objective.loss(this.#scores, this.#targets);
    const state = { round, roundCount: this.#params.rounds, validLoss, bestRound, trainLoss };
    if (this.#options.onRound?.(state) === 'stop') return true;
    const { earlyStoppingRounds } = this.#params;
    return earlyStoppingRounds > 0 && round - bestRound >= earlyStoppingRounds;
  }

  #model(): GbmModel {
    const bestRound = this.#valid?.bestRound ?? 0;
    const isTrimmed = this.#params.earlyStoppingRounds > 0 && bestRound > 0;
    const trees = isTrimmed ? this.#trees.slice(0, bestRound) : this.#trees;
    assert(trees.length > 0, 'a trained model holds a tree');
    return new GbmModel({
      featureNames: [...this.#dataset.featureNames],
      featureInfos: this.#matrix.features.map(({ isTrivial, minValue, maxValue }) =>
        isTrivial ? 'none' : `[${minValue}:${maxValue}]`,
      ),
      objective: this.#objective.header,
      treesPerRound: 1,
      classCount: 1,
      isAveraged: false,
      monotoneConstraints: '',
      trees,
      parameterLines: parameterLines(this.#params),
    });
  }
}

/**
 * Trains a model; the same table, parameters and seed give the same bytes. Training ends early when no split gains any more,
 * when early stopping says so (the model then holds the rounds up to the best one), or when `onRound` does.
 * @throws XY_CONFIG_INVALID for a parameter, XY_DATA_INSUFFICIENT for a shape, XY_ROW_INVALID for a number of the tables.
 */
export function trainGbm(dataset: GbmDataset, params: GbmParams, options: GbmTrainOptions): GbmModel {
  const checked = gbmParams(params);
  checkGbmDataset(dataset);
  if (options.valid !== undefined) checkValid(dataset, options.valid);
  else if (checked.earlyStoppingRounds > 0) {
    throw new XylenError(
      'XY_CONFIG_INVALID',
      'gbm parameter earlyStoppingRounds: expected a validation table beside it, found none',
    );
  }
  return new BoostingRun(dataset, checked, options).run();
}
