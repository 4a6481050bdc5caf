/** One training, and the guards around it: each test poisons the rows that a guard keeps out and sees that nothing changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EpochUs, Prng, US_PER_MINUTE, XylenError } from '#core';
import { gbmForecaster } from '#serving';
import { SYNTHETIC_SYMBOLS, syntheticMarket, takeCandles } from '#sim';
import { silentProgress } from '#telemetry';
import { AdmittedRows } from './data/admitted-rows.ts';
import { buildDataset } from './data/build-dataset.ts';
import type { LabelledRows } from './data/labelled-rows.ts';
import type { TrainingData } from './data/training-data.ts';
import { type BlockName, cutBlocks, type TimeBlocks } from './fit/time-blocks.ts';
import {
  admit,
  changeRows,
  dataOf,
  inventRows,
  ORIGIN,
  poison,
  QUARANTINE_US,
  randomWalkCandles,
  START_US,
  TRAIN_OPTIONS,
  trainParts,
} from './test/rows.ts';
import {
  type TrainedModel,
  type TrainModelOptions,
  type TrainModelParts,
  trainModel,
} from './train-model.ts';

const rows = inventRows();
const admitted = admit(rows);
const blocks = cutBlocks(admitted, TRAIN_OPTIONS.blocks);
const trained = train(rows);

function train(
  table: LabelledRows,
  changes: Partial<TrainModelOptions> = {},
  parts: Partial<TrainModelParts> = {},
): TrainedModel {
  return trainModel(admit(table), ORIGIN, { ...TRAIN_OPTIONS, ...changes }, trainParts(parts));
}

/** Everything that was fitted. */
function fittedParts({ calibrationText, content, modelText }: TrainedModel) {
  return { modelText, calibrationText, head: content.head };
}

/** Poisons some rows and trains on the rest of the table. */
function trainPoisoned(isPoisoned: (row: number) => boolean): TrainedModel {
  return train(
    changeRows(rows, (copy, row) => {
      if (isPoisoned(row)) poison(copy, row);
    }),
  );
}

function blockStartUs(name: BlockName, of: TimeBlocks = blocks): EpochUs {
  return Math.min(...Array.from(of[name], (row) => rows.startUs[row]!));
}

test('a real signal is found: better than the prior beyond luck, promoted, and its vote begins after the quarantine', () => {
  const { content, verdict } = trained;
  const [model, prior] = content.contenders;
  assert.equal(model?.name, 'model');
  assert.ok(model!.metrics!.logLoss < prior!.metrics!.logLoss);
  assert.ok(verdict.isPassed, JSON.stringify(verdict));
  assert.ok(content.skill.tStatistic > 3);
  assert.equal(
    content.run.labelEndMaxUs,
    Math.max(...Array.from(admitted.index, (row) => rows.labelEndUs[row]!)),
  );
  assert.ok(content.run.labelEndMaxUs < content.run.clockUs - QUARANTINE_US);
});

test('the same rows, settings and seed give the same bytes; another seed gives others', () => {
  assert.deepEqual(train(rows), trained);
  assert.notEqual(train(rows, { seed: 8 }).version, trained.version);
});

test('QUARANTINE: nothing in the last 30 days touches the model, its report or its version', () => {
  const cutUs = rows.newestUs - QUARANTINE_US;
  const poisoned = trainPoisoned((row) => rows.labelEndUs[row]! >= cutUs);
  assert.deepEqual(poisoned, trained);
});

test('PURGE: even without an embargo, a row whose label reaches into the next block touches nothing', () => {
  const options = { ...TRAIN_OPTIONS.blocks, embargoUs: 0 };
  const purged = cutBlocks(admitted, options);
  const clean = train(rows, { blocks: options });
  for (const name of ['stop', 'calibrate', 'test'] as const) {
    const fromUs = blockStartUs(name, purged);
    const reaching = changeRows(rows, (copy, row) => {
      if (rows.startUs[row]! < fromUs && rows.labelEndUs[row]! >= fromUs) poison(copy, row);
    });
    assert.deepEqual(fittedParts(train(reaching, { blocks: options })), fittedParts(clean), `before ${name}`);
  }
});

test('EMBARGO: a row whose label ends within a day before the next block touches nothing', () => {
  const { embargoUs } = TRAIN_OPTIONS.blocks;
  for (const name of ['stop', 'calibrate', 'test'] as const) {
    const fromUs = blockStartUs(name);
    const poisoned = trainPoisoned(
      (row) => rows.labelEndUs[row]! < fromUs && rows.labelEndUs[row]! + embargoUs >= fromUs,
    );
    assert.deepEqual(fittedParts(poisoned), fittedParts(trained), `before ${name}`);
  }
});

