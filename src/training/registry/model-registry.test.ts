import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { XylenError } from '#core';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { admit, inventRows, ORIGIN, TRAIN_OPTIONS, trainParts } from '../test/rows.ts';
import { type TrainedModel, trainModel } from '../train-model.ts';
import { type ManifestCircumstances, votesFromUs } from './manifest.ts';
import { ModelRegistry } from './model-registry.ts';

const rows = inventRows({ rowCount: 2_500 });
const [first, second, third] = [1, 2, 3].map((seed) => trainSmall(seed)) as [
  TrainedModel,
  TrainedModel,
  TrainedModel,
];

const FOUND: ManifestCircumstances = {
  parent: null,
  gate: { isPassed: true, rules: [] },
  commit: 'abc',
  createdAtUs: 1_700_000_000_000_000,
};

function trainSmall(seed: number): TrainedModel {
  const params = { rounds: 3, numLeaves: 4, minDataInLeaf: 50, baggingFraction: 0.5, baggingFreq: 1 };
  return trainModel(admit(rows), ORIGIN, { ...TRAIN_OPTIONS, seed, params }, trainParts());
}

function refusal(code: string, expected: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof XylenError, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, expected);
    return true;
  };
}

test('what is saved is loaded: manifest, artefact, and the moment of the first vote', (t) => {
  const registry = new ModelRegistry(tempDir(t), 'a');
  registry.save(first, FOUND);
  const { artefact, manifest } = registry.load('gbm', first.version);
  assert.deepEqual(manifest, { version: first.version, content: first.content, circumstances: FOUND });
  assert.equal(artefact.modelText, first.modelText);
  assert.equal(artefact.votesFromUs, first.content.run.labelEndMaxUs + first.content.run.quarantineUs);
  assert.equal(artefact.votesFromUs, votesFromUs(first.content));
  assert.deepEqual(artefact.calibration, JSON.parse(first.calibrationText));
});

test('a version is its content: saving it again, under other circumstances, changes nothing', (t) => {
  const dataDir = tempDir(t);
  const registry = new ModelRegistry(dataDir, 'a');
  registry.save(first, FOUND);
  registry.save(first, { ...FOUND, createdAtUs: 5, commit: 'def' });
  assert.equal(registry.load('gbm', first.version).manifest.circumstances.commit, 'abc');
  assert.equal(trainSmall(1).version, first.version);
});

test('saving does not promote; promoting, rolling back and promoting again move the pointer alone', (t) => {
  const registry = new ModelRegistry(tempDir(t), 'a');
  for (const model of [first, second, third]) registry.save(model, FOUND);
  assert.equal(registry.current('gbm'), null);
  assert.equal(registry.loadCurrent('gbm'), null);
  registry.promote('gbm', first.version, 10);
  registry.promote('gbm', second.version, 20);
  registry.promote('gbm', second.version, 25);
  registry.promote('gbm', third.version, 30);
  assert.deepEqual(registry.current('gbm'), { version: third.version, sinceUs: 30 });
  assert.equal(registry.rollback('gbm').version, second.version);
  assert.equal(registry.rollback('gbm').version, first.version);
  assert.throws(() => registry.rollback('gbm'), refusal('XY_MODEL_MISSING', /served before/));
  assert.equal(registry.loadCurrent('gbm')?.manifest.version, first.version);
  assert.deepEqual(registry.versions('gbm'), [first.version, second.version, third.version].sort());
  assert.deepEqual(registry.names(), ['gbm']);
});

test('what is not there is named with what is', (t) => {
  const registry = new ModelRegistry(tempDir(t), 'a');
  registry.save(first, FOUND);
  assert.throws(
    () => registry.load('gbm', '0'.repeat(16)),
    refusal('XY_MODEL_MISSING', new RegExp(first.version)),
  );
  assert.throws(() => registry.load('../gbm', first.version), refusal('XY_USAGE', /lower-case/));
  assert.throws(() => registry.load('gbm', '../..'), refusal('XY_MODEL_MISSING', /no version/));
});

/** Saves a model, lets `damage` alter its folder, and returns what loading says. */
function afterDamage(t: TestContext, damage: (folder: string) => void, expected: RegExp): void {
  const dataDir = tempDir(t);
  const registry = new ModelRegistry(dataDir, 'a');
  registry.save(first, FOUND);
  damage(join(dataDir, 'models', 'gbm', first.version));
  assert.throws(() => registry.load('gbm', first.version), refusal('XY_MODEL_INVALID', expected));
}

