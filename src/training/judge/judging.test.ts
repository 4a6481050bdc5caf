import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { LabelledRows } from '../data/labelled-rows.ts';
import { BAR_US, HORIZON_BARS, inventRows } from '../test/rows.ts';
import type { ProbabilityMetrics } from './block-metrics.ts';
import { forecastVariance } from './forecast-variance.ts';
import { type GateInput, judgeCandidate } from './gate.ts';
import { buyAndHold, NO_TRADES, naiveTrading } from './naive-trading.ts';
import { skillOver } from './skill.ts';

const METRICS: ProbabilityMetrics = {
  logLoss: 0.68,
  brier: 0.245,
  calibrationError: 0.02,
  auc: 0.56,
  informationCoefficient: 0.1,
};

/** Two symbols of six rows each whose returns are known. */
function handMade(): { readonly rows: LabelledRows; readonly index: Int32Array } {
  const rows = inventRows({ rowCount: 6, symbols: ['AAA', 'BBB'] });
  const returns = [0.02, 0.5, 0.5, 0.5, -0.03, 0.5, 0.01, 0.5, 0.5, 0.5, 0.04, 0.5];
  rows.forwardReturn.set(returns.map((value) => Math.log1p(value)));
  return { rows, index: Int32Array.from({ length: 12 }, (_, row) => row) };
}

test('the plain rule holds one position a symbol over the horizon and pays for each', () => {
  const { index, rows } = handMade();
  // Long on every row; only rows 0 and 4 of each symbol come when it is flat.
  const figures = naiveTrading(rows, index, new Float64Array(12).fill(0.01), 0.002);
  assert.equal(figures.tradeCount, 4);
  assert.ok(Math.abs(figures.grossReturn - (0.02 - 0.03 + 0.01 + 0.04) / 2) < 1e-12);
  assert.ok(Math.abs(figures.netReturn - (0.04 - 4 * 0.002) / 2) < 1e-12);
  assert.equal(figures.winRate, 0.75);
});

test('a short earns what the price falls; an expected return below the costs never trades', () => {
  const { index, rows } = handMade();
  const expected = new Float64Array(12);
  expected[4] = -0.01;
  expected[6] = 0.0019;
  const figures = naiveTrading(rows, index, expected, 0.002);
  assert.equal(figures.tradeCount, 1);
  assert.ok(Math.abs(figures.grossReturn - 0.03 / 2) < 1e-12);
  assert.deepEqual(naiveTrading(rows, index, new Float64Array(12).fill(0.002), 0.002), NO_TRADES);
});

test('buying and holding pays one round trip a symbol', () => {
  const { index, rows } = handMade();
  const { grossReturn, netReturn, tradeCount } = buyAndHold(rows, index, 0.002);
  const own = [0, 6].map((from) => {
    const end = rows.close[from + 5]! * Math.exp(rows.forwardReturn[from + 5]!);
    return end / rows.close[from]! - 1;
  });
  assert.equal(tradeCount, 2);
  assert.ok(Math.abs(grossReturn - (own[0]! + own[1]!) / 2) < 1e-12);
  assert.ok(Math.abs(netReturn - (grossReturn - 0.002)) < 1e-12);
});

test('skill over oneself is nothing, over a worse one positive, and the reverse of the reverse', () => {
  const rows = inventRows({ rowCount: 2_000 });
  const index = Int32Array.from({ length: 2_000 }, (_, row) => row);
  const good = Float64Array.from(index, (row) => (rows.forwardReturn[row]! > 0 ? 0.6 : 0.4));
  const half = new Float64Array(2_000).fill(0.5);
  assert.deepEqual(skillOver(rows, index, half, half), { gain: 0, tStatistic: 0, labelCount: 501 });
  const forth = skillOver(rows, index, good, half);
  const back = skillOver(rows, index, half, good);
  assert.ok(Math.abs(forth.gain - Math.log(1.2)) < 1e-12);
  assert.ok(Math.abs(forth.gain + back.gain) < 1e-12);
});

test('repeating each row does not make luck look like skill', () => {
  const prng = new Prng(9);
  const rows = inventRows({ rowCount: 4_000, edge: 0 });
  const half = new Float64Array(4_000).fill(0.5);
  // Guesses that stay for a horizon each, as forecasts of overlapping labels do.
  const guesses = new Float64Array(4_000);
  let tSquares = 0;
  const trials = 60;
  const index = Int32Array.from({ length: 4_000 }, (_, row) => row);
  for (let trial = 0; trial < trials; trial++) {
    for (let row = 0; row < 4_000; row += HORIZON_BARS) {
      guesses.fill(prng.uniform() < 0.5 ? 0.48 : 0.52, row, row + HORIZON_BARS);
    }
    tSquares += skillOver(rows, index, guesses, half).tStatistic ** 2;
  }
  assert.ok(tSquares / trials < 1.5, `mean square of t: ${tSquares / trials}`);
  assert.equal(rows.labelEndUs[0]! - rows.startUs[0]!, HORIZON_BARS * BAR_US);
});

test('the gate asks for skill beyond luck, no loss after costs, and more than the serving model', () => {
  const skill = { gain: 0.01, tStatistic: 2.5, labelCount: 300 };
  const base = { skill, trading: NO_TRADES, metrics: METRICS, served: null };
  const failed = (changes: Partial<GateInput>): readonly string[] => {
    const { isPassed, rules } = judgeCandidate({ ...base, ...changes });
    const names = rules.filter((rule) => !rule.isPassed).map(({ rule }) => rule);
    assert.equal(isPassed, names.length === 0);
    return names;
  };
  assert.deepEqual(failed({}), []);
  assert.deepEqual(failed({ skill: { ...skill, tStatistic: 1.6 } }), ['beats_prior']);
  assert.deepEqual(failed({ skill: { gain: -0.01, tStatistic: 9, labelCount: 300 } }), ['beats_prior']);
  const losing = { tradeCount: 5, winRate: 0.4, netReturn: -0.0001, grossReturn: 0.01 };
  assert.deepEqual(failed({ trading: losing }), ['pays_costs']);
  assert.deepEqual(failed({ served: { version: 'v', logLoss: 0.67 } }), ['beats_served']);
  assert.deepEqual(failed({ served: { version: 'v', logLoss: 0.68 } }), ['beats_served']);
  assert.deepEqual(failed({ served: { version: 'v', logLoss: 0.69 } }), []);
});

test('the stated variance is calibration error, excess over the prior, and what few labels leave open', () => {
  const prior = { ...METRICS, brier: 0.25 };
  assert.ok(Math.abs(forecastVariance(METRICS, prior, 250) - (0.0004 + 0.001)) < 1e-12);
  const worse = { ...METRICS, brier: 0.253 };
  assert.ok(Math.abs(forecastVariance(worse, prior, 250) - (0.0004 + 0.003 + 0.001)) < 1e-12);
});
