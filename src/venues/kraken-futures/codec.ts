/**
 * Kraken futures off the wire (`ws/v1`): `book_snapshot` and `book` (one level a message, `seq` counts on by one for each product), `trade_snapshot` and
 * `trade`, `ticker`, `heartbeat` and events. Quantities are contracts: of one USD with inverse products (PI_, FI_), of one unit of the base with
 * linear ones (PF_, FF_); the code is the same, the lots say what they are. A frame is delivered as a whole or not at all.
 */
import { BookUpdate, type LevelBuffer } from '#book';
import type { EpochUs } from '#core';
import {
  bytesOf,
  type ControlMessage,
  type DecodedSink,
  type FeedInstrument,
  type FrameDecoder,
  FrameFault,
  JsonCursor,
  pushLevel,
  readAskPrice,
  readPrice,
  readQty,
  WireSymbols,
} from '#venues/market';
import { readEvent } from './events.ts';
import { FrameFields } from './frame-fields.ts';
import { readMoment, readSide } from './numbers.ts';
import { TickerRecords } from './ticker.ts';
import { TradeRecords } from './trades.ts';

/** Levels of one side of a snapshot; Kraken sends the whole book, some thousands. */
const LEVELS_MAX = 65_536;
const PRICE = bytesOf('price');
const QTY = bytesOf('qty');

const FEEDS = [
  ['book', bytesOf('book')],
  ['book_snapshot', bytesOf('book_snapshot')],
  ['trade', bytesOf('trade')],
  ['ticker', bytesOf('ticker')],
  ['trade_snapshot', bytesOf('trade_snapshot')],
  ['heartbeat', bytesOf('heartbeat')],
] as const;

type FeedName = (typeof FEEDS)[number][0];

/** Reads the frames of one connection or of one capture. */
export class KrakenFuturesDecoder implements FrameDecoder {
  readonly #cursor = new JsonCursor();
  readonly #fields = new FrameFields(this.#cursor);
  readonly #symbols: WireSymbols;
  readonly #book = new BookUpdate(LEVELS_MAX);
  readonly #trades = new TradeRecords(this.#cursor);
  readonly #ticker = new TickerRecords(this.#fields);
  readonly #controls: ControlMessage[] = [];
  #ignored = 0;

  constructor(instruments: readonly FeedInstrument[]) {
    this.#symbols = new WireSymbols(instruments);
  }

  get ignoredCount(): number {
    return this.#ignored;
  }

  decode(frame: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void {
    const cursor = this.#cursor;
    cursor.load(frame);
    if (!cursor.isObject) {
      cursor.skip();
      cursor.finish();
      this.#ignored++;
      return;
    }
    this.#fields.scan();
    cursor.finish();
    if (!this.#readMessage(tsLocalUs, sink)) this.#ignored++;
  }

  /** The message is valid JSON; returns false when it says nothing that is listened to. */
  #readMessage(tsLocalUs: EpochUs, sink: DecodedSink): boolean {
    if (this.#fields.has('event')) return this.#deliverEvent(sink);
    const feed = this.#feed();
    if (feed === undefined) return false;
    if (feed === 'heartbeat') {
      sink.onControl({ kind: 'heartbeat' });
      return true;
    }
    const instrument = this.#instrument();
    if (instrument === undefined) return false;
    if (feed === 'ticker') return this.#ticker.read(instrument, tsLocalUs, sink);
    if (feed === 'trade') return this.#trades.readOne(this.#fields, instrument, sink);
    if (feed === 'trade_snapshot') return this.#trades.readList(this.#fields, instrument, sink);
    if (feed === 'book') this.#readLevel(instrument);
    else this.#readSnapshot(instrument);
    this.#book.instrumentIx = instrument.ix;
    this.#book.tsLocalUs = tsLocalUs;
    sink.onBook(this.#book);
    return true;
  }

  #deliverEvent(sink: DecodedSink): boolean {
    const controls = this.#controls;
    controls.length = 0;
    readEvent(this.#fields, controls);
    for (const control of controls) sink.onControl(control);
    return controls.length > 0;
  }

  #feed(): FeedName | undefined {
    if (!this.#fields.has('feed')) return undefined;
    const cursor = this.#fields.seek('feed');
    cursor.readString();
    for (const [feed, word] of FEEDS) if (cursor.textIs(word)) return feed;
    return undefined;
  }

  #instrument(): FeedInstrument | undefined {
    const cursor = this.#fields.seek('product_id');
    cursor.readString();
    return this.#symbols.find(cursor.bytes, cursor.textStart, cursor.textEnd);
  }

  #readLevel(instrument: FeedInstrument): void {
    const book = this.#startBook(false);
    const fields = this.#fields;
    const isBid = readSide(fields.seek('side')) === 'buy';
    const readSidePrice = isBid ? readPrice : readAskPrice;
    const priceTicks = readSidePrice(fields.seek('price'), instrument.priceDecimals);
    const { at } = fields.seek('qty');
    const qtyLots = readQty(this.#cursor, instrument.qtyDecimals);
    pushLevel(isBid ? book.bids : book.asks, priceTicks, qtyLots, at);
  }

  #readSnapshot(instrument: FeedInstrument): void {
    const book = this.#startBook(true);
    this.#fields.seek('bids');
    this.#readLevels(instrument, book.bids, readPrice);
    this.#fields.seek('asks');
    this.#readLevels(instrument, book.asks, readAskPrice);
  }

  #startBook(isSnapshot: boolean): BookUpdate {
    const book = this.#book;
    book.clear();
    book.isSnapshot = isSnapshot;
    const { at } = this.#fields.seek('seq');
    const seq = this.#cursor.readInteger();
    if (seq < 0) throw new FrameFault(`expected 'seq' of at least 0 at ${at}`, at);
    book.firstId = seq;
    book.lastId = seq;
    book.tsVenueUs = readMoment(this.#fields.seek('timestamp'));
    return book;
  }

  /** Empty levels occur in snapshots and mean nothing. */
  #readLevels(instrument: FeedInstrument, into: LevelBuffer, readSidePrice: typeof readPrice): void {
    const cursor = this.#cursor;
    cursor.beginArray();
    while (cursor.nextItem()) {
      let priceTicks = -1;
      let qtyLots = -1;
      cursor.beginObject();
      while (cursor.nextKey()) {
        if (cursor.textIs(PRICE)) priceTicks = readSidePrice(cursor, instrument.priceDecimals);
        else if (cursor.textIs(QTY)) qtyLots = readQty(cursor, instrument.qtyDecimals);
        else cursor.skip();
      }
      if (priceTicks < 0 || qtyLots < 0)
        throw new FrameFault(`expected price and qty before ${cursor.at}`, cursor.at);
      pushLevel(into, priceTicks, qtyLots, cursor.at);
    }
  }
}
