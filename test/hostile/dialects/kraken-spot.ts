/**
 * Kraken spot, WebSocket v2: no sequence numbers, a CRC-32 over the ten best levels with every book message, books cut to the depth that was
 * subscribed, numbers as JSON numbers with all their digits. Source: the venue's documentation of book and of its checksum.
 */
import { crc32 } from 'node:zlib';
import type { ServedAnswer, ServedRequest } from '#net';
import { trueCandles } from '../true-candles.ts';
import { decimalText, type TrueBook, type TrueChange, type TrueTrade } from '../true-market.ts';
import {
  type DialectReply,
  type HostileStream,
  jsonAnswer,
  type Session,
  SILENCE,
  type VenueView,
  type WireProtocol,
} from '../wire-protocol.ts';
import { iso } from './coinbase.ts';

interface Control {
  readonly method?: string;
  readonly req_id?: number;
  readonly params?: {
    readonly channel?: string;
    readonly symbol?: readonly string[];
    readonly depth?: number;
  };
}

const DEPTHS = [10, 25, 100, 500, 1000];
const CHECKED_LEVELS = 10;

/** The dialect of Kraken spot. */
export class KrakenSpotDialect implements WireProtocol {
  readonly numbering = 'none';
  readonly hasChecksum = true;
  readonly levelsMax = 8;
  readonly #depths = new WeakMap<Session, number>();
  /** Levels that clients of a depth have been told, as far as the venue goes. */
  readonly #told = new WeakMap<Session, Map<string, Set<string>>>();

  onOpen(session: Session): DialectReply {
    const data = [{ system: 'online', api_version: 'v2', connection_id: 0, version: '2.0.0' }];
    // Written by hand: the id is larger than a double can tell.
    const frame = JSON.stringify({ channel: 'status', type: 'update', data });
    this.#told.set(session, new Map());
    return { ...SILENCE, send: [frame.replace('"connection_id":0', '"connection_id":18446744073709551557')] };
  }

  onMessage(session: Session, text: string, view: VenueView): DialectReply {
    const { method, params = {}, req_id } = JSON.parse(text) as Control;
    const id = req_id === undefined ? {} : { req_id };
    if (method === 'ping') return { ...SILENCE, send: [JSON.stringify({ method: 'pong', ...id })] };
    const { channel = '', depth = 10, symbol: symbols = [] } = params;
    const stream: HostileStream | null = channel === 'book' ? 'book' : channel === 'trade' ? 'trades' : null;
    const send: string[] = [];
    const streams: { stream: HostileStream; book: TrueBook }[] = [];
    for (const symbol of symbols) {
      const book = view.book(symbol);
      const isBadDepth = stream === 'book' && !DEPTHS.includes(depth);
      const error =
        book === undefined
          ? `Currency pair not supported ${symbol}`
          : isBadDepth
            ? 'Subscription depth not supported'
            : view.isRefusing
              ? 'Internal error'
              : null;
      if (error !== null && method === 'subscribe') {
        send.push(
          JSON.stringify({
            error,
            method,
            ...id,
            success: false,
            symbol,
            time_in: iso(view),
            time_out: iso(view),
          }),
        );
        continue;
      }
      const depthSaid = stream === 'book' ? { depth } : {};
      const result = { channel, ...depthSaid, snapshot: true, symbol };
      send.push(
        JSON.stringify({ method, ...id, result, success: true, time_in: iso(view), time_out: iso(view) }),
      );
      if (stream === null || book === undefined) continue;
      if (stream === 'book') this.#depths.set(session, depth);
      streams.push({ stream, book });
    }
    return method === 'subscribe' ? { send, begin: streams, end: [] } : { send, begin: [], end: streams };
  }

