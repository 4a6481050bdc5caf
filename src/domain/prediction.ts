/** What a learned model (or a rule that stands in for one) answers. */

/** The direction a model or the ensemble asks for. */
export type Action = 'long' | 'short' | 'hold';

/** A model's answer, the fields of `POST /predict`. */
export interface Prediction {
  readonly modelName: string;
  readonly action: Action;
  /** In [0, 1]: how sure the model is of its action. */
  readonly confidence: number;
  /** Probability in [0, 1] that the price is higher at the end of the horizon. */
  readonly probability: number;
  /** Expected return over the horizon, a fraction before costs; positive = up. */
  readonly expectedReturn: number;
  /** Prices in quote currency; `null` when the action is `hold`. */
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  /** The model's output before calibration. */
  readonly rawScore: number;
  /** The model's own variance of `probability`. */
  readonly variance: number;
  /** Time spent by the model; simulated time in a replay, measured live. */
  readonly latencyMs: number;
}

/** Why a model gave no vote. */
export type NoVoteReason =
  | 'not_trained'
  | 'feature_set_mismatch'
  | 'in_sample'
  | 'timeout'
  | 'error'
  | 'unhealthy';

/** A model's reply: a prediction, or the reason why there is none. */
export type PredictionReply =
  | { readonly kind: 'prediction'; readonly prediction: Prediction }
  | {
      readonly kind: 'no-vote';
      readonly modelName: string;
      readonly reason: NoVoteReason;
      readonly message: string;
    };