function edit(file: string, from: string | RegExp, to: string): (folder: string) => void {
  return (folder) => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const edited = text.replace(from, to);
    assert.notEqual(edited, text, 'the edit changes the file');
    writeFileSync(path, edited);
  };
}

test('every damage is refused with the file and what differs', (t) => {
  const empty = (file: string) => (folder: string) => writeFileSync(join(folder, file), '');
  const cases: readonly (readonly [(folder: string) => void, RegExp])[] = [
    [edit('model.txt', 'leaf_value=', 'leaf_value=0.5 '), /model\.txt: expected the content of hash/],
    [
      edit('calibration.json', '"sampleCount":', '"sampleCount":1'),
      /calibration\.json: expected the content/,
    ],
    [edit('manifest.json', '"seed": 1', '"seed": 2'), /manifest\.json: its content is version/],
    [edit('manifest.json', '"variance": 0', '"variance": 1'), /manifest\.json: its content is version/],
    [edit('manifest.json', '"quarantineUs": 2592000000000', '"quarantineUs": 1'), /its content is version/],
    [edit('manifest.json', '"schemaVersion": 1', '"schemaVersion": 2'), /schemaVersion/],
    [edit('manifest.json', '"horizonBars"', '"horizon"'), /content\./],
    [edit('manifest.json', /$/, '}'), /manifest\.json/],
    [edit('manifest.json', '"name": "gbm"', '"name": "gbx"'), /it is of model 'gbx'/],
    [empty('manifest.json'), /manifest\.json/],
    [empty('model.txt'), /model\.txt/],
  ];
  for (const [damage, expected] of cases) afterDamage(t, damage, expected);
});

test('a model under the name of another version is refused', (t) => {
  const dataDir = tempDir(t);
  const registry = new ModelRegistry(dataDir, 'a');
  registry.save(first, FOUND);
  const folder = join(dataDir, 'models', 'gbm');
  cpSync(join(folder, first.version), join(folder, '0'.repeat(16)), { recursive: true });
  assert.throws(
    () => registry.load('gbm', '0'.repeat(16)),
    refusal('XY_MODEL_INVALID', /its content is version/),
  );
  assert.throws(() => registry.promote('gbm', '0'.repeat(16), 1), refusal('XY_MODEL_INVALID', /version/));
  assert.equal(registry.current('gbm'), null);
});

test('a damaged pointer is refused, not guessed at', (t) => {
  const dataDir = tempDir(t);
  const registry = new ModelRegistry(dataDir, 'a');
  registry.save(first, FOUND);
  registry.promote('gbm', first.version, 10);
  for (const text of ['', '{}', '{"serving":[]}', '{"serving":[{"version":"../x","sinceUs":1}]}']) {
    writeFileSync(join(dataDir, 'models', 'gbm', 'current.json'), text);
    assert.throws(() => registry.current('gbm'), refusal('XY_MODEL_INVALID', /current\.json/));
  }
});

test('what an interrupted program left behind is neither listed nor in the way', (t) => {
  const dataDir = tempDir(t);
  const folder = join(dataDir, 'models', 'gbm');
  mkdirSync(join(folder, '.unfinished-a'), { recursive: true });
  writeFileSync(join(folder, '.unfinished-a', 'model.txt'), 'half');
  writeFileSync(join(folder, '.unfinished-b'), 'half');
  const registry = new ModelRegistry(dataDir, 'a');
  assert.deepEqual(registry.versions('gbm'), []);
  registry.save(first, FOUND);
  registry.promote('gbm', first.version, 10);
  assert.deepEqual(registry.versions('gbm'), [first.version]);
  assert.ok(!existsSync(join(folder, '.unfinished-a')));
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort(),
    [first.version, 'current.json'].sort(),
  );
});

test('a promotion whose rival serves no more is refused; what a killed program left stands in nobody’s way', (t) => {
  const dataDir = tempDir(t);
  const registry = new ModelRegistry(dataDir, 'a');
  for (const model of [first, second, third]) registry.save(model, FOUND);
  assert.equal(registry.promote('gbm', first.version, 10, null), true);
  assert.equal(registry.promote('gbm', second.version, 20, first.version), true);
  assert.equal(
    registry.promote('gbm', third.version, 30, first.version),
    false,
    'compared with one that serves no more',
  );
  assert.equal(registry.current('gbm')?.version, second.version);
  for (const name of ['.unfinished-a', '.unfinished-a-file']) {
    mkdirSync(join(dataDir, 'models/gbm', name));
    writeFileSync(join(dataDir, 'models/gbm', name, 'manifest.json'), '{');
  }
  assert.equal(registry.rollback('gbm').version, first.version);
  assert.equal(registry.promote('gbm', third.version, 40), true);
});
