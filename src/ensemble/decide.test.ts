import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '#core';
import { fitCalibration } from './calibration.ts';
import { type DecisionInput, decide, expectedValue, HOLD_REASONS, type HoldReason } from './decide.ts';
import { boundShares, fuse } from './fuse.ts';
import { fuseEstimates } from './fusion.ts';
import { assertEnsembleOptions, ENSEMBLE_OPTIONS_DEFAULT, type EnsembleOptions } from './options.ts';
import { MODELS_MAX, PerformanceTracker } from './tracker.ts';
import type { ModelVote } from './vote.ts';

const SEED = Number(process.env.SEED ?? 20240501);

function options(changes: Partial<EnsembleOptions> = {}): EnsembleOptions {
  return { ...ENSEMBLE_OPTIONS_DEFAULT, ...changes };
}

function vote(model: string, probability: number, changes: Partial<ModelVote> = {}): ModelVote {
  const action = probability > 0.5 ? 'long' : probability < 0.5 ? 'short' : 'hold';
  const expectedReturn = (probability - 0.5) * 0.2;
  return { model, action, probability, expectedReturn, confidence: 0.5, variance: 0.0025, ...changes };
}

function input(changes: Partial<DecisionInput> = {}): DecisionInput {
  return {
    votes: [vote('a', 0.62), vote('b', 0.6), vote('c', 0.58)],
    isWarm: true,
    dataAgeUs: 0,
    costs: { longFraction: 0.0012, shortFraction: 0.0012 },
    ...changes,
  };
}

const fresh = (): PerformanceTracker => new PerformanceTracker({ halfLifeCount: 200 });

/** Gives a model `count` outcomes of one probability, of which `share` went up. */
function teach(
  tracker: PerformanceTracker,
  model: string,
  probability: number,
  share: number,
  count = 200,
): void {
  for (let i = 0; i < count; i++) {
    const wentUp = (i * 37) % 100 < share * 100;
    tracker.recordOutcome(model, probability, wentUp, wentUp ? 0.01 : -0.01);
  }
}

test('without a record the fusion is plain inverse variance with the prior', () => {
  const votes = [vote('a', 0.7, { variance: 0.01 }), vote('b', 0.55, { variance: 0.004 }), vote('c', 0.6)];
  const fused = fuse(votes, options(), fresh());
  const expected = fuseEstimates([
    ...votes.map(({ probability, variance }) => ({ mean: probability, variance })),
    { mean: 0.5, variance: 0.01 },
  ]);
  assert.ok(fused !== null);
  assert.ok(Math.abs(fused.probability - expected.mean) < 1e-12);
  assert.ok(Math.abs(fused.variance - expected.varianceInflated) < 1e-12);
  assert.ok(Math.abs(fused.priorWeight - expected.weights[3]!) < 1e-12);
  const er = votes.reduce((sum, { expectedReturn }, i) => sum + expectedReturn * expected.weights[i]!, 0);
  assert.ok(Math.abs(fused.expectedReturn - er) < 1e-12, 'the prior expects a return of 0');
});

test('agreeing models decide, with everything that explains it', () => {
  const decision = decide(input(), options(), fresh());
  assert.equal(decision.action, 'long');
  assert.equal(decision.leaning, 'long');
  assert.equal(decision.reason, null);
  assert.equal(decision.modelCount, 3);
  assert.equal(decision.method, 'inverse_variance');
  assert.ok(Math.abs(decision.agreement - 1) < 1e-12);
  assert.ok(decision.probability > 0.55 && decision.probability < 0.62, 'shrunk towards 0.5 by the prior');
  assert.ok(decision.confidence > 0.5 && decision.confidence < 1);
  assert.ok(Math.abs(decision.expectedValue - (decision.expectedReturn - 0.0012)) < 1e-15);
  assert.ok(Math.abs(decision.weights.reduce((sum, item) => sum + item.weight, 0) - 1) < 1e-12);
  assert.deepEqual(
    decision.gates.map((gate) => gate.gate),
    Object.keys(HOLD_REASONS),
  );
  const mirrored = decide(
    input({ votes: [vote('a', 0.38), vote('b', 0.4), vote('c', 0.42)] }),
    options(),
    fresh(),
  );
  assert.equal(mirrored.action, 'short');
  assert.ok(Math.abs(mirrored.confidence - decision.confidence) < 1e-9);
  assert.ok(Math.abs(mirrored.expectedValue - decision.expectedValue) < 1e-12);
});

