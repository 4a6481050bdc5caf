/** Fusion, pools and isotonic regression against the stored reference values. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { fuseEstimates, linearPool, logPool, naiveBayesPool, probabilityAbove } from './fusion.ts';
import { evaluateCurve, fitIsotonic } from './isotonic.ts';

const skip = skipWithoutShared;

function near(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} ${expected}`,
  );
}

function nearAll(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  actual.forEach((value, index) => {
    near(value, expected[index]!, `${what}[${index}]`);
  });
}

interface FusionCase {
  readonly name: string;
  readonly mean: readonly number[];
  readonly var: readonly number[];
  readonly prior_mean_var: readonly [number, number] | null;
  readonly weights: readonly number[];
  readonly post_mean: number;
  readonly post_var: number;
  readonly chi2: number;
  readonly birge_ratio: number;
  readonly post_var_inflated: number;
  readonly prob_gt_0: number;
}

test('inverse-variance fusion and pools equal the golden values', { skip }, (context) => {
  const golden = JSON.parse(readFileSync(sharedPath('golden/stats/fusion.json'), 'utf8')) as {
    readonly cases: readonly FusionCase[];
    readonly probability_pooling: {
      p: number[];
      w: number[];
      log_pool: number;
      linear_pool: number;
      naive_bayes_prior_half: number;
    };
  };
  for (const item of golden.cases) {
    const sources = item.mean.map((mean, index) => ({ mean, variance: item.var[index]! }));
    if (item.prior_mean_var !== null) {
      sources.push({ mean: item.prior_mean_var[0], variance: item.prior_mean_var[1] });
    }
    const fused = fuseEstimates(sources);
    nearAll(fused.weights, item.weights, `${item.name} weights`);
    near(fused.mean, item.post_mean, `${item.name} mean`);
    near(fused.variance / item.post_var, 1, `${item.name} variance`);
    near(fused.chiSquare, item.chi2, `${item.name} chi square`);
    near(fused.birgeRatio, item.birge_ratio, `${item.name} Birge ratio`);
    near(fused.varianceInflated / item.post_var_inflated, 1, `${item.name} inflated variance`);
    near(probabilityAbove(fused, 0), item.prob_gt_0, `${item.name} P(> 0)`);
  }
  const { p, w, log_pool, linear_pool, naive_bayes_prior_half } = golden.probability_pooling;
  near(logPool(p, w), log_pool, 'log pool');
  near(linearPool(p, w), linear_pool, 'linear pool');
  near(naiveBayesPool(p), naive_bayes_prior_half, 'naive Bayes');
  context.diagnostic(`${golden.cases.length * 7 + 3} golden values compared`);
});

interface IsotonicCase {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly w: readonly number[] | null;
  readonly increasing: boolean;
  readonly y_min: number | null;
  readonly y_max: number | null;
  readonly x_thresholds: readonly number[];
  readonly y_thresholds: readonly number[];
  readonly fitted: readonly number[];
  readonly grid: readonly number[];
  readonly grid_pred: readonly number[];
}

test('isotonic regression equals the golden values', { skip }, (context) => {
  const golden = JSON.parse(readFileSync(sharedPath('golden/stats/isotonic.json'), 'utf8')) as {
    readonly cases: readonly IsotonicCase[];
  };
  let compared = 0;
  for (const item of golden.cases) {
    const curve = fitIsotonic(item.x, item.y, {
      isIncreasing: item.increasing,
      ...(item.w === null ? {} : { weights: item.w }),
      ...(item.y_min === null ? {} : { yMin: item.y_min }),
      ...(item.y_max === null ? {} : { yMax: item.y_max }),
    });
    nearAll(curve.x, item.x_thresholds, `${item.name} x`);
    nearAll(curve.y, item.y_thresholds, `${item.name} y`);
    nearAll(
      item.x.map((x) => evaluateCurve(curve, x)),
      item.fitted,
      `${item.name} fitted`,
    );
    nearAll(
      item.grid.map((x) => evaluateCurve(curve, x)),
      item.grid_pred,
      `${item.name} grid`,
    );
    compared += curve.x.length * 2 + item.x.length + item.grid.length;
  }
  context.diagnostic(`${compared} golden values compared`);
});
