/** Candles as the dashboard draws them: prices and volume as doubles. */
import { type CandleEvent, type Instrument, priceOf, qtyOf } from '#domain';
import type { Bar } from '#features';
import type { FeedCandle } from '../server/feed.ts';

/** Returns a bar of the decision timeframe. */
export function decisionCandle(instrument: Instrument, bar: Readonly<Bar>): FeedCandle {
  const { close, high, low, open, openTsUs, volume } = bar;
  return { instrumentIx: instrument.ix, openTsUs, open, high, low, close, volume };
}

/** Returns a candle as it came in. */
export function sourceCandle(instrument: Instrument, candle: CandleEvent): FeedCandle {
  return {
    instrumentIx: instrument.ix,
    openTsUs: candle.openTsUs,
    open: priceOf(instrument, candle.openTicks),
    high: priceOf(instrument, candle.highTicks),
    low: priceOf(instrument, candle.lowTicks),
    close: priceOf(instrument, candle.closeTicks),
    volume: qtyOf(instrument, candle.volumeLots),
  };
}
