import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Prng } from '#core';
import type { GbmObjective, Targets } from './objective.ts';
import { OBJECTIVES } from './objectives.ts';

const ROWS = 40;

function randomTargets(prng: Prng, isWeighted: boolean): Targets {
  return {
    labels: Float32Array.from({ length: ROWS }, () => prng.integer(0, 2)),
    weights: isWeighted ? Float32Array.from({ length: ROWS }, () => prng.uniform() + 0.1) : null,
  };
}

/** The loss of one row alone, times its weight: what the derivatives are derivatives of. */
function rowLoss(objective: GbmObjective, targets: Targets, row: number, score: number): number {
  const one = { labels: targets.labels.slice(row, row + 1), weights: null };
  const weight = targets.weights === null ? 1 : targets.weights[row]!;
  return objective.loss(Float64Array.of(score), one) * weight;
}

/** How many times the loss the derivatives belong to: squared error reports (s - y)^2, but is differentiated with 1/2. */
const LOSS_SCALE = { l2: 0.5, binary: 1 };

for (const [name, objective] of Object.entries(OBJECTIVES)) {
  describe(`objective ${name}`, () => {
    for (const isWeighted of [false, true]) {
      test(`derivatives are those of the loss, weights ${isWeighted}`, () => {
        const prng = new Prng(21);
        const targets = randomTargets(prng, isWeighted);
        const scores = Float64Array.from({ length: ROWS }, () => prng.normal() * 2);
        const gradients = new Float32Array(ROWS);
        const hessians = new Float32Array(ROWS);
        objective.derive(scores, targets, gradients, hessians);
        const scale = LOSS_SCALE[name as keyof typeof LOSS_SCALE];
        const step = 1e-4;
        for (let row = 0; row < ROWS; row++) {
          const lossAt = (score: number): number => scale * rowLoss(objective, targets, row, score);
          const score = scores[row]!;
          const slope = (lossAt(score + step) - lossAt(score - step)) / (2 * step);
          const bend = (lossAt(score + step) - 2 * lossAt(score) + lossAt(score - step)) / step ** 2;
          assert.ok(Math.abs(gradients[row]! - slope) < 1e-6);
          assert.ok(Math.abs(hessians[row]! - bend) < 1e-5);
        }
      });

      test(`the initial score is the constant of least loss, weights ${isWeighted}`, () => {
        const targets = randomTargets(new Prng(22), isWeighted);
        const initial = objective.initialScore(targets);
        const lossAt = (score: number): number => objective.loss(new Float64Array(ROWS).fill(score), targets);
        assert.ok(lossAt(initial) <= lossAt(initial + 1e-3));
        assert.ok(lossAt(initial) <= lossAt(initial - 1e-3));
      });
    }
  });
}

test('log loss stays finite for scores of any size', () => {
  const targets = { labels: Float32Array.of(0, 1), weights: null };
  const gradients = new Float32Array(2);
  const hessians = new Float32Array(2);
  for (const size of [800, -800]) {
    const scores = Float64Array.of(size, -size);
    OBJECTIVES.binary.derive(scores, targets, gradients, hessians);
    assert.ok(gradients.every(Number.isFinite) && hessians.every((h) => h >= 0));
    assert.equal(OBJECTIVES.binary.loss(scores, targets), size > 0 ? 800 : 0);
  }
});
