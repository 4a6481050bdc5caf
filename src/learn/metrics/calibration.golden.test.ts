/** Losses, calibration curve and Brier parts against the stored reference values. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { brierDecomposition, calibration } from './calibration.ts';
import { brierScore, logLoss } from './classification.ts';

const GOLDEN = new URL('../../../../shared/golden/stats/calibration.json', import.meta.url);
const skip = existsSync(GOLDEN) ? false : '../shared absent';

interface CalibrationCase {
  readonly name: string;
  readonly p: readonly number[];
  readonly y: readonly number[];
  readonly bins: number;
  readonly ece_equal_width: number;
  readonly mce: number;
  readonly ece_equal_mass: number;
  readonly brier: number;
  readonly logloss_eps1e15: number;
  readonly brier_reliability: number;
  readonly brier_resolution: number;
  readonly brier_uncertainty: number;
  readonly brier_skill: number;
  readonly bin_rows: readonly (readonly [number, number, number, number])[];
}

const near = (found: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected}`);

describe('golden calibration', { skip }, () => {
  const cases: readonly CalibrationCase[] =
    skip === false ? JSON.parse(readFileSync(GOLDEN, 'utf8')).cases : [];
  for (const each of cases) {
    test(`${each.name}: losses, errors, curve, Brier parts`, () => {
      const { y, p } = each;
      const byWidth = calibration(y, p, each.bins, 'equal-width');
      near(byWidth.expectedError, each.ece_equal_width);
      near(byWidth.maximumError, each.mce);
      near(calibration(y, p, each.bins, 'equal-count').expectedError, each.ece_equal_mass);
      near(brierScore(y, p), each.brier);
      near(logLoss(y, p), each.logloss_eps1e15);
      const parts = brierDecomposition(y, p, each.bins);
      near(parts.brier, each.brier);
      near(parts.reliability, each.brier_reliability);
      near(parts.resolution, each.brier_resolution);
      near(parts.uncertainty, each.brier_uncertainty);
      near(parts.skill, each.brier_skill);
      assert.equal(byWidth.bins.length, each.bin_rows.length);
      for (const [i, [bin, count, meanProbability, meanLabel]] of each.bin_rows.entries()) {
        const found = byWidth.bins[i]!;
        assert.deepEqual([found.bin, found.count], [bin, count]);
        near(found.meanProbability, meanProbability);
        near(found.meanLabel, meanLabel);
      }
    });
  }
});