test('IN-FOLD: trees know the fit and stop blocks alone, calibration and head nothing of the test block', () => {
  const inBlock = (name: keyof TimeBlocks): ((row: number) => boolean) => {
    const own = new Set(blocks[name]);
    return (row) => own.has(row);
  };
  const onTest = trainPoisoned(inBlock('test'));
  assert.deepEqual(fittedParts(onTest), fittedParts(trained));
  assert.notEqual(
    onTest.content.contenders[0]!.metrics!.logLoss,
    trained.content.contenders[0]!.metrics!.logLoss,
  );
  const onCalibrate = trainPoisoned(inBlock('calibrate'));
  assert.equal(onCalibrate.modelText, trained.modelText);
  assert.notEqual(onCalibrate.calibrationText, trained.calibrationText);
  assert.notEqual(trainPoisoned(inBlock('fit')).modelText, trained.modelText);
  assert.notEqual(trainPoisoned(inBlock('stop')).modelText, trained.modelText);
});

test('a label planted in a feature shows as absurd skill: what the guards would look like if they failed', () => {
  const leaky = changeRows(rows, (copy, row) => {
    copy.matrix[row * copy.features.names.length + 1] = Math.sign(copy.forwardReturn[row]!);
  });
  const { auc } = train(leaky).content.contenders[0]!.metrics!;
  assert.ok(auc > 0.999, `AUC ${auc}`);
  const honest = trained.content.contenders[0]!.metrics!.auc;
  assert.ok(honest > 0.55 && honest < 0.9, `AUC ${honest}`);
});

test('rows of a random walk give no edge: the log loss is the coin within noise and the gate refuses', () => {
  for (const seed of [1, 2, 3]) {
    const { content, verdict } = train(inventRows({ edge: 0, seed }));
    assert.ok(!verdict.isPassed, `seed ${seed}: ${JSON.stringify(verdict)}`);
    assert.equal(verdict.rules[0]!.isPassed, false);
    assert.ok(Math.abs(content.contenders[0]!.metrics!.logLoss - Math.LN2) < 0.012);
  }
});

test('the serving model must be beaten on the same rows; the same model again is not its own rival', () => {
  const forecaster = gbmForecaster({
    name: 'gbm',
    version: 'old',
    featureSetHash: rows.features.setHash,
    featureNames: rows.features.names,
    votesFromUs: 0,
    modelText: trained.modelText,
    calibration: JSON.parse(trained.calibrationText),
    head: trained.content.head,
    variance: 0,
  });
  const served = { version: 'old', horizonBars: rows.horizonBars, forecaster };
  const weaker = train(rows, { params: { ...TRAIN_OPTIONS.params, rounds: 2 } }, { served });
  assert.equal(weaker.verdict.rules.find(({ rule }) => rule === 'beats_served')?.isPassed, false);
  assert.equal(weaker.verdict.isPassed, false);
  const again = train(rows, {}, { served: { ...served, version: trained.version } });
  assert.deepEqual(again.verdict, trained.verdict);
  const otherHorizon = train(rows, { seed: 8 }, { served: { ...served, horizonBars: 99 } });
  assert.ok(!otherHorizon.verdict.rules.some(({ rule }) => rule === 'beats_served'));
});

test('a training ends when the checkpoint says so', () => {
  let calls = 0;
  const checkpoint = (): void => {
    if (++calls === 5) throw new XylenError('XY_INTERRUPTED', 'stop');
  };
  assert.throws(() => train(rows, {}, { checkpoint }), /stop/);
});

const BAR_US = 30 * US_PER_MINUTE;
const CANDLE_OPTIONS: TrainModelOptions = {
  ...TRAIN_OPTIONS,
  params: {
    rounds: 80,
    learningRate: 0.05,
    numLeaves: 8,
    minDataInLeaf: 200,
    lambdaL2: 10,
    featureFraction: 0.5,
    earlyStoppingRounds: 15,
  },
};

async function trainOnCandles(data: TrainingData): Promise<TrainedModel> {
  const table = await buildDataset(data, {
    timeframesUs: [BAR_US],
    horizonBars: 4,
    progress: silentProgress,
    checkpoint: () => undefined,
  });
  const loaded = AdmittedRows.load(table, { clockUs: table.newestUs, quarantineUs: QUARANTINE_US });
  return trainModel(loaded, data, CANDLE_OPTIONS, trainParts());
}

test('the synthetic market has an edge by design, and boosting finds it on rows it has not seen', async () => {
  const symbols = [{ ...SYNTHETIC_SYMBOLS[0]!, marketLoading: 0 }];
  const market = syntheticMarket({
    symbols,
    startUs: START_US,
    endUs: null,
    barUs: BAR_US,
    seed: 1,
    feedLatencyUs: 0,
  });
  const { content, verdict } = await trainOnCandles(dataOf(takeCandles(market, 1, 38_400)));
  assert.ok(content.skill.tStatistic > 3, `t = ${content.skill.tStatistic}`);
  assert.ok(verdict.rules[0]!.isPassed);
});

test('candles of a pure random walk claim nothing, by the same features and settings', async () => {
  const { content, verdict } = await trainOnCandles(dataOf([randomWalkCandles(new Prng(1), 24_000, BAR_US)]));
  assert.ok(!verdict.isPassed);
  assert.ok(Math.abs(content.contenders[0]!.metrics!.logLoss - Math.LN2) < 0.006);
  assert.ok(Math.abs(content.skill.tStatistic) < 3);
});
