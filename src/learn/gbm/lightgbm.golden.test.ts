/** Against LightGBM itself: every stored model is read exactly, every plain stored training is repeated tree by tree. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Prng } from '#core';
import type { GbmDataset } from './dataset.ts';
import { readLightGbmText } from './lightgbm-reader.ts';
import { GbmModel } from './model.ts';
import { type GbmParams, gbmParams } from './params.ts';
import { trainGbm } from './trainer.ts';
import type { GbmTree } from './tree.ts';

const SHARED = new URL('../../../../shared/', import.meta.url);
const GOLDEN = new URL('golden/', SHARED);
const FOLDERS = ['lightgbm', 'lightgbm_old'];
const skip = existsSync(GOLDEN) ? false : '../shared absent';

interface GoldenCase {
  readonly dataset: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly note: string;
  readonly rounds: number;
  readonly n_rows: number;
  readonly raw: readonly (number | readonly number[])[];
  readonly pred: readonly (number | readonly number[])[];
  readonly leaf_first50: readonly (readonly number[])[];
  readonly importance_split?: readonly number[];
  readonly importance_gain?: readonly number[];
  readonly weight_formula?: string;
}

interface Found {
  readonly name: string;
  readonly text: URL;
  readonly json: URL;
}

function discover(): Found[] {
  if (skip !== false) return [];
  return FOLDERS.flatMap((folder) => {
    const base = new URL(`${folder}/`, GOLDEN);
    const names = readdirSync(base).filter((file) => file.endsWith('.txt'));
    return names.map((file) => ({
      name: `${folder}/${file}`,
      text: new URL(file, base),
      json: new URL(file.replace('.txt', '.json'), base),
    }));
  });
}

const readCase = (found: Found): GoldenCase => JSON.parse(readFileSync(found.json, 'utf8'));

function readTable(name: string, rowCountMax = Number.POSITIVE_INFINITY): GbmDataset {
  const lines = readFileSync(new URL(`lightgbm/data/${name}.csv`, GOLDEN), 'utf8')
    .trim()
    .split('\n');
  const featureNames = lines[0]!.split(',').slice(0, -1);
  const featureCount = featureNames.length;
  const rowCount = Math.min(lines.length - 1, rowCountMax);
  const features = new Float64Array(rowCount * featureCount);
  const labels = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const cells = lines[row + 1]!.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell)));
    features.set(cells.slice(0, featureCount), row * featureCount);
    labels[row] = cells[featureCount]!;
  }
  return { rowCount, featureCount, featureNames, features, labels };
}

/** The table that a case's predictions were made on: as its note says, else `cat_unseen` for the cases named `cat_*`. */
function predictionTable(found: Found, golden: GoldenCase): GbmDataset {
  const noted = /(?:predict rows = |input rows = )(\w+)\.csv/u.exec(golden.note)?.[1];
  const usual = found.name.includes('/cat_') ? 'cat_unseen' : golden.dataset;
  return readTable(noted ?? usual, golden.n_rows);
}

function largestDifference(found: Float64Array, expected: readonly (number | readonly number[])[]): number {
  const flat = expected.flat() as readonly number[];
  assert.equal(found.length, flat.length);
  return found.reduce((largest, value, i) => Math.max(largest, Math.abs(value - flat[i]!)), 0);
}

