/** Queue models, and the replay of an order schedule that uses them. */
export { fillReplayAssumptions, type ReplayChoices } from './assumptions.ts';
export { ConsumingExchange, type ConsumingExchangeOptions } from './consuming-exchange.ts';
export { FillReplay, type FillReplayOptions } from './fill-replay.ts';
export {
  type EntryFit,
  fitEntry,
  fitResponse,
  type OwnOutcome,
  type ResponseFit,
} from './latency-fit.ts';
export { type CandidateFit, FIT_MODELS, QueueFit, type QueueFitOptions } from './queue-fit.ts';
export { passedLots, type QueueModel, type QueuePlace } from './queue-model.ts';
export { QUEUE_MODEL_FORMS, type QueueModelOptions, queueModelOf } from './queue-models.ts';
export { type OwnReach, ReplayBook } from './replay-book.ts';
export { type DepthChunk, REPLAY_EVENT, type ReplayChunk } from './replay-chunk.ts';
export {
  EXCHANGE_MODELS,
  type ExchangeModel,
  type FillListener,
  ReplayExchange,
  type ReplayExchangeOptions,
} from './replay-exchange.ts';
export type { ReplayMarket } from './replay-market.ts';
export { replayMarketOf } from './replay-markets.ts';
export {
  type PlannedOrder,
  REPLAY_STATUS,
  ReplayOrder,
  type ReplayStatus,
  type ReplayTimeInForce,
} from './replay-order.ts';
export { ReplayStudy, StudiedReplay } from './replay-study.ts';
