/** Every `bin/xylen` command of the documents is run as it stands there, in the order of its page, on invented files of the names that it uses. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Prng, US_PER_SECOND } from '#core';
import { SocketTransport } from '#net/socket';
import { readTree } from '../../tools/tidy.ts';
import { serveVenue } from '../hostile/served-venue.ts';
import { VENUES_UNDER_TEST } from '../hostile/venues.ts';
import { writeFunding, writeTrends } from '../support/candle-files.ts';
import { captureSession, stampedLines } from '../support/capture-session.ts';
import { fillFiles } from '../support/fill-files.ts';
import { startMirror } from '../support/history-mirror.ts';
import { ROOT, RunningProgram, xylen } from '../support/program.ts';
import { commandsOf } from '../support/shown-commands.ts';
import { tempDir } from '../support/temp-dir.ts';

/** The training page splits its data at 2024-07-01. */
const START_MS = Date.UTC(2024, 2, 1);
const BARS = 135 * 288;

/** Commands that run until they are told to end: the line that says that they are up, and how much of a live market they are shown then. */
const LASTING: readonly {
  readonly command: RegExp;
  readonly upLine: RegExp;
  /** `null` = it ends by itself; it asks venues of this process, which therefore must not stand still until then. */
  readonly marketUs: number | null;
}[] = [
  { command: /^exchange\b/, upLine: /127\.0\.0\.1/, marketUs: 0 },
  { command: /^demo\b/, upLine: /^dashboard/, marketUs: 0 },
  { command: /^record\b/, upLine: /^recording \d+ streams/, marketUs: 3 * US_PER_SECOND },
  { command: /^paper --feed\b/, upLine: /^live on paper/, marketUs: US_PER_SECOND },
  { command: /^doctor --venue\b/, upLine: /^nothing stands in the way/, marketUs: null },
  { command: /^live --(dry-run|resume)\b/, upLine: /^dry run, nothing is sent/, marketUs: US_PER_SECOND },
];

/** What a command may say instead of succeeding: the page says so too. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  'live --testnet --venue binance-usdm --symbol BTCUSDT': /no keys: set BINANCE_TESTNET_API_KEY/,
  'live --venue binance-usdm --symbol BTCUSDT': /no keys: set BINANCE_API_KEY/,
  'model rollback gbm': /no version of model 'gbm' served before the present one/,
};

/** A folder with everything that the documents name. */
async function prepared(context: TestContext, timers: SocketTransport): Promise<string> {
  const dir = tempDir(context);
  const zip = (path: string, name: string): void => {
    writeFileSync(join(dir, name), gzipSync(readFileSync(path)));
    rmSync(path);
  };
  zip(writeTrends(dir, BARS, 3, START_MS), 'BTCUSDT_5m.csv.gz');
  zip(writeFunding(dir, 'BTCUSDT', 300), 'funding.csv.gz');
  zip(writeTrends(dir, 500, 4), 'suspicious.csv.gz');
  mkdirSync(join(dir, 'downloads'));
  writeFunding(join(dir, 'downloads'), 'BTCUSDT', 30);
  writeStream(join(dir, 'btcusdt_stream.gz'));
  symlinkSync(join(ROOT, 'examples'), join(dir, 'examples'));
  await pointAtVenues(context, timers, dir);
  return dir;
}

/** Serves the venues on this machine: what documents show of live markets is tried there. */
async function pointAtVenues(context: TestContext, timers: SocketTransport, dir: string): Promise<void> {
  const endpoints: string[] = [];
  for (const under of VENUES_UNDER_TEST) {
    const prng = new Prng(1).split(under.venue);
    const { endpoint, server, venue } = await serveVenue({ under, timers, prng, symbols: 2, eventsPerS: 20 });
    context.after(async () => {
      venue.close();
      await server.close();
    });
    venue.start();
    endpoints.push(...endpoint);
  }
  const lines = [
    'monitoring: { metrics_port: 0, dashboard_port: 0 }',
    'feeds:',
    '  endpoints:',
    ...endpoints,
  ];
  writeFileSync(join(dir, 'xylen.yaml'), `${lines.join('\n')}\n`);
}

/** Half a minute of a recorded stream, the book between its frames. */
function writeStream(path: string): void {
  const made = captureSession({ symbol: 'BTCUSDT', seed: 1, startUs: START_MS * 1_000, seconds: 30 });
  const lines = stampedLines(made.frames);
  const snapshot = `${(made.frames[3]?.atUs ?? 0) - 1}000 ${made.snapshotAt(3)}`;
  writeFileSync(path, gzipSync(`${lines.toSpliced(3, 0, snapshot).join('\n')}\n`));
}

/** A schedule of orders, a recorded book that it meets, and what became of the orders. */
function writeSchedule(dir: string): void {
  const { events, orders } = fillFiles(new Prng(1), START_MS * 1_000);
  writeFileSync(join(dir, 'events.csv.gz'), gzipSync(events));
  writeFileSync(join(dir, 'orders.csv'), orders);
  const files = ['--events', 'events.csv.gz', '--orders', 'orders.csv', '--out', 'own-fills.csv'];
  const models = ['--queue', 'log_prob', '--latency', '5ms,5ms', '--exchange', 'no-partial'];
  const { status, stderr } = xylen(dir, ['fills', ...files, ...models]);
  assert.equal(status, 0, stderr);
}

const pages = [...readTree(ROOT)]
  .filter(([path]) => path.endsWith('.md'))
  .map(([path, text]) => ({
    path,
    commands: commandsOf(path, text).filter(({ words }) => /(^|\/)bin\/xylen$/.test(words[0] ?? '')),
  }))
  .filter(({ commands }) => commands.length > 0);

assert.ok(pages.length >= 4, 'the documents show commands');

for (const { commands, path } of pages) {
  test(`${path}: its ${commands.length} commands do what they say`, async (context) => {
    const timers = new SocketTransport();
    context.after(() => timers.close());
    const dir = await prepared(context, timers);
    const hasDownloads = commands.some(({ words }) => words[1] === 'download');
    if (commands.some(({ words }) => words[1] === 'fills')) writeSchedule(dir);
    const mirror = hasDownloads ? await startMirror(context) : '';
    for (const { place, words } of commands) {
      // Archives come from a mirror in a thread of its own: this one waits for the command.
      const mirrored = words[1] === 'download' ? ['--archive-url', mirror, '--rest-url', mirror] : [];
      const args = [...words.slice(1), ...mirrored];
      const lasting = LASTING.find(({ command }) => command.test(args.join(' ')));
      if (lasting !== undefined) {
        const program = new RunningProgram(context, dir, args);
        await program.line(lasting.upLine);
        const { marketUs } = lasting;
        if (marketUs !== null) await new Promise<void>((resolve) => timers.after(marketUs, resolve));
        assert.equal(await (marketUs === null ? program.ended() : program.end('SIGINT')), 0, place);
        continue;
      }
      const { status, stderr, stdout } = xylen(dir, args);
      const refusal = REFUSALS[args.join(' ')];
      if (refusal === undefined) assert.equal(status, 0, `${place}\n${stderr}`);
      else assert.ok(status === 0 || refusal.test(stderr), `${place}\n${stderr}`);
      assert.ok(stdout !== '' || refusal !== undefined, `${place} says something`);
    }
  });
}
