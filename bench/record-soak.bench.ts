/**
 * A soak of the recorder: 200 symbols at 20,000 messages a second over real sockets, for minutes. By hand, on a quiet machine:
 *
 *   MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=1048576 node --max-semi-space-size=2 --heap-growing-percent=20 --expose-gc bench/record-soak.bench.ts --minutes 10
 *
 * which are the settings of `bin/xylen`.
 *
 * Prints a line every ten seconds, and at the end what was sent and recorded, the memory after forced collections at the third minute and at the end, and the
 * median resident memory of each tenth of the time from the third minute on.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Prng } from '#core';
import { SocketTransport } from '#net/socket';
import { silentLog } from '#telemetry';
import { BINANCE_USDM } from '#venues/binance';
import { MarketFeed } from '#venues/feed';
import type { FeedInstrument, Subscription } from '#venues/market';
import type { LiveVenue } from '../src/app/host/live/live-venue.ts';
import { Recorder } from '../src/app/recording/recorder.ts';
import { RECORDING_DEFAULTS, Recording } from '../src/app/recording/recording.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    symbols: { type: 'string', default: '200' },
    rate: { type: 'string', default: '20000' },
    levels: { type: 'string', default: '4' },
    raw: { type: 'string', default: 'yes' },
  },
});
const seconds = Number(values.minutes) * 60;
const hose = spawn(
  process.execPath,
  [
    join(import.meta.dirname, '../test/hostile/firehose.ts'),
    ...['symbols', 'rate', 'levels'].flatMap((name) => [`--${name}`, values[name as 'rate']]),
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const said: Record<string, unknown>[] = [];
const lines = createInterface({ input: hose.stdout });
const first = await new Promise<{ rest: string; stream: string; symbols: string[] }>((resolve) => {
  lines.on('line', (line) => {
    const message = JSON.parse(line) as Record<string, unknown>;
    if ('rest' in message) resolve(message as { rest: string; stream: string; symbols: string[] });
    else {
      said.push(message);
      if (said.length > 3) said.shift();
    }
  });
});
const dataDir = mkdtempSync(join(tmpdir(), 'xylen-soak-'));
const transport = new SocketTransport();
const instruments = first.symbols.map(
  (symbol, ix): FeedInstrument => ({
    ix,
    venue: 'binance-usdm',
    symbol,
    wireSymbol: symbol,
    priceDecimals: 1,
    qtyDecimals: 3,
  }),
);
const venue: Pick<LiveVenue, 'id' | 'openFeed'> = {
  id: 'binance-usdm',
  openFeed: ({ listener, prng, stamp, subscriptions }) =>
    new MarketFeed({
      adapter: BINANCE_USDM,
      hosts: { rest: first.rest, stream: first.stream, streamOrders: '' },
      transport,
      prng,
      subscriptions,
      instruments: instruments.map((instrument) => ({ instrument, restSymbol: instrument.symbol })),
      listener,
      stamp,
    }),
};
const recording = await Recording.open({
  dataDir,
  instruments: instruments.map((instrument) => ({ ...instrument, tradeIds: 'aggregate' })),
  settings: RECORDING_DEFAULTS,
  log: silentLog,
  nowUs: () => transport.nowUs(),
});
const subscriptions = instruments.flatMap((instrument): Subscription[] => [
  { instrument, stream: 'book', timeframeUs: null },
  { instrument, stream: 'trades', timeframeUs: null },
]);
const recorder = new Recorder({
  venues: [{ venue, wanted: [], subscriptions }],
  recording,
  transport,
  prng: new Prng(1),
  keepsRaw: values.raw === 'yes',
  log: silentLog,
});
recorder.start();

interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}
const rss: number[] = [];
let atThree: Memory | null = null;
const collected = (): Memory => {
  globalThis.gc?.();
  const { arrayBuffers, external, heapUsed } = process.memoryUsage();
  return { heapUsed, external, arrayBuffers };
};
const startMs = performance.now();
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const elapsed = (performance.now() - startMs) / 1_000;
    rss.push(process.memoryUsage.rss());
    if (atThree === null && elapsed >= Math.min(180, seconds * 0.3)) atThree = collected();
    if (rss.length % 10 === 0) {
      const [state] = recorder.states();
      const { archive, log } = recording.stats();
      const stale = state?.feed?.books.filter(({ isUsable }) => !isUsable).length;
      const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
      console.log(
        JSON.stringify({
          second: Math.round(elapsed),
          received: state?.counts.messages,
          perS: Math.round((state?.counts.messages ?? 0) / elapsed),
          stale,
          losses: state?.counts.losses,
          logMb: megabytes(log.bytes),
          archived: archive?.records,
          archiveMb: megabytes(archive?.partBytes ?? 0),
          heldBack: recorder.heldBackCount,
          rssMb: megabytes(rss.at(-1) ?? 0),
        }),
      );
    }
    if (elapsed < seconds) return;
    clearInterval(timer);
    resolve();
  }, 1_000);
});
const atEnd = collected();
const [state] = recorder.states();
hose.kill('SIGTERM');
await new Promise((resolve) => hose.on('exit', resolve));
const books = state?.feed?.books ?? [];
recorder.stop();
const stats = recording.stats();
await recording.close();
transport.close();
// From the third minute on, in ten stretches of equal length: the median of each.
const steady = rss.slice(Math.floor(rss.length * 0.3));
const medianMb = (bytes: readonly number[]): number =>
  Math.round(([...bytes].sort((a, b) => a - b)[Math.floor(bytes.length / 2)] ?? 0) / 1e5) / 10;
const tenths = Array.from({ length: 10 }, (_, at) =>
  medianMb(steady.slice(Math.floor((at * steady.length) / 10), Math.floor(((at + 1) * steady.length) / 10))),
);
console.log(
  JSON.stringify(
    {
      sent: said.at(-1)?.sent,
      sentBytes: said.at(-1)?.bytes,
      received: state?.counts.messages,
      events: state?.counts.events,
      taken: stats.taken,
      refused: stats.refused,
      losses: state?.counts.losses,
      booksUsable: books.filter(({ isUsable }) => isUsable).length,
      archived: recording.stats().archive?.records,
      atThree,
      atEnd,
      rssTenthsMb: tenths,
    },
    null,
    1,
  ),
);
rmSync(dataDir, { recursive: true, force: true });
