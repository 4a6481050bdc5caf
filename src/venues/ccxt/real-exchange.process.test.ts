/**
 * The real classes of ccxt against a local server that speaks as Bybit does: what the feed makes of books, trades and candles, and of a connection that is
 * broken off. Beside the integration tests, because ccxt takes a second and some 90 MB to load.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BookUpdate } from '#book';
import { Prng, US_PER_MINUTE, XylenError } from '#core';
import type { LedgerEntry } from '#domain';
import { SocketTransport } from '#net/socket';
import type { FeedInstrument, TradePrint, VenueCandle } from '../market/index.ts';
import { CcxtFeed } from './ccxt-feed.ts';
import { CcxtVenue, openCcxtFeed } from './ccxt-venue.ts';
import { type CcxtExchange, loadCcxtExchange } from './exchange.ts';
import { fakeMarket } from './test/fake-exchange.ts';

const SYMBOL = 'BTC/USDT';
const INSTRUMENT: FeedInstrument = {
  ix: 0,
  venue: 'ccxt:bybit',
  symbol: SYMBOL,
  wireSymbol: SYMBOL,
  priceDecimals: 4,
  qtyDecimals: 6,
};
const OPEN_MS = 1_700_000_040_000;

/** What tests set of a real exchange beyond what the feed uses. */
interface RealExchange extends CcxtExchange {
  readonly urls: { readonly api: { ws: { public: { spot: string } } } };
  setMarkets(markets: readonly unknown[]): unknown;
  /** ccxt wants it for sockets without TLS. */
  loadHttpProxyAgent(): Promise<unknown>;
}

/** Speaks to every client that subscribes as Bybit does. */
class BybitServer {
  readonly clients: WebSocket[] = [];
  readonly subscribed: string[] = [];
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

  constructor(context: TestContext) {
    context.after(() => this.#server.close());
    this.#server.on('connection', (client) => {
      this.clients.push(client);
      client.on('message', (data) => this.#hear(client, String(data)));
    });
  }