test('three long and one hold are long; three hold and one long hold', () => {
  for (const method of ['inverse_variance', 'weighted_vote'] as const) {
    const long = [vote('a', 0.65), vote('b', 0.65), vote('c', 0.65), vote('d', 0.5)];
    const decision = decide(input({ votes: long }), options({ method }), fresh());
    assert.equal(decision.action, 'long', method);
    assert.ok(Math.abs(decision.agreement - 0.75) < 1e-12);
    const hold = [vote('a', 0.65), vote('b', 0.5), vote('c', 0.5), vote('d', 0.5)];
    assert.equal(decide(input({ votes: hold }), options({ method }), fresh()).action, 'hold', method);
  }
});

test('each gate has its reason; the first that fails is named', () => {
  const spread = [vote('a', 0.95), vote('b', 0.55)];
  const cases: readonly (readonly [HoldReason, Partial<DecisionInput>, Partial<EnsembleOptions>])[] = [
    ['cold', { isWarm: false, dataAgeUs: Number.NaN }, {}],
    ['stale_data', { dataAgeUs: ENSEMBLE_OPTIONS_DEFAULT.dataStaleAfterUs + 1 }, {}],
    ['stale_data', { dataAgeUs: Number.NaN }, {}],
    ['stale_data', { dataAgeUs: -1 }, {}],
    ['too_few_models', { votes: [] }, {}],
    ['too_few_models', { votes: [vote('a', 0.6), vote('b', 0.6)] }, { modelsMin: 3 }],
    ['no_edge', { votes: [vote('a', 0.5)] }, {}],
    ['no_edge', { votes: [vote('a', 0.6), vote('b', 0.4)] }, { method: 'weighted_vote' }],
    ['minority', { votes: [vote('a', 0.7, { action: 'hold' })] }, {}],
    ['disagreement', { votes: spread }, {}],
    ['variance', { votes: spread }, { disagreementMax: 0.5, varianceMax: 0.002 }],
    ['expected_value_below_cost', { costs: { longFraction: 0.05, shortFraction: 0 } }, {}],
    ['expected_value_below_cost', { costs: { longFraction: Number.NaN, shortFraction: 0 } }, {}],
    ['expected_value_below_cost', {}, { expectedValueMarginPpm: 50_000 }],
  ];
  for (const [reason, changes, limits] of cases) {
    const decision = decide(input(changes), options(limits), fresh());
    assert.equal(decision.reason, reason);
    assert.equal(decision.action, 'hold');
  }
});

test('a gate holds just beyond its limit, not at it', () => {
  const at = ENSEMBLE_OPTIONS_DEFAULT.dataStaleAfterUs;
  assert.equal(decide(input({ dataAgeUs: at }), options(), fresh()).action, 'long');
  const two = [vote('a', 0.75), vote('b', 0.55)];
  const { disagreement } = decide(input({ votes: two }), options(), fresh());
  assert.ok(Math.abs(disagreement - 0.1) < 1e-12);
  assert.equal(
    decide(input({ votes: two }), options({ disagreementMax: disagreement }), fresh()).action,
    'long',
  );
  assert.equal(
    decide(input({ votes: two }), options({ disagreementMax: disagreement - 1e-9 }), fresh()).reason,
    'disagreement',
  );
  const { expectedReturn } = decide(input(), options(), fresh());
  const costAt = expectedReturn - 0.0001;
  const decideAt = (longFraction: number): string =>
    decide(input({ costs: { longFraction, shortFraction: 0 } }), options(), fresh()).action;
  assert.equal(decideAt(costAt - 1e-12), 'long');
  assert.equal(decideAt(costAt + 1e-12), 'hold');
});