describe('LightGBM models, stored predictions', { skip }, () => {
  const found = discover();

  test('the folder holds cases', (t) => {
    t.diagnostic(`${found.length} LightGBM golden models`);
    assert.ok(found.length > 0);
  });

  for (const each of found) {
    const text = readFileSync(each.text, 'utf8');
    if (text.includes('is_linear=1')) {
      test(`${each.name}: linear trees are refused by name`, () => {
        assert.throws(() => GbmModel.fromLightGbmText(text), {
          code: 'XY_MODEL_INVALID',
          message: /linear trees/u,
        });
      });
      continue;
    }
    test(`${each.name}: raw scores bit for bit, predictions, leaves, importance, round trip`, () => {
      const golden = readCase(each);
      const table = predictionTable(each, golden);
      const model = GbmModel.fromLightGbmText(text);
      const raw = model.predictRawBatch(table.features, table.rowCount);
      const predictions = model.predictBatch(table.features, table.rowCount);
      assert.equal(largestDifference(raw, golden.raw), 0, 'raw scores');
      const scale = Math.max(1, ...predictions.map(Math.abs));
      assert.ok(largestDifference(predictions, golden.pred) <= 1e-12 * scale, 'predictions');
      const leaves = new Int32Array(model.treeCount);
      for (const [row, expected] of golden.leaf_first50.entries()) {
        model.predictLeavesInto(table.features, row * table.featureCount, leaves);
        assert.deepEqual(Array.from(leaves), expected, `leaves of row ${row}`);
      }
      if (golden.importance_split !== undefined && golden.importance_gain !== undefined) {
        assert.deepEqual(Array.from(model.featureImportance('split')), golden.importance_split);
        const gains = model.featureImportance('gain');
        const gainScale = Math.max(1, ...golden.importance_gain);
        assert.ok(
          largestDifference(gains, golden.importance_gain) <= 1e-5 * gainScale,
          'files hold 6 digits',
        );
      }
      const again = GbmModel.fromLightGbmText(model.toLightGbmText());
      assert.deepEqual(again.predictRawBatch(table.features, table.rowCount), raw);
      assert.equal(again.toLightGbmText(), model.toLightGbmText());
    });
  }
});

const PARAM_NAMES: Readonly<Record<string, keyof GbmParams>> = {
  num_leaves: 'numLeaves',
  learning_rate: 'learningRate',
  min_data_in_leaf: 'minDataInLeaf',
  min_sum_hessian_in_leaf: 'minSumHessianInLeaf',
  max_depth: 'maxDepth',
  lambda_l1: 'lambdaL1',
  lambda_l2: 'lambdaL2',
};

const IGNORED = ['verbosity', 'num_threads', 'seed', 'deterministic', 'force_col_wise'];

/** Our parameters for a stored training, or `null` where it uses what cannot be trained yet. */
function ourParams(golden: GoldenCase): GbmParams | null {
  const overrides: Partial<GbmParams> = { rounds: golden.rounds };
  for (const [name, value] of Object.entries(golden.params)) {
    if (IGNORED.includes(name)) continue;
    const ours = PARAM_NAMES[name];
    if (ours !== undefined) Object.assign(overrides, { [ours]: value });
    else if (name === 'objective' && value === 'regression') Object.assign(overrides, { objective: 'l2' });
    else if (name === 'objective' && value === 'binary') Object.assign(overrides, { objective: 'binary' });
    else if (name === 'zero_as_missing' && value === true) Object.assign(overrides, { missing: 'zero' });
    else if (name === 'use_missing' && value === false) Object.assign(overrides, { missing: 'none' });
    else return null;
  }
  return gbmParams(overrides);
}

/** The table a stored training was made on. */
function trainingTable(golden: GoldenCase): GbmDataset {
  const table = readTable(golden.dataset);
  const { rowCount } = table;
  if (golden.weight_formula === undefined) return table;
  assert.equal(golden.weight_formula, 'linspace(0.2,3,n)');
  const step = (3 - 0.2) / (rowCount - 1);
  return { ...table, weights: Float64Array.from({ length: rowCount }, (_, row) => 0.2 + step * row) };
}

function headRows(table: GbmDataset, from: number, to: number): GbmDataset {
  const features = table.features.slice(from * table.featureCount, to * table.featureCount);
  return { ...table, rowCount: to - from, features, labels: table.labels.slice(from, to) };
}

/** Width of the empty zero bin, within which a threshold may differ: the gains on both sides of it are equal. */
const ZERO_BIN_WIDTH = 3e-35;

