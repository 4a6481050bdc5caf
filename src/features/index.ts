/** Door of `features`: candles, windows, indicators and model features; batch and stream from one definition. */
export { CandleAggregator } from './aggregator.ts';
export { type Bar, emptyBar } from './bar.ts';
export { type CandleDecimals, type CandleFloats, candleFloatsOf, readBar } from './candle-floats.ts';
export { type CandlesOfTrades, candlesOfTrades } from './candles/candles-of-trades.ts';
export { candleColumnsOf, candleEventOf, type TradeCandle, type TradeTick } from './candles/trade-candle.ts';
export {
  TradeCandleBuilder,
  type TradeCandleCounts,
  type TradeCandleOptions,
} from './candles/trade-candle-builder.ts';
export { featuresMarkdown } from './document.ts';
export type { IndicatorColumn } from './indicators/group.ts';
export {
  computeIndicators,
  INDICATOR_COLUMNS,
  INDICATOR_NAMES,
  IndicatorStream,
  type IndicatorTable,
} from './indicators/stream.ts';
export {
  bandImbalance,
  depthImbalance,
  fadingImbalance,
  micropriceGapBps,
  micropriceTicks,
  spreadBps,
} from './microstructure/book-shape.ts';
export { type BookView, isOpenBook, midSumTicks } from './microstructure/book-view.ts';
export { CrossVenue } from './microstructure/cross-venue.ts';
export { FRAME_DEFAULTS, type FrameOptions, type FrameSampling } from './microstructure/frame-options.ts';
export type { MicroColumn } from './microstructure/group.ts';
export {
  type FrameEvent,
  type FrameInstruments,
  MicrostructureFeed,
  type PrintsLostEvent,
} from './microstructure/microstructure-feed.ts';
export { type FrameBooks, MicrostructureFrame, type RowSink } from './microstructure/microstructure-frame.ts';
export { computeMicrostructure, type MicrostructureTable } from './microstructure/microstructure-table.ts';
export { OrderFlow } from './microstructure/order-flow.ts';
export { AmihudIlliquidity, HasbrouckLambda, KyleLambda } from './microstructure/price-impact.ts';
export { QueuePosition } from './microstructure/queue-position.ts';
export { RealisedVariance } from './microstructure/realised-variance.ts';
export { SessionVwap } from './microstructure/session-vwap.ts';
export { TradeFlow } from './microstructure/trade-flow.ts';
export type { VpinOptions } from './microstructure/trade-groups.ts';
export { BulkClassifier, type BulkDeviation, TickRule, VolumeBuckets } from './microstructure/vpin.ts';
export { computeFeatures, type FeatureTable } from './model/compute-features.ts';
export { type FeatureDefinition, type FeatureSet, featureSet } from './model/feature-set.ts';
export { FeaturePipeline, type PipelineOptions, type Warmth } from './model/pipeline.ts';
export { loadTape, type StateTape, saveTape, type Taped } from './state-tape.ts';
