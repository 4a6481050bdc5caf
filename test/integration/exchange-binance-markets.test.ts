/** `xylen exchange --accounts` on other markets than the synthetic one: a recording that comes to its end, and a live feed; and what it refuses. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { USDMClient } from 'binance';
import { Prng } from '#core';
import { SocketTransport } from '#net/socket';
import { serveVenue } from '../hostile/served-venue.ts';
import { VENUES_UNDER_TEST } from '../hostile/venues.ts';
import { NEW_YEAR_US, writeData } from '../support/history-rows.ts';
import { RunningProgram, xylen } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Announcement {
  readonly restUrl: string;
  readonly socketUrl: string;
  readonly market: string;
  readonly label: string;
  readonly invented: readonly string[];
  readonly from: string;
  readonly to: string | null;
  readonly symbols: readonly string[];
}

async function announced(program: RunningProgram): Promise<Announcement> {
  await program.line(/\}$/);
  return JSON.parse(program.lines.join('\n')) as Announcement;
}

/** Waits for the first message of a stream. */
async function firstMessage(url: string): Promise<Readonly<Record<string, unknown>>> {
  const socket = new WebSocket(url);
  const [event] = (await once(socket, 'message')) as [MessageEvent];
  socket.close();
  return JSON.parse(String(event.data)) as Readonly<Record<string, unknown>>;
}

/** Minutes of a market that rises from 100.5 by one a minute. */
function minutes(count: number): string {
  const rows = Array.from({ length: count }, (_, at) =>
    [
      NEW_YEAR_US / 1_000 + at * 60_000,
      `${100 + at}.5`,
      `${101 + at}.5`,
      `${100 + at}.5`,
      `${101 + at}.5`,
      '50.000',
    ].join(),
  );
  return `ts_ms,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

test('a recording is traded on and stands still at its end', async (context) => {
  const folder = tempDir(context);
  const path = writeData(folder, 'BTCUSDT.csv.gz', minutes(40));
  const program = new RunningProgram(context, folder, [
    ...['exchange', '--accounts', '1', '--replay', path, '--venue', 'binance-usdm', '--symbol', 'BTCUSDT'],
    ...['--from', '2024-01-01T00:30', '--speed', '100', '--port', '0', '--json'],
  ]);
  const said = await announced(program);
  assert.deepEqual(
    [said.market, said.label, said.symbols, said.from, said.to],
    [
      'replay',
      'replay of BTCUSDT candles 1m',
      ['BTCUSDT'],
      '2024-01-01T00:30:00.000Z',
      '2024-01-01T00:40:00.000Z',
    ],
  );
  assert.match(said.invented.join('\n'), /prints and book invented within recorded bars/);
  const client = new USDMClient({
    api_key: 'xylen-demo-key',
    api_secret: 'xylen-demo-secret',
    baseUrl: said.restUrl,
  });
  const bars = await client.getKlines({ symbol: 'BTCUSDT', interval: '1m', limit: 1500 });
  assert.deepEqual(
    bars.slice(0, 30).map(([openMs, open, high, low, close]) => [openMs, open, high, low, close]),
    Array.from({ length: 30 }, (_, at) => [
      NEW_YEAR_US / 1_000 + at * 60_000,
      `${100 + at}.5`,
      `${101 + at}.5`,
      `${100 + at}.5`,
      `${101 + at}.5`,
    ]),
  );
  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: 1 } as const;
  const { orderId } = await client.submitNewOrder(order);
  const { avgPrice, status } = await client.getOrder({ symbol: 'BTCUSDT', orderId });
  assert.equal(status, 'FILLED');
  assert.ok(Number(avgPrice) >= 130 && Number(avgPrice) < 142, String(avgPrice));
  await program.logged(/(exchange_market_ended)/);
  assert.equal((await client.getExchangeInfo()).symbols[0]?.status, 'CLOSE');
  await assert.rejects(client.submitNewOrder(order), { code: -4108 });
  assert.equal(Number((await client.getPositionsV3())[0]?.positionAmt), 1);
  assert.equal(await program.end('SIGINT'), 0, program.log);
});

test('a live feed is the market of the exchange', async (context) => {
  const folder = tempDir(context);
  const timers = new SocketTransport();
  context.after(() => timers.close());
  const under = VENUES_UNDER_TEST.find(({ venue }) => venue === 'binance-usdm');
  assert.ok(under !== undefined);
  const prng = new Prng(7).split('live exchange');
  const { endpoint, server, venue } = await serveVenue({ under, timers, prng, symbols: 1, eventsPerS: 60 });
  context.after(async () => {
    venue.close();
    await server.close();
  });
  venue.start();
  const config = join(folder, 'xylen.yaml');
  writeFileSync(config, `feeds:\n  endpoints:\n${endpoint.join('\n')}\n`);
  const [symbol = ''] = under.instruments(1).map((one) => one.symbol);
  const program = new RunningProgram(context, folder, [
    ...['exchange', '--config', config, '--accounts', '1', '--feed', 'binance-usdm', '--symbol', symbol],
    ...['--port', '0', '--json'],
  ]);
  const said = await announced(program);
  assert.deepEqual([said.market, said.to, said.invented], ['live', null, []]);
  const client = new USDMClient({
    api_key: 'xylen-demo-key',
    api_secret: 'xylen-demo-secret',
    baseUrl: said.restUrl,
  });
  const print = await firstMessage(`${said.socketUrl}/ws/${symbol.toLowerCase()}@aggTrade`);
  const { asks, bids } = await client.getOrderBook({ symbol, limit: 5 });
  assert.equal(print.s, symbol);
  assert.ok(Number(bids[0]?.[0]) > 0 && Number(bids[0]?.[0]) < Number(asks[0]?.[0]));
  assert.equal(await program.end('SIGINT'), 0, program.log);
});

test('what does not go together is refused in words', (context) => {
  const folder = tempDir(context);
  const refused = (...words: string[]): string => {
    const { status, stderr } = xylen(folder, ['exchange', '--port', '0', ...words]);
    assert.notEqual(status, 0);
    return stderr;
  };
  assert.match(refused('--accounts', '1', '--symbol', 'BTCUSDT'), /--symbol: with --accounts alone/);
  assert.match(refused('--accounts', '1', '--feed', 'binance-usdm', '--speed', '2'), /--feed: a live market/);
  assert.match(refused('--accounts', '1', '--synthetic', '--feed', 'x'), /expected one of/);
  assert.match(refused('--synthetic', '--faults', 'flaky'), /--faults goes with --accounts/);
  assert.match(
    refused('--accounts', '1', '--faults', 'no-such'),
    /expected cuts, .* or a file, found no-such/,
  );
});
