/**
 * Kraken futures, ws/v1: one level a message, numbered by product; snapshots by stream. Source: the venue's documentation of book and book_snapshot.
 */
import { parseDurationUs } from '#core';
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
  readonly event?: string;
  readonly feed?: string;
  readonly product_ids?: readonly string[];
}

/** The dialect of Kraken futures. */
export class KrakenFuturesDialect implements WireProtocol {
  readonly numbering = 'symbol';
  readonly hasChecksum = false;
  readonly levelsMax = 1;

  onOpen(): DialectReply {
    return { ...SILENCE, send: ['{"event":"info","version":1}'] };
  }

  onMessage(_session: Session, text: string, view: VenueView): DialectReply {
    const { event = '', feed = '', product_ids: products = [] } = JSON.parse(text) as Control;
    if (event === 'ping') return { ...SILENCE, send: ['{"event":"pong"}'] };
    if (view.isRefusing && event === 'subscribe')
      return {
        ...SILENCE,
        send: [JSON.stringify({ event: 'error', message: 'Invalid feed', feed, product_ids: products })],
      };
    const stream: HostileStream | null = feed === 'book' ? 'book' : feed === 'trade' ? 'trades' : null;
    const books = products.flatMap((product) => view.book(product) ?? []);
    const streams = stream === null ? [] : books.map((book) => ({ stream, book }));
    const ack = (done: string): string =>
      JSON.stringify({ event: done, feed, ...(products.length > 0 ? { product_ids: products } : {}) });
    if (event === 'subscribe') return { send: [ack('subscribed')], begin: streams, end: [] };
    return { send: [ack('unsubscribed')], begin: [], end: streams };
  }

  changeFrames(_session: Session, change: TrueChange, view: VenueView): readonly string[] {
    const { priceDecimals, qtyDecimals, wireSymbol } = change.book.instrument;
    const ms = Math.floor(view.venueUs() / 1_000);
    return change.levels.map(({ lots, side, ticks }, at) => {
      const head = `"feed":"book","product_id":"${wireSymbol}","side":"${side === 'bid' ? 'buy' : 'sell'}"`;
      return `{${head},"seq":${change.firstId + at},"price":${float(ticks, priceDecimals)},"qty":${float(lots, qtyDecimals)},"timestamp":${ms}}`;
    });
  }

  tradeFrames(_session: Session, trade: TrueTrade, view: VenueView): readonly string[] {
    const { priceDecimals, qtyDecimals, wireSymbol } = trade.book.instrument;
    const ms = Math.floor(view.venueUs() / 1_000);
    const uid = `00000000-0000-4000-8000-${String(trade.id).padStart(12, '0')}`;
    const head = `"feed":"trade","product_id":"${wireSymbol}","uid":"${uid}","side":"${trade.takerSide}","type":"fill"`;
    const tail = `"seq":${trade.id},"time":${ms},"qty":${float(trade.lots, qtyDecimals)},"price":${float(trade.ticks, priceDecimals)}`;
    return [`{${head},${tail}}`];
  }

  snapshotFrames(_session: Session, book: TrueBook, view: VenueView): readonly string[] {
    const { priceDecimals, qtyDecimals, wireSymbol } = book.instrument;
    const { asks, bids, lastId } = view.snapshotOf(book);
    const side = (levels: typeof bids): string =>
      levels
        .map(([ticks, lots]) => `{"price":${float(ticks, priceDecimals)},"qty":${float(lots, qtyDecimals)}}`)
        .join(',');
    const ms = Math.floor(view.venueUs() / 1_000);
    return [
      `{"feed":"book_snapshot","product_id":"${wireSymbol}","timestamp":${ms},"seq":${lastId},"tickSize":null,"bids":[${side(bids)}],"asks":[${side(asks)}]}`,
    ];
  }

  #candles(
    symbol: string,
    resolution: string,
    request: ServedRequest,
    view: VenueView,
  ): Omit<ServedAnswer, 'delayUs'> | undefined {
    const book = view.bookByRest(symbol);
    if (book === undefined) return undefined;
    const params = new URLSearchParams(request.query);
    const fromUs = Number(params.get('from')) * 1e6;
    const toUs = Number(params.get('to')) * 1e6;
    const timeframeUs = parseDurationUs(resolution) ?? 60e6;
    const candles = trueCandles(book, timeframeUs, { fromUs, toUs, nowUs: view.venueUs() }, 2_000);
    const { priceDecimals, qtyDecimals } = book.instrument;
    const rows = candles.map(({ close, high, lots, low, open, openTsUs }) => ({
      time: openTsUs / 1_000,
      open: float(open, priceDecimals),
      high: float(high, priceDecimals),
      low: float(low, priceDecimals),
      close: float(close, priceDecimals),
      volume: float(lots, qtyDecimals),
    }));
    return jsonAnswer({ candles: rows, more_candles: candles.length === 2_000 });
  }

  heartbeatFrames(): readonly string[] {
    return [];
  }

  onRequest(request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> | undefined {
    const chart = /\/api\/charts\/v1\/trade\/([^/]+)\/(\w+)$/.exec(request.path);
    if (chart !== null) return this.#candles(chart[1] ?? '', chart[2] ?? '', request, view);
    if (!request.path.endsWith('/api/v3/instruments')) return undefined;
    const instruments = view.books.map(({ instrument }) => ({
      symbol: instrument.restSymbol,
      type: 'flexible_futures',
      base: 'XBT',
      quote: 'USD',
      pair: 'XBT:USD',
      tickSize: Number(decimalText(1, instrument.priceDecimals)),
      contractSize: 1,
      contractValueTradePrecision: instrument.qtyDecimals,
      tradeable: true,
      maxPositionSize: 1_000_000,
      marginLevels: [{ contracts: 0, initialMargin: 0.02, maintenanceMargin: 0.01 }],
      retailMarginLevels: [{ contracts: 0, initialMargin: 0.02, maintenanceMargin: 0.01 }],
    }));
    return jsonAnswer({ result: 'success', instruments, serverTime: iso(view) });
  }
}

/** A number as the venue prints it: without trailing zeros, with one decimal at least. */
function float(units: number, decimals: number): string {
  const text = decimalText(units, decimals).replace(/(\.\d*?)0+$/, '$1');
  return text.endsWith('.') ? `${text}0` : text.includes('.') ? text : `${text}.0`;
}
