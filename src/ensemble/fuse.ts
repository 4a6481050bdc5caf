/**
 * From votes to one estimate. Inverse variance: each model's precision (1 / variance, scaled by its weight and its recent performance)
 * against a prior at 0.5; weighted vote: majority by weight; best single: the model that did best of late. Deterministic: votes are
 * taken in the order given and ties go to the earlier one, or to `hold`.
 */
import { assert } from '#core';
import { type CalibrationMap, calibrate } from './calibration.ts';
import { type Estimate, fuseEstimates, linearPool } from './fusion.ts';
import type { EnsembleOptions } from './options.ts';
import type { PerformanceTracker } from './tracker.ts';
import type { FusedVotes, ModelVote, VoteAction, WeighedVote } from './vote.ts';

/** Calibration maps by model; a model without one is taken at its word. */
export type Calibrations = ReadonlyMap<string, CalibrationMap>;

/** The Brier score of a coin: a model that is worse than it loses weight even when it is the best there is. */
const COIN_BRIER = 0.25;
/** Performance alone never takes a model's vote: a model that recovers must be heard to be seen. */
const PERFORMANCE_MIN = 1e-6;

/** A usable vote with what weighs it. */
interface Voice {
  readonly vote: ModelVote;
  readonly probability: number;
  readonly variance: number;
  /** Configured weight x recent performance, relative to the best. */
  readonly merit: number;
}

type Core = Pick<FusedVotes, 'probability' | 'variance' | 'expectedReturn' | 'priorWeight' | 'action'>;

/** Fuses the votes; `null` when none is usable. */
export function fuse(
  votes: readonly ModelVote[],
  options: EnsembleOptions,
  tracker: PerformanceTracker,
  calibrations: Calibrations = new Map(),
): FusedVotes | null {
  const voices = voicesOf(votes.filter(isUsable), options, tracker, calibrations);
  if (voices.length === 0) return null;
  const shares = sharesOf(voices, options);
  const core = coreOf(voices, shares, options);
  const weighed = voices.map((voice, index) => weighedVote(voice, shares[index]!));
  let agreement = 0;
  for (const vote of weighed) if (vote.action === core.action) agreement += vote.weight;
  return {
    method: options.method,
    votes: weighed,
    unusable: votes.filter((vote) => voices.every((voice) => voice.vote !== vote)).map((vote) => vote.model),
    disagreement: deviation(voices.filter((_, index) => shares[index]! > 0)),
    agreement: Math.min(1, agreement),
    ...core,
  };
}

/** True when all numbers of a vote are what they should be. */
function isUsable(vote: ModelVote): boolean {
  return (
    vote.probability >= 0 &&
    vote.probability <= 1 &&
    vote.variance >= 0 &&
    Number.isFinite(vote.variance) &&
    Number.isFinite(vote.expectedReturn)
  );
}

function voicesOf(
  votes: readonly ModelVote[],
  options: EnsembleOptions,
  tracker: PerformanceTracker,
  calibrations: Calibrations,
): readonly Voice[] {
  const briers = votes.map(({ model }) =>
    tracker.outcomeCount(model) >= options.outcomesMin ? tracker.brier(model) : Number.NaN,
  );
  // Weights are relative to each other: what they are all multiplied by must not speak against the prior.
  const weights = votes.map(({ model }) => options.modelWeights[model] ?? 1);
  const largest = Math.max(...weights) || 1;
  const best = briers.reduce((lowest, brier) => (brier < lowest ? brier : lowest), COIN_BRIER);
  return votes.flatMap((vote, index) => {
    const brier = briers[index]!;
    const hasRecord = !Number.isNaN(brier);
    const performance = hasRecord ? 2 ** (-(brier - best) / options.brierHalving) : 1;
    const merit = (weights[index]! / largest) * Math.max(performance, PERFORMANCE_MIN);
    if (merit === 0) return [];
    const recentError = hasRecord ? tracker.errorVariance(vote.model) : 0;
    return [
      {
        vote,
        probability: calibrate(calibrations.get(vote.model), vote.probability),
        variance: Math.max(vote.variance, recentError, options.modelVarianceMin),
        merit,
      },
    ];
  });
}

/** Shares of the models by method, within floor and ceiling; they sum to 1. */
function sharesOf(voices: readonly Voice[], options: EnsembleOptions): readonly number[] {
  if (options.method === 'best_single') {
    let best = 0;
    voices.forEach((voice, index) => {
      if (voice.merit > voices[best]!.merit) best = index;
    });
    return voices.map((_, index) => (index === best ? 1 : 0));
  }
  const isByVariance = options.method === 'inverse_variance';
  const raw = voices.map((voice) => (isByVariance ? voice.merit / voice.variance : voice.merit));
  return boundShares(raw, options.weightFloor, options.weightCeiling);
}

