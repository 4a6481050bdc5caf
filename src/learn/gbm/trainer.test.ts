import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Prng } from '#core';
import type { GbmDataset } from './dataset.ts';
import { type GbmParams, gbmParams } from './params.ts';
import { syntheticTable } from './synthetic-table.ts';
import { type GbmTrainOptions, trainGbm } from './trainer.ts';

const train = (
  table: GbmDataset,
  overrides: Partial<GbmParams>,
  options: Partial<GbmTrainOptions> & { seed?: number } = {},
) => {
  const { seed = 1, ...rest } = options;
  return trainGbm(table, gbmParams({ rounds: 20, numLeaves: 8, ...overrides }), {
    prng: new Prng(seed),
    ...rest,
  });
};

const numbers = syntheticTable({
  rowCount: 600,
  featureCount: 6,
  seed: 11,
  labelKind: 'number',
  missingShare: 0.1,
});
const classes = syntheticTable({
  rowCount: 600,
  featureCount: 6,
  seed: 12,
  labelKind: 'class',
  missingShare: 0.1,
});

/** The table with its columns in another order. */
function permuted(table: GbmDataset, order: readonly number[]): GbmDataset {
  const { featureCount } = table;
  const features = table.features.map((_, at) => {
    const row = Math.floor(at / featureCount);
    return table.features[row * featureCount + order[at % featureCount]!]!;
  });
  return { ...table, features, featureNames: order.map((feature) => table.featureNames[feature]!) };
}

/** The losses on the training table after each round. */
function losses(table: GbmDataset, overrides: Partial<GbmParams>): number[] {
  const seen: number[] = [];
  train(table, overrides, {
    onRound: (state) => {
      seen.push(state.trainLoss());
      return 'continue';
    },
  });
  return seen;
}

