/**
 * Binance as of 2026: USD-M futures (routed paths, `pu` links) and spot. Streams come by the address of the socket or by SUBSCRIBE; snapshots by
 * request. Source: the venue's documentation of WebSocket market streams and of "how to manage a local order book correctly".
 */
import { parseDurationUs } from '#core';
import type { ServedAnswer, ServedRequest } from '#net';
import { trueCandles } from '../true-candles.ts';
import {
  decimalText,
  type TrueBook,
  type TrueChange,
  type TrueLevel,
  type TrueTrade,
} from '../true-market.ts';
import {
  type DialectReply,
  type HostileStream,
  jsonAnswer,
  type Session,
  SILENCE,
  type SnapshotLevels,
  type VenueView,
  type WireProtocol,
} from '../wire-protocol.ts';

interface Control {
  readonly method?: string;
  readonly params?: readonly string[];
  readonly id?: number | string;
}

/** The dialect of one of Binance's markets. */
export class BinanceDialect implements WireProtocol {
  readonly numbering = 'symbol';
  readonly hasChecksum = false;
  readonly levelsMax = 8;
  readonly #isFutures: boolean;
  readonly #listenKeys = new Set<string>();
  #listenKeyCount = 0;
  /** Prints of one taker order at one price together, or each by itself. */
  readonly #tradeStream: 'aggTrade' | 'trade';

  constructor(market: 'usdm' | 'spot') {
    this.#isFutures = market === 'usdm';
    this.#tradeStream = this.#isFutures ? 'aggTrade' : 'trade';
  }

  onOpen(session: Session, view: VenueView): DialectReply {
    if (session.path.startsWith('/private')) return this.#openPrivate(session);
    const query = new URLSearchParams(session.query).get('streams');
    const inPath = /\/ws\/(.+)$/.exec(session.path)?.[1];
    const names = (query ?? inPath ?? '').split('/').filter((name) => name.includes('@'));
    return { ...SILENCE, begin: this.#streamsOf(names, session, view) };
  }

  onMessage(session: Session, text: string, view: VenueView): DialectReply {
    const { id = null, method, params = [] } = JSON.parse(text) as Control;
    if (view.isRefusing && method === 'SUBSCRIBE') {
      return { ...SILENCE, send: [JSON.stringify({ error: { code: 2, msg: 'Invalid request' }, id })] };
    }
    const ack = JSON.stringify({ result: null, id });
    const streams = this.#streamsOf(params, session, view);
    if (method === 'SUBSCRIBE') return { send: [ack], begin: streams, end: [] };
    if (method === 'UNSUBSCRIBE') return { send: [ack], begin: [], end: streams };
    return { ...SILENCE, send: [JSON.stringify({ error: { code: 1, msg: 'unknown method' }, id })] };
  }

  changeFrames(session: Session, change: TrueChange, view: VenueView): readonly string[] {
    const { instrument } = change.book;
    const ms = Math.floor(view.venueUs() / 1_000);
    const linked = this.#isFutures ? { T: ms - 2, pu: change.previousId } : {};
    const ids = { U: change.firstId, u: change.lastId };
    const levels = {
      b: pairs(change.levels, 'bid', change.book),
      a: pairs(change.levels, 'ask', change.book),
    };
    const data = { e: 'depthUpdate', E: ms, ...linked, s: instrument.wireSymbol, ...ids, ...levels };
    return [framed(session, `${instrument.wireSymbol.toLowerCase()}@depth@100ms`, data)];
  }

  tradeFrames(session: Session, trade: TrueTrade, view: VenueView): readonly string[] {
    const { instrument } = trade.book;
    const ms = Math.floor(view.venueUs() / 1_000);
    const p = decimalText(trade.ticks, instrument.priceDecimals);
    const q = decimalText(trade.lots, instrument.qtyDecimals);
    const m = trade.takerSide === 'sell';
    const stream = `${instrument.wireSymbol.toLowerCase()}@${this.#tradeStream}`;
    if (!this.#isFutures) {
      const print = { e: 'trade', E: ms, s: instrument.wireSymbol, t: trade.id, p, q, T: ms - 1, m, M: true };
      return [framed(session, stream, print)];
    }
    const head = { e: 'aggTrade', E: ms, s: instrument.wireSymbol, a: trade.id, p, q };
    return [framed(session, stream, { ...head, f: trade.id, l: trade.id, T: ms - 1, m })];
  }

  snapshotFrames(): readonly string[] {
    return [];
  }

  heartbeatFrames(): readonly string[] {
    return [];
  }

  /** The account's stream is told; market data need no key. */
  expireTickets(session: Session, view: VenueView): readonly string[] {
    this.#listenKeys.clear();
    if (!session.path.startsWith('/private')) return [];
    const listenKey = listenKeyOf(session);
    // The venue writes this time as text at times.
    const E = String(Math.floor(view.venueUs() / 1_000));
    return [JSON.stringify({ stream: listenKey, data: { e: 'listenKeyExpired', E, listenKey } })];
  }

  #openPrivate(session: Session): DialectReply {
    if (!this.#listenKeys.has(listenKeyOf(session)))
      session.socket.close(1008, 'This listenKey does not exist.');
    return SILENCE;
  }

  /** One key for the account as long as it lives; a `PUT` prolongs it. */
  #listenKey({ headers, method }: ServedRequest): Omit<ServedAnswer, 'delayUs'> {
    if ((headers['x-mbx-apikey'] ?? '') === '')
      return jsonAnswer({ code: -2014, msg: 'API-key format invalid.' }, 401);
    const [living] = this.#listenKeys;
    if (method === 'PUT' && living === undefined)
      return jsonAnswer({ code: -1125, msg: 'This listenKey does not exist.' }, 400);
    const listenKey = living ?? `listen-key-${++this.#listenKeyCount}`;
    this.#listenKeys.add(listenKey);
    return jsonAnswer({ listenKey });
  }