  async url(): Promise<string> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/v5/public/spot`;
  }

  say(message: unknown): void {
    for (const client of this.clients)
      if (client.readyState === client.OPEN) client.send(JSON.stringify(message));
  }

  cut(): void {
    for (const client of this.clients) client.terminate();
  }

  #hear(client: WebSocket, text: string): void {
    const { args = [], op, req_id } = JSON.parse(text) as { args?: string[]; op: string; req_id?: string };
    if (op !== 'subscribe') return;
    client.send(JSON.stringify({ success: true, ret_msg: 'subscribe', conn_id: 'c', req_id, op }));
    this.subscribed.push(...args);
    for (const topic of args) if (topic.startsWith('orderbook')) this.#book(client, topic);
  }

  #book(client: WebSocket, topic: string): void {
    const data = {
      s: 'BTCUSDT',
      b: [
        ['63943.90', '1.250000'],
        ['63943.80', '0.1'],
      ],
      a: [['63944.00', '2']],
      u: 1,
      seq: 1,
    };
    client.send(JSON.stringify({ topic, ts: OPEN_MS, type: 'snapshot', data }));
  }
}

/** Everything that the feed tells, and a way to wait for it. */
class Ear {
  readonly books: { isSnapshot: boolean; bids: number[][]; asks: number[][] }[] = [];
  readonly trades: TradePrint[] = [];
  readonly candles: VenueCandle[] = [];
  readonly ledger: LedgerEntry[] = [];
  readonly states: boolean[] = [];
  #waiting: { isDone: () => boolean; resolve: () => void }[] = [];

  readonly listener = {
    onRaw: () => undefined,
    onBook: ({ asks, bids, isSnapshot }: BookUpdate) =>
      this.#note(this.books, { isSnapshot, bids: pairs(bids), asks: pairs(asks) }),
    onTrade: (trade: TradePrint) => this.#note(this.trades, { ...trade }),
    onCandle: (candle: VenueCandle) => this.#note(this.candles, { ...candle }),
    onQuote: () => undefined,
    onMark: () => undefined,
    onFunding: () => undefined,
    onOpenInterest: () => undefined,
    onLiquidation: () => undefined,
    onOrderSnapshot: () => undefined,
    onOrder: () => undefined,
    onOrdersEnd: () => undefined,
    onBookState: (_ix: number, isUsable: boolean) => this.#note(this.states, isUsable),
    onLedger: (entry: LedgerEntry) => this.#note(this.ledger, entry),
    onNotice: () => undefined,
  };

  until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isDone, resolve }));
  }

  #note<T>(list: T[], item: T): void {
    list.push(item);
    const done = this.#waiting.filter(({ isDone }) => isDone());
    this.#waiting = this.#waiting.filter((waiting) => !done.includes(waiting));
    for (const { resolve } of done) resolve();
  }
}

function pairs({ count, priceTicks, qtyLots }: BookUpdate['bids']): number[][] {
  return Array.from({ length: count }, (_, at) => [priceTicks[at] ?? 0, qtyLots[at] ?? 0]);
}

async function bybit(server: BybitServer): Promise<RealExchange> {
  const exchange = (await loadCcxtExchange('bybit')) as RealExchange;
  await exchange.loadHttpProxyAgent();
  exchange.urls.api.ws.public.spot = await server.url();
  const ids = { id: 'BTCUSDT', baseId: 'BTC', quoteId: 'USDT', type: 'spot', swap: false, contract: false };
  exchange.setMarkets([{ ...fakeMarket(SYMBOL), ...ids }]);
  return exchange;
}

test('books, trades and candles of a real class are told to the digit, and a broken connection is in the ledger', async (context) => {
  const server = new BybitServer(context);
  const exchange = await bybit(server);
  const ear = new Ear();
  const feed = new CcxtFeed({
    exchange,
    timers: new SocketTransport(),
    prng: new Prng(1),
    subscriptions: [
      { instrument: INSTRUMENT, stream: 'book', timeframeUs: null },
      { instrument: INSTRUMENT, stream: 'trades', timeframeUs: null },
      { instrument: INSTRUMENT, stream: 'candles', timeframeUs: US_PER_MINUTE },
    ],
    listener: ear.listener,
    options: { bookEveryUs: 1_000, backOffFirstUs: 10_000, candleGraceUs: 10 * US_PER_MINUTE },
  });
  context.after(() => feed.stop());
  feed.start();
  await ear.until(() => ear.books.length === 1);
  assert.deepEqual(ear.books[0], {
    isSnapshot: true,
    bids: [
      [639_439_000, 1_250_000],
      [639_438_000, 100_000],
    ],
    asks: [[639_440_000, 2_000_000]],
  });
  const orderbook = server.subscribed.find((topic) => topic.startsWith('orderbook')) ?? '';
  const change = {
    s: 'BTCUSDT',
    b: [
      ['63943.90', '0'],
      ['63943.85', '3.000001'],
    ],
    a: [],
    u: 2,
    seq: 2,
  };
  server.say({ topic: orderbook, ts: OPEN_MS + 1, type: 'delta', data: change });
  await ear.until(() => ear.books.length === 2);
  assert.deepEqual(ear.books[1], {
    isSnapshot: false,
    bids: [
      [639_439_000, 0],
      [639_438_500, 3_000_001],
    ],
    asks: [],
  });

  const print = {
    T: OPEN_MS + 2,
    s: 'BTCUSDT',
    S: 'Sell',
    v: '0.000123',
    p: '63943.91',
    i: '2290000000012345678',
  };
  server.say({ topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: OPEN_MS + 3, data: [print] });
  await ear.until(() => ear.trades.length === 1);
  const [trade] = ear.trades;
  assert.deepEqual([trade?.priceTicks, trade?.qtyLots, trade?.takerSide], [639_439_100, 123, 'sell']);
  assert.equal(trade?.tsVenueUs, (OPEN_MS + 2) * 1_000);

  for (const minute of [0, 1]) server.say(kline(OPEN_MS + minute * 60_000));
  await ear.until(() => ear.candles.length === 1);
  assert.deepEqual([ear.candles[0]?.openTsUs, ear.candles[0]?.closeTicks], [OPEN_MS * 1_000, 166_770_000]);

  server.cut();
  await ear.until(() => ear.books.length === 3);
  assert.equal(ear.books[2]?.isSnapshot, true, 'the book begins anew');
  const [entry] = ear.ledger.filter(({ stream }) => stream === 'book');
  assert.deepEqual([entry?.venue, entry?.cause], ['ccxt:bybit', 'disconnect']);
  assert.deepEqual(ear.states, [true, false, true]);
});

test('every exchange that ccxt streams has the form that a feed uses, and a mode of precision that is known', async () => {
  const { pro } = await import('ccxt');
  const names = Object.keys(pro).filter(
    (name) => /^[a-z]/.test(name) && typeof Reflect.get(pro, name) === 'function',
  );
  assert.ok(names.length > 60, `${names.length} exchanges`);
  for (const name of names) {
    const exchange = await loadCcxtExchange(name);
    assert.ok([2, 3, 4].includes(exchange.precisionMode ?? 0), `${name}: ${exchange.precisionMode}`);
    for (const method of [
      'watchOrderBook',
      'watchTrades',
      'watchOHLCV',
      'unWatchOrderBook',
      'fetchOHLCV',
      'close',
    ])
      assert.equal(typeof Reflect.get(exchange, method), 'function', `${name}.${method}`);
    assert.equal(new CcxtVenue(exchange).id, `ccxt:${exchange.id}`);
  }
});

test('a name that ccxt does not know is refused, and so is a symbol', async (context) => {
  const isRefused = (code: string) => (thrown: unknown) =>
    thrown instanceof XylenError && thrown.code === code;
  for (const name of ['no-such', 'constructor', 'Exchange', '__proto__']) {
    await assert.rejects(loadCcxtExchange(name), isRefused('XY_USAGE'), name);
  }
  const wish = {
    timers: new SocketTransport(),
    prng: new Prng(1),
    subscriptions: [],
    listener: new Ear().listener,
  };
  await assert.rejects(openCcxtFeed('no-such', wish), isRefused('XY_USAGE'));
  const venue = new CcxtVenue(await bybit(new BybitServer(context)));
  assert.equal((await venue.instruments([SYMBOL]))[0]?.spec.tickSize, '0.01');
  await assert.rejects(venue.instruments(['BTC/EUR']), /ccxt:bybit has no 'BTC\/EUR'; it has BTC\/USDT/);
});

function kline(startMs: number): unknown {
  const prices = {
    open: '16649.5',
    close: '16677',
    high: '16677',
    low: '16608',
    volume: '2.081',
    turnover: '1',
  };
  const bar = {
    start: startMs,
    end: startMs + 59_999,
    interval: '1',
    ...prices,
    confirm: false,
    timestamp: startMs,
  };
  return { topic: 'kline.1.BTCUSDT', data: [bar], ts: startMs, type: 'snapshot' };
}