test('without a vote the decision knows nothing and says so', () => {
  const decision = decide(input({ votes: [vote('a', Number.NaN)] }), options(), fresh());
  assert.deepEqual(
    [
      decision.probability,
      decision.confidence,
      decision.expectedValue,
      decision.priorWeight,
      decision.modelCount,
    ],
    [0.5, 0, 0, 1, 0],
  );
  assert.deepEqual(decision.unusable, ['a']);
  assert.equal(decision.uncertainty, 0.1);
});

test('a model with impossible numbers, or of weight 0, loses its vote and nothing else', () => {
  const bad: readonly Partial<ModelVote>[] = [
    { probability: Number.NaN },
    { probability: 1.2 },
    { probability: -0.1 },
    { variance: Number.NaN },
    { variance: -1 },
    { variance: Number.POSITIVE_INFINITY },
    { expectedReturn: Number.NaN },
  ];
  const good = decide(input({ votes: [vote('a', 0.6)] }), options(), fresh());
  for (const changes of bad) {
    const decision = decide(input({ votes: [vote('a', 0.6), vote('b', 0.6, changes)] }), options(), fresh());
    assert.deepEqual({ ...decision, unusable: [] }, good);
    assert.deepEqual(decision.unusable, ['b']);
  }
  const weightless = options({ modelWeights: { b: 0 } });
  const decision = decide(input({ votes: [vote('a', 0.6), vote('b', 0.1)] }), weightless, fresh());
  assert.deepEqual(decision.unusable, ['b']);
  assert.equal(decision.probability, good.probability);
});

test('the variance of a model is its own or its recent error, whichever is larger', () => {
  const tracker = fresh();
  teach(tracker, 'boaster', 0.9, 0.5);
  teach(tracker, 'honest', 0.6, 0.6);
  const fused = fuse(
    [vote('boaster', 0.9), vote('honest', 0.6)],
    options({ weightFloor: 0, weightCeiling: 1 }),
    tracker,
  );
  const [boaster, honest] = fused!.votes;
  // (0.9 - 0.5)^2 + 0.25 - 0.9 x 0.1 = 0.32: stated and true probability lie far apart.
  assert.ok(Math.abs(boaster!.variance - 0.32) < 0.02, `${boaster!.variance}`);
  assert.equal(honest!.variance, 0.0025);
  assert.ok(boaster!.weight < 1e-4);
  assert.equal(fuse([vote('sure', 0.6, { variance: 0 })], options(), tracker)?.votes[0]?.variance, 0.0004);
});

test('weight decays with recent performance, within floor and ceiling, and comes back', () => {
  const tracker = fresh();
  teach(tracker, 'good', 0.6, 0.6);
  teach(tracker, 'bad', 0.6, 0.45);
  const votes = [vote('good', 0.6), vote('bad', 0.6)];
  const weights = (): readonly number[] => fuse(votes, options(), tracker)!.votes.map((item) => item.weight);
  assert.ok(weights()[1]! < 0.2 && weights()[1]! >= 0.02, `${weights()}`);
  teach(tracker, 'bad', 0.6, 0.6, 2_000);
  assert.ok(weights()[1]! > 0.4, 'a recovered model earns its weight back');
  const young = fresh();
  teach(young, 'bad', 0.6, 0, 29);
  assert.ok(
    Math.abs(fuse(votes, options(), young)!.votes[1]!.weight - 0.5) < 1e-12,
    'too few outcomes do not count',
  );
});

