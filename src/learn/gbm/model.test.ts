import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Prng } from '#core';
import { GbmModel } from './model.ts';
import { parseOutputTransform, transformInPlace, transformOne } from './output-transform.ts';
import { gbmParams } from './params.ts';
import { syntheticTable } from './synthetic-table.ts';
import { trainGbm } from './trainer.ts';

const table = syntheticTable({
  rowCount: 400,
  featureCount: 5,
  seed: 4,
  labelKind: 'class',
  missingShare: 0.2,
});
const model = trainGbm(table, gbmParams({ objective: 'binary', rounds: 10, numLeaves: 6 }), {
  prng: new Prng(1),
});
const text = model.toLightGbmText();

describe('prediction', () => {
  test('a row alone, a row of a matrix and a batch agree bit for bit', () => {
    const raw = model.predictRawBatch(table.features, table.rowCount);
    const probabilities = model.predictBatch(table.features, table.rowCount);
    const out = new Float64Array(1);
    for (let row = 0; row < table.rowCount; row++) {
      const offset = row * table.featureCount;
      assert.equal(model.predictRaw(table.features, offset), raw[row]);
      assert.equal(model.predictRaw(table.features.slice(offset, offset + table.featureCount)), raw[row]);
      assert.equal(model.predict(table.features, offset), probabilities[row]);
      model.predictInto(table.features, offset, out);
      assert.equal(out[0], probabilities[row]);
      assert.equal(probabilities[row], 1 / (1 + Math.exp(-raw[row]!)));
    }
  });

  test('leaves lead to the raw score', () => {
    const leaves = new Int32Array(model.treeCount);
    model.predictLeavesInto(table.features, 0, leaves);
    const values = Array.from(text.matchAll(/^leaf_value=(.+)$/gmu), ([, line]) =>
      line!.split(' ').map(Number),
    );
    let sum = 0;
    for (const [tree, leaf] of leaves.entries()) sum += values[tree]![leaf]!;
    assert.equal(sum, model.predictRaw(table.features));
  });

  test('a row that does not fit is a bug of the caller', () => {
    assert.throws(() => model.predictRaw(new Float64Array(4)), /row of 5 features/u);
    assert.throws(() => model.predictRaw(table.features, -1), /row of 5 features/u);
    assert.throws(() => model.predictBatch(table.features, 3), /matrix of 3 x 5/u);
    assert.throws(() => model.predictInto(table.features, 0, new Float64Array(0)), /room for 1/u);
  });

  test('importance counts splits and sums gains of the features used', () => {
    const splits = model.featureImportance('split');
    const gains = model.featureImportance('gain');
    assert.equal(splits.length, 5);
    assert.ok(splits.reduce((sum, count) => sum + count, 0) <= 10 * 5);
    for (const [feature, count] of splits.entries()) assert.equal(count > 0, gains[feature]! > 0);
  });
});

