/**
 * Coinbase Advanced Trade: one channel per subscription message, every frame of a connection numbered from 0, snapshots by stream with the whole
 * book. Source: the venue's documentation of its WebSocket channels.
 */
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

interface Control {
  readonly type?: string;
  readonly channel?: string;
  readonly product_ids?: readonly string[];
}

const GRANULARITIES: Readonly<Record<string, number>> = {
  ONE_MINUTE: 60e6,
  FIVE_MINUTE: 300e6,
  FIFTEEN_MINUTE: 900e6,
  THIRTY_MINUTE: 1_800e6,
  ONE_HOUR: 3_600e6,
  TWO_HOUR: 7_200e6,
  SIX_HOUR: 21_600e6,
  ONE_DAY: 86_400e6,
};

/** The dialect of Coinbase. */
export class CoinbaseDialect implements WireProtocol {
  readonly numbering = 'connection';
  readonly hasChecksum = false;
  readonly levelsMax = 8;

  onOpen(): DialectReply {
    return SILENCE;
  }

  onMessage(session: Session, text: string, view: VenueView): DialectReply {
    const { channel = '', product_ids: products = [], type } = JSON.parse(text) as Control;
    if (view.isRefusing && type === 'subscribe' && channel !== 'heartbeats')
      return { ...SILENCE, send: [JSON.stringify({ type: 'error', message: 'authentication failure' })] };
    const stream: HostileStream | null =
      channel === 'level2' ? 'book' : channel === 'market_trades' ? 'trades' : null;
    const books = products.flatMap((product) => view.book(product) ?? []);
    const streams = stream === null ? [] : books.map((book) => ({ stream, book }));
    const ack = this.#frame(session, 'subscriptions', view, [
      { subscriptions: { [channel]: products.length > 0 ? products : [channel] } },
    ]);
    if (type === 'subscribe') return { send: [ack], begin: streams, end: [] };
    return { send: [ack], begin: [], end: streams };
  }

  changeFrames(session: Session, change: TrueChange, view: VenueView): readonly string[] {
    const { instrument } = change.book;
    const updates = change.levels.map(({ lots, side, ticks }) =>
      this.#update(change.book, side, ticks, lots, view),
    );
    const event = { type: 'update', product_id: instrument.wireSymbol, updates };
    return [this.#frame(session, 'l2_data', view, [event])];
  }

  tradeFrames(session: Session, trade: TrueTrade, view: VenueView): readonly string[] {
    const { instrument } = trade.book;
    const print = {
      trade_id: String(trade.id),
      product_id: instrument.wireSymbol,
      price: stripped(trade.ticks, instrument.priceDecimals),
      size: stripped(trade.lots, instrument.qtyDecimals),
      // The side of the maker.
      side: trade.takerSide === 'buy' ? 'SELL' : 'BUY',
      time: iso(view),
    };
    return [this.#frame(session, 'market_trades', view, [{ type: 'update', trades: [print] }])];
  }

  snapshotFrames(session: Session, book: TrueBook, view: VenueView): readonly string[] {
    const { asks, bids } = view.snapshotOf(book);
    const updates = [
      ...bids.map(([ticks, lots]) => this.#update(book, 'bid', ticks, lots, view)),
      ...asks.map(([ticks, lots]) => this.#update(book, 'ask', ticks, lots, view)),
    ];
    const event = { type: 'snapshot', product_id: book.instrument.wireSymbol, updates };
    return [this.#frame(session, 'l2_data', view, [event])];
  }

  heartbeatFrames(session: Session, view: VenueView): readonly string[] {
    const counter = Math.floor(view.venueUs() / 1e6);
    return [
      this.#frame(session, 'heartbeats', view, [{ current_time: iso(view), heartbeat_counter: counter }]),
    ];
  }

  onRequest(request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> | undefined {
    if (request.path.endsWith('/brokerage/time'))
      return jsonAnswer({
        iso: iso(view),
        epochSeconds: String(Math.floor(view.venueUs() / 1e6)),
        epochMillis: String(Math.floor(view.venueUs() / 1e3)),
      });
    const product = /\/market\/products\/([^/]+)\/candles$/.exec(request.path)?.[1];
    if (product !== undefined) return this.#candles(decodeURIComponent(product), request, view);
    if (!request.path.endsWith('/market/products')) return undefined;
    const products = view.books.map(({ instrument }) => ({
      product_id: instrument.wireSymbol,
      base_increment: decimalText(1, instrument.qtyDecimals),
      quote_increment: decimalText(1, instrument.priceDecimals),
      price_increment: decimalText(1, instrument.priceDecimals),
      base_min_size: decimalText(1, instrument.qtyDecimals),
      base_max_size: '100000',
      quote_min_size: '1',
      base_currency_id: instrument.wireSymbol.split('-')[0],
      quote_currency_id: instrument.wireSymbol.split('-')[1],
      product_type: 'SPOT',
      status: 'online',
      trading_disabled: false,
      is_disabled: false,
      cancel_only: false,
      limit_only: false,
      post_only: false,
      auction_mode: false,
      alias: '',
      alias_to: [],
    }));
    return jsonAnswer({ products, num_products: products.length });
  }

  #candles(product: string, request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> {
    const book = view.bookByRest(product);
    if (book === undefined) return jsonAnswer({ error: 'NOT_FOUND', message: 'no such product' }, 404);
    const params = new URLSearchParams(request.query);
    const timeframeUs = GRANULARITIES[params.get('granularity') ?? ''] ?? 60_000_000;
    const fromUs = Number(params.get('start')) * 1e6;
    const toUs = Number(params.get('end')) * 1e6 + 1;
    const { priceDecimals, qtyDecimals } = book.instrument;
    const candles = trueCandles(book, timeframeUs, { fromUs, toUs, nowUs: view.venueUs() }, 350);
    const rows = candles.map(({ close, high, lots, low, open, openTsUs }) => ({
      start: String(openTsUs / 1e6),
      low: stripped(low, priceDecimals),
      high: stripped(high, priceDecimals),
      open: stripped(open, priceDecimals),
      close: stripped(close, priceDecimals),
      volume: stripped(lots, qtyDecimals),
    }));
    return jsonAnswer({ candles: rows.reverse() });
  }

  #update(book: TrueBook, side: 'bid' | 'ask', ticks: number, lots: number, view: VenueView): unknown {
    const { priceDecimals, qtyDecimals } = book.instrument;
    return {
      side: side === 'bid' ? 'bid' : 'offer',
      event_time: iso(view),
      price_level: stripped(ticks, priceDecimals),
      new_quantity: stripped(lots, qtyDecimals),
    };
  }

  #frame(session: Session, channel: string, view: VenueView, events: readonly unknown[]): string {
    const head = { channel, client_id: '', timestamp: iso(view), sequence_num: session.sequence++ };
    return JSON.stringify({ ...head, events });
  }
}

/** Decimal text without trailing zeros. */
export function stripped(units: number, decimals: number): string {
  const text = decimalText(units, decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The venue's clock with six decimals of a second. */
export function iso(view: Pick<VenueView, 'venueUs'>): string {
  const us = Math.floor(view.venueUs());
  const ms = Math.floor(us / 1_000);
  return new Date(ms).toISOString().replace('Z', `${String(us - ms * 1_000).padStart(3, '0')}Z`);
}
