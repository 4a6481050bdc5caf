/** The batch form: all candles of trades that are at hand, by the same builder. */
import type { EpochUs } from '#core';
import type { TradeCandle, TradeTick } from './trade-candle.ts';
import {
  TradeCandleBuilder,
  type TradeCandleCounts,
  type TradeCandleOptions,
} from './trade-candle-builder.ts';

/** Candles by timeframe, oldest first, and what was counted on the way. */
export interface CandlesOfTrades {
  readonly candles: ReadonlyMap<number, readonly TradeCandle[]>;
  readonly counts: TradeCandleCounts;
}

/** Builds candles of trades in the order given; the trades end at `endUs`, so that what ends by then is closed whatever lateness is allowed. */
export function candlesOfTrades(
  trades: Iterable<TradeTick>,
  endUs: EpochUs,
  options: Omit<TradeCandleOptions, 'onCandle'>,
): CandlesOfTrades {
  const candles = new Map<number, TradeCandle[]>(
    options.timeframesUs.map((timeframeUs) => [timeframeUs, []]),
  );
  const builder = new TradeCandleBuilder({
    ...options,
    onCandle: (candle) => candles.get(candle.timeframeUs)?.push(candle),
  });
  for (const trade of trades) builder.push(trade);
  builder.advance(endUs + (options.latenessUs ?? 0));
  return { candles, counts: builder.counts };
}
