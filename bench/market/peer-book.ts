/**
 * The book handlers of ccxt, driven offline: each message enters where its socket would hand it over (`onMessage`), with the market and the first
 * snapshot given by hand where ccxt would have asked for them. Nobody waits for its books here, so that the futures it would resolve for each
 * message cost it nothing.
 */
import { readFileSync } from 'node:fs';
import { formatDecimal } from '#core';
import type { SnapshotLevels } from '../../test/hostile/wire-protocol.ts';
import type { VenueScript } from './venue-script.ts';

/** What of ccxt is used here. */
interface PeerExchange {
  orderbooks: Record<string, PeerOrderBook>;
  setMarkets(markets: readonly object[]): unknown;
  orderBook(snapshot: object, depth: number): PeerOrderBook;
  client(url: string): PeerClient;
}

interface PeerOrderBook {
  readonly bids: readonly (readonly [price: number, qty: number])[];
  readonly asks: readonly (readonly [price: number, qty: number])[];
  reset(snapshot: object): unknown;
}

interface PeerClient {
  onMessage(event: { readonly data: string }): void;
  reject: (error: unknown) => never;
}

/** How a venue is called there. */
interface PeerVenue {
  readonly name: string;
  readonly url: string;
  readonly market: { readonly symbol: string; readonly base: string; readonly quote: string };
  readonly isSwap: boolean;
}

const SPOT = { base: 'BTC', quote: 'USDT', symbol: 'BTC/USDT' };
const SWAP = { base: 'BTC', quote: 'USDT', symbol: 'BTC/USDT:USDT' };
const PEER_VENUES: Readonly<Record<string, PeerVenue>> = {
  'binance-usdm': {
    name: 'binanceusdm',
    url: 'wss://peer.invalid/public/stream',
    market: SWAP,
    isSwap: true,
  },
  'binance-spot': { name: 'binance', url: 'wss://peer.invalid/stream', market: SPOT, isSwap: false },
  coinbase: {
    name: 'coinbase',
    url: 'wss://peer.invalid/',
    market: { base: 'BTC', quote: 'USD', symbol: 'BTC/USD' },
    isSwap: false,
  },
  'kraken-spot': {
    name: 'kraken',
    url: 'wss://peer.invalid/v2',
    market: { base: 'BTC', quote: 'USD', symbol: 'BTC/USD' },
    isSwap: false,
  },
  'kraken-futures': {
    name: 'krakenfutures',
    url: 'wss://peer.invalid/ws/v1',
    market: { base: 'BTC', quote: 'USD', symbol: 'BTC/USD:USD' },
    isSwap: true,
  },
  'kucoin-spot': { name: 'kucoin', url: 'wss://peer.invalid/endpoint', market: SPOT, isSwap: false },
  'kucoin-futures': { name: 'kucoinfutures', url: 'wss://peer.invalid/endpoint', market: SWAP, isSwap: true },
};
const LEVELS_MAX = 1e9;

/** ccxt as it is installed. */
export interface Peer {
  readonly version: string;
  /** Opens the book of a venue as it is before the script's messages. @throws RangeError when it has none. */
  openBook(script: VenueScript): PeerBook;
}

/** One book of ccxt. */
export class PeerBook {
  readonly #exchange: PeerExchange;
  readonly #client: PeerClient;
  readonly #symbol: string;

  constructor(exchange: PeerExchange, venue: PeerVenue, script: VenueScript) {
    const { before, snapshotTexts, venueCase } = script;
    this.#exchange = exchange;
    this.#symbol = venue.market.symbol;
    exchange.setMarkets([marketOf(venue, venueCase.instrument.wireSymbol)]);
    this.#client = exchange.client(venue.url);
    // What its handlers find wrong they report here; in the bench it is the end.
    this.#client.reject = (error) => {
      throw error;
    };
    if (snapshotTexts.length === 0) this.#openAt(before, script);
    else for (const data of snapshotTexts) this.#client.onMessage({ data });
  }

  /** Takes a message. */
  take(data: string): void {
    this.#client.onMessage({ data });
  }

  /** Returns in which level it differs from the book at the end; `null` = in none. */
  differenceFrom({ after, afterLevels, venueCase }: VenueScript): string | null {
    const { asks, bids } = this.#book;
    const { priceDecimals, qtyDecimals } = venueCase.instrument;
    if (bids.length !== after.bidLevels || asks.length !== after.askLevels)
      return `${bids.length} bids and ${asks.length} asks, not ${after.bidLevels} and ${after.askLevels}`;
    for (const [found, truth] of [
      [bids, afterLevels.bids],
      [asks, afterLevels.asks],
    ] as const) {
      for (const [at, [price, qty]] of found.entries()) {
        const [ticks = 0, lots = 0] = truth[at] ?? [];
        const isEqual =
          price === Number(formatDecimal(ticks, priceDecimals)) &&
          qty === Number(formatDecimal(lots, qtyDecimals));
        if (!isEqual) return `level ${at} is ${qty} at ${price}, not ${lots} at ${ticks}`;
      }
    }
    return null;
  }

  get #book(): PeerOrderBook {
    const book = this.#exchange.orderbooks[this.#symbol];
    if (book === undefined) throw new Error(`ccxt has a book of ${this.#symbol}`);
    return book;
  }

  #openAt(before: SnapshotLevels, { venueCase }: VenueScript): void {
    const { priceDecimals, qtyDecimals } = venueCase.instrument;
    const side = (levels: SnapshotLevels['bids']): number[][] =>
      levels.map(([ticks, lots]) => [
        Number(formatDecimal(ticks, priceDecimals)),
        Number(formatDecimal(lots, qtyDecimals)),
      ]);
    const book = this.#exchange.orderBook({}, LEVELS_MAX);
    const levels = { bids: side(before.bids), asks: side(before.asks) };
    book.reset({ symbol: this.#symbol, ...levels, nonce: before.lastId, timestamp: 1 });
    this.#exchange.orderbooks[this.#symbol] = book;
  }
}

/** Loads ccxt. */
export async function loadPeer(): Promise<Peer> {
  const { pro } = await import('ccxt');
  return {
    version: installedVersion(),
    openBook: (script) => {
      const venue = PEER_VENUES[script.venueCase.under.venue];
      const peerClass: unknown = venue === undefined ? undefined : Reflect.get(pro, venue.name);
      if (venue === undefined || typeof peerClass !== 'function')
        throw new RangeError(`ccxt has no book of ${script.venueCase.under.venue}`);
      const exchange: PeerExchange = Reflect.construct(peerClass, [{ enableRateLimit: false }]);
      return new PeerBook(exchange, venue, script);
    },
  };
}

/** The version of its package: what it says of itself is not always it. */
function installedVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.resolve('ccxt')), 'utf8');
  return String((JSON.parse(manifest) as { readonly version?: unknown }).version);
}

function marketOf({ isSwap, market }: PeerVenue, id: string): object {
  const { base, quote } = market;
  const settle = isSwap ? quote : undefined;
  const kinds = { spot: !isSwap, margin: false, swap: isSwap, future: false, option: false };
  const ids = { baseId: base, quoteId: quote, settle, settleId: settle };
  const contract = { contract: isSwap, linear: isSwap, inverse: false, contractSize: isSwap ? 1 : undefined };
  const form = { precision: { amount: 1e-8, price: 0.01 }, limits: {}, info: {}, active: true };
  return { id, ...market, ...ids, type: isSwap ? 'swap' : 'spot', ...kinds, ...contract, ...form };
}
