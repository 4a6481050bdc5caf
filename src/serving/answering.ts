/** Asking one predictor: what every pool does alike, wherever it runs. */
import { messageOf } from '#core';
import type { PredictionReply } from '#domain';
import { noVote } from './forecast-predictor.ts';
import type { Predictor, PredictRequest } from './port.ts';

/** How the time of an answer is stated: measured, or a fixed one where time is simulated (a replay must repeat to the byte). */
export interface LatencyRule {
  /** `null` = measured. */
  readonly simulatedMs: number | null;
}

/** Asks one predictor. A model that throws costs its vote; nothing is thrown. */
export function answerOf(predictor: Predictor, request: PredictRequest): PredictionReply {
  try {
    return predictor.predict(request);
  } catch (thrown) {
    return noVote(predictor.info.name, 'error', messageOf(thrown));
  }
}

/** Asks one predictor and states the time it took in its prediction. */
export function timedAnswerOf(
  predictor: Predictor,
  request: PredictRequest,
  { simulatedMs }: LatencyRule,
): PredictionReply {
  const startMs = simulatedMs === null ? performance.now() : 0;
  const reply = answerOf(predictor, request);
  if (reply.kind === 'no-vote') return reply;
  const latencyMs = simulatedMs ?? performance.now() - startMs;
  return { kind: 'prediction', prediction: { ...reply.prediction, latencyMs } };
}
