/** A training on recorded markets: whatever the model is worth, the report must be honest about it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { type GbmArtefact, gbmForecaster, trendRule } from '#serving';
import { FileHistory } from '#store/files';
import { silentProgress } from '#telemetry';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { AdmittedRows } from './data/admitted-rows.ts';
import { buildDataset } from './data/build-dataset.ts';
import { historyData } from './data/training-data.ts';
import { cutBlocks } from './fit/time-blocks.ts';
import { trainModel } from './train-model.ts';

const TIMEFRAMES_US = [5 * US_PER_MINUTE, 15 * US_PER_MINUTE, US_PER_HOUR];
const HORIZON_BARS = 48;
const QUARANTINE_US = 30 * US_PER_DAY;
const EMBARGO_US = US_PER_DAY;
const FILE = sharedPath('data', 'binance-usdm', 'candles-5m', 'BTCUSDT_5m_2023-2024.csv.gz');

test('trained on recorded 5m candles, the last 30 days untouched, with no skill that is too good to be true', {
  skip: skipWithoutShared,
}, async () => {
  const history = await FileHistory.open([FILE], { venue: 'binance-usdm', symbols: ['BTCUSDT'] });
  const query = { venue: 'binance-usdm', symbols: ['BTCUSDT'], fromUs: null, toUs: null } as const;
  const data = await historyData(history, { ...query, decisionUs: TIMEFRAMES_US[0]! });
  const silence = { progress: silentProgress, checkpoint: () => undefined };
  const rows = await buildDataset(data, {
    timeframesUs: TIMEFRAMES_US,
    horizonBars: HORIZON_BARS,
    ...silence,
  });
  await history.close();
  const admitted = AdmittedRows.load(rows, { clockUs: rows.newestUs, quarantineUs: QUARANTINE_US });
  const options = { heldOutFraction: 0.2, embargoUs: EMBARGO_US };
  const trained = trainModel(
    admitted,
    data,
    {
      name: 'gbm',
      seed: 1,
      params: { rounds: 40, learningRate: 0.05, minDataInLeaf: 500, earlyStoppingRounds: 10 },
      blocks: options,
      costFraction: 0.0012,
    },
    {
      ...silence,
      serve: (artefact: GbmArtefact) => gbmForecaster(artefact),
      rules: [
        {
          name: 'trend',
          forecaster: trendRule({ timeframesUs: TIMEFRAMES_US, horizonBars: HORIZON_BARS }),
        },
      ],
      served: null,
    },
  );
  const { content } = trained;
  assert.ok(content.data.rowCount > 100_000);
  assert.ok(content.data.quarantinedCount >= QUARANTINE_US / TIMEFRAMES_US[0]! - HORIZON_BARS);
  assert.ok(content.run.labelEndMaxUs < rows.newestUs - QUARANTINE_US);
  const blocks = cutBlocks(admitted, options);
  const newestUsed = Math.max(...Array.from(blocks.test, (row) => rows.labelEndUs[row]!));
  assert.equal(newestUsed, content.run.labelEndMaxUs);
  assert.deepEqual(
    content.contenders.map(({ name }) => name),
    ['model', 'prior', 'coin', 'trend', 'always_hold', 'buy_and_hold'],
  );
  const { auc, calibrationError } = content.contenders[0]!.metrics!;
  assert.ok(auc > 0.4 && auc < 0.65, `AUC ${auc}: four hours of a liquid market are no sure thing`);
  assert.ok(calibrationError < 0.15, `calibration error ${calibrationError}`);
  const fit = content.blocks[0]!.metrics.auc;
  assert.ok(fit >= auc, 'the block that was learned from looks better than the one that was not');
});
