import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { emptyForecast } from './forecast.ts';
import { featureRow, HORIZON_BARS, randomRow, SET, TIMEFRAMES_US } from './test/samples.ts';
import { trendRule } from './trend-rule.ts';

const rule = trendRule({ timeframesUs: TIMEFRAMES_US, horizonBars: HORIZON_BARS });

function ask(values: Readonly<Record<string, number>>) {
  const out = emptyForecast();
  rule.forecast(featureRow(values), out);
  return out;
}

const UP = { ema_ratio_20_50_5m: 0.001, ema_ratio_50_200_5m: 0.006, rsi_14_5m: 0.2, atr_14_5m: 0.002 };

test('a full trend up gives 0.60 and a return of a fifth of the typical move', () => {
  const { expectedReturn, probability, variance } = ask(UP);
  assert.equal(probability, 0.6);
  assert.ok(Math.abs(expectedReturn - 0.2 * 0.5 * Math.sqrt(48) * 0.002) < 1e-12);
  assert.equal(variance, 0.0125);
});

test('the rule is mirrored: a trend down gives what the same trend up gives, with the other sign', () => {
  const up = ask(UP);
  const down = ask({ ...UP, ema_ratio_20_50_5m: -0.001, ema_ratio_50_200_5m: -0.006, rsi_14_5m: -0.2 });
  assert.ok(Math.abs(up.probability + down.probability - 1) < 1e-15);
  assert.equal(down.expectedReturn, -up.expectedReturn);
});

test('a weaker trend leans less', () => {
  const weak = ask({ ...UP, ema_ratio_50_200_5m: 0.0006 });
  assert.ok(weak.probability > 0.52 && weak.probability < 0.53);
});

test('it is silent and unsure without aligned averages, when momentum is against the trend, and when overstretched', () => {
  for (const change of [
    { ema_ratio_20_50_5m: -0.001 },
    { ema_ratio_50_200_5m: 0 },
    { rsi_14_5m: -0.05 },
    { rsi_14_5m: 0.45 },
  ]) {
    const { expectedReturn, probability, variance } = ask({ ...UP, ...change });
    assert.deepEqual([probability, expectedReturn, variance], [0.5, 0, 0.02], JSON.stringify(change));
  }
});

test('no input makes it surer than 0.60 or gives it an impossible number', () => {
  const prng = new Prng(3);
  const out = emptyForecast();
  for (let i = 0; i < 2_000; i++) {
    rule.forecast(randomRow(prng), out);
    assert.ok(out.probability >= 0.4 && out.probability <= 0.6, `probability ${out.probability}`);
    assert.ok(Number.isFinite(out.expectedReturn) && out.variance > 0);
  }
});

test('it serves any timeframes: its features are those of the first one', () => {
  const [decisionUs] = TIMEFRAMES_US;
  const single = trendRule({ timeframesUs: [decisionUs!], horizonBars: 1 });
  assert.notEqual(single.featureSetHash, SET.hash);
});
