/**
 * From votes to a decision: fuse, price, gate. The ensemble abstains (`hold`, with a coded reason) unless every gate is passed; all gates
 * are evaluated and reported, so that a decision explains itself. Pure; about 5 us.
 */

import { type Calibrations, fuse } from './fuse.ts';
import { probabilityAbove } from './fusion.ts';
import type { EnsembleOptions, FusionMethod } from './options.ts';
import type { PerformanceTracker } from './tracker.ts';
import type { FusedVotes, ModelVote, VoteAction, WeighedVote } from './vote.ts';

/** Why the ensemble holds: every reason code and what it means. The order is the order of the gates; the first that fails is the reason. */
export const HOLD_REASONS = {
  cold: 'the features of the symbol have not enough history yet',
  stale_data: 'the newest data are missing or too old',
  too_few_models: 'too few models gave a usable vote',
  no_edge: 'the fused probability or the vote has no direction',
  minority: 'too small a part of the models votes for the direction',
  disagreement: 'the probabilities of the models lie too far apart',
  variance: 'the fused probability is too uncertain',
  expected_value_below_cost: 'the expected return does not pay for fees, spread, slippage and funding',
} as const;

/** A reason code. */
export type HoldReason = keyof typeof HOLD_REASONS;

/** What a decision is made from. */
export interface DecisionInput {
  readonly votes: readonly ModelVote[];
  /** True when the features count. */
  readonly isWarm: boolean;
  /** Age of the newest data of the symbol; NaN when there are none. */
  readonly dataAgeUs: number;
  /** Total cost of a round trip on each side, a fraction of the notional: fees, spread, slippage, expected funding. */
  readonly costs: { readonly longFraction: number; readonly shortFraction: number };
}

/** What one gate found. */
export interface GateOutcome {
  readonly gate: HoldReason;
  readonly isPassed: boolean;
  readonly value: number;
  readonly limit: number;
}

/** A decision with all that explains it. */
export interface EnsembleDecision {
  readonly action: VoteAction;
  /** The action before the gates. */
  readonly leaning: VoteAction;
  /** 2 P(the direction is right) - 1 by the posterior: 0 = a coin, 1 = certain. 0 without a leaning. */
  readonly confidence: number;
  /** Fused probability that the price is higher at the end of the horizon; 0.5 without votes. */
  readonly probability: number;
  /** Fused expected return, a fraction before costs; positive = up. */
  readonly expectedReturn: number;
  /** Expected return of the leaning's side less its costs; 0 without a leaning. */
  readonly expectedValue: number;
  /** Standard deviation of `probability`. */
  readonly uncertainty: number;
  /** Share (by weight) of models that vote for the leaning. */
  readonly agreement: number;
  /** Standard deviation between the models' probabilities. */
  readonly disagreement: number;
  readonly method: FusionMethod;
  /** Models whose vote counted. */
  readonly modelCount: number;
  readonly weights: readonly WeighedVote[];
  readonly unusable: readonly string[];
  readonly priorWeight: number;
  readonly gates: readonly GateOutcome[];
  /** The first gate that failed; `null` when the action stands. */
  readonly reason: HoldReason | null;
}

/** Returns the expected value of a trade: the return expected on its side less the cost of entering, holding and leaving. */
export function expectedValue(trade: {
  readonly side: 'long' | 'short';
  /** A fraction before costs; positive = up. */
  readonly expectedReturn: number;
  /** Fees, spread, slippage and funding of the round trip, a fraction of the notional. */
  readonly costFraction: number;
}): number {
  return (trade.side === 'long' ? trade.expectedReturn : -trade.expectedReturn) - trade.costFraction;
}

/** Decides. `tracker` is read, never changed. */
export function decide(
  input: DecisionInput,
  options: EnsembleOptions,
  tracker: PerformanceTracker,
  calibrations?: Calibrations,
): EnsembleDecision {
  const fused = fuse(input.votes, options, tracker, calibrations);
  const leaning = fused?.action ?? 'hold';
  const value = leaningValue(leaning, fused, input);
  const gates = gatesOf(input, options, fused, value);
  const reason = gates.find((gate) => !gate.isPassed)?.gate ?? null;
  return {
    action: reason === null ? leaning : 'hold',
    leaning,
    confidence: confidenceOf(leaning, fused),
    probability: fused?.probability ?? 0.5,
    expectedReturn: fused?.expectedReturn ?? 0,
    expectedValue: value,
    uncertainty: Math.sqrt(fused?.variance ?? options.priorVariance),
    agreement: fused?.agreement ?? 0,
    disagreement: fused?.disagreement ?? 0,
    method: options.method,
    modelCount: fused?.votes.length ?? 0,
    weights: fused?.votes ?? [],
    unusable: fused?.unusable ?? input.votes.map((vote) => vote.model),
    priorWeight: fused?.priorWeight ?? 1,
    gates,
    reason,
  };
}

function leaningValue(leaning: VoteAction, fused: FusedVotes | null, { costs }: DecisionInput): number {
  if (leaning === 'hold' || fused === null) return 0;
  const costFraction = leaning === 'long' ? costs.longFraction : costs.shortFraction;
  return expectedValue({ side: leaning, expectedReturn: fused.expectedReturn, costFraction });
}

/** A vote may lean against its own mean probability (majority of few): then there is no confidence in it. */
function confidenceOf(leaning: VoteAction, fused: FusedVotes | null): number {
  if (leaning === 'hold' || fused === null) return 0;
  const isUp = probabilityAbove({ mean: fused.probability, variance: fused.variance }, 0.5);
  return Math.max(0, 2 * (leaning === 'long' ? isUp : 1 - isUp) - 1);
}

function gatesOf(
  input: DecisionInput,
  options: EnsembleOptions,
  fused: FusedVotes | null,
  value: number,
): readonly GateOutcome[] {
  const direction = fused === null || fused.action === 'hold' ? 0 : 1;
  const gates = [
    atLeast('cold', input.isWarm ? 1 : 0, 1),
    atMost('stale_data', input.dataAgeUs >= 0 ? input.dataAgeUs : Number.NaN, options.dataStaleAfterUs),
    atLeast('too_few_models', fused?.votes.length ?? 0, options.modelsMin),
  ];
  if (fused === null) return gates;
  return [
    ...gates,
    atLeast('no_edge', direction, 1),
    atLeast('minority', fused.agreement, options.agreementMin),
    atMost('disagreement', fused.disagreement, options.disagreementMax),
    atMost('variance', fused.variance, options.varianceMax),
    atLeast('expected_value_below_cost', value, options.expectedValueMarginPpm / 1_000_000),
  ];
}

function atMost(gate: HoldReason, value: number, limit: number): GateOutcome {
  return { gate, isPassed: value <= limit, value, limit };
}

function atLeast(gate: HoldReason, value: number, limit: number): GateOutcome {
  return { gate, isPassed: value >= limit, value, limit };
}
