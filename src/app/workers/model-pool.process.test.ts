import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { XylenError } from '#core';
import { featureSet } from '#features';
import { ModelRegistry } from '#training';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { XylenConfig } from '../config/schema.ts';
import { smallConfig, syntheticJob } from '../test/training.ts';
import { openModelPool, predictorSpecs } from './model-pool.ts';
import { runTraining } from './training-run.ts';

const SILENT = { progress: { update: () => undefined }, checkpoint: () => undefined, tag: 'test' };

function kindsOf(config: XylenConfig, dataDir: string): readonly string[] {
  const { timeframesUs } = config;
  return predictorSpecs({ config, dataDir, timeframesUs, isReplay: true }).map((spec) =>
    spec.kind === 'untrained' ? spec.message : spec.kind,
  );
}

test('a model that is not there, or did not pass, is served as untrained and says so; a disabled one is not served', async (t) => {
  const dataDir = tempDir(t);
  const config = smallConfig(dataDir, 'risk: {}\n');
  assert.deepEqual(kindsOf(config, dataDir), [
    'trend',
    "there is no model 'gbm' yet; see 'xylen train --help'",
  ]);
  const job = syntheticJob(dataDir, config);
  const costly = { ...job, model: { ...job.model, params: { ...job.model.params, rounds: 1 } } };
  const { isPromoted } = await runTraining({ ...costly, source: shortened(job.source) }, SILENT);
  assert.equal(isPromoted, false);
  assert.match(kindsOf(config, dataDir)[1] ?? '', /none of the 1 trained versions passed the gate/);
});

/** Too little history to show an edge. */
function shortened(source: ReturnType<typeof syntheticJob>['source']): typeof source {
  assert.ok(source.kind === 'synthetic');
  const { options } = source;
  return { kind: 'synthetic', options: { ...options, endUs: options.startUs + 130 * 86_400_000_000 } };
}

test('a promoted model', async (t) => {
  const dataDir = tempDir(t);
  const config = smallConfig(dataDir);
  const trained = await runTraining(syntheticJob(dataDir, config), SILENT);
  assert.ok(trained.isPromoted, JSON.stringify(trained.manifest.circumstances.gate));
  const again = await runTraining(syntheticJob(dataDir, config), SILENT);
  assert.equal(again.manifest.version, trained.manifest.version, 'the same job gives the same version');

  await t.test('is served, and votes from the end of its quarantine on', async () => {
    assert.deepEqual(kindsOf(config, dataDir), ['trend', 'gbm']);
    const pool = await openModelPool({
      config,
      dataDir,
      timeframesUs: config.timeframesUs,
      isReplay: true,
    });
    const info = pool.models[1];
    assert.ok(info?.isTrained && info.votesFromUs > 0);
    assert.equal(info.endpoint, `in-process:gbm@${info.version}`);
    const { hash, names } = featureSet(config.timeframesUs);
    const ask = async (tsUs: number) => {
      const { replies } = await pool.ask({
        requestId: 1,
        symbol: 'BTCUSDT',
        timeframeUs: config.timeframesUs[0]!,
        tsUs,
        price: 100,
        featureSetHash: hash,
        features: new Float64Array(names.length),
      });
      return replies[1];
    };
    const early = await ask(info.votesFromUs - 1);
    assert.ok(early?.kind === 'no-vote' && early.reason === 'in_sample');
    const vote = await ask(info.votesFromUs);
    assert.ok(vote?.kind === 'prediction' && vote.prediction.latencyMs === 5);
    await pool.close();
  });

  await t.test('answers alike in the worker', async () => {
    const worker = { ...config, models: { ...config.models, mode: 'worker' as const } };
    const { hash, names } = featureSet(config.timeframesUs);
    const question = {
      requestId: 4,
      symbol: 'BTCUSDT',
      timeframeUs: config.timeframesUs[0]!,
      tsUs: Date.UTC(2030, 0, 1) * 1_000,
      price: 100,
      featureSetHash: hash,
      features: Float64Array.from(names, (_, at) => 0.001 * at),
    };
    const common = { dataDir, timeframesUs: config.timeframesUs, isReplay: true };
    const here = await openModelPool({ ...common, config });
    const there = await openModelPool({ ...common, config: worker });
    assert.deepEqual(await there.ask(question), await here.ask(question));
    assert.equal(there.models[1]?.endpoint, `worker:gbm@${there.models[1]?.version}`);
    await Promise.all([here.close(), there.close()]);
  });

  await t.test('is not asked for another horizon than it learned', () => {
    const other = { ...config, ensemble: { ...config.ensemble, horizonBars: 8 } };
    assert.match(kindsOf(other, dataDir)[1] ?? '', /predicts 4 bars ahead, the ensemble asks for 8/);
  });

  await t.test('stops the program when it is damaged', () => {
    const version = new ModelRegistry(dataDir, 'test').current('gbm')?.version ?? '';
    appendFileSync(join(dataDir, 'models', 'gbm', version, 'model.txt'), '\n');
    assert.throws(
      () => kindsOf(config, dataDir),
      (thrown: unknown) => thrown instanceof XylenError && thrown.code === 'XY_MODEL_INVALID',
    );
  });
});