  changeFrames(
    session: Session,
    change: TrueChange,
    view: VenueView,
    isFalsified: boolean,
  ): readonly string[] {
    const { book } = change;
    const depth = this.#depths.get(session) ?? CHECKED_LEVELS;
    const told = this.#toldOf(session, book);
    const shown = new Set(shownKeys(book, depth));
    // Levels that are told: those that changed and are within the depth, or were, and those that came into it from below.
    const keys = new Set(change.levels.map(({ side, ticks }) => `${side} ${ticks}`));
    const news = [...keys].filter((key) => shown.has(key) || told.has(key));
    for (const key of shown) if (!told.has(key) && !keys.has(key)) news.push(key);
    told.clear();
    for (const key of shown) told.add(key);
    // What fell out of the depth is not told; what left the book is.
    const levels = news.filter((key) => shown.has(key) || lotsOf(book, key) === 0);
    if (levels.length === 0) return [];
    return [this.#frame(book, 'update', levels, view, isFalsified ? 1 : 0)];
  }

  tradeFrames(_session: Session, trade: TrueTrade, view: VenueView): readonly string[] {
    const { priceDecimals, qtyDecimals, wireSymbol } = trade.book.instrument;
    const price = decimalText(trade.ticks, priceDecimals);
    const qty = decimalText(trade.lots, qtyDecimals);
    const rest = `"ord_type":"limit","trade_id":${trade.id},"timestamp":"${iso(view)}"`;
    return [
      `{"channel":"trade","type":"update","data":[{"symbol":"${wireSymbol}","side":"${trade.takerSide}","price":${price},"qty":${qty},${rest}}]}`,
    ];
  }

  snapshotFrames(session: Session, book: TrueBook, view: VenueView): readonly string[] {
    const keys = shownKeys(book, this.#depths.get(session) ?? CHECKED_LEVELS);
    const told = this.#toldOf(session, book);
    told.clear();
    for (const key of keys) told.add(key);
    return [this.#frame(book, 'snapshot', keys, view, 0)];
  }

  heartbeatFrames(): readonly string[] {
    return ['{"channel":"heartbeat"}'];
  }

  onRequest(request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> | undefined {
    if (request.path === '/0/public/Time')
      return jsonAnswer({ error: [], result: { unixtime: Math.floor(view.venueUs() / 1e6), rfc1123: '' } });
    if (request.path === '/0/public/OHLC') return this.#candles(new URLSearchParams(request.query), view);
    if (request.path !== '/0/public/AssetPairs') return undefined;
    const pairs = view.books.map(({ instrument }) => {
      const [base = '', quote = ''] = instrument.wireSymbol.split('/');
      return [
        instrument.restSymbol,
        {
          altname: instrument.restSymbol,
          wsname: instrument.wireSymbol,
          base,
          quote,
          pair_decimals: instrument.priceDecimals,
          lot_decimals: instrument.qtyDecimals,
          cost_decimals: 5,
          ordermin: decimalText(1, instrument.qtyDecimals),
          costmin: '0.5',
          tick_size: decimalText(1, instrument.priceDecimals),
          status: 'online',
        },
      ] as const;
    });
    return jsonAnswer({ error: [], result: Object.fromEntries(pairs) });
  }

  /** At most 720 bars before now, the last of them unfinished; `last` is the open time of the last finished one. */
  #candles(params: URLSearchParams, view: VenueView): Omit<ServedAnswer, 'delayUs'> {
    const book = view.bookByRest(params.get('pair') ?? '');
    if (book === undefined) return jsonAnswer({ error: ['EQuery:Unknown asset pair'] });
    const timeframeUs = Number(params.get('interval') ?? 1) * 60e6;
    const nowUs = view.venueUs();
    const fromUs = Math.max(Number(params.get('since') ?? 0) * 1e6, nowUs - 720 * timeframeUs);
    const candles = trueCandles(book, timeframeUs, { fromUs, toUs: nowUs, nowUs }, 720);
    const { priceDecimals, qtyDecimals, restSymbol } = book.instrument;
    const price = (ticks: number): string => decimalText(ticks, priceDecimals);
    const rows = candles.map(({ close, high, lots, low, open, openTsUs }) => [
      openTsUs / 1e6,
      ...[open, high, low, close, close].map(price),
      decimalText(lots, qtyDecimals),
      10,
    ]);
    const last = (candles.at(-1)?.openTsUs ?? 0) / 1e6;
    return jsonAnswer({ error: [], result: { [restSymbol]: rows, last } });
  }

  #toldOf(session: Session, book: TrueBook): Set<string> {
    const all = this.#told.get(session) ?? new Map<string, Set<string>>();
    this.#told.set(session, all);
    const told = all.get(book.instrument.wireSymbol) ?? new Set<string>();
    all.set(book.instrument.wireSymbol, told);
    return told;
  }

  #frame(book: TrueBook, type: string, keys: readonly string[], view: VenueView, offset: number): string {
    const { priceDecimals, qtyDecimals, wireSymbol } = book.instrument;
    const side = (name: string): string =>
      keys
        .filter((key) => key.startsWith(`${name} `))
        .map((key) => {
          const ticks = Number(key.split(' ')[1]);
          return `{"price":${decimalText(ticks, priceDecimals)},"qty":${decimalText(lotsOf(book, key), qtyDecimals)}}`;
        })
        .join(',');
    const checksum = (trueChecksum(book) + offset) % 2 ** 32;
    return `{"channel":"book","type":"${type}","data":[{"symbol":"${wireSymbol}","bids":[${side('bid')}],"asks":[${side('ask')}],"checksum":${checksum},"timestamp":"${iso(view)}"}]}`;
  }
}

function shownKeys(book: TrueBook, depth: number): string[] {
  return (['bid', 'ask'] as const).flatMap((side) =>
    book
      .levels(side)
      .slice(0, depth)
      .map(([ticks]) => `${side} ${ticks}`),
  );
}

function lotsOf(book: TrueBook, key: string): number {
  const [side, ticks] = key.split(' ');
  return (side === 'bid' ? book.bids : book.asks).get(Number(ticks)) ?? 0;
}

function trueChecksum(book: TrueBook): number {
  const text = (['ask', 'bid'] as const)
    .flatMap((side) => book.levels(side).slice(0, CHECKED_LEVELS))
    .map(([ticks, lots]) => `${ticks}${lots}`)
    .join('');
  return crc32(text);
}
