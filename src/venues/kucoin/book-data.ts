/**
 * Data of book messages, and books by request. Spot: several levels, each with its own number, in no order; a price of 0 changes no level, only the number;
 * quantities are finer than what may be ordered where orders were filled by amount. Futures: one level as text, `price,side,size`, the size in contracts.
 */
import type { BookUpdate, LevelBuffer } from '#book';
import type { EpochUs } from '#core';
import {
  bytesOf,
  decimalIn,
  type FeedInstrument,
  FrameFault,
  type JsonCursor,
  lotsOfWire,
  readCutLots,
  readEpochCount,
  scaleLevels,
  wireQtyDecimals,
} from '../market/index.ts';
import { sortBySequence } from './level-order.ts';

const COMMA = 0x2c;
const BUY = 'buy';
const SELL = 'sell';
const SEQUENCE_START = bytesOf('sequenceStart');
const SEQUENCE_END = bytesOf('sequenceEnd');
const SEQUENCE = bytesOf('sequence');
const TIME = bytesOf('time');
const TIMESTAMP = bytesOf('timestamp');
const CHANGES = bytesOf('changes');
const CHANGE = bytesOf('change');
const SYMBOL = bytesOf('symbol');
const BIDS = bytesOf('bids');
const ASKS = bytesOf('asks');

/** Reads the data of a spot message. @throws FrameFault */
export function readSpotBook(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  book: BookUpdate,
  tsLocalUs: EpochUs,
): void {
  beginBook(book, instrument, tsLocalUs);
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(SEQUENCE_START)) book.firstId = cursor.readInteger();
    else if (cursor.textIs(SEQUENCE_END)) book.lastId = cursor.readInteger();
    else if (cursor.textIs(TIME)) book.tsVenueUs = readEpochCount(cursor);
    else if (cursor.textIs(CHANGES)) readChanges(cursor, instrument, book);
    else if (cursor.textIs(SYMBOL)) requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  if (book.firstId < 0 || book.lastId < book.firstId) {
    throw new FrameFault(
      `expected 0 <= sequenceStart <= sequenceEnd, found ${book.firstId}, ${book.lastId}`,
      cursor.at,
    );
  }
  sortBySequence(book.bids);
  sortBySequence(book.asks);
}

/** Reads the data of a futures message. @throws FrameFault */
export function readFuturesBook(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  book: BookUpdate,
  tsLocalUs: EpochUs,
): void {
  beginBook(book, instrument, tsLocalUs);
  let changeStart = -1;
  let changeEnd = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(SEQUENCE)) book.lastId = cursor.readInteger();
    else if (cursor.textIs(TIMESTAMP)) book.tsVenueUs = readEpochCount(cursor);
    else if (cursor.textIs(CHANGE)) {
      cursor.readString();
      changeStart = cursor.textStart;
      changeEnd = cursor.textEnd;
    } else if (cursor.textIs(SYMBOL)) requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  if (book.lastId < 0) throw new FrameFault('expected a sequence of at least 0', cursor.at);
  book.firstId = book.lastId;
  readChange(cursor.bytes, changeStart, changeEnd, instrument, book);
}

/** Reads the data of a book by request, spot or futures, full or partial. @throws FrameFault */
export function readSnapshot(cursor: JsonCursor, instrument: FeedInstrument, book: BookUpdate): BookUpdate {
  beginBook(book, instrument, 0);
  book.isSnapshot = true;
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'sequence') book.lastId = cursor.readInteger();
    else if (key === 'time' || key === 'ts') book.tsVenueUs = readEpochCount(cursor);
    else if (key === 'bids') readSide(cursor, instrument, book.bids);
    else if (key === 'asks') readSide(cursor, instrument, book.asks);
    else if (key === 'symbol') requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  if (book.lastId < 0) throw new FrameFault('expected a sequence of at least 0', cursor.at);
  book.firstId = book.lastId;
  return book;
}

