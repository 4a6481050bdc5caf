/**
 * Where a venue is that is traded, and whether that place may be trusted with keys: addresses of the configuration come first, keys travel encrypted or not at
 * all beyond this machine, and market data and orders never belong to different systems.
 */
import { XylenError } from '#core';
import type { VenueId } from '#domain';
import type { EntryHosts, EntryKeys } from '#venues/entry';
import type { XylenConfig } from '../../config/schema.ts';
import type { Secrets } from '../../config/secrets.ts';
import { type EntryVenue, keysOf, loadEntryVenue, systemOf, type VenueSystem } from './entry-venues.ts';
import type { LiveRequest } from './live-request.ts';

/** Where orders go. */
export interface VenueAddress {
  readonly entry: EntryHosts;
  /** True when orders and market data are those of this machine: perhaps the simulated exchange, which says so itself. */
  readonly isLoopback: boolean;
  /** The configuration with the addresses of market data in it. */
  readonly config: XylenConfig;
}

/** Where orders go, and with whose keys. */
export interface TradedAddress extends VenueAddress {
  readonly venue: EntryVenue;
  readonly keys: EntryKeys;
}

/** Where the market of a run is, and where its orders go. */
export interface MarketAddress {
  readonly config: XylenConfig;
  /** `null` in a dry run. */
  readonly traded: TradedAddress | null;
}

/** Returns where a run trades. @throws XY_USAGE, XY_LIVE_REFUSED without keys, and for addresses as `addressOf` */
export async function marketAddressOf(
  { mode, venue: id }: Pick<LiveRequest, 'mode' | 'venue'>,
  config: XylenConfig,
  secrets: Secrets,
): Promise<MarketAddress> {
  if (mode === 'dry-run') return { config, traded: null };
  const venue = await loadEntryVenue(id);
  const system = systemOf(venue, mode === 'testnet');
  const address = addressOf(id, system, config);
  const found = keysOf(system, secrets);
  if ('missing' in found)
    refuse(
      id,
      `no keys: set ${found.missing.join(' and ')} in the environment or in .env (keys that cannot withdraw)`,
    );
  return { config: address.config, traded: { ...address, venue, keys: found.keys } };
}

const LOOPBACK = /^(?:https?|wss?):\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:\/|$)/;
const PLAIN = /^(?:http|ws):\/\//;

/** Returns where a venue is. @throws XY_LIVE_REFUSED for addresses that a key must not be sent to, or that do not belong together. */
export function addressOf(venue: VenueId, system: VenueSystem, config: XylenConfig): VenueAddress {
  const own = config.feeds.endpoints.find((endpoint) => endpoint.venue === venue);
  const rest = own?.entryRest ?? own?.rest ?? system.entry.rest;
  const stream = own?.entryStream ?? own?.stream ?? system.entry.stream;
  const isMoved = rest !== system.entry.rest;
  const keys = isMoved ? rest : system.entry.keys;
  const market = { rest: own?.rest ?? system.market?.rest, stream: own?.stream ?? system.market?.stream };
  const given = [rest, stream, market.rest, market.stream].filter((url) => url !== undefined && url !== '');
  const local = given.map((url) => LOOPBACK.test(url ?? ''));
  const isLoopback = LOOPBACK.test(rest);
  // An address of market data that is not given is the venue's public one.
  const isWhole = isLoopback ? local.every(Boolean) && given.length === 4 : !local.some(Boolean);
  if (!isWhole)
    refuse(
      venue,
      'market data and orders must belong to the same system: set rest_url and stream_url (and entry_rest_url, entry_stream_url) of feeds.endpoints together',
    );
  for (const url of [rest, stream])
    if (PLAIN.test(url) && !LOOPBACK.test(url))
      refuse(venue, `keys are sent encrypted alone: expected https or wss, found ${url}`);
  return { entry: { rest, stream, keys }, isLoopback, config: withMarket(config, venue, market) };
}

function withMarket(
  config: XylenConfig,
  venue: VenueId,
  { rest, stream }: { readonly rest: string | undefined; readonly stream: string | undefined },
): XylenConfig {
  if (rest === undefined && stream === undefined) return config;
  const own = config.feeds.endpoints.find((endpoint) => endpoint.venue === venue);
  const others = config.feeds.endpoints.filter((endpoint) => endpoint !== own);
  const none = { streamOrders: null, entryRest: null, entryStream: null };
  const endpoint = { ...none, ...own, venue, rest: rest ?? null, stream: stream ?? null };
  return { ...config, feeds: { ...config.feeds, endpoints: [...others, endpoint] } };
}

function refuse(venue: VenueId, message: string): never {
  throw new XylenError('XY_LIVE_REFUSED', `${venue}: ${message}`, { fields: { venue } });
}