function assertSameTree(ours: GbmTree, theirs: GbmTree, place: string): void {
  assert.equal(ours.leafCount, theirs.leafCount, `${place}: leaves`);
  assert.deepEqual(ours.splitFeature, theirs.splitFeature, `${place}: split features`);
  assert.deepEqual(ours.decision, theirs.decision, `${place}: decisions`);
  assert.deepEqual(ours.leftChild, theirs.leftChild, `${place}: left children`);
  assert.deepEqual(ours.rightChild, theirs.rightChild, `${place}: right children`);
  for (let node = 0; node < ours.leafCount - 1; node++) {
    const difference = Math.abs(ours.threshold[node]! - theirs.threshold[node]!);
    assert.ok(
      ours.threshold[node] === theirs.threshold[node] || difference <= ZERO_BIN_WIDTH,
      `${place}, node ${node}`,
    );
  }
  for (let leaf = 0; leaf < ours.leafCount; leaf++) {
    const difference = Math.abs(ours.leafValue[leaf]! - theirs.leafValue[leaf]!);
    assert.ok(difference <= 1e-9 * Math.max(1, Math.abs(theirs.leafValue[leaf]!)), `${place}, leaf ${leaf}`);
  }
}

function assertSameModel(model: GbmModel, stored: string): void {
  const ours = readLightGbmText(model.toLightGbmText());
  const theirs = readLightGbmText(stored);
  assert.equal(ours.objective, theirs.objective);
  assert.equal(ours.trees.length, theirs.trees.length);
  const infoNumbers = (infos: readonly string[]): unknown =>
    infos.map((info) => (info === 'none' ? info : info.slice(1, -1).split(':').map(Number)));
  assert.deepEqual(infoNumbers(ours.featureInfos), infoNumbers(theirs.featureInfos));
  for (const [index, tree] of ours.trees.entries()) {
    assertSameTree(tree, theirs.trees[index]!, `tree ${index}`);
  }
}

/** Cases that `ourParams` accepts but whose table is not the file as it stands; those with a test of their own below. */
const OWN_TEST = ['bin_earlystop', 'reg_constant'];

describe('LightGBM trainings, repeated', { skip }, () => {
  for (const each of discover()) {
    const name = each.name.slice(each.name.indexOf('/') + 1, -'.txt'.length);
    const golden = readCase(each);
    const params = each.name.startsWith('lightgbm/') ? ourParams(golden) : null;
    const isNumeric = !golden.dataset.startsWith('cat');
    if (params === null || !isNumeric || OWN_TEST.includes(name)) continue;
    test(`${name}: the same splits, thresholds and leaf values`, () => {
      const model = trainGbm(trainingTable(golden), params, { prng: new Prng(1) });
      assertSameModel(model, readFileSync(each.text, 'utf8'));
    });
  }

  const byName = (name: string): Found => discover().find((each) => each.name === `lightgbm/${name}.txt`)!;

  test('bin_earlystop: the same best round and trees', () => {
    const found = byName('bin_earlystop');
    const golden = readCase(found);
    const table = readTable(golden.dataset);
    const params = gbmParams({ ...ourParams(golden), earlyStoppingRounds: 20 });
    const valid = headRows(table, 400, table.rowCount);
    const model = trainGbm(headRows(table, 0, 400), params, { prng: new Prng(1), valid });
    assert.equal(model.bestIteration, 27);
    assertSameModel(model, readFileSync(found.text, 'utf8'));
  });

  test('reg_constant: one tree of one leaf', () => {
    const found = byName('reg_constant');
    const golden = readCase(found);
    const table = readTable(golden.dataset);
    const labels = new Float64Array(table.rowCount).fill(3.5);
    const model = trainGbm({ ...table, labels }, ourParams(golden)!, { prng: new Prng(1) });
    assertSameModel(model, readFileSync(found.text, 'utf8'));
  });
});
