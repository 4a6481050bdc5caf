/**
 * The events of Advanced Trade frames, read into the stage. Members may stand in any order: what needs the product's decimals and stands before its name
 * is read a second time. Products that are not followed are passed over, with their form checked.
 */
import type { BookUpdate } from '#book';
import { type EpochUs, US_PER_DAY, US_PER_MINUTE } from '#core';
import {
  bytesOf,
  type FeedInstrument,
  FrameFault,
  type JsonCursor,
  readEpochCount,
  readLots,
  readRfc3339,
  rfc3339Us,
  type WireSymbols,
} from '../market/index.ts';
import { type FrameStage, stageTrade } from './frame-stage.ts';

/** Channels whose frames are read. `other` = of no interest (`status`, `user`). */
export type Channel =
  | 'l2_data'
  | 'market_trades'
  | 'ticker'
  | 'candles'
  | 'heartbeats'
  | 'subscriptions'
  | 'other';

/** The only length of candles on the stream. */
export const STREAM_CANDLE_US = 5 * US_PER_MINUTE;
/** Event times before 1971 mean that the venue does not state one: snapshots carry the zero of their clock. */
export const STATED_FROM_US: EpochUs = 365 * US_PER_DAY;

const CHANNEL_NAMES: readonly (readonly [Uint8Array, Channel])[] = (
  ['l2_data', 'market_trades', 'ticker', 'candles', 'heartbeats', 'subscriptions'] as const
).map((name) => [bytesOf(name), name]);
/** `ticker_batch` states no quotes, but has the form of `ticker` and may begin to. */
const TICKER_BATCH = bytesOf('ticker_batch');

const TYPE = bytesOf('type');
const SNAPSHOT = bytesOf('snapshot');
const UPDATE = bytesOf('update');
const PRODUCT_ID = bytesOf('product_id');
const UPDATES = bytesOf('updates');
const SIDE = bytesOf('side');
const BID = bytesOf('bid');
const OFFER = bytesOf('offer');
const EVENT_TIME = bytesOf('event_time');
const PRICE_LEVEL = bytesOf('price_level');
const NEW_QUANTITY = bytesOf('new_quantity');
const TRADES = bytesOf('trades');
const TICKERS = bytesOf('tickers');
const CANDLES = bytesOf('candles');
const SUBSCRIPTIONS = bytesOf('subscriptions');

/** Reads events of one decoder. */
export class AdvancedFrames {
  readonly #cursor: JsonCursor;
  readonly #symbols: WireSymbols;
  readonly #stage: FrameStage;
  /** The last event time of the frame and where it stood: the levels of one event mostly share it. */
  #timeStart = 0;
  #timeEnd = 0;
  #timeUs: EpochUs = 0;

  constructor(cursor: JsonCursor, symbols: WireSymbols, stage: FrameStage) {
    this.#cursor = cursor;
    this.#symbols = symbols;
    this.#stage = stage;
  }

  /** Reads the name of a channel. */
  readChannel(): Channel {
    const cursor = this.#cursor;
    cursor.readString();
    for (const [word, name] of CHANNEL_NAMES) if (cursor.textIs(word)) return name;
    return cursor.textIs(TICKER_BATCH) ? 'ticker' : 'other';
  }

  /** Reads the array of events that comes next. @throws FrameFault */
  readEvents(channel: Channel): void {
    const cursor = this.#cursor;
    this.#timeEnd = 0;
    this.#timeStart = 0;
    if (channel === 'heartbeats' || channel === 'other') {
      cursor.skip();
      return;
    }
    cursor.beginArray();
    while (cursor.nextItem()) {
      if (channel === 'l2_data') this.#readBookEvent();
      else if (channel === 'market_trades') this.#readTradeEvent();
      else if (channel === 'ticker') this.#readList(TICKERS, () => this.#readTicker());
      else if (channel === 'candles') this.#readList(CANDLES, () => this.#readCandle());
      else this.#readSubscriptions();
    }
  }

