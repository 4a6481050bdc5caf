/** One entry of `data` in a v2 message: the book, a trade, a candle, a quote or the orders of one pair. Entries of unknown pairs are passed over. */
import type { BookUpdate, LevelBuffer } from '#book';
import { type EpochUs, US_PER_MINUTE } from '#core';
import type { Side } from '#domain';
import {
  bytesOf,
  type FeedInstrument,
  FrameFault,
  type JsonCursor,
  type OrderPrint,
  pushLevel,
  readAskPrice,
  readPrice,
  readQty,
  type VenueCandle,
} from '#venues/market';
import type { FrameRecords } from './frame-records.ts';
import { readChecksum, readMoment } from './numbers.ts';
import type { SpotSymbols } from './spot-symbols.ts';

const SYMBOL = bytesOf('symbol');
const BIDS = bytesOf('bids');
const ASKS = bytesOf('asks');
const CHECKSUM = bytesOf('checksum');
const TIMESTAMP = bytesOf('timestamp');
const PRICE = bytesOf('price');
const QTY = bytesOf('qty');
const SIDE = bytesOf('side');
const TRADE_ID = bytesOf('trade_id');
const BUY = bytesOf('buy');
const SELL = bytesOf('sell');
const BID = bytesOf('bid');
const BID_QTY = bytesOf('bid_qty');
const ASK = bytesOf('ask');
const ASK_QTY = bytesOf('ask_qty');
const INTERVAL = bytesOf('interval');
const INTERVAL_BEGIN = bytesOf('interval_begin');
const OPEN = bytesOf('open');
const HIGH = bytesOf('high');
const LOW = bytesOf('low');
const CLOSE = bytesOf('close');
const VOLUME = bytesOf('volume');
const EVENT = bytesOf('event');
const ADD = bytesOf('add');
const MODIFY = bytesOf('modify');
const DELETE = bytesOf('delete');
const ORDER_ID = bytesOf('order_id');
const LIMIT_PRICE = bytesOf('limit_price');
const ORDER_QTY = bytesOf('order_qty');

/** A field that an entry has not said. */
const ABSENT = -1;

/** Channels whose entries speak of pairs. */
export type PairChannel = 'book' | 'trade' | 'ohlc' | 'ticker' | 'level3';

/** Reads entries into the records of the frame. */
export class ChannelItems {
  readonly #cursor: JsonCursor;
  readonly #records: FrameRecords;
  readonly #symbols: SpotSymbols;

  constructor(cursor: JsonCursor, records: FrameRecords, symbols: SpotSymbols) {
    this.#cursor = cursor;
    this.#records = records;
    this.#symbols = symbols;
  }

  /** Reads the entry at the cursor; `tsFrameUs` is the time of the frame, for entries that state none. */
  read(channel: PairChannel, isSnapshot: boolean, tsLocalUs: EpochUs, tsFrameUs: EpochUs): void {
    const instrument = this.#findInstrument();
    if (instrument === undefined) {
      this.#cursor.skip();
      return;
    }
    this.#cursor.beginObject();
    if (channel === 'book') this.#readBook(instrument, isSnapshot, tsLocalUs, tsFrameUs);
    else if (channel === 'trade') this.#readTrade(instrument);
    else if (channel === 'ticker') this.#readQuote(instrument, tsFrameUs);
    else if (channel === 'ohlc') this.#readCandle(instrument, tsFrameUs);
    else this.#readOrders(instrument, isSnapshot, tsFrameUs);
  }