describe('text format', () => {
  test('write, read, write: the same bytes; the same predictions', () => {
    const again = GbmModel.fromLightGbmText(text);
    assert.equal(again.toLightGbmText(), text);
    assert.deepEqual(again.predictRawBatch(table.features, 400), model.predictRawBatch(table.features, 400));
    assert.deepEqual(again.featureNames, table.featureNames);
    assert.equal(again.bestIteration, 10);
    assert.equal(again.objective, 'binary sigmoid:1');
  });

  test('tree_sizes are the bytes of the trees', () => {
    const sizes = /^tree_sizes=(.+)$/mu.exec(text)![1]!.split(' ').map(Number);
    let at = text.indexOf('Tree=0\n');
    for (const [tree, size] of sizes.entries()) {
      assert.ok(text.startsWith(`Tree=${tree}\n`, at));
      at += size;
    }
    assert.ok(text.startsWith('end of trees', at));
  });

  test('line ends of Windows and a missing parameter section are read', () => {
    const bare = text.slice(0, text.indexOf('feature_importances')).replaceAll('\n', '\r\n');
    const again = GbmModel.fromLightGbmText(bare);
    assert.equal(again.predictRaw(table.features), model.predictRaw(table.features));
  });

  test('broken texts are refused with the place', () => {
    const replaced = (pattern: RegExp, by: string): string => text.replace(pattern, by);
    for (const [broken, place] of [
      ['', /line 1/u],
      ['hello', /line 1/u],
      [text.slice(0, 400), /cut/u],
      [text.slice(0, text.indexOf('Tree=5')), /cut/u],
      [text.slice(0, text.indexOf('end of trees')), /cut/u],
      [replaced(/num_leaves=6/u, 'num_leaves=7'), /tree 0/u],
      [replaced(/num_leaves=6/u, 'num_leaves=1e9'), /num_leaves/u],
      [replaced(/split_feature=\d+/u, 'split_feature=5'), /split_feature/u],
      [replaced(/left_child=\S+/u, 'left_child=0'), /node 0 has node 0/u],
      [replaced(/left_child=\S+/u, 'left_child=-2'), /two parents|child/u],
      [replaced(/leaf_value=\S+/u, 'leaf_value=x'), /leaf_value/u],
      [replaced(/leaf_value=\S+/u, 'leaf_value=Infinity'), /leaf_value/u],
      [replaced(/threshold=\S+/u, 'threshold=nan'), /threshold/u],
      [replaced(/decision_type=\d+/u, 'decision_type=1'), /category set/u],
      [replaced(/max_feature_idx=4/u, 'max_feature_idx=9'), /feature names/u],
      [replaced(/objective=binary/u, 'objective=telepathy'), /telepathy/u],
      [replaced(/num_tree_per_iteration=1/u, 'num_tree_per_iteration=3'), /multiple of 3/u],
      [replaced(/is_linear=0/u, 'is_linear=1'), /linear trees/u],
    ] as const) {
      assert.throws(() => GbmModel.fromLightGbmText(broken), { code: 'XY_MODEL_INVALID', message: place });
    }
  });

  test('fuzz: a text with any bytes changed is read or refused with a code, never worse', () => {
    const prng = new Prng(99);
    for (let round = 0; round < 200; round++) {
      const at = prng.integer(0, text.length);
      const noise = ['', '-', '9', ' ', '\n', '=', 'e', '1e308', 'inf'][prng.integer(0, 9)]!;
      const broken = text.slice(0, at) + noise + text.slice(at + prng.integer(0, 4));
      let read: GbmModel;
      try {
        read = GbmModel.fromLightGbmText(broken);
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'XY_MODEL_INVALID');
        continue;
      }
      if (read.featureNames.length === 5) assert.equal(typeof read.predict(table.features), 'number');
    }
  });
});

describe('output transforms', () => {
  test('each objective of LightGBM has its own', () => {
    const of = (header: string, score: number): number => transformOne(parseOutputTransform(header), score);
    assert.equal(of('regression', -3), -3);
    assert.equal(of('', 1.5), 1.5);
    assert.equal(of('regression sqrt', -3), -9);
    assert.equal(of('binary sigmoid:2', 1), 1 / (1 + Math.exp(-2)));
    assert.equal(of('poisson', 1), Math.E);
    assert.equal(of('cross_entropy', 0), 0.5);
    assert.throws(() => parseOutputTransform('binary sigmoid:0'), { code: 'XY_MODEL_INVALID' });
  });

  test('the softmax sums to 1 and does not overflow', () => {
    const scores = Float64Array.of(7, 1000, 1001, 999);
    transformInPlace(parseOutputTransform('multiclass num_class:3'), scores, 1, 3);
    assert.equal(scores[0], 7);
    assert.ok(Math.abs(scores[1]! + scores[2]! + scores[3]! - 1) < 1e-15);
    assert.ok(Math.abs(scores[2]! / scores[1]! - Math.E) < 1e-12);
  });
});
