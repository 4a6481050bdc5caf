/** `xylen paper --feed` and `xylen record` against every venue's protocol over wss, with a certificate authority of one's own. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Prng } from '#core';
import { SocketTransport } from '#net/socket';
import { serveVenue } from '../hostile/served-venue.ts';
import { VENUES_UNDER_TEST, type VenueUnderTest } from '../hostile/venues.ts';
import { makeAuthority } from '../support/certificates.ts';
import { RunningProgram } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const SYMBOLS = 2;

/** A venue that is served with TLS, and a configuration that points at it. */
async function served(
  context: TestContext,
  unders: readonly VenueUnderTest[],
): Promise<{ folder: string; config: string }> {
  const folder = tempDir(context);
  const authority = makeAuthority(context);
  const timers = new SocketTransport();
  context.after(() => timers.close());
  const endpoints: string[] = [];
  for (const under of unders) {
    const { endpoint, server, venue } = await serveVenue({
      under,
      timers,
      prng: new Prng(7).split(under.venue),
      symbols: SYMBOLS,
      eventsPerS: 60,
      tls: authority.sign(),
    });
    context.after(async () => {
      venue.close();
      await server.close();
    });
    venue.start();
    endpoints.push(...endpoint);
  }
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  const config = join(folder, 'xylen.yaml');
  const lines = [
    'timeframes: [5m, 15m, 1h]',
    'monitoring: { metrics_port: 0 }',
    'feeds:',
    `  ca_file: ${caFile}`,
    '  endpoints:',
  ];
  writeFileSync(config, `${[...lines, ...endpoints].join('\n')}\n`);
  return { folder, config };
}

/** Waits for the end of a program and returns the JSON document that it printed. */
async function documentOf(program: RunningProgram): Promise<Record<string, unknown>> {
  const code = await program.ended();
  assert.equal(code, 0, program.log);
  return JSON.parse(program.lines.at(-1) ?? '{}') as Record<string, unknown>;
}

for (const under of VENUES_UNDER_TEST) {
  test(`paper --feed ${under.venue} warms up by history and trades the live market over wss`, async (context) => {
    const { config, folder } = await served(context, [under]);
    const symbols = under.instruments(SYMBOLS).map(({ symbol }) => symbol);
    const program = new RunningProgram(context, folder, [
      ...['paper', '--config', config, '--data-dir', folder, '--feed', under.venue],
      ...['--symbol', ...symbols, '--for', '6s', '--json'],
    ]);
    const result = await documentOf(program);
    assert.equal(result.outcome, 'ended');
    // History by request comes first: more events than six seconds of this market have.
    assert.ok(Number(result.events) > 700, `events: ${result.events}`);
    assert.doesNotMatch(program.log, /ERROR/);
    const manifest = result.manifest as { data: { sets: readonly string[] } };
    assert.deepEqual(
      manifest.data.sets,
      symbols.map((symbol) => `${under.venue} ${symbol} live`),
    );
  });
}

test('record keeps several venues at once and loses nothing that they say', async (context) => {
  const { config, folder } = await served(context, VENUES_UNDER_TEST);
  const names = VENUES_UNDER_TEST.map(({ venue }) => venue);
  const symbols = VENUES_UNDER_TEST.flatMap((under) =>
    under.instruments(SYMBOLS).map(({ symbol }) => `${under.venue}=${symbol}`),
  );
  const program = new RunningProgram(context, folder, [
    ...['record', '--config', config, '--data-dir', folder, '--venue', ...names],
    ...['--symbol', ...symbols, '--kinds', 'book', 'trades', '--for', '6s', '--json'],
  ]);
  const result = await documentOf(program);
  assert.equal(result.refused, 0);
  const venues = result.venues as readonly {
    venue: string;
    events: number;
    booksStale: number;
    losses: number;
  }[];
  assert.deepEqual(
    venues.map(({ venue }) => venue),
    names,
  );
  for (const { booksStale, events, losses, venue } of venues) {
    assert.ok(events > 100, `${venue}: ${events} events`);
    assert.equal(booksStale, 0, venue);
    assert.equal(losses, 0, `${venue}: nothing went wrong, so nothing stands in the ledger`);
  }
  const { records } = result.archive as { records: number };
  assert.equal(records, result.records, 'everything that was taken is in the archive');
});

test('a recorder tells its metrics while it runs, and ends cleanly when it is interrupted', async (context) => {
  const [under] = VENUES_UNDER_TEST;
  assert.ok(under !== undefined);
  const { config, folder } = await served(context, [under]);
  const program = new RunningProgram(context, folder, [
    ...['record', '--config', config, '--data-dir', folder, '--venue', under.venue],
    ...['--symbol', ...under.instruments(SYMBOLS).map(({ symbol }) => symbol), '--kinds', 'book', 'trades'],
  ]);
  await program.line(/^recording 4 streams of 2 instruments/);
  const url = await program.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/);
  const value = (text: string, name: string): number =>
    Number(new RegExp(`^${name}(?:\\{venue="${under.venue}"\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  let text = '';
  // Each look takes a turn; the market is lively, so some are enough.
  for (let look = 0; look < 10_000 && !(value(text, 'xylen_feed_events_total') > 50); look++)
    text = await (await fetch(url)).text();
  assert.ok(value(text, 'xylen_feed_events_total') > 50, text);
  assert.equal(value(text, 'xylen_feed_books'), SYMBOLS);
  assert.equal(value(text, 'xylen_recorder_refused_total'), 0);
  assert.equal(value(text, 'xylen_feed_losses_total'), 0);
  assert.equal(await program.end('SIGINT'), 0, program.log);
  assert.match(program.lines.join('\n'), /recorded for .*\n.*losses/);
});

test('paper --feed refuses inverse contracts, whose value is not price times quantity', async (context) => {
  const under = VENUES_UNDER_TEST.find(({ venue }) => venue === 'kraken-futures');
  assert.ok(under !== undefined);
  const inverse = { symbol: 'PI_XBTUSD', wireSymbol: 'PI_XBTUSD', restSymbol: 'PI_XBTUSD' };
  const instruments: VenueUnderTest['instruments'] = (count) =>
    under.instruments(count).map((one, at) => (at === 0 ? { ...one, ...inverse } : one));
  const { config, folder } = await served(context, [{ ...under, instruments }]);
  const program = new RunningProgram(context, folder, [
    ...['paper', '--config', config, '--data-dir', folder, '--feed', under.venue],
    ...['--symbol', inverse.symbol, '--for', '5s'],
  ]);
  assert.notEqual(await program.ended(), 0);
  assert.match(program.log, /XY_INSTRUMENT_UNKNOWN .*PI_XBTUSD: inverse contracts .* not supported/);
});

test('an authority that is not trusted is not talked to, and the program says why', async (context) => {
  const [under] = VENUES_UNDER_TEST;
  assert.ok(under !== undefined);
  const { config, folder } = await served(context, [under]);
  const bare = join(folder, 'bare.yaml');
  const { readFileSync } = await import('node:fs');
  writeFileSync(bare, readFileSync(config, 'utf8').replace(/ {2}ca_file: .*\n/, ''));
  const symbols = under.instruments(1).map(({ symbol }) => symbol);
  const program = new RunningProgram(context, folder, [
    ...['paper', '--config', bare, '--data-dir', folder, '--feed', under.venue],
    ...['--symbol', ...symbols, '--for', '5s'],
  ]);
  assert.equal(await program.ended(), 1);
  assert.match(program.log, /XY_VENUE_FAILED .*(certificate|self-signed|issuer)/);
});
