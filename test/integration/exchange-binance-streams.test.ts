/** The WebSocket client of the npm package `binance` follows the simulated exchange by its base URL alone: user stream, books, prints, marks. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { USDMClient, WebsocketAPIClient, WebsocketClient } from 'binance';
import { L2Book } from '#book';
import { parseDecimal, US_PER_MS } from '#core';
import { type ExchangeAddress, openStage, type SessionStage } from '../clients/session-stage.ts';

type Message = Readonly<Record<string, unknown>>;
type Levels = readonly (readonly [string, string])[];

const SYMBOL = 'BTCUSDT';
const SILENT = { trace: () => undefined, info: () => undefined, error: () => undefined };

// The package goes on prolonging listen keys after it was closed; the timers of that must not keep this process alive.
const begin = globalThis.setInterval;
globalThis.setInterval = ((...args: Parameters<typeof begin>) => begin(...args).unref()) as typeof begin;

/** The client, and what it has told by the names of events. */
class Follower {
  readonly client: WebsocketClient;
  readonly heard: Message[] = [];
  readonly faults: unknown[] = [];
  openCount = 0;

  constructor({ apiKey, restUrl, secret, socketUrl }: ExchangeAddress) {
    this.client = new WebsocketClient(
      {
        api_key: apiKey,
        api_secret: secret,
        wsUrl: socketUrl,
        restOptions: { baseUrl: restUrl },
        beautify: false,
      },
      SILENT,
    );
    this.client.on('message', (data) => this.heard.push(payloadOf(data)));
    this.client.on('exception', (fault) => this.faults.push(fault));
    this.client.on('open', () => this.openCount++);
    this.client.on('reconnected', () => this.openCount++);
  }

  [Symbol.dispose](): void {
    this.client.closeAll(true);
  }

  of(event: string): readonly Message[] {
    return this.heard.filter(({ e }) => e === event);
  }
}

/** What comes combined is unpacked. */
function payloadOf(data: unknown): Message {
  const message = data as Message;
  return typeof message.data === 'object' && message.data !== null ? (message.data as Message) : message;
}

