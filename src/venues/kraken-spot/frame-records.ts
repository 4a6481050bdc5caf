/**
 * What one frame says, held back until its last byte was found to be valid: a decoder fills these records, and delivers them when nothing more can
 * go wrong. Records are made once and used again.
 */
import { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import {
  type ControlMessage,
  type DecodedSink,
  newVenueCandle,
  type OrderPrint,
  type QuotePrint,
  RecordPool,
  type TradePrint,
} from '#venues/market';

/** Levels of one side in one message; subscriptions go to 1,000. */
const LEVELS_MAX = 8_192;
/** Instruments that one book message may speak of; Kraken puts one in each. */
const BOOKS_MAX = 256;
/** Prints of one kind in one frame; the largest is the level 3 snapshot of 1,000 price levels. */
const PRINTS_MAX = 262_144;

/** The orders of one instrument in a message: `orders[from, to)`. */
export interface OrderBatch {
  instrumentIx: number;
  isSnapshot: boolean;
  checksum: number;
  from: number;
  to: number;
}

/** Everything that one frame says. */
export class FrameRecords {
  readonly books = new RecordPool('books', BOOKS_MAX, () => new BookUpdate(LEVELS_MAX));
  readonly trades = new RecordPool('trades', PRINTS_MAX, newTrade);
  readonly candles = new RecordPool('candles', PRINTS_MAX, newVenueCandle);
  readonly quotes = new RecordPool('quotes', PRINTS_MAX, newQuote);
  readonly orders = new RecordPool('orders', PRINTS_MAX, newOrder);
  readonly batches = new RecordPool('books of orders', BOOKS_MAX, newBatch);
  readonly controls: ControlMessage[] = [];
  /** The latest time that the frame states; minus infinity where it states none. */
  tsVenueUs: EpochUs = Number.NEGATIVE_INFINITY;

  /** Forgets the frame before. */
  clear(): void {
    this.tsVenueUs = Number.NEGATIVE_INFINITY;
    this.books.clear();
    this.trades.clear();
    this.candles.clear();
    this.quotes.clear();
    this.orders.clear();
    this.batches.clear();
    this.controls.length = 0;
  }

  /** Notes a time that the venue has stated. */
  noteTime(tsVenueUs: EpochUs): void {
    if (tsVenueUs > this.tsVenueUs) this.tsVenueUs = tsVenueUs;
  }

  /** Delivers all but the candles, which may close others before; returns false when there was nothing. */
  deliver(sink: DecodedSink): boolean {
    const { books, trades, quotes, batches, controls } = this;
    for (let i = 0; i < books.count; i++) sink.onBook(books.at(i));
    for (let i = 0; i < trades.count; i++) sink.onTrade(trades.at(i));
    for (let i = 0; i < quotes.count; i++) sink.onQuote(quotes.at(i));
    for (let i = 0; i < batches.count; i++) this.#deliverOrders(batches.at(i), sink);
    for (const control of controls) sink.onControl(control);
    return books.count + trades.count + quotes.count + batches.count + controls.length > 0;
  }

  #deliverOrders(batch: OrderBatch, sink: DecodedSink): void {
    if (batch.isSnapshot) sink.onOrderSnapshot(batch.instrumentIx, batch.checksum);
    for (let i = batch.from; i < batch.to; i++) sink.onOrder(this.orders.at(i));
    sink.onOrdersEnd(batch.instrumentIx, batch.checksum);
  }
}

function newTrade(): TradePrint {
  return { instrumentIx: 0, tsVenueUs: 0, tradeId: 0, priceTicks: 0, qtyLots: 0, takerSide: 'buy' };
}

function newQuote(): QuotePrint {
  return { instrumentIx: 0, tsVenueUs: 0, updateId: -1, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0 };
}

function newOrder(): OrderPrint {
  return {
    instrumentIx: 0,
    tsVenueUs: 0,
    action: 'add',
    side: 'buy',
    orderId: '',
    priceTicks: 0,
    qtyLots: 0,
  };
}

function newBatch(): OrderBatch {
  return { instrumentIx: 0, isSnapshot: false, checksum: -1, from: 0, to: 0 };
}
