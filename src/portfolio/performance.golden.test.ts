/** Performance statistics against the stored reference values. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { US_PER_DAY } from '#core';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { UNIT } from './fixture.ts';
import { PerformanceStatistics } from './performance.ts';
import { ReturnMoments } from './return-moments.ts';
import { deflatedSharpe, expectedMaxSharpe, minTrackRecord, probabilisticSharpe } from './sharpe.ts';

const START = 10_000n * UNIT;

function statistics(startUs = 0): PerformanceStatistics {
  return new PerformanceStatistics({ startUs, startEquityAtoms: START, atomDecimals: 8 });
}

interface GoldenCase {
  readonly name: string;
  readonly returns: readonly number[];
  readonly periods_per_year: number;
  readonly [key: string]: unknown;
}

/** Compares with a golden number (null = not defined) within 1e-9 relative. */
function near(actual: number | null, expected: unknown, what: string): void {
  if (expected === null || expected === undefined) {
    assert.equal(actual, null, what);
    return;
  }
  assert.ok(typeof expected === 'number' && actual !== null, `${what}: ${actual} for ${expected}`);
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} ${expected}`,
  );
}

/** Returns every figure of a golden case that this room computes, by the golden key. */
function figuresOf(item: GoldenCase): Record<string, number | null> {
  const moments = new ReturnMoments();
  const curve = statistics();
  let equity = 1;
  item.returns.forEach((value, index) => {
    moments.push(value);
    equity *= 1 + value;
    curve.observe(
      (index + 1) * US_PER_DAY,
      (BigInt(Math.round(equity * 1e15)) * 10n ** 12n) / 10n ** 15n,
      true,
    );
  });
  const summary = curve.summary();
  const perYear = Math.sqrt(item.periods_per_year);
  const times = (value: number | null): number | null => (value === null ? null : value * perYear);
  const { sharpe, skew, kurtosis, count } = moments;
  const hasShape = sharpe !== null && skew !== null && kurtosis !== null;
  const sample = hasShape ? { sharpe, skew, kurtosis, count } : undefined;
  return {
    mean: moments.mean,
    std_ddof1: moments.deviation,
    sharpe_per_period: sharpe,
    sharpe_annual: times(sharpe),
    downside_dev_target0_allN: moments.downsideDeviation,
    sortino_annual: times(moments.sortino),
    total_return: summary.totalReturn,
    max_drawdown: summary.maxDrawdown,
    max_underwater_periods: summary.maxDrawdownDurationUs / US_PER_DAY,
    skew_biased: skew,
    kurtosis_nonexcess_biased: kurtosis,
    profit_factor: moments.profitFactor,
    win_rate: moments.winRate,
    ...(sample === undefined
      ? {}
      : {
          psr_vs_0: probabilisticSharpe(sample, 0),
          psr_vs_annual_1: probabilisticSharpe(sample, 1 / perYear),
          min_track_record_95_vs_0: minTrackRecord(sample, 0),
        }),
    ...(item.periods_per_year === 365
      ? {
          cagr: summary.annualisedReturn,
          calmar: summary.calmar,
          sharpe_annual: summary.sharpe,
          sortino_annual: summary.sortino,
        }
      : {}),
  };
}

test('statistics equal the golden values', { skip: skipWithoutShared }, (context) => {
  const golden = JSON.parse(readFileSync(sharedPath('golden/stats/performance.json'), 'utf8')) as {
    readonly cases: readonly GoldenCase[];
    readonly paper_check: Record<string, number>;
  };
  let compared = 0;
  for (const item of golden.cases) {
    const figures = figuresOf(item);
    for (const [key, value] of Object.entries(figures)) {
      near(value, item[key], `${item.name} ${key}`);
      compared++;
    }
    const dsr = item.dsr as Record<string, number> | undefined;
    if (dsr === undefined) continue;
    const trials = { count: dsr.trials!, sharpeVariance: dsr.var_of_trial_sr_per_period! };
    const sample = {
      sharpe: figures.sharpe_per_period!,
      skew: figures.skew_biased!,
      kurtosis: figures.kurtosis_nonexcess_biased!,
      count: item.returns.length,
    };
    near(expectedMaxSharpe(trials.count, trials.sharpeVariance), dsr.sr0, `${item.name} sr0`);
    near(deflatedSharpe(sample, trials), dsr.dsr, `${item.name} dsr`);
    compared += 2;
  }
  const paper = { sharpe: 2.5 / Math.sqrt(250), count: 1250, skew: -3, kurtosis: 10 };
  near(deflatedSharpe(paper, { count: 100, sharpeVariance: 0.5 / 250 }), golden.paper_check.dsr, 'paper');
  assert.ok(compared > 60);
  context.diagnostic(`${compared + 1} golden values compared`);
});
