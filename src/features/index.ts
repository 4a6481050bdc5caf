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
export { computeFeatures, type FeatureTable } from './model/compute-features.ts';
export { type FeatureDefinition, type FeatureSet, featureSet } from './model/feature-set.ts';
export { FeaturePipeline, type PipelineOptions, type Warmth } from './model/pipeline.ts';
export { loadTape, type StateTape, saveTape, type Taped } from './state-tape.ts';
