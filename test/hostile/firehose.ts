/**
 * Very many messages of a Binance-like futures market over real sockets, made as cheaply as they can be: changes of books of some symbols with true
 * `U/u/pu` links, now and then a trade. For soaks of a recorder:
 *
 *   node test/hostile/firehose.ts --symbols 200 --rate 20000 --levels 4
 *
 * Prints a line of JSON with its address, then one a second with what was sent. Ends with SIGTERM.
 */
import { parseArgs } from 'node:util';
import { Prng } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver } from '#net';
import { serveNetwork } from '#net/server';

const TICK_MS = 5;
const DEPTH = 20;
const MID_TICKS = 500_000;
const TRADE_EVERY = 10;

/** One symbol: a fixed grid of levels whose quantities change. */
class HoseBook {
  readonly symbol: string;
  readonly bidLots = new Int32Array(DEPTH).fill(1_000);
  readonly askLots = new Int32Array(DEPTH).fill(1_000);
  lastId = 1_000;
  tradeId = 0;

  constructor(symbol: string) {
    this.symbol = symbol;
  }
}

/** The server. */
export class Firehose implements NetworkServer {
  readonly symbols: readonly string[];
  readonly #books: readonly HoseBook[];
  readonly #levels: number;
  readonly #prng = new Prng(1);
  readonly #depth = new Map<string, Set<ServerSocket>>();
  readonly #trades = new Map<string, Set<ServerSocket>>();
  #at = 0;
  sent = 0;
  sentBytes = 0;

  constructor(count: number, levels: number) {
    this.symbols = Array.from({ length: count }, (_, at) => `S${String(at).padStart(3, '0')}USDT`);
    this.#books = this.symbols.map((symbol) => new HoseBook(symbol));
    this.#levels = levels;
  }