  /** Looks ahead for the pair, because it says how many decimals the numbers have; nearly always it is the first member. */
  #findInstrument(): FeedInstrument | undefined {
    const cursor = this.#cursor;
    const start = cursor.at;
    let instrument: FeedInstrument | undefined;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (!cursor.textIs(SYMBOL)) cursor.skip();
      else {
        cursor.readString();
        instrument = this.#symbols.find(cursor.bytes, cursor.textStart, cursor.textEnd);
        break;
      }
    }
    cursor.at = start;
    return instrument;
  }

  #readBook(instrument: FeedInstrument, isSnapshot: boolean, tsLocalUs: EpochUs, tsFrameUs: EpochUs): void {
    const cursor = this.#cursor;
    const update = this.#records.books.take(cursor.at);
    update.clear();
    update.instrumentIx = instrument.ix;
    update.isSnapshot = isSnapshot;
    update.tsLocalUs = tsLocalUs;
    update.tsVenueUs = tsFrameUs;
    let sides = 0;
    while (cursor.nextKey()) {
      if (cursor.textIs(BIDS)) sides += this.#readLevels(instrument, update.bids, readPrice);
      else if (cursor.textIs(ASKS)) sides += this.#readLevels(instrument, update.asks, readAskPrice);
      else if (cursor.textIs(CHECKSUM)) update.checksum = readChecksum(cursor);
      else if (cursor.textIs(TIMESTAMP)) update.tsVenueUs = this.#readMoment();
      else cursor.skip();
    }
    this.#checkBook(update, sides);
  }

  #checkBook(update: BookUpdate, sides: number): void {
    if (sides === 0) this.#missing('bids or asks');
    if (update.isSnapshot && sides !== 2) this.#missing('both sides of a snapshot');
    // Without it a lost message could not be told: v2 puts one into every book message.
    if (update.checksum === ABSENT) this.#missing('checksum');
  }

  #readLevels(instrument: FeedInstrument, into: LevelBuffer, readSidePrice: typeof readPrice): 1 {
    const cursor = this.#cursor;
    const { priceDecimals, qtyDecimals } = instrument;
    cursor.beginArray();
    while (cursor.nextItem()) {
      let priceTicks = ABSENT;
      let qtyLots = ABSENT;
      cursor.beginObject();
      while (cursor.nextKey()) {
        if (cursor.textIs(PRICE)) priceTicks = readSidePrice(cursor, priceDecimals);
        else if (cursor.textIs(QTY)) qtyLots = readQty(cursor, qtyDecimals);
        else cursor.skip();
      }
      if (priceTicks === ABSENT || qtyLots === ABSENT) this.#missing('price and qty');
      pushLevel(into, priceTicks, qtyLots, cursor.at);
    }
    return 1;
  }

  #readTrade(instrument: FeedInstrument): void {
    const cursor = this.#cursor;
    const trade = this.#records.trades.take(cursor.at);
    trade.instrumentIx = instrument.ix;
    trade.tsVenueUs = trade.tradeId = trade.priceTicks = trade.qtyLots = ABSENT;
    let side: Side | undefined;
    while (cursor.nextKey()) {
      if (cursor.textIs(PRICE)) trade.priceTicks = readPrice(cursor, instrument.priceDecimals);
      else if (cursor.textIs(QTY)) trade.qtyLots = readQty(cursor, instrument.qtyDecimals);
      else if (cursor.textIs(SIDE)) side = this.#readSide();
      else if (cursor.textIs(TRADE_ID)) trade.tradeId = cursor.readInteger();
      else if (cursor.textIs(TIMESTAMP)) trade.tsVenueUs = this.#readMoment();
      else cursor.skip();
    }
    if (side === undefined || trade.priceTicks === ABSENT || trade.qtyLots === ABSENT)
      this.#missing('side, price and qty');
    if (trade.tradeId === ABSENT || trade.tsVenueUs === ABSENT) this.#missing('trade_id and timestamp');
    trade.takerSide = side;
  }

  /** An empty side has no best price, which is no quote. */
  #readQuote(instrument: FeedInstrument, tsFrameUs: EpochUs): void {
    const cursor = this.#cursor;
    const quote = this.#records.quotes.take(cursor.at);
    quote.instrumentIx = instrument.ix;
    quote.tsVenueUs = tsFrameUs;
    quote.bidTicks = quote.bidLots = quote.askTicks = quote.askLots = 0;
    while (cursor.nextKey()) {
      if (cursor.textIs(BID)) quote.bidTicks = this.#readOrNull(instrument.priceDecimals);
      else if (cursor.textIs(BID_QTY)) quote.bidLots = this.#readOrNull(instrument.qtyDecimals);
      else if (cursor.textIs(ASK)) quote.askTicks = this.#readOrNull(instrument.priceDecimals);
      else if (cursor.textIs(ASK_QTY)) quote.askLots = this.#readOrNull(instrument.qtyDecimals);
      else if (cursor.textIs(TIMESTAMP) && cursor.isString) quote.tsVenueUs = this.#readMoment();
      else cursor.skip();
    }
    if (quote.bidTicks === 0 || quote.askTicks === 0) this.#records.quotes.drop();
  }

  /** Reads a number of at least 0; null is 0. */
  #readOrNull(decimals: number): number {
    return this.#cursor.takeNull() ? 0 : readQty(this.#cursor, decimals);
  }

  /** An entry without prices speaks of no candle and is passed over; one with some of them is damaged. */
  #readCandle(instrument: FeedInstrument, tsFrameUs: EpochUs): void {
    const cursor = this.#cursor;
    const candle = this.#records.candles.take(cursor.at);
    candle.instrumentIx = instrument.ix;
    candle.tsVenueUs = tsFrameUs;
    candle.isClosed = false;
    candle.openTsUs = candle.timeframeUs = candle.volumeLots = ABSENT;
    candle.openTicks = candle.highTicks = candle.lowTicks = candle.closeTicks = ABSENT;
    let prices = 0;
    while (cursor.nextKey()) {
      if (cursor.textIs(INTERVAL)) candle.timeframeUs = cursor.readInteger() * US_PER_MINUTE;
      else if (cursor.textIs(INTERVAL_BEGIN)) candle.openTsUs = readMoment(cursor);
      else if (cursor.textIs(VOLUME)) candle.volumeLots = readQty(cursor, instrument.qtyDecimals);
      else prices += this.#readCandlePrice(instrument, candle);
    }
    if (prices === 0) this.#records.candles.drop();
    else checkCandle(candle, cursor);
  }

  #readCandlePrice(instrument: FeedInstrument, candle: VenueCandle): 0 | 1 {
    const cursor = this.#cursor;
    if (cursor.textIs(OPEN)) candle.openTicks = readPrice(cursor, instrument.priceDecimals);
    else if (cursor.textIs(HIGH)) candle.highTicks = readPrice(cursor, instrument.priceDecimals);
    else if (cursor.textIs(LOW)) candle.lowTicks = readPrice(cursor, instrument.priceDecimals);
    else if (cursor.textIs(CLOSE)) candle.closeTicks = readPrice(cursor, instrument.priceDecimals);
    else {
      cursor.skip();
      return 0;
    }
    return 1;
  }

  #readOrders(instrument: FeedInstrument, isSnapshot: boolean, tsFrameUs: EpochUs): void {
    const cursor = this.#cursor;
    const batch = this.#records.batches.take(cursor.at);
    batch.instrumentIx = instrument.ix;
    batch.isSnapshot = isSnapshot;
    batch.checksum = ABSENT;
    batch.from = this.#records.orders.count;
    while (cursor.nextKey()) {
      if (cursor.textIs(BIDS)) this.#readSideOrders(instrument, 'buy', isSnapshot, tsFrameUs);
      else if (cursor.textIs(ASKS)) this.#readSideOrders(instrument, 'sell', isSnapshot, tsFrameUs);
      else if (cursor.textIs(CHECKSUM)) batch.checksum = readChecksum(cursor);
      else cursor.skip();
    }
    batch.to = this.#records.orders.count;
    if (batch.checksum === ABSENT) this.#missing('checksum');
  }

  #readSideOrders(instrument: FeedInstrument, side: Side, isSnapshot: boolean, tsFrameUs: EpochUs): void {
    const cursor = this.#cursor;
    cursor.beginArray();
    while (cursor.nextItem()) {
      const order = this.#records.orders.take(cursor.at);
      order.instrumentIx = instrument.ix;
      order.side = side;
      order.tsVenueUs = tsFrameUs;
      order.orderId = '';
      order.priceTicks = order.qtyLots = ABSENT;
      this.#readOrder(instrument, order, isSnapshot);
      if (order.priceTicks === Number.POSITIVE_INFINITY) this.#records.orders.drop();
    }
  }

  #readOrder(instrument: FeedInstrument, order: OrderPrint, isSnapshot: boolean): void {
    const cursor = this.#cursor;
    const readSidePrice = order.side === 'buy' ? readPrice : readAskPrice;
    let action: OrderPrint['action'] | undefined = isSnapshot ? 'add' : undefined;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(ORDER_ID)) order.orderId = cursor.stringText();
      else if (cursor.textIs(LIMIT_PRICE)) order.priceTicks = readSidePrice(cursor, instrument.priceDecimals);
      else if (cursor.textIs(ORDER_QTY)) order.qtyLots = readQty(cursor, instrument.qtyDecimals);
      else if (cursor.textIs(TIMESTAMP)) order.tsVenueUs = this.#readMoment();
      else if (cursor.textIs(EVENT)) action = this.#readAction();
      else cursor.skip();
    }
    if (action === undefined || order.orderId === '' || order.priceTicks === ABSENT)
      this.#missing('event, order_id and limit_price');
    if (action === 'delete') order.qtyLots = 0;
    if (order.qtyLots === ABSENT) this.#missing('order_qty');
    order.action = action;
  }

  #readAction(): OrderPrint['action'] {
    const cursor = this.#cursor;
    cursor.readString();
    if (cursor.textIs(ADD)) return 'add';
    if (cursor.textIs(MODIFY)) return 'modify';
    if (cursor.textIs(DELETE)) return 'delete';
    throw new FrameFault(`expected 'add', 'modify' or 'delete', found '${cursor.text()}'`, cursor.at);
  }

  #readSide(): Side {
    const cursor = this.#cursor;
    cursor.readString();
    if (cursor.textIs(BUY)) return 'buy';
    if (cursor.textIs(SELL)) return 'sell';
    throw new FrameFault(`expected 'buy' or 'sell', found '${cursor.text()}'`, cursor.at);
  }

  #readMoment(): EpochUs {
    const us = readMoment(this.#cursor);
    this.#records.noteTime(us);
    return us;
  }

  #missing(what: string): never {
    const { at } = this.#cursor;
    throw new FrameFault(`expected ${what} before ${at}`, at);
  }
}

function checkCandle(candle: VenueCandle, cursor: JsonCursor): void {
  const { openTicks, highTicks, lowTicks, closeTicks, timeframeUs, openTsUs, volumeLots } = candle;
  const isWhole =
    Math.min(openTicks, highTicks, lowTicks, closeTicks, openTsUs, volumeLots) >= 0 && timeframeUs > 0;
  const isOrdered =
    lowTicks <= Math.min(openTicks, closeTicks) && highTicks >= Math.max(openTicks, closeTicks);
  if (!isWhole || !isOrdered) throw new FrameFault(`expected a whole candle before ${cursor.at}`, cursor.at);
}
