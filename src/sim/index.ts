/** Door of `sim`: the simulated venue, its market sources and the synthetic market. */

export { AccountControls, type MarginChange } from './account-controls.ts';
export type { MarginMode, PositionMode } from './account-settings.ts';
export {
  MARKOUT_HORIZONS_US,
  type MarkoutGroup,
  type MarkoutRow,
  TOXIC_QUEUE_ABOVE,
} from './adverse/index.ts';
export type { Assumption } from './assumption.ts';
export {
  constantLatency,
  DepthAccount,
  DepthBacktest,
  type DepthBacktestOptions,
  type DepthDesk,
  type DepthFees,
  type DepthOrder,
  type DepthOrderWish,
  type DepthTrader,
  type DepthView,
  modelLatency,
  type OrderLatency,
  TouchMaker,
  type TouchMakerOptions,
} from './depth/index.ts';
export { EventOrder } from './event-order.ts';
export type { VolumeTier, VolumeTierTable } from './fees/index.ts';
export { IMPACT_DEFAULT, IMPACT_MODELS, type ImpactName, type ImpactRule } from './impact/index.ts';
export {
  LATENCY_DEFAULTS,
  LATENCY_LEGS,
  LATENCY_MODELS,
  LATENCY_NONE,
  type LatencyLeg,
  type LatencyRule,
  type LatencyTable,
  type LegRule,
  type LegTable,
  type RecordedLatencies,
} from './latency/index.ts';
export { QUEUE_DEFAULT, type SimRules, simRules } from './options.ts';
export type { Refusal } from './order-rules.ts';
export {
  type CandidateFit,
  type DepthChunk,
  type EntryFit,
  EXCHANGE_MODELS,
  type ExchangeModel,
  FIT_MODELS,
  FillReplay,
  type FillReplayOptions,
  fillReplayAssumptions,
  fitEntry,
  fitResponse,
  type OwnOutcome,
  type PlannedOrder,
  QUEUE_MODEL_FORMS,
  QueueFit,
  type QueueFitOptions,
  type QueueModel,
  type QueueModelOptions,
  type QueuePlace,
  queueModelOf,
  REPLAY_EVENT,
  REPLAY_STATUS,
  type ReplayChoices,
  type ReplayChunk,
  ReplayExchange,
  type ReplayExchangeOptions,
  ReplayOrder,
  ReplayStudy,
  type ReplayTimeInForce,
  type ResponseFit,
  type StudiedReplay,
} from './queue/index.ts';
export {
  type CancelRequest,
  SimulatedVenue,
  type SimulatedVenueOptions,
} from './simulated-venue.ts';
export { SimulatedWorld, type SimulatedWorldOptions } from './simulated-world.ts';
export {
  type DataCard,
  type DataLevel,
  dataCardOf,
  learnedUs,
  type MarketSource,
  type PacedSource,
  type Quiet,
  type SourceFeed,
} from './source.ts';
export {
  bookSource,
  type ColumnFeed,
  candleSource,
  fundingSource,
  markSource,
  mergeArrivals,
  mergeSources,
  type OpenChunks,
  orderSource,
  reorderedSource,
  sourceFrom,
  type TradeColumns,
  tradeSource,
} from './sources/index.ts';
export {
  CompletedTape,
  type CompletedTapeOptions,
  SYNTHETIC_SYMBOLS,
  SyntheticMarket,
  type SyntheticMarketOptions,
  type SyntheticSymbol,
  SyntheticTape,
  type SyntheticTapeOptions,
  syntheticInstrument,
  syntheticMarket,
  takeCandles,
} from './synthetic/index.ts';