/**
 * Scales positive weights to shares within [floor, ceiling] that sum to 1: what one share has to give up or take goes to or comes from the
 * free ones in proportion. Bounds that cannot hold for so few or so many models give way to equal shares.
 */
export function boundShares(weights: readonly number[], floor: number, ceiling: number): readonly number[] {
  const equal = 1 / weights.length;
  const low = Math.min(floor, equal);
  const high = Math.max(ceiling, equal);
  const shares = new Array<number>(weights.length).fill(Number.NaN);
  let free = weights.map((_, index) => index);
  for (;;) {
    const taken = shares.reduce((sum, share) => sum + (Number.isNaN(share) ? 0 : share), 0);
    const total = free.reduce((sum, index) => sum + weights[index]!, 0);
    const scaled = free.map((index) => (total > 0 ? weights[index]! / total : 1 / free.length) * (1 - taken));
    const excess = scaled.reduce(
      (sum, share) => sum + Math.max(0, share - high) - Math.max(0, low - share),
      0,
    );
    // Where more is above the ceiling than below the floor the former are settled first, else the latter.
    const isBound = (share: number): boolean => (excess >= 0 ? share > high : share < low);
    const bound = free.filter((_, position) => isBound(scaled[position]!));
    if (bound.length === 0 || bound.length === free.length) {
      free.forEach((index, position) => {
        shares[index] = scaled[position]!;
      });
      return shares;
    }
    for (const index of bound) shares[index] = excess >= 0 ? high : low;
    free = free.filter((index) => !bound.includes(index));
  }
}

function coreOf(voices: readonly Voice[], shares: readonly number[], options: EnsembleOptions): Core {
  if (options.method === 'inverse_variance') return fusedWithPrior(voices, shares, options.priorVariance);
  const probability = linearPool(
    voices.map((voice) => voice.probability),
    shares,
  );
  let variance = 0;
  let expectedReturn = 0;
  voices.forEach((voice, index) => {
    // Variance of a mixture: what each model is unsure of, and what they differ by.
    variance += shares[index]! * (voice.variance + (voice.probability - probability) ** 2);
    expectedReturn += shares[index]! * voice.vote.expectedReturn;
  });
  return { probability, variance, expectedReturn, priorWeight: 0, action: majority(voices, shares) };
}

/** The models share their total precision as `shares` say and stand against the prior together. */
function fusedWithPrior(voices: readonly Voice[], shares: readonly number[], priorVariance: number): Core {
  const precision = voices.reduce((sum, voice) => sum + voice.merit / voice.variance, 0);
  assert(precision > 0, `models have a precision above 0, was ${precision}`);
  const sources: Estimate[] = [];
  const speaking: number[] = [];
  voices.forEach((voice, index) => {
    if (shares[index] === 0) return;
    speaking.push(index);
    sources.push({ mean: voice.probability, variance: 1 / (precision * shares[index]!) });
  });
  sources.push({ mean: 0.5, variance: priorVariance });
  const fused = fuseEstimates(sources);
  let expectedReturn = 0;
  speaking.forEach((index, position) => {
    expectedReturn += fused.weights[position]! * voices[index]!.vote.expectedReturn;
  });
  const action = fused.mean > 0.5 ? 'long' : fused.mean < 0.5 ? 'short' : 'hold';
  return {
    probability: fused.mean,
    variance: fused.varianceInflated,
    expectedReturn,
    priorWeight: fused.weights[speaking.length] ?? 0,
    action,
  };
}

/** The action with the largest share; `hold` where two are equal. */
function majority(voices: readonly Voice[], shares: readonly number[]): VoteAction {
  const tally = { long: 0, short: 0, hold: 0 };
  voices.forEach((voice, index) => {
    tally[voice.vote.action] += shares[index]!;
  });
  if (tally.long > tally.short && tally.long > tally.hold) return 'long';
  return tally.short > tally.long && tally.short > tally.hold ? 'short' : 'hold';
}

function deviation(voices: readonly Voice[]): number {
  const mean = voices.reduce((sum, voice) => sum + voice.probability, 0) / voices.length;
  const squares = voices.reduce((sum, voice) => sum + (voice.probability - mean) ** 2, 0);
  return Math.sqrt(squares / voices.length);
}

function weighedVote({ vote, probability, variance }: Voice, weight: number): WeighedVote {
  return {
    model: vote.model,
    action: vote.action,
    statedProbability: vote.probability,
    probability,
    expectedReturn: vote.expectedReturn,
    variance,
    weight,
  };
}
