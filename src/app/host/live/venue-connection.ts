/** A venue's public side, ready to be asked: its adapter, where it is, the way there, and what it lists of the symbols that are wanted. */
import { existsSync, readFileSync } from 'node:fs';
import { type Prng, XylenError } from '#core';
import type { VenueId } from '#domain';
import { SocketTransport } from '#net/socket';
import {
  type FeedInstrument,
  feedInstrumentOf,
  type ListedInstrument,
  type MarketAdapter,
  type MarketRest,
  RestClient,
  type VenueHosts,
} from '#venues/market';
import type { XylenConfig } from '../../config/schema.ts';
import { loadAdapter } from '../venue-adapters.ts';

/** The connection. */
export interface VenueConnection {
  readonly adapter: MarketAdapter;
  readonly hosts: VenueHosts;
  readonly rest: MarketRest;
  readonly client: RestClient;
}

/** An instrument that is listed and wanted. */
export interface WantedInstrument {
  readonly listed: ListedInstrument;
  readonly instrument: FeedInstrument;
}

/** Symbols that are named in a message. */
const NAMED_MAX = 5;

/** Opens the way to the outside as the configuration says. @throws XY_FILE_MISSING, XY_CONFIG_INVALID. */
export function openTransport(config: XylenConfig): SocketTransport {
  return new SocketTransport({ certificateAuthority: readAuthority(config) });
}

/** Returns the certificate authority of the configuration in PEM, `null` when it names none. @throws XY_FILE_MISSING. */
export function readAuthority({ feeds }: XylenConfig): string | null {
  const path = feeds.certificateAuthorityFile;
  if (path === null) return null;
  if (!existsSync(path))
    throw new XylenError('XY_FILE_MISSING', `feeds.ca_file: no such file: ${path}`, {
      fields: { file: path },
    });
  return readFileSync(path, 'utf8');
}

/** Returns where a venue is: its public address, or what the configuration says instead. */
export function hostsOf(adapter: MarketAdapter, { feeds }: XylenConfig): VenueHosts {
  const own = feeds.endpoints.find(({ venue }) => venue === adapter.venue);
  return {
    rest: own?.rest ?? adapter.hosts.rest,
    stream: own?.stream ?? adapter.hosts.stream,
    streamOrders: own?.streamOrders ?? adapter.hosts.streamOrders,
  };
}

/** Prepares a venue; nothing is sent. @throws XY_USAGE when it has no adapter. */
export async function connectVenue(
  venue: VenueId,
  parts: {
    readonly config: XylenConfig;
    readonly transport: SocketTransport;
    readonly prng: Prng;
    readonly signal: AbortSignal;
  },
): Promise<VenueConnection> {
  const adapter = await loadAdapter(venue);
  const hosts = hostsOf(adapter, parts.config);
  const rest = adapter.rest(hosts);
  const { prng, signal, transport } = parts;
  const client = new RestClient({ rest, transport, prng: prng.split(`rest ${venue}`), signal });
  return { adapter, hosts, rest, client };
}

/**
 * Asks the venue for its list and returns the wanted symbols in their order, numbered from `firstIx`. @throws XY_INSTRUMENT_UNKNOWN when one is not
 * listed, XY_VENUE_FAILED.
 */
export async function listInstruments(
  { adapter, client, rest }: VenueConnection,
  symbols: readonly string[],
  firstIx = 0,
): Promise<WantedInstrument[]> {
  return pickInstruments(adapter, await client.call(rest.instruments()), symbols, firstIx);
}

/** Returns the wanted symbols of a venue's list in their order, numbered from `firstIx`. @throws XY_INSTRUMENT_UNKNOWN when one is not listed. */
export function pickInstruments(
  adapter: MarketAdapter,
  listed: readonly ListedInstrument[],
  symbols: readonly string[],
  firstIx = 0,
): WantedInstrument[] {
  const bySymbol = new Map(listed.map((one) => [one.spec.symbol, one]));
  return symbols.map((symbol, at) => {
    const one = bySymbol.get(symbol);
    if (one === undefined) {
      const near = listed
        .map(({ spec }) => spec.symbol)
        .filter((known) => known.startsWith(symbol.slice(0, 2)));
      const hint = near.length === 0 ? '' : `; it lists ${near.slice(0, NAMED_MAX).join(', ')}`;
      const message = `${adapter.venue} lists no '${symbol}'${hint}`;
      throw new XylenError('XY_INSTRUMENT_UNKNOWN', message, { fields: { venue: adapter.venue, symbol } });
    }
    return { listed: one, instrument: feedInstrumentOf(one, firstIx + at) };
  });
}