  #readBookEvent(): void {
    const cursor = this.#cursor;
    let instrument: FeedInstrument | undefined;
    let type: 'snapshot' | 'update' | 'other' = 'other';
    let updatesAt = -1;
    let book: BookUpdate | undefined;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(TYPE)) {
        cursor.readString();
        type = cursor.textIs(SNAPSHOT) ? 'snapshot' : cursor.textIs(UPDATE) ? 'update' : 'other';
      } else if (cursor.textIs(PRODUCT_ID)) {
        instrument = this.#readProduct();
      } else if (cursor.textIs(UPDATES) && instrument !== undefined) book = this.#readUpdates(instrument);
      else {
        if (cursor.textIs(UPDATES)) updatesAt = cursor.at;
        cursor.skip();
      }
    }
    if (updatesAt >= 0 && instrument !== undefined) {
      const endAt = cursor.at;
      cursor.at = updatesAt;
      book = this.#readUpdates(instrument);
      cursor.at = endAt;
    }
    if (book === undefined) return;
    if (type === 'other') this.#stage.books.drop();
    else book.isSnapshot = type === 'snapshot';
  }

  #readUpdates(instrument: FeedInstrument): BookUpdate {
    const cursor = this.#cursor;
    const book = this.#stage.books.take(cursor.at);
    book.clear();
    book.instrumentIx = instrument.ix;
    book.tsVenueUs = 0;
    cursor.beginArray();
    while (cursor.nextItem()) this.#readLevel(book, instrument);
    return book;
  }

  #readLevel(book: BookUpdate, instrument: FeedInstrument): void {
    const cursor = this.#cursor;
    let isBid = false;
    let isOffer = false;
    let priceTicks = Number.NaN;
    let qtyLots = Number.NaN;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(PRICE_LEVEL)) priceTicks = cursor.readDecimal(instrument.priceDecimals);
      else if (cursor.textIs(NEW_QUANTITY)) qtyLots = readLots(cursor, instrument);
      else if (cursor.textIs(EVENT_TIME)) book.tsVenueUs = Math.max(book.tsVenueUs, this.#readEventTime());
      else if (cursor.textIs(SIDE)) {
        cursor.readString();
        isBid = cursor.textIs(BID);
        isOffer = cursor.textIs(OFFER);
      } else cursor.skip();
    }
    if (!(isBid || isOffer) || !(priceTicks > 0) || !(qtyLots >= 0)) {
      throw new FrameFault('expected a level with side, price above 0 and quantity of at least 0', cursor.at);
    }
    const side = isBid ? book.bids : book.asks;
    if (!side.push(priceTicks, qtyLots)) throw new FrameFault('more levels than a book may have', cursor.at);
  }

  #readEventTime(): EpochUs {
    const cursor = this.#cursor;
    cursor.readString();
    const { bytes, textEnd, textStart } = cursor;
    if (!isSameText(bytes, this.#timeStart, this.#timeEnd, textStart, textEnd)) {
      this.#timeUs = rfc3339Us(bytes, textStart, textEnd);
      this.#timeStart = textStart;
      this.#timeEnd = textEnd;
    }
    if (Number.isNaN(this.#timeUs)) {
      throw new FrameFault(`expected a time of RFC 3339, found '${cursor.text()}'`, cursor.at);
    }
    return this.#timeUs;
  }

  /** Trades come newest first and are told oldest first. */
  #readTradeEvent(): void {
    const first = this.#stage.trades.count;
    this.#readList(TRADES, () => this.#readTrade());
    this.#stage.trades.reverseFrom(first);
  }

  /** Reads an event whose one list has items that name their own product. */
  #readList(listKey: Uint8Array, readItem: () => void): void {
    const cursor = this.#cursor;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (!cursor.textIs(listKey)) cursor.skip();
      else {
        cursor.beginArray();
        while (cursor.nextItem()) readItem();
      }
    }
  }

  #readProduct(): FeedInstrument | undefined {
    const cursor = this.#cursor;
    cursor.readString();
    if (cursor.hasEscapes) return this.#symbols.named(cursor.text());
    return this.#symbols.find(cursor.bytes, cursor.textStart, cursor.textEnd);
  }

  /** Passes over an item and returns the instrument that it names. */
  #skipItem(): FeedInstrument | undefined {
    const cursor = this.#cursor;
    let instrument: FeedInstrument | undefined;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (!cursor.textIs(PRODUCT_ID)) cursor.skip();
      else {
        instrument = this.#readProduct();
      }
    }
    return instrument;
  }

  #readTrade(): void {
    const cursor = this.#cursor;
    const startAt = cursor.at;
    const instrument = this.#skipItem();
    if (instrument === undefined) return;
    cursor.at = startAt;
    let side = '';
    let idText = '';
    let priceTicks = Number.NaN;
    let qtyLots = Number.NaN;
    let tsVenueUs = Number.NaN;
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      if (key === 'price') priceTicks = cursor.readDecimal(instrument.priceDecimals);
      else if (key === 'size') qtyLots = readLots(cursor, instrument);
      else if (key === 'time') tsVenueUs = readRfc3339(cursor);
      else if (key === 'trade_id') idText = cursor.scalarText();
      else if (key === 'side') side = cursor.stringText();
      else cursor.skip();
    }
    const isGood = (side === 'BUY' || side === 'SELL') && idText !== '' && priceTicks > 0 && qtyLots >= 0;
    if (!isGood || Number.isNaN(tsVenueUs)) {
      throw new FrameFault('expected a trade with id, time, side, price above 0 and size', cursor.at);
    }
    stageTrade(this.#stage.trades.take(cursor.at), idText, side === 'BUY' ? 'buy' : 'sell', {
      instrumentIx: instrument.ix,
      tsVenueUs,
      priceTicks,
      qtyLots,
    });
  }

  /** A ticker without both sides of the book (empty text, 0, or `ticker_batch`) is no quote and passed over. */
  #readTicker(): void {
    const cursor = this.#cursor;
    const startAt = cursor.at;
    const instrument = this.#skipItem();
    if (instrument === undefined) return;
    cursor.at = startAt;
    const { priceDecimals } = instrument;
    let bidTicks = 0;
    let bidLots = 0;
    let askTicks = 0;
    let askLots = 0;
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      if (key === 'best_bid') bidTicks = this.#isEmpty() ? 0 : cursor.readDecimal(priceDecimals);
      else if (key === 'best_bid_quantity') bidLots = this.#isEmpty() ? 0 : readLots(cursor, instrument);
      else if (key === 'best_ask') askTicks = this.#isEmpty() ? 0 : cursor.readDecimal(priceDecimals);
      else if (key === 'best_ask_quantity') askLots = this.#isEmpty() ? 0 : readLots(cursor, instrument);
      else cursor.skip();
    }
    if (!(bidTicks > 0 && bidLots > 0 && askTicks > 0 && askLots > 0)) return;
    const quote = this.#stage.quotes.take(cursor.at);
    Object.assign(quote, { instrumentIx: instrument.ix, updateId: -1, bidTicks, bidLots, askTicks, askLots });
  }

  /** Passes over empty text, which stands for a side without orders; reads nothing else. */
  #isEmpty(): boolean {
    const cursor = this.#cursor;
    if (!cursor.isString) return false;
    const startAt = cursor.at;
    cursor.readString();
    if (cursor.textEnd === cursor.textStart) return true;
    cursor.at = startAt;
    return false;
  }

  /** A candle without a start says nothing and is passed over. */
  #readCandle(): void {
    const cursor = this.#cursor;
    const startAt = cursor.at;
    const instrument = this.#skipItem();
    if (instrument === undefined) return;
    cursor.at = startAt;
    const { priceDecimals } = instrument;
    const values = { open: Number.NaN, high: Number.NaN, low: Number.NaN, close: Number.NaN };
    let volumeLots = Number.NaN;
    let openTsUs = Number.NaN;
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      if (key === 'start') openTsUs = readEpochCount(cursor);
      else if (key === 'volume') volumeLots = readLots(cursor, instrument);
      else if (isPriceName(key)) values[key] = cursor.readDecimal(priceDecimals);
      else cursor.skip();
    }
    if (Number.isNaN(openTsUs)) return;
    const { close, high, low, open } = values;
    if (!(low > 0 && open >= low && close >= low && high >= open && high >= close && volumeLots >= 0)) {
      throw new FrameFault('expected a candle with low <= open, close <= high and a volume', cursor.at);
    }
    const candle = this.#stage.candles.take(cursor.at);
    Object.assign(candle, {
      instrumentIx: instrument.ix,
      timeframeUs: STREAM_CANDLE_US,
      openTsUs,
      volumeLots,
    });
    Object.assign(candle, { openTicks: open, highTicks: high, lowTicks: low, closeTicks: close });
  }

  #readSubscriptions(): void {
    const cursor = this.#cursor;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (!cursor.textIs(SUBSCRIPTIONS)) cursor.skip();
      else {
        cursor.beginObject();
        while (cursor.nextKey()) this.#readSubscribed(cursor.text());
      }
    }
  }

  #readSubscribed(channel: string): void {
    const cursor = this.#cursor;
    cursor.beginArray();
    while (cursor.nextItem()) {
      const message = { kind: 'subscribed', channel, symbol: cursor.stringText() } as const;
      this.#stage.addControl(message, cursor.at);
    }
  }
}

function isPriceName(key: string): key is 'open' | 'high' | 'low' | 'close' {
  return key === 'open' || key === 'high' || key === 'low' || key === 'close';
}

function isSameText(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  const length = end - start;
  if (length === 0 || otherEnd - otherStart !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false;
  return true;
}
