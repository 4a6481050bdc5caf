/** Venue ids, as they stand in every command, file and column. */

export const VENUE_IDS = [
  'binance-usdm',
  'binance-spot',
  'binanceus-spot',
  'coinbase',
  'kraken-spot',
  'kraken-futures',
  'kucoin-spot',
  'kucoin-futures',
  'sim',
] as const;

/** A first-class venue, the simulated one, or any other through the generic client (`ccxt:NAME`). */
export type VenueId = (typeof VENUE_IDS)[number] | `ccxt:${string}`;

/** Returns `text` as a venue id, or `undefined` when it is none. */
export function parseVenueId(text: string): VenueId | undefined {
  if ((VENUE_IDS as readonly string[]).includes(text)) return text as VenueId;
  return /^ccxt:[a-z0-9_]{1,40}$/.test(text) ? (text as VenueId) : undefined;
}
