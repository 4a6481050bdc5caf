/** Candles of a venue by request: the past that features warm up on, and bars that a feed has missed. */
import type { EpochUs } from '#core';
import { type HistoryCandle, pagesOf } from '#venues/market';
import type { VenueConnection, WantedInstrument } from './venue-connection.ts';

/**
 * Returns the closed candles with open times in [`fromUs`, `toUs`), as far as the venue has them; an empty list when it has no such candles by
 * request. @throws XY_VENUE_FAILED, XY_VENUE_REPLY, XY_INTERRUPTED.
 */
export async function fetchCandles(
  { client, rest }: Pick<VenueConnection, 'client' | 'rest'>,
  { instrument, listed }: WantedInstrument,
  timeframeUs: number,
  range: { readonly fromUs: EpochUs; readonly toUs: EpochUs },
): Promise<HistoryCandle[]> {
  const candles: HistoryCandle[] = [];
  const { restSymbol } = listed;
  const { toUs } = range;
  const pages = pagesOf(
    client,
    range,
    (fromUs) => rest.candles({ instrument, restSymbol, fromUs, toUs }, timeframeUs),
    ({ openTsUs }) => openTsUs + timeframeUs,
  );
  for await (const page of pages) {
    for (const candle of page) {
      const lastUs = candles.at(-1)?.openTsUs ?? Number.NEGATIVE_INFINITY;
      // Venues answer with whole pages: what is asked for again, still open or out of the range is left out.
      const isWanted = candle.openTsUs >= range.fromUs && candle.openTsUs + timeframeUs <= toUs;
      if (isWanted && candle.openTsUs > lastUs) candles.push(candle);
    }
  }
  return candles;
}