  onRequest(request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> | undefined {
    if (this.#isFutures && request.path === '/fapi/v1/listenKey') return this.#listenKey(request);
    const base = this.#isFutures ? '/fapi/v1' : '/api/v3';
    const params = new URLSearchParams(request.query);
    const ms = Math.floor(view.venueUs() / 1_000);
    if (request.path === `${base}/time`) return jsonAnswer({ serverTime: ms });
    if (request.path === `${base}/exchangeInfo`) return jsonAnswer(this.#exchangeInfo(view));
    const book = view.bookByRest(params.get('symbol') ?? '');
    if (book === undefined) return jsonAnswer({ code: -1121, msg: 'Invalid symbol.' }, 400);
    if (request.path === `${base}/depth`) return jsonAnswer(this.#depth(book, view.snapshotOf(book), ms));
    if (request.path === `${base}/klines`) return jsonAnswer(this.#klines(book, params, view));
    if (request.path === `${base}/openInterest` && this.#isFutures)
      return jsonAnswer({ symbol: book.instrument.restSymbol, openInterest: '12.5', time: ms });
    return undefined;
  }

  #depth(book: TrueBook, { asks, bids, lastId }: SnapshotLevels, ms: number): unknown {
    const { priceDecimals, qtyDecimals } = book.instrument;
    const side = (levels: SnapshotLevels['bids']): string[][] =>
      levels.map(([ticks, lots]) => [decimalText(ticks, priceDecimals), decimalText(lots, qtyDecimals)]);
    const times = this.#isFutures ? { E: ms, T: ms } : {};
    return { lastUpdateId: lastId, ...times, bids: side(bids), asks: side(asks) };
  }

  #klines(book: TrueBook, params: URLSearchParams, view: VenueView): unknown {
    const { priceDecimals, qtyDecimals } = book.instrument;
    const timeframeUs = parseDurationUs(params.get('interval') ?? '') ?? 60_000_000;
    const nowUs = view.venueUs();
    const fromUs = Number(params.get('startTime') ?? 0) * 1_000;
    const toUs = params.has('endTime') ? Number(params.get('endTime')) * 1_000 + 1 : nowUs;
    const candles = trueCandles(
      book,
      timeframeUs,
      { fromUs, toUs, nowUs },
      Number(params.get('limit') ?? 500),
    );
    return candles.map(({ close, high, lots, low, open, openTsUs }) => [
      openTsUs / 1_000,
      ...[open, high, low, close].map((ticks) => decimalText(ticks, priceDecimals)),
      decimalText(lots, qtyDecimals),
      (openTsUs + timeframeUs) / 1_000 - 1,
      '0',
      10,
      '0',
      '0',
      '0',
    ]);
  }

  #exchangeInfo(view: VenueView): unknown {
    const symbols = view.books.map(({ instrument }) => {
      const tickSize = decimalText(1, instrument.priceDecimals);
      const stepSize = decimalText(1, instrument.qtyDecimals);
      const quoteAsset = 'USDT';
      const baseAsset = instrument.restSymbol.replace(/USDT$/, '');
      return {
        symbol: instrument.restSymbol,
        pair: instrument.restSymbol,
        status: 'TRADING',
        ...(this.#isFutures ? { contractType: 'PERPETUAL', marginAsset: quoteAsset } : {}),
        baseAsset,
        quoteAsset,
        filters: [
          { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '10000000', tickSize },
          { filterType: 'LOT_SIZE', minQty: stepSize, maxQty: '1000000', stepSize },
          { filterType: 'MARKET_LOT_SIZE', minQty: stepSize, maxQty: '100000', stepSize },
          this.#isFutures
            ? { filterType: 'MIN_NOTIONAL', notional: '5' }
            : { filterType: 'NOTIONAL', minNotional: '5.00000000' },
        ],
      };
    });
    return { timezone: 'UTC', serverTime: Math.floor(view.venueUs() / 1_000), rateLimits: [], symbols };
  }

  /** On the wrong path a subscription is confirmed and brings nothing: the trap of 2026. */
  #streamsOf(
    names: readonly string[],
    session: Session,
    view: VenueView,
  ): { readonly stream: HostileStream; readonly book: TrueBook }[] {
    return names.flatMap((name) => {
      const [symbol = '', channel = ''] = name.split('@');
      const book = view.book(symbol.toUpperCase());
      const stream = channel === 'depth' ? 'book' : channel === this.#tradeStream ? 'trades' : null;
      if (book === undefined || stream === null) return [];
      const route = stream === 'book' ? '/public' : '/market';
      if (this.#isFutures && !session.path.startsWith(route)) return [];
      return [{ stream, book }];
    });
  }
}

function framed(session: Session, stream: string, data: unknown): string {
  return JSON.stringify(session.path.includes('/stream') ? { stream, data } : data);
}

function pairs(levels: readonly TrueLevel[], side: 'bid' | 'ask', { instrument }: TrueBook): string[][] {
  return levels
    .filter((level) => level.side === side)
    .map(({ lots, ticks }) => [
      decimalText(ticks, instrument.priceDecimals),
      decimalText(lots, instrument.qtyDecimals),
    ]);
}

/** `/private/ws?listenKey=K`, `/private/stream?listenKey=K` or `/private/ws/K`. */
function listenKeyOf({ path, query }: Session): string {
  return new URLSearchParams(query).get('listenKey') ?? /\/ws\/([^/]+)$/.exec(path)?.[1] ?? '';
}
