/** Benchmark of a decision: votes with a record, calibration maps, fusion, gates. */
import { performance } from 'node:perf_hooks';
import { Prng, sha256Hex } from '#core';
import { type CalibrationMap, fitCalibration } from './calibration.ts';
import { decide } from './decide.ts';
import { ENSEMBLE_OPTIONS_DEFAULT } from './options.ts';
import { PerformanceTracker } from './tracker.ts';
import type { ModelVote } from './vote.ts';

/** Times `count` decisions of `modelCount` models; the hash covers actions and probabilities. */
export function benchEnsemble(sizes: {
  readonly count: number;
  readonly modelCount: number;
  readonly seed: number;
}): { readonly meanUs: number; readonly resultHash: string } {
  const prng = new Prng(sizes.seed);
  const tracker = new PerformanceTracker({ halfLifeCount: 200 });
  const calibrations = new Map<string, CalibrationMap>();
  const models = Array.from({ length: sizes.modelCount }, (_, i) => `model-${i}`);
  for (const model of models) {
    const stated = Array.from({ length: 500 }, () => prng.uniform());
    const outcomes = stated.map((probability) => (prng.uniform() < 0.25 + probability / 2 ? 1 : 0));
    calibrations.set(model, fitCalibration(stated, outcomes));
    stated.forEach((probability, i) => {
      tracker.recordOutcome(model, probability, outcomes[i] === 1, 0.001);
    });
  }
  const rounds = Array.from({ length: 1_000 }, () => models.map((model) => voteOf(model, prng.uniform())));
  const seen: string[] = [];
  const startedMs = performance.now();
  for (let i = 0; i < sizes.count; i++) {
    const costs = { longFraction: 0.0012, shortFraction: 0.0012 };
    const input = { votes: rounds[i % rounds.length]!, isWarm: true, dataAgeUs: 0, costs };
    const decision = decide(input, ENSEMBLE_OPTIONS_DEFAULT, tracker, calibrations);
    if (i < rounds.length) seen.push(`${decision.action}${decision.probability}`);
  }
  const elapsedMs = performance.now() - startedMs;
  return {
    meanUs: (elapsedMs / sizes.count) * 1_000,
    resultHash: sha256Hex(seen.join('|')).slice(0, 16),
  };
}

function voteOf(model: string, probability: number): ModelVote {
  return {
    model,
    action: probability > 0.5 ? 'long' : 'short',
    probability,
    expectedReturn: (probability - 0.5) * 0.1,
    confidence: 0.5,
    variance: 0.0025,
  };
}