describe('training', () => {
  for (const [name, table, objective] of [
    ['squared error', numbers, 'l2'],
    ['log loss', classes, 'binary'],
  ] as const) {
    test(`${name}: the training loss falls every round without sampling`, () => {
      const seen = losses(table, { objective });
      assert.equal(seen.length, 20);
      for (let round = 1; round < seen.length; round++) assert.ok(seen[round]! < seen[round - 1]!);
    });

    test(`${name}: the scores kept while training are those the model predicts`, () => {
      let last = 0;
      const onRound: GbmTrainOptions['onRound'] = (state) => {
        last = state.trainLoss();
        return 'continue';
      };
      const variants: Partial<GbmParams>[] = [
        {},
        { baggingFraction: 0.5, baggingFreq: 2, featureFraction: 0.6 },
        { binSampleRows: 100, maxBin: 16 },
        { missing: 'zero' },
        { missing: 'none' },
        { boostFromAverage: false, lambdaL1: 0.1, lambdaL2: 1 },
      ];
      for (const overrides of variants) {
        const model = train(table, { objective, ...overrides }, { onRound });
        const raw = model.predictRawBatch(table.features, table.rowCount);
        const mean = raw.reduce((sum, score, row) => {
          const label = table.labels[row]!;
          if (objective === 'l2') return sum + (score - Math.fround(label)) ** 2 / table.rowCount;
          return sum + Math.log1p(Math.exp(label === 1 ? -score : score)) / table.rowCount;
        }, 0);
        assert.ok(Math.abs(mean - last) < 1e-9);
      }
    });
  }

  test('it learns: far better than the mean on rows it has not seen', () => {
    const table = syntheticTable({
      rowCount: 3000,
      featureCount: 6,
      seed: 1,
      labelKind: 'number',
      missingShare: 0,
    });
    const fresh = syntheticTable({
      rowCount: 1000,
      featureCount: 6,
      seed: 2,
      labelKind: 'number',
      missingShare: 0,
    });
    const model = train(table, { rounds: 100, numLeaves: 16 });
    const forecasts = model.predictBatch(fresh.features, fresh.rowCount);
    const mean = table.labels.reduce((sum, label) => sum + label, 0) / table.rowCount;
    const error = forecasts.reduce((sum, forecast, row) => sum + (forecast - fresh.labels[row]!) ** 2, 0);
    const spread = fresh.labels.reduce((sum, label) => sum + (label - mean) ** 2, 0);
    assert.ok(error < 0.3 * spread, `share of variance left: ${error / spread}`);
  });

  test('the order of the features does not matter', () => {
    const order = [3, 5, 0, 1, 4, 2];
    const other = permuted(numbers, order);
    const a = train(numbers, {}).predictRawBatch(numbers.features, numbers.rowCount);
    const b = train(other, {}).predictRawBatch(other.features, other.rowCount);
    for (const [row, score] of a.entries()) assert.ok(Math.abs(score - b[row]!) < 1e-9);
  });

  test('same seed, same bytes; another seed, another model', () => {
    const sampled = { baggingFraction: 0.7, baggingFreq: 1, featureFraction: 0.5 };
    const text = (seed: number): string => train(classes, sampled, { seed }).toLightGbmText();
    assert.equal(text(5), text(5));
    assert.notEqual(text(5), text(6));
  });

  test('float32 and float64 features of equal value give the same model', () => {
    const features = Float32Array.from(numbers.features);
    const narrow = train({ ...numbers, features }, {});
    const wide = train({ ...numbers, features: Float64Array.from(features) }, {});
    assert.equal(narrow.toLightGbmText(), wide.toLightGbmText());
  });

  test('doubling all weights changes nothing in squared error', () => {
    const weights = new Float64Array(numbers.rowCount).fill(2);
    const plain = train(numbers, {}).predictRawBatch(numbers.features, numbers.rowCount);
    const weighted = train({ ...numbers, weights }, {}).predictRawBatch(numbers.features, numbers.rowCount);
    for (const [row, score] of plain.entries()) assert.ok(Math.abs(score - weighted[row]!) < 1e-6);
  });

  test('a row of weight 0 has no say', () => {
    const labels = numbers.labels.slice();
    const weights = new Float64Array(numbers.rowCount).fill(1);
    weights[7] = 0;
    const before = train({ ...numbers, weights }, {}).predictRawBatch(numbers.features, numbers.rowCount);
    labels[7] = 1e6;
    const after = train({ ...numbers, labels, weights }, {}).predictRawBatch(
      numbers.features,
      numbers.rowCount,
    );
    assert.deepEqual(after, before);
  });

  test('weights of absurdly different size do not break it', () => {
    const weights = numbers.labels.map((_, row) => (row % 7 === 0 ? 1e12 : row % 5 === 0 ? 0 : 1e-12));
    const limits = { minDataInLeaf: 0, minSumHessianInLeaf: 0 };
    const raw = train({ ...numbers, weights }, limits).predictRawBatch(numbers.features, numbers.rowCount);
    assert.ok(raw.every(Number.isFinite));
  });

  test('a constant label gives a constant model', () => {
    const labels = new Float64Array(numbers.rowCount).fill(2.5);
    const model = train({ ...numbers, labels }, {});
    assert.equal(model.treeCount, 1);
    assert.equal(model.predict(numbers.features), 2.5);
  });

  test('one class gives a constant model, near certain', () => {
    const labels = new Float64Array(classes.rowCount).fill(1);
    const model = train({ ...classes, labels }, { objective: 'binary' });
    assert.equal(model.treeCount, 1);
    assert.ok(model.predict(classes.features) > 1 - 1e-12);
  });

  test('one row gives its label', () => {
    const table = { rowCount: 1, featureCount: 2, featureNames: ['a', 'b'] };
    const model = train({ ...table, features: Float64Array.of(1, 2), labels: Float64Array.of(7) }, {});
    assert.equal(model.predict(Float64Array.of(0, 0)), 7);
  });

  test('a column of nothing but NaN is never used', () => {
    const features = numbers.features.map((value, at) => (at % 6 === 2 ? Number.NaN : value));
    const model = train({ ...numbers, features }, {});
    assert.equal(model.featureImportance('split')[2], 0);
    assert.match(model.toLightGbmText(), /feature_infos=\S+ \S+ none /u);
  });

  test('limits hold: leaves, depth, rows of a leaf', () => {
    const model = train(numbers, { numLeaves: 31, maxDepth: 3, minDataInLeaf: 40, rounds: 3 });
    const text = model.toLightGbmText();
    for (const [, count] of text.matchAll(/^num_leaves=(\d+)$/gmu)) assert.ok(Number(count) <= 8);
    for (const [, counts] of text.matchAll(/^leaf_count=(.+)$/gmu)) {
      for (const count of counts!.split(' ')) assert.ok(Number(count) >= 40);
    }
  });

  test('a sample of features keeps each tree to that many', () => {
    const text = train(numbers, { featureFraction: 0.34, rounds: 10 }).toLightGbmText();
    for (const [, used] of text.matchAll(/^split_feature=(.+)$/gmu)) {
      assert.ok(new Set(used!.split(' ')).size <= 2);
    }
  });
});

