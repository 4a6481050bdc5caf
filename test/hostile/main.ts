/**
 * Runs hostile venues over real sockets, for `xylen record` and `xylen paper --feed` to be tried against by hand:
 *
 *   node test/hostile/main.ts --venue binance-usdm --venue kraken-spot --symbols 3 --rate 100 --seed 7 --faults 5s
 *
 * Prints a configuration that points Xylen at it, and as JSON lines every fault as it takes effect. Listens on 127.0.0.1 only; ends with Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { Prng, parseDurationUs } from '#core';
import { SocketTransport } from '#net/socket';
import { drawFault } from './draw-fault.ts';
import { serveVenue } from './served-venue.ts';
import { VENUES_UNDER_TEST } from './venues.ts';

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
const symbols = Number(values.symbols);
const prng = new Prng(Number(values.seed));
const timers = new SocketTransport();
const endpoints: string[] = [];
for (const under of VENUES_UNDER_TEST) {
  if (values.venue !== undefined && !values.venue.includes(under.venue)) continue;
  const { endpoint, venue } = await serveVenue({
    under,
    timers,
    prng: prng.split(under.venue),
    symbols,
    eventsPerS: Number(values.rate),
  });
  venue.start();
  endpoints.push(...endpoint);
  const faults = prng.split(`faults ${under.venue}`);
  const instruments = under.instruments(symbols);
  let told = 0;
  const tell = (): void => {
    for (const done of venue.done.slice(told)) console.log(JSON.stringify({ venue: under.venue, ...done }));
    told = venue.done.length;
    timers.after(100_000, tell);
  };
  const next = (): void => {
    if (everyUs === null) return;
    timers.after(Math.max(1, Math.round(faults.exponential(everyUs))), () => {
      venue.inject(drawFault(faults, instruments));
      next();
    });
  };
  tell();
  next();
}
console.log(`feeds:\n  endpoints:\n${endpoints.join('\n')}`);
