/** What a model says, as the ensemble hears it, and what the ensemble makes of it. */
import type { FusionMethod } from './options.ts';

/** The direction a model or the ensemble asks for. */
export type VoteAction = 'long' | 'short' | 'hold';

/** One model's answer. */
export interface ModelVote {
  readonly model: string;
  readonly action: VoteAction;
  /** Stated probability in [0, 1] that the price is higher at the end of the horizon. */
  readonly probability: number;
  /** Expected return over the horizon, a fraction before costs; positive = up. */
  readonly expectedReturn: number;
  /** In [0, 1]: how sure the model is of its action. */
  readonly confidence: number;
  /** The model's own variance of `probability`. */
  readonly variance: number;
}

/** A vote as it entered the fusion. */
export interface WeighedVote {
  readonly model: string;
  readonly action: VoteAction;
  /** As stated, and after calibration. */
  readonly statedProbability: number;
  readonly probability: number;
  readonly expectedReturn: number;
  /** The larger of the stated variance and the recent error. */
  readonly variance: number;
  /** Share among the models, in [0, 1]; the shares sum to 1. */
  readonly weight: number;
}

/** Several votes as one. */
export interface FusedVotes {
  readonly method: FusionMethod;
  readonly votes: readonly WeighedVote[];
  /** Models that lost their vote: numbers out of range, or a configured weight of 0. */
  readonly unusable: readonly string[];
  readonly probability: number;
  /** Variance of `probability`, over-dispersion included. */
  readonly variance: number;
  /** Expected return, a fraction before costs; where there is a prior, shrunk towards 0 by it. */
  readonly expectedReturn: number;
  /** Share of the prior in the fused probability; 0 where the method has none. */
  readonly priorWeight: number;
  /** Standard deviation between the probabilities of the models that have a share. */
  readonly disagreement: number;
  /** The action before any gate. */
  readonly action: VoteAction;
  /** Share (by weight) of models that vote for `action`. */
  readonly agreement: number;
}
