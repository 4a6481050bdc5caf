/** Candles of ccxt by request: page after page, whatever size the exchange makes them. */
import { type EpochUs, US_PER_MS, XylenError } from '#core';
import type { FeedInstrument, HistoryCandle } from '../market/index.ts';
import { readCandle } from './candle-reader.ts';
import { CcxtFault, wordsOf } from './ccxt-fault.ts';
import type { CcxtExchange } from './exchange.ts';
import { timeframeName } from './timeframes.ts';

/** Asked for in one page; exchanges answer with less where they have less. */
const PAGE_CANDLES = 500;
/** More pages than any range of use has. */
const PAGES_MAX = 20_000;

/** A stretch of history. */
export interface CcxtHistoryRange {
  readonly instrument: FeedInstrument;
  readonly timeframeUs: number;
  readonly fromUs: EpochUs;
  /** Exclusive; candles that end later are left out. */
  readonly toUs: EpochUs;
}

/**
 * Returns the candles of a range, as far as the exchange has them: open times increase, none twice. @throws XY_VENUE_FAILED when the exchange fails,
 * XY_VENUE_REPLY when a candle cannot be read, XY_USAGE when it has none of that length
 */
export async function fetchCandles(
  exchange: CcxtExchange,
  range: CcxtHistoryRange,
): Promise<readonly HistoryCandle[]> {
  const { instrument, timeframeUs, toUs } = range;
  const name = timeframeName(exchange, timeframeUs);
  const candles: HistoryCandle[] = [];
  let fromUs = Math.ceil(range.fromUs / timeframeUs) * timeframeUs;
  for (let page = 0; fromUs < toUs && page < PAGES_MAX; page++) {
    const rows = await fetchPage(exchange, instrument.wireSymbol, name, fromUs);
    let nextUs = fromUs + (rows.length === 0 ? PAGE_CANDLES * timeframeUs : 0);
    for (const row of rows) {
      const candle = candleOf(exchange, row, instrument, timeframeUs);
      nextUs = Math.max(nextUs, candle.openTsUs + timeframeUs);
      const isWanted = candle.openTsUs >= fromUs && candle.openTsUs + timeframeUs <= toUs;
      if (isWanted && candle.openTsUs > (candles.at(-1)?.openTsUs ?? -1)) candles.push(candle);
    }
    // An exchange that answers with what came before would be asked for ever.
    if (nextUs <= fromUs) break;
    fromUs = nextUs;
  }
  return candles;
}

async function fetchPage(
  exchange: CcxtExchange,
  symbol: string,
  name: string,
  fromUs: EpochUs,
): ReturnType<CcxtExchange['fetchOHLCV']> {
  try {
    const rows = await exchange.fetchOHLCV(symbol, name, fromUs / US_PER_MS, PAGE_CANDLES);
    return rows.toSorted((a, b) => Number(a[0]) - Number(b[0]));
  } catch (cause) {
    throw new XylenError('XY_VENUE_FAILED', `ccxt:${exchange.id} candles of ${symbol}: ${wordsOf(cause)}`, {
      cause,
      fields: { exchange: exchange.id, symbol },
    });
  }
}

function candleOf(
  exchange: CcxtExchange,
  row: readonly unknown[],
  instrument: FeedInstrument,
  timeframeUs: number,
): HistoryCandle {
  try {
    const candle = readCandle(row, instrument, timeframeUs);
    const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, volumeLots } = candle;
    return { openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots };
  } catch (cause) {
    if (!(cause instanceof CcxtFault)) throw cause;
    throw new XylenError('XY_VENUE_REPLY', `ccxt:${exchange.id}: ${cause.message}`, { cause });
  }
}
