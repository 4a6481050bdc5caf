/** Clients that nobody here wrote trade on the simulated exchange by base URL alone: ccxt, over REST. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { USDMClient } from 'binance';
import ccxt from 'ccxt';
import { silentLog, silentProgress } from '#telemetry';
import type { CommandContext } from '../../src/app/cli/command.ts';
import { command } from '../../src/app/commands/exchange.ts';
import { loadConfig } from '../../src/app/config/load.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Announcement {
  readonly restUrl: string;
  readonly socketUrl: string;
  readonly simulated: boolean;
  readonly accounts: readonly { readonly apiKey: string; readonly secret: string }[];
}

/** Runs `xylen exchange --accounts 2` until the test ends; returns what it has said. */
async function startExchange(
  test: TestContext,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Announcement> {
  const abort = new AbortController();
  const folder = tempDir(test);
  const said = Promise.withResolvers<Announcement>();
  const context: CommandContext = {
    config: loadConfig({ cwd: folder, environment: {}, file: undefined }).config,
    dataDir: folder,
    isJson: true,
    print: () => undefined,
    printJson: (value) => said.resolve(value as Announcement),
    log: silentLog,
    progress: silentProgress,
    wallNowUs: () => Date.now() * 1_000,
    signal: abort.signal,
  };
  const ended = command.run([], { port: '0', accounts: '2', seed: '5', ...options }, context);
  test.after(async () => {
    abort.abort();
    await ended.catch(() => undefined);
  });
  // Where it does not start, that is what it says.
  return Promise.race([said.promise, ended.then(() => said.promise)]);
}

/** The same by WebSocket. */
function streamClientOf(announcement: Announcement, accountIx: number, test: TestContext) {
  const { apiKey = '', secret = '' } = announcement.accounts[accountIx] ?? {};
  const client = new ccxt.pro.binanceusdm({ apiKey, secret, options: { fetchCurrencies: false } });
  client.urls.api = {
    ...client.urls.api,
    ...restUrlsOf(announcement),
    ws: { ...client.urls.api.ws, future: `${announcement.socketUrl}/ws` },
  };
  // In twenty minutes it would prolong its listen key; the timer of that must not keep this process alive.
  client.delay = (ms: number, method: (...args: unknown[]) => unknown, ...args: unknown[]): void => {
    setTimeout(() => method.apply(client, args), ms).unref();
  };
  test.after(() => client.close());
  return client;
}

function clientOf(announcement: Announcement, accountIx: number) {
  const { apiKey = '', secret = '' } = announcement.accounts[accountIx] ?? {};
  const client = new ccxt.binanceusdm({ apiKey, secret, options: { fetchCurrencies: false } });
  client.urls.api = { ...client.urls.api, ...restUrlsOf(announcement) };
  return client;
}

function restUrlsOf({ restUrl }: Announcement): Readonly<Record<string, string>> {
  return {
    fapiPublic: `${restUrl}/fapi/v1`,
    fapiPublicV2: `${restUrl}/fapi/v2`,
    fapiPublicV3: `${restUrl}/fapi/v3`,
    fapiPrivate: `${restUrl}/fapi/v1`,
    fapiPrivateV2: `${restUrl}/fapi/v2`,
    fapiPrivateV3: `${restUrl}/fapi/v3`,
    fapiData: `${restUrl}/futures/data`,
  };
}

const SYMBOL = 'BTC/USDT:USDT';

test('ccxt reads the market as it reads that of Binance', async (context) => {
  const client = clientOf(await startExchange(context), 0);
  const markets = await client.loadMarkets();
  const market = markets[SYMBOL];
  assert.ok(market !== undefined);
  assert.deepEqual(
    [market.linear, market.swap, market.precision.price, market.precision.amount],
    [true, true, 0.1, 0.001],
  );
  const book = await client.fetchOrderBook(SYMBOL, 20);
  assert.ok(book.bids.length === 20 && Number(book.bids[0]?.[0]) < Number(book.asks[0]?.[0]));
  const ticker = await client.fetchTicker(SYMBOL);
  assert.ok(Number(ticker.last) > 0 && Number(ticker.quoteVolume) > 0);
  const candles = await client.fetchOHLCV(SYMBOL, '1m', undefined, 100);
  assert.equal(candles.length, 100);
  assert.ok((await client.fetchTrades(SYMBOL, undefined, 10)).length > 0);
  assert.equal((await client.fetchFundingRate(SYMBOL)).interval, undefined);
});

test('ccxt trades: leverage, limit, amend, cancel, market, position, stop, fills', async (context) => {
  const announcement = await startExchange(context);
  assert.equal(announcement.simulated, true);
  const client = clientOf(announcement, 0);
  await client.loadMarkets();
  const start = (await client.fetchBalance()).USDT?.total;
  assert.equal(start, 10_000);
  await client.setLeverage(5, SYMBOL);
  const last = Number((await client.fetchTicker(SYMBOL)).last);

  const order = await client.createOrder(SYMBOL, 'limit', 'buy', 0.01, Math.floor(last * 0.98));
  assert.equal(order.status, 'open');
  assert.deepEqual(
    (await client.fetchOpenOrders(SYMBOL)).map(({ id }) => id),
    [order.id],
  );
  const price = Math.floor(last * 0.97);
  const amended = await client.editOrder(String(order.id), SYMBOL, 'limit', 'buy', 0.02, price);
  assert.deepEqual([amended.id, amended.amount, amended.price], [order.id, 0.02, price]);
  const cancelled = await client.cancelOrder(String(order.id), SYMBOL);
  assert.equal(cancelled.status, 'canceled');
  await assert.rejects(client.cancelOrder(String(order.id), SYMBOL), ccxt.OrderNotFound);
  assert.deepEqual(await client.fetchOpenOrders(SYMBOL), []);

  const bought = await client.createOrder(SYMBOL, 'market', 'buy', 0.05);
  const asked = await client.fetchOrder(String(bought.id), SYMBOL);
  assert.deepEqual([asked.status, asked.filled], ['closed', 0.05]);
  const [position] = await client.fetchPositions([SYMBOL]);
  assert.deepEqual([position?.side, position?.contracts], ['long', 0.05]);
  const stop = await client.createOrder(SYMBOL, 'market', 'sell', 0.05, undefined, {
    stopLossPrice: Math.floor(last * 0.9),
  });
  assert.equal((await client.fetchOpenOrders(SYMBOL, undefined, undefined, { trigger: true })).length, 1);
  await client.cancelOrder(String(stop.id), SYMBOL, { trigger: true });
  await client.createOrder(SYMBOL, 'market', 'sell', 0.05, undefined, { reduceOnly: true });
  assert.deepEqual(await client.fetchPositions([SYMBOL]), []);

  const fills = await client.fetchMyTrades(SYMBOL);
  const amount = (side: string): number =>
    fills
      .filter((fill) => fill.side === side)
      .reduce((sum, fill) => sum + Math.round(Number(fill.amount) * 1_000), 0);
  assert.deepEqual([amount('buy'), amount('sell')], [50, 50]);
  const end = Number((await client.fetchBalance()).USDT?.total);
  const fees = fills.reduce((sum, fill) => sum + Number(fill.fee?.cost), 0);
  const gains = fills.reduce((sum, fill) => sum + Number(fill.info.realizedPnl), 0);
  assert.ok(Math.abs(10_000 + gains - fees - end) < 1e-6, 'the wallet is what the fills say');
  assert.equal((await clientOf(announcement, 1).fetchBalance()).USDT?.total, 10_000);
});

// By its base URL ccxt chooses the table of words for codes of futures; the codes themselves are what this exchange owes.
test('ccxt meets refusals with the codes of Binance', async (context) => {
  const announcement = await startExchange(context);
  const client = clientOf(announcement, 0);
  await client.loadMarkets();
  const last = Number((await client.fetchTicker(SYMBOL)).last);
  await assert.rejects(client.createOrder(SYMBOL, 'market', 'buy', 10), /-2019/);
  await assert.rejects(
    client.createOrder(SYMBOL, 'limit', 'buy', 0.01, Math.ceil(last * 1.01), { timeInForce: 'GTX' }),
    /-5022/,
  );
  await assert.rejects(client.fetchOrder('4711', SYMBOL), ccxt.OrderNotFound);
  client.secret = 'another-secret';
  await assert.rejects(client.fetchBalance(), ccxt.AuthenticationError);
});

test('ccxt watches books, trades, bars and its own orders', async (context) => {
  const announcement = await startExchange(context);
  const client = streamClientOf(announcement, 0, context);
  // What ccxt wants to have loaded before it speaks to a server without TLS.
  await client.loadHttpProxyAgent();
  await client.loadMarkets();
  const [book, trades, bars] = await Promise.all([
    client.watchOrderBook(SYMBOL),
    client.watchTrades(SYMBOL),
    client.watchOHLCV(SYMBOL, '1m'),
  ]);
  assert.ok(Number(book.bids[0]?.[0]) < Number(book.asks[0]?.[0]));
  assert.ok(trades.length > 0 && bars.length > 0);
  // The same book by the next changes: what ccxt keeps of the stream is what a request answers.
  for (let n = 0; n < 10; n++) await client.watchOrderBook(SYMBOL);
  assert.ok(Number(book.bids[0]?.[0]) < Number(book.asks[0]?.[0]));

  const watched = client.watchOrders(SYMBOL);
  const rest = clientOf(announcement, 0);
  await rest.loadMarkets();
  const price = Math.floor(Number((await rest.fetchTicker(SYMBOL)).last) * 0.95);
  const userStream = (): string | undefined =>
    Object.keys(client.clients).find((url) => url.includes('/private/'));
  while (userStream() === undefined) await new Promise((resolve) => setImmediate(resolve));
  await client.clients[String(userStream())]?.connected;
  const order = await rest.createOrder(SYMBOL, 'limit', 'buy', 0.01, price);
  assert.equal((await watched)[0]?.id, order.id);
  const cancelled = client.watchOrders(SYMBOL);
  await rest.cancelOrder(String(order.id), SYMBOL);
  assert.equal((await cancelled).at(-1)?.status, 'canceled');
});

test("keys of clients' own are good for the account that they are given to", async (context) => {
  const folder = tempDir(context);
  const pairs = {
    ed25519: generateKeyPairSync('ed25519'),
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  const key = Object.entries(pairs).map(([name, { publicKey }], at) => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }));
    return `own-key-${name}:${at + 1}=${path}`;
  });
  const { restUrl } = await startExchange(context, { key });
  for (const [name, { privateKey }] of Object.entries(pairs)) {
    const api_secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const client = new USDMClient({ api_key: `own-key-${name}`, api_secret, baseUrl: restUrl });
    assert.equal((await client.getBalanceV3())[0]?.balance, '10000.00000000', name);
  }
});

test('a key that is none is refused in words', async (context) => {
  const folder = tempDir(context);
  const path = join(folder, 'private.pem');
  writeFileSync(path, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['own-key-1', 'XY_USAGE', /expected NAME=FILE/],
    [`own-key-1=${join(folder, 'none.pem')}`, 'XY_FILE_MISSING', /no such file/],
    [`own-key-1:3=${path}`, 'XY_USAGE', /an account from 1 to 2, found 3/],
    [`own-key-1=${path}`, 'XY_USAGE', /the private one stays with the client/],
  ];
  for (const [text, code, message] of refused) {
    await assert.rejects(startExchange(context, { key: [text] }), { code, message });
  }
});
