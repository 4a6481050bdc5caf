/** Which adapter reads which venue's market data. Adapters are loaded when they are asked for: a program that records one venue loads one. */
import { XylenError } from '#core';
import { VENUE_IDS, type VenueId } from '#domain';
import type { MarketAdapter } from '#venues/market';

const LOADERS: Readonly<Partial<Record<VenueId, () => Promise<MarketAdapter>>>> = {
  'binance-usdm': async () => (await import('#venues/binance')).BINANCE_USDM,
  'binance-spot': async () => (await import('#venues/binance')).BINANCE_SPOT,
  'binanceus-spot': async () => (await import('#venues/binance')).BINANCEUS_SPOT,
  coinbase: async () => (await import('#venues/coinbase')).COINBASE,
  'kraken-spot': async () => (await import('#venues/kraken-spot')).KRAKEN_SPOT,
  'kraken-futures': async () => (await import('#venues/kraken-futures')).KRAKEN_FUTURES,
  'kucoin-spot': async () => (await import('#venues/kucoin')).KUCOIN_SPOT,
  'kucoin-futures': async () => (await import('#venues/kucoin')).KUCOIN_FUTURES,
};

/** The venues that have an adapter of their own, in the order of `VENUE_IDS`. */
export const ADAPTED_VENUES: readonly VenueId[] = VENUE_IDS.filter((venue) => LOADERS[venue] !== undefined);

/** Loads the adapter of a venue. @throws XY_USAGE when the venue is none of `ADAPTED_VENUES`. */
export async function loadAdapter(venue: string): Promise<MarketAdapter> {
  const load = Object.hasOwn(LOADERS, venue) ? LOADERS[venue as VenueId] : undefined;
  if (load !== undefined) return await load();
  const message = `expected a venue of ${ADAPTED_VENUES.join(', ')}, found '${venue}'`;
  throw new XylenError('XY_USAGE', message, { fields: { venue } });
}