/** Sees that a message speaks of the instrument that its topic named. */
export function requireSymbol(cursor: JsonCursor, { wireSymbol }: FeedInstrument): void {
  cursor.readString();
  if (isWord(wireSymbol, cursor.bytes, cursor.textStart, cursor.textEnd)) return;
  const found = cursor.text();
  if (found !== wireSymbol)
    throw new FrameFault(`expected symbol '${wireSymbol}', found '${found}'`, cursor.at);
}

function beginBook(book: BookUpdate, instrument: FeedInstrument, tsLocalUs: EpochUs): void {
  book.clear();
  book.instrumentIx = instrument.ix;
  book.tsVenueUs = tsLocalUs;
  book.tsLocalUs = tsLocalUs;
}

function readChanges(cursor: JsonCursor, instrument: FeedInstrument, book: BookUpdate): void {
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(BIDS)) readLevels(cursor, instrument, book.bids);
    else if (cursor.textIs(ASKS)) readLevels(cursor, instrument, book.asks);
    else cursor.skip();
  }
}

/** Levels `[price, size]` of a snapshot, numbers in quotes or not; null = none. */
function readSide(cursor: JsonCursor, instrument: FeedInstrument, side: LevelBuffer): void {
  const { priceDecimals } = instrument;
  if (cursor.takeNull()) return;
  const from = side.count;
  if (cursor.isArray && cursor.takeLevels(side, priceDecimals, wireQtyDecimals(instrument))) {
    scaleLevels(side, from, instrument, cursor.at);
    return;
  }
  cursor.beginArray();
  while (cursor.nextItem()) {
    cursor.beginArray();
    const priceTicks = cursor.nextItem() ? cursor.readDecimal(priceDecimals) : Number.NaN;
    const qtyLots = cursor.nextItem() ? readCutLots(cursor, instrument) : Number.NaN;
    while (cursor.nextItem()) cursor.skip();
    push(side, priceTicks, qtyLots, 0, cursor.at);
  }
}

/** Levels `[price, size, sequence]` of a change; null = none. */
function readLevels(cursor: JsonCursor, instrument: FeedInstrument, side: LevelBuffer): void {
  if (cursor.takeNull()) return;
  cursor.beginArray();
  while (cursor.nextItem()) {
    cursor.beginArray();
    const priceTicks = cursor.nextItem() ? cursor.readDecimal(instrument.priceDecimals) : Number.NaN;
    const qtyLots = cursor.nextItem() ? readCutLots(cursor, instrument) : Number.NaN;
    const sequence = cursor.nextItem() ? cursor.readInteger() : Number.NaN;
    while (cursor.nextItem()) cursor.skip();
    push(side, priceTicks, qtyLots, sequence, cursor.at);
  }
}

function push(side: LevelBuffer, priceTicks: number, qtyLots: number, sequence: number, at: number): void {
  if (!(priceTicks >= 0) || !(qtyLots >= 0) || !(sequence >= 0)) {
    throw new FrameFault('expected a level with price, size and sequence of at least 0', at);
  }
  if (priceTicks > 0 && !side.push(priceTicks, qtyLots, sequence)) {
    throw new FrameFault('more levels than a book may have', at);
  }
}

function readChange(
  bytes: Uint8Array,
  start: number,
  end: number,
  instrument: FeedInstrument,
  book: BookUpdate,
): void {
  const first = start < 0 ? -1 : bytes.indexOf(COMMA, start);
  const second = first < 0 ? -1 : bytes.indexOf(COMMA, first + 1);
  if (first < 0 || second < 0 || second >= end)
    throw new FrameFault("expected 'price,side,size'", Math.max(start, 0));
  const priceTicks = decimalIn(bytes, start, first, instrument.priceDecimals);
  const wireQty = decimalIn(bytes, second + 1, end, wireQtyDecimals(instrument));
  const qtyLots = lotsOfWire(instrument, wireQty);
  const isBuy = isWord(BUY, bytes, first + 1, second);
  if (!isBuy && !isWord(SELL, bytes, first + 1, second))
    throw new FrameFault("expected 'buy' or 'sell'", first + 1);
  push(isBuy ? book.bids : book.asks, priceTicks, qtyLots, book.lastId, start);
}

function isWord(word: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}
