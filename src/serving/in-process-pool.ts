/** The pool whose predictors run where they are asked: tests, small programs, and hosts without threads to spare. */
import { assert } from '#core';
import { type LatencyRule, timedAnswerOf } from './answering.ts';
import type { Predictor, PredictorInfo, PredictorPool, PredictReplies, PredictRequest } from './port.ts';

/** Answers at once. A predictor that is slow delays its caller; `#serving/worker` bounds that. */
export class InProcessPool implements PredictorPool {
  readonly models: readonly PredictorInfo[];
  readonly #predictors: readonly Predictor[];
  readonly #latency: LatencyRule;
  #isClosed = false;

  constructor(predictors: readonly Predictor[], latency: LatencyRule) {
    this.#predictors = predictors;
    this.#latency = latency;
    this.models = predictors.map(({ info }) => info);
  }

  ask(request: PredictRequest): PredictReplies {
    assert(!this.#isClosed, 'a pool that was closed is not asked');
    const replies = this.#predictors.map((predictor) => timedAnswerOf(predictor, request, this.#latency));
    return { requestId: request.requestId, replies };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
