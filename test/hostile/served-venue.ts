/** A hostile venue over real sockets of this machine, plain or with TLS. */
import type { Prng } from '#core';
import type { Timers } from '#net';
import { type RealServer, serveNetwork } from '#net/server';
import { HostileVenue } from './hostile-venue.ts';
import type { TrueChange } from './true-market.ts';
import type { VenueUnderTest } from './venues.ts';
import type { WireProtocol } from './wire-protocol.ts';

/** How it is served. */
export interface ServedVenueOptions {
  readonly under: VenueUnderTest;
  readonly timers: Timers;
  readonly prng: Prng;
  readonly symbols: number;
  readonly eventsPerS: number;
  readonly onChange?: (change: TrueChange) => void;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** The venue, its server, and how a configuration points at it. */
export interface ServedVenue {
  readonly venue: HostileVenue;
  readonly server: RealServer;
  /** Lines of `feeds.endpoints`. */
  readonly endpoint: readonly string[];
}

/** Begins to serve; the market is the caller's to start. */
export async function serveVenue(options: ServedVenueOptions): Promise<ServedVenue> {
  const { eventsPerS, onChange, prng, symbols, timers, tls, under } = options;
  // The dialect of KuCoin tells clients where its sockets are, which is known once it listens.
  const late: { protocol?: WireProtocol } = {};
  const venue = new HostileVenue({
    timers,
    prng,
    protocol: lateProtocol(late),
    instruments: under.instruments(symbols),
    eventsPerS,
    ...(onChange === undefined ? {} : { onChange }),
  });
  const server = await serveNetwork(venue, tls === undefined ? {} : { tls });
  late.protocol = under.openDialect(`${server.socketUrl}/endpoint`);
  const endpoint = [`    - venue: ${under.venue}`, `      rest_url: ${server.restUrl}`];
  // Where the venue tells the address of its sockets itself, it is left to it.
  if (under.adapter.hosts.stream !== '') endpoint.push(`      stream_url: ${server.socketUrl}`);
  return { venue, server, endpoint };
}

/** Passes everything on to a protocol that is there by the time it is needed. */
function lateProtocol(late: { readonly protocol?: WireProtocol }): WireProtocol {
  return new Proxy({} as WireProtocol, {
    get(_target, name: keyof WireProtocol) {
      const { protocol } = late;
      if (protocol === undefined) throw new Error('a venue is asked once it listens');
      const value = protocol[name];
      return typeof value === 'function' ? value.bind(protocol) : value;
    },
  });
}
