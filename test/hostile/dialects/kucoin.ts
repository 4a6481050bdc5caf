/**
 * KuCoin, classic: a token by request, a welcome, then topics; spot books with ranges of sequence numbers, futures books one level a message; snapshots
 * by request; pings of the application. Source: the venue's documentation of its classic WebSocket feed.
 */
import type { ServedAnswer, ServedRequest } from '#net';
import { trueCandles } from '../true-candles.ts';
import {
  decimalText,
  type TrueBook,
  type TrueChange,
  type TrueInstrument,
  type TrueTrade,
  wireQtyOf,
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
import { stripped } from './coinbase.ts';

interface Control {
  readonly id?: string | number;
  readonly type?: string;
  readonly topic?: string;
}

/** A token is good for one connection that is opened soon: whoever keeps it for the next one is turned away, as after the venue's 24 hours. */
const TOKEN_LIFE_US = 60_000_000;

/** The dialect of one of KuCoin's markets. `endpoint` is the address of its sockets, as clients reach it. */
export class KucoinDialect implements WireProtocol {
  readonly numbering = 'symbol';
  readonly hasChecksum = false;
  readonly levelsMax: number;
  readonly #isFutures: boolean;
  readonly #endpoint: string;
  /** Until when tokens are good. */
  readonly #tokens = new Map<string, number>();
  #tokenCount = 0;

  constructor(market: 'spot' | 'futures', endpoint: string) {
    this.#isFutures = market === 'futures';
    this.levelsMax = this.#isFutures ? 1 : 8;
    this.#endpoint = endpoint;
  }

  onOpen(session: Session, view: VenueView): DialectReply {
    const params = new URLSearchParams(session.query);
    const token = params.get('token') ?? '';
    const untilUs = this.#tokens.get(token) ?? Number.NEGATIVE_INFINITY;
    this.#tokens.delete(token);
    if (view.venueUs() > untilUs) {
      session.socket.close(4001, 'token is invalid');
      return SILENCE;
    }
    const id = params.get('connectId') ?? '';
    return {
      ...SILENCE,
      send: [JSON.stringify({ id, type: 'welcome', pingInterval: 18_000, pingTimeout: 10_000 })],
    };
  }

  expireTickets(): 'close' {
    this.#tokens.clear();
    return 'close';
  }

  onMessage(_session: Session, text: string, view: VenueView): DialectReply {
    const { id = '', topic = '', type } = JSON.parse(text) as Control;
    if (type === 'ping') return { ...SILENCE, send: [JSON.stringify({ id, type: 'pong' })] };
    if (view.isRefusing && type === 'subscribe')
      return {
        ...SILENCE,
        send: [JSON.stringify({ id, type: 'error', code: 404, data: 'topic is not found' })],
      };
    const [path = '', list = ''] = topic.split(':');
    const stream: HostileStream | null = path.endsWith('/level2')
      ? 'book'
      : path.endsWith('/match') || path.endsWith('/execution')
        ? 'trades'
        : null;
    const books = list.split(',').flatMap((symbol) => view.book(symbol) ?? []);
    const streams = stream === null ? [] : books.map((book) => ({ stream, book }));
    const ack = JSON.stringify({ id, type: 'ack' });
    if (type === 'subscribe') return { send: [ack], begin: streams, end: [] };
    return { send: [ack], begin: [], end: streams };
  }

  changeFrames(_session: Session, change: TrueChange, view: VenueView): readonly string[] {
    const { instrument } = change.book;
    const { priceDecimals, wireSymbol } = instrument;
    const ms = Math.floor(view.venueUs() / 1_000);
    if (this.#isFutures) {
      return change.levels.map(({ lots, side, ticks }, at) => {
        const text = `${stripped(ticks, priceDecimals)},${side === 'bid' ? 'buy' : 'sell'},${sizeText(instrument, lots)}`;
        const data = { sequence: change.firstId + at, change: text, timestamp: ms };
        return message(`/contractMarket/level2:${wireSymbol}`, 'level2', data);
      });
    }
    const side = (name: 'bid' | 'ask'): string[][] =>
      change.levels.flatMap((level, at) =>
        level.side === name
          ? [
              [
                stripped(level.ticks, priceDecimals),
                sizeText(instrument, level.lots),
                String(change.firstId + at),
              ],
            ]
          : [],
      );
    // Entries of one message are not sorted by their sequence.
    const changes = { asks: side('ask').reverse(), bids: side('bid') };
    const data = {
      changes,
      sequenceStart: change.firstId,
      sequenceEnd: change.lastId,
      symbol: wireSymbol,
      time: ms,
    };
    return [message(`/market/level2:${wireSymbol}`, 'trade.l2update', data)];
  }

  tradeFrames(_session: Session, trade: TrueTrade, view: VenueView): readonly string[] {
    const { priceDecimals, wireSymbol } = trade.book.instrument;
    const ns = `${Math.floor(view.venueUs())}000`;
    const price = stripped(trade.ticks, priceDecimals);
    const size = sizeText(trade.book.instrument, trade.lots);
    const ids = { tradeId: `t${trade.id}`, makerOrderId: 'm', takerOrderId: 't' };
    if (this.#isFutures) {
      const data = {
        symbol: wireSymbol,
        sequence: trade.id,
        side: trade.takerSide,
        size: Number(size),
        price,
        ...ids,
        ts: 0,
      };
      const text = message(`/contractMarket/execution:${wireSymbol}`, 'match', data);
      return [text.replace('"ts":0', `"ts":${ns}`)];
    }
    const data = {
      symbol: wireSymbol,
      sequence: String(trade.id),
      side: trade.takerSide,
      size,
      price,
      ...ids,
      time: ns,
      type: 'match',
    };
    return [message(`/market/match:${wireSymbol}`, 'trade.l3match', data)];
  }

  snapshotFrames(): readonly string[] {
    return [];
  }

  heartbeatFrames(): readonly string[] {
    return [];
  }

  onRequest(request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> | undefined {
    const { method, path, query } = request;
    if (path === '/api/v1/bullet-public' && method === 'POST') {
      const server = {
        endpoint: this.#endpoint,
        encrypt: true,
        protocol: 'websocket',
        pingInterval: 18_000,
        pingTimeout: 10_000,
      };
      const token = `hostile-token-${++this.#tokenCount}`;
      this.#tokens.set(token, view.venueUs() + TOKEN_LIFE_US);
      return good({ token, instanceServers: [server] });
    }
    if (path === '/api/v1/timestamp') return good(Math.floor(view.venueUs() / 1_000));
    if (path === '/api/v1/contracts/active') return good(view.books.map((book) => this.#contract(book)));
    if (path === '/api/v2/symbols' || path === '/api/v1/symbols') return good(view.books.map(spotSymbol));
    const params = new URLSearchParams(query);
    const book = view.bookByRest(params.get('symbol') ?? '');
    if (book !== undefined && /candles|kline/.test(path)) return good(this.#candles(book, params, view));
    if (book === undefined || !/level2/.test(path)) return undefined;
    return good(this.#snapshot(book, view.snapshotOf(book), Math.floor(view.venueUs() / 1_000)));
  }

  #snapshot(book: TrueBook, { asks, bids, lastId }: SnapshotLevels, ms: number): unknown {
    const { priceDecimals, wireSymbol } = book.instrument;
    const side = (levels: SnapshotLevels['bids']): unknown[] =>
      levels.map(([ticks, lots]) => {
        const pair = [stripped(ticks, priceDecimals), sizeText(book.instrument, lots)];
        return this.#isFutures ? pair.map(Number) : pair;
      });
    if (this.#isFutures)
      return { symbol: wireSymbol, sequence: lastId, asks: side(asks), bids: side(bids), ts: ms };
    return { time: ms, sequence: String(lastId), bids: side(bids), asks: side(asks) };
  }

  /** Spot: newest first, seconds, open close high low; futures: oldest first, milliseconds, open high low close. */
  #candles(book: TrueBook, params: URLSearchParams, view: VenueView): unknown {
    const { priceDecimals } = book.instrument;
    const nowUs = view.venueUs();
    if (this.#isFutures) {
      const timeframeUs = Number(params.get('granularity')) * 60e6;
      const range = {
        fromUs: Number(params.get('from')) * 1e3,
        toUs: Number(params.get('to')) * 1e3 + 1,
        nowUs,
      };
      return trueCandles(book, timeframeUs, range, 200).map(({ close, high, lots, low, open, openTsUs }) => [
        openTsUs / 1e3,
        ...[open, high, low, close].map((ticks) => Number(stripped(ticks, priceDecimals))),
        Number(sizeText(book.instrument, lots)),
      ]);
    }
    const [, count = '1', unit = 'min'] = /^(\d+)(\w+)$/.exec(params.get('type') ?? '') ?? [];
    const timeframeUs = Number(count) * (unit === 'min' ? 60e6 : unit === 'hour' ? 3_600e6 : 86_400e6);
    const range = {
      fromUs: Number(params.get('startAt')) * 1e6,
      toUs: Number(params.get('endAt')) * 1e6 + 1,
      nowUs,
    };
    const rows = trueCandles(book, timeframeUs, range, 1_500).map(
      ({ close, high, lots, low, open, openTsUs }) => [
        String(openTsUs / 1e6),
        ...[open, close, high, low].map((ticks) => stripped(ticks, priceDecimals)),
        sizeText(book.instrument, lots),
        '0',
      ],
    );
    return rows.reverse();
  }

  #contract({ instrument }: TrueBook): unknown {
    return {
      symbol: instrument.wireSymbol,
      baseCurrency: 'XBT',
      quoteCurrency: 'USDT',
      settleCurrency: 'USDT',
      type: 'FFWCSX',
      tickSize: Number(decimalText(1, instrument.priceDecimals)),
      lotSize: 1,
      multiplier: Number(decimalText(instrument.lotsPerContract ?? 1, instrument.qtyDecimals)),
      maxOrderQty: 1_000_000,
      maxLeverage: 125,
      maintainMargin: 0.004,
      isInverse: false,
      status: 'Open',
      openInterest: '1234',
      fundingFeeRate: 0.0001,
      nextFundingRateTime: 3_600_000,
    };
  }
}

/** A size as it is written: contracts in the futures market. */
function sizeText(instrument: TrueInstrument, lots: number): string {
  return stripped(...wireQtyOf(instrument, lots));
}

function spotSymbol({ instrument }: TrueBook): unknown {
  const [baseCurrency, quoteCurrency] = instrument.wireSymbol.split('-');
  const baseIncrement = decimalText(1, instrument.qtyDecimals);
  const priceIncrement = decimalText(1, instrument.priceDecimals);
  return {
    symbol: instrument.wireSymbol,
    name: instrument.wireSymbol,
    baseCurrency,
    quoteCurrency,
    feeCurrency: quoteCurrency,
    market: 'USDS',
    baseMinSize: baseIncrement,
    quoteMinSize: '0.1',
    baseMaxSize: '10000000000',
    quoteMaxSize: '99999999',
    baseIncrement,
    quoteIncrement: priceIncrement,
    priceIncrement,
    minFunds: '0.1',
    enableTrading: true,
  };
}

function good(data: unknown): Omit<ServedAnswer, 'delayUs'> {
  return jsonAnswer({ code: '200000', data });
}

function message(topic: string, subject: string, data: unknown): string {
  return JSON.stringify({ topic, type: 'message', subject, data });
}