/** Lets simulated time pass in small steps, and the sockets work in between, until something is so. */
async function until(stage: SessionStage, isSo: () => boolean): Promise<void> {
  for (let turn = 1; !isSo(); turn++) {
    if (turn % 50 === 0) stage.pass(50 * US_PER_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function move(stage: SessionStage, bidTicks: number): void {
  const lots = 1_000 + (bidTicks % 7);
  stage.market.moveTo(stage.nowUs() + 1, { ticks: bidTicks, lots }, { ticks: bidTicks + 10, lots: lots + 1 });
  stage.pass(100 * US_PER_MS);
}

test('binance follows its own orders, and a listen key that ends is replaced', async (context) => {
  const stage = await openStage(context, 1);
  const [address] = stage.addresses;
  assert.ok(address !== undefined);
  move(stage, 600_000);
  using follower = new Follower(address);
  const rest = new USDMClient({
    api_key: address.apiKey,
    api_secret: address.secret,
    baseUrl: address.restUrl,
  });
  await follower.client.subscribeUsdFuturesUserDataStream();
  await until(stage, () => follower.openCount === 1);

  const { orderId } = await rest.submitNewOrder({
    symbol: SYMBOL,
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 0.02,
    price: 59_990,
  });
  await until(stage, () => follower.of('ORDER_TRADE_UPDATE').length > 0);
  await rest.cancelOrder({ symbol: SYMBOL, orderId });
  await until(stage, () =>
    follower.of('ORDER_TRADE_UPDATE').some(({ o }) => (o as Message).X === 'CANCELED'),
  );
  await rest.submitNewOrder({ symbol: SYMBOL, side: 'BUY', type: 'MARKET', quantity: 0.01 });
  await until(stage, () => follower.of('ACCOUNT_UPDATE').length > 0);
  const told = follower.of('ORDER_TRADE_UPDATE').map(({ o }) => {
    const { X, x } = o as Message;
    return `${String(x)} ${String(X)}`;
  });
  assert.deepEqual(told, ['NEW NEW', 'CANCELED CANCELED', 'NEW NEW', 'TRADE FILLED']);
  assert.deepEqual(follower.faults, []);

  await rest.closeFuturesUserDataListenKey();
  await until(stage, () => follower.of('listenKeyExpired').length === 1);
  await until(stage, () => follower.openCount === 2);
  await rest.submitNewOrder({
    symbol: SYMBOL,
    side: 'SELL',
    type: 'MARKET',
    quantity: 0.01,
    reduceOnly: 'true',
  });
  await until(stage, () => follower.of('ORDER_TRADE_UPDATE').length === 6);
});

test('binance keeps a book of diffs that is the book of a request', async (context) => {
  const stage = await openStage(context, 1);
  const [address] = stage.addresses;
  assert.ok(address !== undefined);
  move(stage, 600_000);
  using follower = new Follower(address);
  await follower.client.subscribe(['btcusdt@depth@100ms', 'btcusdt@bookTicker'], 'usdmPublic');
  await follower.client.subscribe(
    ['btcusdt@aggTrade', 'btcusdt@markPrice@1s', 'btcusdt@kline_1m'],
    'usdmMarket',
  );
  await until(stage, () => follower.openCount === 2);
  move(stage, 600_010);
  await until(stage, () => follower.of('depthUpdate').length > 0);
  const rest = new USDMClient({ baseUrl: address.restUrl });
  const first = await rest.getOrderBook({ symbol: SYMBOL, limit: 1000 });
  for (const step of [50, -120, 30, 400, -390]) move(stage, 600_010 + step);
  await until(stage, () => follower.of('depthUpdate').length >= 6);
  await until(stage, () => follower.of('markPriceUpdate').length > 0);
  await until(stage, () => follower.of('kline').length > 0);

  const book = new L2Book();
  book.applySnapshot(pairs(first.bids as Levels), pairs(first.asks as Levels));
  let lastId = first.lastUpdateId;
  for (const diff of follower.of('depthUpdate')) {
    if (Number(diff.u) <= lastId) continue;
    assert.ok(Number(diff.pu) <= lastId, 'no diff is missing');
    book.applyDelta(pairs(diff.b as Levels), pairs(diff.a as Levels));
    lastId = Number(diff.u);
  }
  const last = await rest.getOrderBook({ symbol: SYMBOL, limit: 1000 });
  const levels = (side: 'buy' | 'sell'): number[][] =>
    Array.from({ length: book.levelCount(side) }, (_, at) => [
      book.priceTicksAt(side, at),
      book.qtyLotsAt(side, at),
    ]);
  const expected = (rows: Levels): number[][] =>
    rows.map(([price, qty]) => [parseDecimal(price, 1), parseDecimal(qty, 3)]);
  assert.equal(lastId, last.lastUpdateId);
  assert.deepEqual(
    [levels('buy'), levels('sell')],
    [expected(last.bids as Levels), expected(last.asks as Levels)],
  );
  assert.ok(follower.of('bookTicker').length > 0 && follower.of('aggTrade').length > 0);
  assert.deepEqual(follower.faults, []);
});

function pairs(levels: Levels): Float64Array {
  return Float64Array.from(levels.flatMap(([price, qty]) => [parseDecimal(price, 1), parseDecimal(qty, 3)]));
}

test('binance trades by the WebSocket API, signed with a secret and logged on with an Ed25519 key', async (context) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = { type: 'spki', format: 'pem' } as const;
  const own = {
    kind: 'ed25519',
    apiKey: 'own-ed25519-key',
    publicKeyPem: publicKey.export(pem).toString(),
  } as const;
  const stage = await openStage(context, 1, [own]);
  const [address] = stage.addresses;
  assert.ok(address !== undefined);
  move(stage, 600_000);
  const secrets = [
    [address.apiKey, address.secret],
    [own.apiKey, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ] as const;
  for (const [api_key, api_secret] of secrets) {
    const client = new WebsocketAPIClient(
      { api_key, api_secret, wsUrl: address.socketUrl, attachEventListeners: false },
      SILENT,
    );
    const order = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01 } as const;
    const placed = await client.submitNewFuturesOrder('usdm', {
      ...order,
      price: 59_000,
      timestamp: Date.now(),
    });
    assert.equal(placed.result.status, 'NEW');
    const { orderId } = placed.result;
    const amended = await client.modifyFuturesOrder('usdm', {
      ...{ symbol: SYMBOL, side: 'BUY', orderId, origType: 'LIMIT', positionSide: 'BOTH' },
      ...{ quantity: 0.02, price: 58_900, timestamp: Date.now() },
    });
    assert.equal(Number(amended.result.origQty), 0.02);
    const asked = await client.getFuturesOrderStatus('usdm', {
      symbol: SYMBOL,
      orderId,
      timestamp: Date.now(),
    });
    assert.equal(Number(asked.result.price), 58_900);
    const cancelled = await client.cancelFuturesOrder('usdm', {
      symbol: SYMBOL,
      orderId,
      timestamp: Date.now(),
    });
    assert.equal(cancelled.result.status, 'CANCELED');
    const [balance] = (await client.getFuturesAccountBalanceV2({ timestamp: Date.now() })).result;
    assert.equal(balance?.balance, '10000.00000000');
    client.getWSClient().closeAll(true);
  }
});