describe('early stopping and the callback', () => {
  const valid = syntheticTable({
    rowCount: 300,
    featureCount: 6,
    seed: 13,
    labelKind: 'class',
    missingShare: 0.1,
  });
  const eager = { objective: 'binary', rounds: 400, learningRate: 0.5, earlyStoppingRounds: 5 } as const;

  test('the model ends with the round of least validation loss', () => {
    const seen: number[] = [];
    const model = train(classes, eager, {
      valid,
      onRound: ({ validLoss, round, roundCount, bestRound }) => {
        seen.push(validLoss!);
        assert.equal(round, seen.length);
        assert.equal(roundCount, 400);
        assert.equal(bestRound, seen.indexOf(Math.min(...seen)) + 1);
        return 'continue';
      },
    });
    const best = seen.indexOf(Math.min(...seen)) + 1;
    assert.equal(model.bestIteration, best);
    assert.equal(seen.length, best + 5);
  });

  test('without early stopping the validation table only watches', () => {
    const watched = train(classes, { objective: 'binary' }, { valid });
    assert.equal(watched.toLightGbmText(), train(classes, { objective: 'binary' }).toLightGbmText());
  });

  test('the callback can stop', () => {
    const model = train(numbers, {}, { onRound: ({ round }) => (round === 3 ? 'stop' : 'continue') });
    assert.equal(model.bestIteration, 3);
  });

  test('early stopping without a validation table is refused', () => {
    assert.throws(() => train(classes, eager), { code: 'XY_CONFIG_INVALID' });
  });

  test('a validation table of other features is refused', () => {
    const other = { ...valid, featureNames: ['a', 'b', 'c', 'd', 'e', 'g'] };
    assert.throws(() => train(classes, eager, { valid: other }), { code: 'XY_DATA_INSUFFICIENT' });
  });
});

describe('refusals', () => {
  test('parameters: unknown, out of range, of the wrong kind', () => {
    assert.throws(() => gbmParams({ numLeafs: 3 } as Partial<GbmParams>), {
      code: 'XY_CONFIG_INVALID',
      message: /numLeafs/u,
    });
    for (const [key, value] of [
      ['rounds', 0],
      ['rounds', 1.5],
      ['learningRate', 0],
      ['learningRate', Number.NaN],
      ['numLeaves', 1],
      ['maxBin', 256],
      ['lambdaL2', -1],
      ['featureFraction', 1.1],
      ['objective', 'poisson'],
      ['missing', 'maybe'],
      ['boostFromAverage', 1],
    ] as const) {
      assert.throws(() => gbmParams({ [key]: value } as Partial<GbmParams>), {
        code: 'XY_CONFIG_INVALID',
        message: new RegExp(key, 'u'),
      });
    }
  });

  test('tables: shapes and names', () => {
    for (const broken of [
      { rowCount: 0 },
      { rowCount: 599 },
      { featureCount: 5 },
      { featureCount: 0 },
      { labels: new Float64Array(3) },
      { weights: new Float64Array(3) },
      { weights: new Float64Array(600) },
      { featureNames: ['a', 'b'] },
      { featureNames: ['a', 'b', 'c', 'd', 'e', 'e'] },
      { featureNames: ['a', 'b', 'c', 'd', 'e', 'x y'] },
    ]) {
      assert.throws(() => train({ ...numbers, ...broken }, {}), { code: 'XY_DATA_INSUFFICIENT' });
    }
  });

  test('tables: numbers, with their place', () => {
    const features = numbers.features.slice();
    features[3 * 6 + 2] = Number.POSITIVE_INFINITY;
    const labels = numbers.labels.slice();
    labels[4] = Number.NaN;
    const weights = new Float64Array(numbers.rowCount).fill(1);
    weights[5] = -1;
    for (const [broken, fields] of [
      [{ features }, { row: 3, column: 'f2', value: Number.POSITIVE_INFINITY }],
      [{ labels }, { row: 4, column: 'label', value: Number.NaN }],
      [{ weights }, { row: 5, column: 'weight', value: -1 }],
    ] as const) {
      assert.throws(() => train({ ...numbers, ...broken }, {}), { code: 'XY_ROW_INVALID', fields });
    }
    assert.throws(() => train(numbers, { objective: 'binary' }), { code: 'XY_ROW_INVALID' });
  });
});
