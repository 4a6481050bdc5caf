/** The predictor port: numbers in, an answer (or the reason why there is none) out. */
import type { EpochUs } from '#core';
import type { PredictionReply } from '#domain';

/** One question to all models. */
export interface PredictRequest {
  /** The snapshot it belongs to. */
  readonly requestId: number;
  readonly symbol: string;
  readonly timeframeUs: number;
  readonly tsUs: EpochUs;
  /** Last price in quote currency; stop and target are derived from it. */
  readonly price: number;
  /** Hash of the feature set that `features` follows. */
  readonly featureSetHash: string;
  readonly features: Float64Array;
}

/** What is served under a model's name. */
export interface PredictorInfo {
  readonly name: string;
  readonly version: string;
  /** `worker:gbm@v3`, `http://...`; the `model_endpoint` column. */
  readonly endpoint: string;
  readonly isTrained: boolean;
  /** No vote on moments before this one: training data end + quarantine; 0 for rules. */
  readonly votesFromUs: EpochUs;
}

/** A model that answers at once. Pure: equal requests give equal answers. */
export interface Predictor {
  readonly info: PredictorInfo;
  predict(request: PredictRequest): PredictionReply;
}

/** The replies of all models to one request, in the order of `PredictorPool.models`. */
export interface PredictReplies {
  readonly requestId: number;
  readonly replies: readonly PredictionReply[];
}

/** Models behind one door, wherever they run. A model that is slow or down costs its vote, never the cycle. */
export interface PredictorPool {
  readonly models: readonly PredictorInfo[];
  /** Answers one request; at once where the models run in the process or a worker that is waited for, else by a promise. Never rejects. */
  ask(request: PredictRequest): PredictReplies | Promise<PredictReplies>;
  close(): Promise<void>;
}
