/**
 * Runs hostile venues over real sockets, for `xylen record` and `xylen paper --feed` to be tried against by hand:
 *
 *   node test/hostile/main.ts --venue binance-usdm --venue kraken-spot --symbols 3 --rate 100 --seed 7 --faults 5s
 *
 * Prints a configuration that points Xylen at it, and as JSON lines every fault as it takes effect. Listens on 127.0.0.1 only; ends with Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { Prng, parseDurationUs } from '#core';
import { serveNetwork } from '#net/server';
import { SocketTransport } from '#net/socket';
import { drawFault } from './draw-fault.ts';
import { HostileVenue } from './hostile-venue.ts';
import { VENUES_UNDER_TEST } from './venues.ts';
import type { WireProtocol } from './wire-protocol.ts';

const { values } = parseArgs({
  options: {
    venue: { type: 'string', multiple: true },
    symbols: { type: 'string', default: '3' },
    rate: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    /** Mean time between two faults; without it nothing goes wrong. */
    faults: { type: 'string' },
  },
});

const everyUs = values.faults === undefined ? null : (parseDurationUs(values.faults) ?? null);
const prng = new Prng(Number(values.seed));
const timers = new SocketTransport();
const endpoints: string[] = [];
for (const under of VENUES_UNDER_TEST) {
  if (values.venue !== undefined && !values.venue.includes(under.venue)) continue;
  // The dialect of KuCoin tells clients where its sockets are, which is known once it listens.
  let protocol: WireProtocol | undefined;
  const venue = new HostileVenue({
    timers,
    prng: prng.split(under.venue),
    protocol: lateProtocol(() => protocol),
    instruments: under.instruments(Number(values.symbols)),
    eventsPerS: Number(values.rate),
  });
  const server = await serveNetwork(venue, {});
  protocol = under.openDialect(`${server.socketUrl}/endpoint`);
  venue.start();
  endpoints.push(`    - venue: ${under.venue}`, `      rest_url: ${server.restUrl}`);
  // Where the venue tells the address of its sockets itself, it is left to it.
  if (under.adapter.hosts.stream !== '') endpoints.push(`      stream_url: ${server.socketUrl}`);
  const faults = prng.split(`faults ${under.venue}`);
  let told = 0;
  const tell = (): void => {
    for (const done of venue.done.slice(told)) console.log(JSON.stringify({ venue: under.venue, ...done }));
    told = venue.done.length;
    timers.after(100_000, tell);
  };
  const next = (): void => {
    if (everyUs === null) return;
    timers.after(Math.max(1, Math.round(faults.exponential(everyUs))), () => {
      venue.inject(drawFault(faults, under.instruments(Number(values.symbols))));
      next();
    });
  };
  tell();
  next();
}
console.log(`feeds:\n  endpoints:\n${endpoints.join('\n')}`);

/** Passes everything on to a protocol that is there by the time it is needed. */
function lateProtocol(find: () => WireProtocol | undefined): WireProtocol {
  return new Proxy({} as WireProtocol, {
    get(_target, name: keyof WireProtocol) {
      const protocol = find();
      if (protocol === undefined) throw new Error('a venue is asked once it listens');
      const value = protocol[name];
      return typeof value === 'function' ? value.bind(protocol) : value;
    },
  });
}
