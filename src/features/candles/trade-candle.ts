/** A candle made of trades, in integers, and the trades it is made of. */
import { assert, type EpochUs } from '#core';
import type { CandleColumns, CandleEvent, InstrumentIx, TradeEvent } from '#domain';

/** What a candle needs to know of a trade; a `TradeEvent` is one. */
export type TradeTick = Pick<
  TradeEvent,
  'tsVenueUs' | 'tsLocalUs' | 'tradeId' | 'priceTicks' | 'qtyLots' | 'takerSide'
>;

/** The trades of [`openTsUs`, `openTsUs` + `timeframeUs`). */
export interface TradeCandle {
  readonly timeframeUs: number;
  readonly openTsUs: EpochUs;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
  /** Sum of price x quantity, in ticks x lots. */
  readonly quoteVolume: bigint;
  /** Prints, as the venue sends them: an aggregate of several trades counts once. 0 = nothing traded, the last close is repeated. */
  readonly tradeCount: number;
  /** The part in which the taker bought. */
  readonly takerBuyLots: number;
  /** The part of `quoteVolume` in which the taker bought. */
  readonly takerBuyQuote: bigint;
  /** True when trades of it are known to have been lost. */
  readonly isPartial: boolean;
}

/** Returns the market event of a finished candle, received at `tsLocalUs`; it sums up trades that came as well. */
export function candleEventOf(
  candle: TradeCandle,
  instrumentIx: InstrumentIx,
  tsLocalUs: EpochUs,
): CandleEvent {
  const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, timeframeUs, volumeLots } = candle;
  const times = { tsVenueUs: openTsUs + timeframeUs, tsLocalUs, timeframeUs, openTsUs };
  const prices = { openTicks, highTicks, lowTicks, closeTicks, volumeLots };
  return { kind: 'candle', isSummary: true, instrumentIx, ...times, ...prices };
}

/** Returns candles of one timeframe, in order, as columns. */
export function candleColumnsOf(timeframeUs: number, candles: readonly TradeCandle[]): CandleColumns {
  assert(
    candles.every((candle) => candle.timeframeUs === timeframeUs),
    'columns hold candles of one timeframe',
  );
  const column = (of: (candle: TradeCandle) => number): Float64Array => Float64Array.from(candles, of);
  return {
    timeframeUs,
    rowCount: candles.length,
    openTsUs: column((candle) => candle.openTsUs),
    openTicks: column((candle) => candle.openTicks),
    highTicks: column((candle) => candle.highTicks),
    lowTicks: column((candle) => candle.lowTicks),
    closeTicks: column((candle) => candle.closeTicks),
    volumeLots: column((candle) => candle.volumeLots),
  };
}
