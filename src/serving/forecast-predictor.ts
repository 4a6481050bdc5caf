/**
 * From a forecaster to the predictor port. The gates, in order: another feature set, a moment inside the model's own training data; then
 * the forecast becomes a vote: direction, confidence, stop and target.
 */
import { assert, formatIso } from '#core';
import type { Action, NoVoteReason, PredictionReply } from '#domain';
import { emptyForecast, type Forecast, type Forecaster } from './forecast.ts';
import type { Predictor, PredictorInfo, PredictRequest } from './port.ts';
import { type StopTargetOptions, stopAndTarget } from './stop-target.ts';

/** Longest message of a reply without a vote, in UTF-16 units: replies cross threads in blocks of a fixed size. */
export const NO_VOTE_MESSAGE_MAX = 300;

/** Hash digits that a message shows of each side. */
const HASH_SHOWN = 12;

/** Returns the reply of a model that gives no vote; a longer message is cut, and is text that UTF-8 carries unchanged. */
export function noVote(modelName: string, reason: NoVoteReason, message: string): PredictionReply {
  const text = message.slice(0, NO_VOTE_MESSAGE_MAX).toWellFormed();
  return { kind: 'no-vote', modelName, reason, message: text };
}

/** Answers requests by a forecaster. */
export class ForecastPredictor implements Predictor {
  readonly info: PredictorInfo;
  readonly #forecaster: Forecaster;
  readonly #levels: StopTargetOptions;
  readonly #forecast: Forecast = emptyForecast();

  constructor(info: PredictorInfo, forecaster: Forecaster, levels: StopTargetOptions) {
    this.info = info;
    this.#forecaster = forecaster;
    this.#levels = levels;
  }

  predict(request: PredictRequest): PredictionReply {
    const { name, votesFromUs } = this.info;
    const { featureSetHash } = this.#forecaster;
    if (request.featureSetHash !== featureSetHash) {
      const found = request.featureSetHash.slice(0, HASH_SHOWN);
      const message = `the model wants features of set ${featureSetHash.slice(0, HASH_SHOWN)}, was asked with ${found}`;
      return noVote(name, 'feature_set_mismatch', message);
    }
    if (request.tsUs < votesFromUs) {
      const from = formatIso(votesFromUs);
      return noVote(name, 'in_sample', `the model has seen outcomes of this time; it votes from ${from} on`);
    }
    this.#forecaster.forecast(request.features, this.#forecast);
    return voteOf(name, this.#forecast, request.price, this.#levels);
  }
}

/** A model that is configured but not there yet: it has a name and no vote. */
export class UntrainedPredictor implements Predictor {
  readonly info: PredictorInfo;
  readonly #reply: PredictionReply;

  constructor(info: PredictorInfo, message: string) {
    this.info = info;
    this.#reply = noVote(info.name, 'not_trained', message);
  }

  predict(): PredictionReply {
    return this.#reply;
  }
}

function voteOf(
  modelName: string,
  forecast: Forecast,
  price: number,
  levels: StopTargetOptions,
): PredictionReply {
  const { expectedReturn, probability, rawScore, variance } = forecast;
  assert(
    probability >= 0 && probability <= 1 && Number.isFinite(expectedReturn) && variance >= 0,
    'a forecast has a probability, an expected return and a variance',
  );
  const action: Action = probability > 0.5 ? 'long' : probability < 0.5 ? 'short' : 'hold';
  const confidence = Math.abs(2 * probability - 1);
  const exits = action === 'hold' ? null : stopAndTarget(action, price, confidence, levels);
  return {
    kind: 'prediction',
    prediction: {
      modelName,
      action,
      confidence,
      probability,
      expectedReturn,
      stopLoss: exits?.stopLoss ?? null,
      takeProfit: exits?.takeProfit ?? null,
      rawScore,
      variance,
      latencyMs: 0,
    },
  };
}
