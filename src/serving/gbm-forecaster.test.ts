import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { calibrate } from '#ensemble';
import { GbmModel } from '#learn';
import { emptyForecast } from './forecast.ts';
import { gbmForecaster } from './gbm-forecaster.ts';
import { featureRow, sampleArtefact } from './test/samples.ts';

const artefact = sampleArtefact();

test('a forecast is the calibrated probability, its return the lean times the present move times its share', () => {
  const features = featureRow({ [artefact.featureNames[0]!]: 0.4, atr_14_5m: 0.003 });
  const out = emptyForecast();
  gbmForecaster(artefact).forecast(features, out);
  const raw = GbmModel.fromLightGbmText(artefact.modelText).predict(features);
  assert.equal(out.rawScore, raw);
  assert.equal(out.probability, calibrate(artefact.calibration, raw));
  assert.equal(out.expectedReturn, (2 * out.probability - 1) * (3.4 * 0.003) * 0.8);
  assert.equal(out.variance, 0.002);
});

test('parts that do not fit each other are refused by name', () => {
  const refused = (changes: Partial<typeof artefact>, expected: RegExp): void => {
    assert.throws(
      () => gbmForecaster({ ...artefact, ...changes }),
      (thrown: unknown) =>
        thrown instanceof XylenError && thrown.code === 'XY_MODEL_INVALID' && expected.test(thrown.message),
    );
  };
  refused({ featureNames: [...artefact.featureNames].reverse() }, /features of its manifest/);
  refused({ featureNames: artefact.featureNames.slice(1) }, /features of its manifest/);
  refused({ head: { ...artefact.head, volatilityFeature: 'atr_99_5m' } }, /atr_99_5m/);
  const text = artefact.modelText.replace('objective=binary sigmoid:1', 'objective=regression');
  refused({ modelText: text }, /objective/);
  refused({ modelText: artefact.modelText.slice(0, artefact.modelText.length / 2) }, /./);
});