  /** Ids of the books, for a check at the end. */
  lastIds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#books.map(({ lastId, symbol }) => [symbol, lastId]));
  }

  /** Sends so many messages, symbol after symbol. */
  pump(count: number): void {
    for (let n = 0; n < count; n++) {
      const book = this.#books[this.#at++ % this.#books.length];
      if (book === undefined) return;
      if (n % TRADE_EVERY === 0) this.#trade(book);
      else this.#change(book);
    }
  }

  onSocket(_path: string, _query: string, socket: ServerSocket): SocketReceiver {
    return {
      onMessage: (text) => {
        const { id, params = [] } = JSON.parse(text) as { id: number; params?: readonly string[] };
        for (const name of params) {
          const [symbol = '', channel] = name.split('@');
          const map = channel === 'depth' ? this.#depth : this.#trades;
          const sockets = map.get(symbol.toUpperCase()) ?? new Set();
          sockets.add(socket);
          map.set(symbol.toUpperCase(), sockets);
        }
        socket.send(JSON.stringify({ result: null, id }));
      },
      onPing: () => undefined,
      onEnd: () => {
        for (const sockets of [...this.#depth.values(), ...this.#trades.values()]) sockets.delete(socket);
      },
    };
  }

  onRequest({ path, query }: ServedRequest): ServedAnswer | 'no-answer' {
    const symbol = new URLSearchParams(query).get('symbol') ?? '';
    const book = this.#books.find((one) => one.symbol === symbol);
    const answer = (body: unknown): ServedAnswer => ({
      status: 200,
      headers: {},
      body: JSON.stringify(body),
      delayUs: 0,
    });
    if (path.endsWith('/time')) return answer({ serverTime: Date.now() });
    if (path.endsWith('/exchangeInfo')) return answer({ symbols: this.#books.map(listing) });
    if (book === undefined || !path.endsWith('/depth'))
      return { status: 404, headers: {}, body: '{}', delayUs: 0 };
    const side = (lots: Int32Array, sign: number): string[][] =>
      [...lots].flatMap((qty, at) => (qty > 0 ? [[price(MID_TICKS + sign * (at + 1)), quantity(qty)]] : []));
    return answer({
      lastUpdateId: book.lastId,
      E: Date.now(),
      T: Date.now(),
      bids: side(book.bidLots, -1),
      asks: side(book.askLots, 1),
    });
  }

  #change(book: HoseBook): void {
    const sockets = this.#depth.get(book.symbol);
    const previousId = book.lastId;
    let bids = '';
    let asks = '';
    for (let n = 0; n < this.#levels; n++) {
      const at = this.#prng.integer(0, DEPTH);
      const lots = this.#prng.integer(1, 100_000);
      if (n % 2 === 0) {
        book.bidLots[at] = lots;
        bids += `${bids === '' ? '' : ','}["${price(MID_TICKS - at - 1)}","${quantity(lots)}"]`;
      } else {
        book.askLots[at] = lots;
        asks += `${asks === '' ? '' : ','}["${price(MID_TICKS + at + 1)}","${quantity(lots)}"]`;
      }
    }
    book.lastId += this.#levels;
    if (sockets === undefined || sockets.size === 0) return;
    const now = Date.now();
    const head = `"e":"depthUpdate","E":${now},"T":${now},"s":"${book.symbol}","U":${previousId + 1},"u":${book.lastId},"pu":${previousId}`;
    this.#send(
      sockets,
      `{"stream":"${book.symbol.toLowerCase()}@depth@100ms","data":{${head},"b":[${bids}],"a":[${asks}]}}`,
    );
  }

  #trade(book: HoseBook): void {
    const sockets = this.#trades.get(book.symbol);
    const id = ++book.tradeId;
    if (sockets === undefined || sockets.size === 0) return;
    const now = Date.now();
    const head = `"e":"aggTrade","E":${now},"s":"${book.symbol}","a":${id},"p":"${price(MID_TICKS)}","q":"0.010"`;
    this.#send(
      sockets,
      `{"stream":"${book.symbol.toLowerCase()}@aggTrade","data":{${head},"f":${id},"l":${id},"T":${now},"m":${id % 2 === 0}}}`,
    );
  }

  #send(sockets: ReadonlySet<ServerSocket>, text: string): void {
    for (const socket of sockets) {
      socket.send(text);
      this.sent++;
      this.sentBytes += text.length;
    }
  }
}

function price(ticks: number): string {
  return `${Math.floor(ticks / 10)}.${ticks % 10}`;
}

function quantity(lots: number): string {
  return `${Math.floor(lots / 1_000)}.${String(lots % 1_000).padStart(3, '0')}`;
}

function listing({ symbol }: HoseBook): unknown {
  return {
    symbol,
    pair: symbol,
    status: 'TRADING',
    contractType: 'PERPETUAL',
    baseAsset: symbol.replace('USDT', ''),
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.1', maxPrice: '1000000', tickSize: '0.1' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
    ],
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      symbols: { type: 'string', default: '200' },
      rate: { type: 'string', default: '20000' },
      levels: { type: 'string', default: '4' },
    },
  });
  const rate = Number(values.rate);
  const hose = new Firehose(Number(values.symbols), Number(values.levels));
  const server = await serveNetwork(hose, {});
  console.log(JSON.stringify({ rest: server.restUrl, stream: server.socketUrl, symbols: hose.symbols }));
  const startMs = performance.now();
  let pumped = 0;
  setInterval(() => {
    // What is due since the beginning, so that a late timer loses nothing.
    const due = Math.floor(((performance.now() - startMs) / 1_000) * rate) - pumped;
    const now = Math.min(due, rate);
    hose.pump(now);
    pumped += now;
  }, TICK_MS);
  setInterval(() => console.log(JSON.stringify({ sent: hose.sent, bytes: hose.sentBytes })), 1_000);
  process.on('SIGTERM', () => {
    console.log(JSON.stringify({ sent: hose.sent, bytes: hose.sentBytes, lastIds: hose.lastIds() }));
    process.exit(0);
  });
}