test('a poor model alone is shrunk towards the prior', () => {
  const tracker = fresh();
  teach(tracker, 'a', 0.7, 0.4);
  const known = fuse([vote('a', 0.7)], options(), tracker)!.probability;
  const unknown = fuse([vote('a', 0.7)], options(), fresh())!.probability;
  assert.ok(known < unknown && known > 0.5 && known < 0.51, `${known} ${unknown}`);
});

test('best single follows the best record, then the configured weight, then the order', () => {
  const votes = [vote('a', 0.6), vote('b', 0.3), vote('c', 0.7)];
  const tracker = fresh();
  const single = (changes: Partial<EnsembleOptions> = {}): number =>
    fuse(votes, options({ method: 'best_single', ...changes }), tracker)!.probability;
  assert.equal(single(), 0.6);
  assert.equal(single({ modelWeights: { c: 2 } }), 0.7);
  teach(tracker, 'a', 0.6, 0.5);
  teach(tracker, 'b', 0.3, 0.3);
  teach(tracker, 'c', 0.7, 0.5);
  assert.equal(single(), 0.3);
  const decision = decide(input({ votes }), options({ method: 'best_single' }), tracker);
  assert.equal(decision.action, 'short');
  assert.equal(decision.agreement, 1);
});

test('a majority against its own mean probability has no confidence', () => {
  const votes = [vote('a', 0.51), vote('b', 0.51), vote('c', 0.1, { expectedReturn: 0.2 })];
  const decision = decide(
    input({ votes }),
    options({ method: 'weighted_vote', disagreementMax: 0.5 }),
    fresh(),
  );
  assert.equal(decision.leaning, 'long');
  assert.equal(decision.confidence, 0);
  const tie = decide(
    input({ votes: [vote('a', 0.4), vote('b', 0.4), vote('c', 0.6)] }),
    options({ method: 'weighted_vote' }),
    fresh(),
  );
  assert.equal(tie.leaning, 'short');
});

test('probabilities are calibrated before they are fused', () => {
  const map = fitCalibration([0.1, 0.5, 0.9, 0.9], [0, 1, 0, 1]);
  const fused = fuse([vote('a', 0.9)], options(), fresh(), new Map([['a', map]]));
  assert.equal(fused?.votes[0]?.statedProbability, 0.9);
  assert.ok(fused!.votes[0]!.probability < 0.7);
});

