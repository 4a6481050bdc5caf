import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { XylenError } from '#core';
import { ModelRegistry } from '#training';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { keptContext, randomWalkFile, smallConfig, syntheticJob } from '../test/training.ts';
import { trainInWorker } from '../workers/train-in-worker.ts';
import { command as model } from './model.ts';
import { trainingJob } from './train/training-wish.ts';
import { command as train } from './train.ts';

const SILENT = { signal: new AbortController().signal, progress: { update: () => undefined } };

function refusal(code: string, expected: RegExp): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof XylenError && thrown.code === code && expected.test(thrown.message);
}

test('a random walk in a file is trained on, found to hold nothing, kept, and not promoted; the command ends with 0', async (t) => {
  const dataDir = tempDir(t);
  const config = smallConfig(dataDir);
  const options = { data: [randomWalkFile(dataDir, 110)], symbol: ['RWUSDT'], venue: 'binance-usdm' };
  const { context, lines } = keptContext(dataDir, config);
  assert.equal(await train.run([], options, context), 0);
  const text = lines.join('\n');
  assert.match(text, /no edge over knowing nothing was found/);
  assert.match(text, /^promoted: false/m);
  assert.match(text, /labels? end|label ends/);
  for (const name of [
    'fit',
    'stop',
    'calibrate',
    'test',
    'this model',
    'prior',
    'trend rule',
    'never trading',
    'buy and hold',
  ])
    assert.match(text, new RegExp(`^${name}`, 'm'), name);
  const registry = new ModelRegistry(dataDir, 'test');
  assert.equal(registry.versions('gbm').length, 1);
  assert.equal(registry.current('gbm'), null);
  const asJson = keptContext(dataDir, config, { isJson: true });
  assert.equal(await train.run([], options, asJson.context), 0);
  const [document] = asJson.documents as [{ promoted: boolean; version: string; run: { seed: number } }];
  assert.deepEqual(
    [document.promoted, document.version, document.run.seed],
    [false, registry.versions('gbm')[0], 1],
  );
  assert.deepEqual(asJson.lines, []);
});

test('an edge is promoted; the registry lists, shows and rolls back', async (t) => {
  const dataDir = tempDir(t);
  const config = smallConfig(dataDir);
  const empty = keptContext(dataDir, config);
  await model.run(['list'], {}, empty.context);
  assert.match(empty.lines.join(), /no model yet/);
  const first = await trainInWorker(syntheticJob(dataDir, config), SILENT);
  assert.ok(first.isPromoted, JSON.stringify(first.manifest.circumstances.gate));
  const version = first.manifest.version;
  const registry = new ModelRegistry(dataDir, 'test');
  assert.equal(registry.current('gbm')?.version, version);
  const listed = keptContext(dataDir, config);
  await model.run(['list'], {}, listed.context);
  assert.match(listed.lines.join('\n'), new RegExp(`^\\* gbm +${version} +passed the gate`, 'm'));
  const shown = keptContext(dataDir, config);
  await model.run(['show', 'gbm'], {}, shown.context);
  assert.match(shown.lines.join('\n'), /sim, SYNTHETIC/);
  assert.match(shown.lines.at(-1) ?? '', /This version serves/);
  const rolled = keptContext(dataDir, config);
  await assert.rejects(
    model.run(['rollback', 'gbm'], {}, rolled.context),
    refusal('XY_MODEL_MISSING', /before/),
  );
  await assert.rejects(
    model.run(['show', 'nn'], {}, rolled.context),
    refusal('XY_MODEL_MISSING', /there is gbm/),
  );
});

test('an interrupted training leaves nothing', async (t) => {
  const dataDir = tempDir(t);
  const config = smallConfig(dataDir);
  const controller = new AbortController();
  const progress = {
    update: ({ label }: { readonly label: string }) => {
      if (label === 'growing trees') controller.abort();
    },
  };
  const job = syntheticJob(dataDir, config);
  await assert.rejects(
    trainInWorker(job, { signal: controller.signal, progress }),
    refusal('XY_INTERRUPTED', /registry is as it was/),
  );
  assert.ok(!existsSync(join(dataDir, 'models')));
  const signal = AbortSignal.abort();
  await assert.rejects(trainInWorker(job, { ...SILENT, signal }), refusal('XY_INTERRUPTED', /./));
});

test('what goes wrong in the thread arrives as it was thrown', async (t) => {
  const dataDir = tempDir(t);
  const config = smallConfig(dataDir);
  const job = { ...syntheticJob(dataDir, config), source: { kind: 'archive' } as const };
  await assert.rejects(trainInWorker(job, SILENT), refusal('XY_DATA_INSUFFICIENT', /candles of sim BTCUSDT/));
});

test('a wrong command line is refused by option', (t) => {
  const config = smallConfig(tempDir(t));
  const occasion = { dataDir: '', nowUs: 0, commit: '' };
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ model: 'oracle' }, /--model: expected one of gbm/],
    [{ venue: 'nasdaq' }, /--venue/],
    [{ seed: '-1' }, /--seed/],
    [{ from: 'yesterday' }, /--from/],
    [{ to: '2024-02-30' }, /--to/],
  ];
  for (const [options, expected] of cases) {
    assert.throws(() => trainingJob(options, config, occasion), refusal('XY_USAGE', expected));
  }
});

test('what is not given comes from the configuration', (t) => {
  const config = smallConfig(tempDir(t));
  const job = trainingJob({}, config, { dataDir: '/d', nowUs: 5, commit: 'c' });
  assert.deepEqual([job.venue, job.symbols, job.source.kind], ['binance-usdm', ['BTCUSDT'], 'archive']);
  assert.deepEqual([job.model.name, job.model.seed, job.horizonBars], ['gbm', 1, 4]);
  assert.equal(job.quarantineUs, 30 * 86_400_000_000);
  assert.ok(Math.abs(job.model.costFraction - 0.0012) < 1e-12);
});