test('shares keep floor and ceiling, sum to 1 and keep their order', () => {
  assert.deepEqual(boundShares([1, 1], 0.1, 0.9), [0.5, 0.5]);
  assert.deepEqual(boundShares([7], 0.1, 0.5), [1], 'a single model has it all');
  const [high, low] = boundShares([99, 1], 0.1, 0.7) as [number, number];
  assert.ok(Math.abs(high - 0.7) < 1e-12 && Math.abs(low - 0.3) < 1e-12);
  const bounded = boundShares([1_000, 1, 1, 1], 0.1, 0.9);
  assert.ok(Math.abs(bounded[0]! - 0.7) < 1e-12 && Math.abs(bounded[1]! - 0.1) < 1e-12);
  assert.deepEqual(boundShares([0, 0], 0.1, 0.9), [0.5, 0.5]);
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (weights, a, b) => {
        const floor = Math.min(a, b);
        const ceiling = Math.max(a, b);
        const shares = boundShares(weights, floor, ceiling);
        const equal = 1 / weights.length;
        assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
        shares.forEach((share, i) => {
          assert.ok(share >= Math.min(floor, equal) - 1e-9 && share <= Math.max(ceiling, equal) + 1e-9);
          shares.forEach((other, j) => {
            if (weights[i]! > weights[j]!) assert.ok(share >= other - 1e-9);
          });
        });
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
});

test('whatever the votes, a decision is defined and deterministic', () => {
  const anyNumber = fc.oneof(fc.double(), fc.double({ min: 0, max: 1 }));
  const anyVote = fc.record({
    model: fc.constantFrom('a', 'b', 'c', 'd'),
    action: fc.constantFrom('long' as const, 'short' as const, 'hold' as const),
    probability: anyNumber,
    expectedReturn: anyNumber,
    confidence: anyNumber,
    variance: anyNumber,
  });
  const method = fc.constantFrom(
    'inverse_variance' as const,
    'weighted_vote' as const,
    'best_single' as const,
  );
  const tracker = fresh();
  teach(tracker, 'a', 0.9, 0.1);
  fc.assert(
    fc.property(fc.array(anyVote, { maxLength: 6 }), method, anyNumber, (votes, chosen, cost) => {
      const world = input({ votes, costs: { longFraction: cost, shortFraction: cost } });
      const decision = decide(world, options({ method: chosen }), tracker);
      assert.ok(decision.probability >= 0 && decision.probability <= 1);
      assert.ok(decision.confidence >= 0 && decision.confidence <= 1);
      assert.ok(decision.uncertainty > 0 && decision.uncertainty < Number.POSITIVE_INFINITY);
      assert.equal(decision.action === 'hold', decision.reason !== null);
      assert.equal(decision.modelCount + decision.unusable.length, votes.length);
      if (decision.action !== 'hold') assert.ok(decision.expectedValue >= 0.0001);
      assert.deepEqual(decide(world, options({ method: chosen }), tracker), decision);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('expected value is what remains of the return on that side', () => {
  assert.equal(expectedValue({ side: 'long', expectedReturn: 0.01, costFraction: 0.002 }), 0.008);
  assert.equal(expectedValue({ side: 'short', expectedReturn: 0.01, costFraction: 0.002 }), -0.012);
});

test('options out of range are refused', () => {
  assertEnsembleOptions(options());
  assert.throws(() => assertEnsembleOptions(options({ priorVariance: 0 })), AssertionError);
  assert.throws(() => assertEnsembleOptions(options({ weightFloor: 0.96 })), AssertionError);
  assert.throws(() => assertEnsembleOptions(options({ modelWeights: { a: -1 } })), AssertionError);
  assert.throws(() => assertEnsembleOptions(options({ varianceMax: Number.NaN })), AssertionError);
});

test('the tracker decays by count: after a half-life an old outcome counts half', () => {
  const tracker = new PerformanceTracker({ halfLifeCount: 2 });
  tracker.recordOutcome('a', 1, true, 0.02);
  tracker.recordOutcome('a', 1, false, -0.01);
  tracker.recordOutcome('a', 1, false, -0.01);
  // Weights 1/2, 2^-1/2, 1; only the oldest came true.
  const total = 0.5 + Math.SQRT1_2 + 1;
  const performance = tracker.performance('a');
  assert.ok(Math.abs(performance.brier! - (Math.SQRT1_2 + 1) / total) < 1e-12);
  assert.ok(Math.abs(performance.accuracy! - 0.5 / total) < 1e-12);
  assert.ok(
    Math.abs(performance.directionalReturn! - (0.5 * 0.02 - 0.01 * (Math.SQRT1_2 + 1)) / total) < 1e-12,
  );
  assert.deepEqual([performance.outcomeCount, performance.hitCount], [3, 1]);
});

test('a probability of a half leans to no side: it counts in the Brier score, not in the accuracy', () => {
  const tracker = new PerformanceTracker({ halfLifeCount: 1e6 });
  tracker.recordOutcome('a', 0.5, true, 0.02);
  assert.equal(tracker.performance('a').accuracy, null);
  tracker.recordOutcome('a', 0.6, true, 0.02);
  for (let i = 0; i < 5; i++) tracker.recordOutcome('a', 0.5, false, -0.01);
  const { accuracy, hitCount, leanCount, outcomeCount } = tracker.performance('a');
  assert.deepEqual({ hitCount, leanCount, outcomeCount }, { hitCount: 1, leanCount: 1, outcomeCount: 7 });
  assert.ok(Math.abs((accuracy ?? 0) - 1) < 1e-12);
});

test('a calibrated model has no excess error, a wrong one the square of its error', () => {
  const tracker = new PerformanceTracker({ halfLifeCount: 1e6 });
  teach(tracker, 'calibrated', 0.7, 0.7, 1_000);
  teach(tracker, 'wrong', 0.7, 0.5, 1_000);
  assert.ok(tracker.errorVariance('calibrated') < 1e-6);
  // Brier - p(1-p) = (0.5 - 0.7)^2 + 0.25 - 0.21 = 0.08.
  assert.ok(Math.abs(tracker.errorVariance('wrong') - 0.08) < 1e-6);
  assert.ok(Number.isNaN(tracker.errorVariance('unknown')));
});

test('health falls with failures in a row and returns with one answer', () => {
  const tracker = fresh();
  assert.equal(tracker.health('a'), 'healthy');
  tracker.recordPrediction('a', 4);
  tracker.recordPrediction('a', Number.NaN);
  tracker.recordFailure('a');
  assert.equal(tracker.health('a'), 'degraded');
  tracker.recordFailure('a');
  tracker.recordFailure('a');
  assert.equal(tracker.health('a'), 'unhealthy');
  tracker.recordPrediction('a', 8);
  const performance = tracker.performance('a');
  assert.deepEqual(
    [performance.health, performance.failureCount, performance.predictionCount],
    ['healthy', 3, 3],
  );
  assert.ok(performance.latencyMs! > 5.9 && performance.latencyMs! < 6.1);
  assert.deepEqual(tracker.performances(), [performance]);
  assert.deepEqual([tracker.performance('new').brier, tracker.performance('new').latencyMs], [null, null]);
});

test('the tracker refuses impossible outcomes and too many models', () => {
  const tracker = fresh();
  assert.throws(() => tracker.recordOutcome('a', 1.5, true, 0), AssertionError);
  assert.throws(() => tracker.recordOutcome('a', 0.5, true, Number.NaN), AssertionError);
  assert.throws(() => new PerformanceTracker({ halfLifeCount: 0 }), AssertionError);
  for (let i = 0; i < MODELS_MAX; i++) tracker.recordFailure(`m${i}`);
  assert.throws(() => tracker.recordFailure('one more'), AssertionError);
  const state = tracker.saveState() as { models: unknown[] };
  assert.throws(() => fresh().loadState({ models: [...state.models, ['x', {}]] }), AssertionError);
});

test('a loaded tracker continues as the saved one', () => {
  const live = fresh();
  const copy = fresh();
  copy.recordFailure('forgotten');
  for (let i = 0; i < 300; i++) {
    const model = `m${i % 3}`;
    if (i === 123) copy.loadState(structuredClone(live.saveState()));
    for (const tracker of i < 123 ? [live] : [live, copy]) {
      tracker.recordPrediction(model, i % 7);
      if (i % 11 === 0) tracker.recordFailure(model);
      tracker.recordOutcome(model, (i % 10) / 10, i % 4 === 0, (i % 5) / 100);
    }
  }
  assert.deepEqual(copy.performances(), live.performances());
  assert.deepEqual(copy.saveState(), live.saveState());
});

test('weights are relative: what all are multiplied by does not speak against the prior', () => {
  const tracker = new PerformanceTracker({ halfLifeCount: 200 });
  const decideWith = (modelWeights: Readonly<Record<string, number>>) => {
    const votes = [vote('a', 0.58), vote('b', 0.56)];
    const { priorWeight, probability } = decide(
      { votes, isWarm: true, dataAgeUs: 0, costs: { longFraction: 0, shortFraction: 0 } },
      options({ modelWeights }),
      tracker,
    );
    return [priorWeight, probability].map((value) => value.toFixed(12));
  };
  const plain = decideWith({});
  for (const weight of [0.1, 1, 10]) assert.deepEqual(decideWith({ a: weight, b: weight }), plain);
  assert.notDeepEqual(decideWith({ a: 1, b: 0.1 }), plain);
});
