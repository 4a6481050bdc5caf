/**
 * Frames of Kraken's older stream, which captures still hold: `[channelID, {as, bs} | {a | b, c}, ..., "book-1000", "XBT/CHF"]`. The pair, which
 * says how numbers are read, comes last, so that a frame is looked through first. One frame may hold two changes (asks, then bids); they are one
 * update, and the checksum of the last one is that of the book after both. Trades have no ids here: they are numbered as they come.
 *
 * The checksum is that of the digits on this wire, which has more decimals than the pair's precision (`56218.30000` where the new stream writes
 * `56218.3`): an instrument read from here has the decimals of this wire.
 */
import type { BookUpdate, LevelBuffer } from '#book';
import type { EpochUs } from '#core';
import {
  bytesOf,
  type FeedInstrument,
  FrameFault,
  type JsonCursor,
  pushLevel,
  readAskPrice,
  readPrice,
  readQty,
} from '#venues/market';
import type { FrameRecords } from './frame-records.ts';
import { readChecksum, readSeconds } from './numbers.ts';
import type { SpotSymbols } from './spot-symbols.ts';

/** Objects in one book message; two were ever seen. */
const PARTS_MAX = 8;
const BOOK = bytesOf('book-');
const TRADE = bytesOf('trade');
const ASKS_SNAPSHOT = bytesOf('as');
const BIDS_SNAPSHOT = bytesOf('bs');
const ASKS = bytesOf('a');
const BIDS = bytesOf('b');
const CHECKSUM = bytesOf('c');
const BUY = bytesOf('b');
const SELL = bytesOf('s');

/** Reads v1 messages into the records of the frame. */
export class LegacyFrames {
  readonly #cursor: JsonCursor;
  readonly #records: FrameRecords;
  readonly #symbols: SpotSymbols;
  readonly #partsAt: number[] = [];
  #tradeCount = 0;
  /** Trades of the frame that is being read: a frame that is refused uses up no numbers. */
  #uncommitted = 0;

  constructor(cursor: JsonCursor, records: FrameRecords, symbols: SpotSymbols) {
    this.#cursor = cursor;
    this.#records = records;
    this.#symbols = symbols;
  }

  /** The frame was valid to its end: its trades have their numbers. */
  commit(): void {
    this.#tradeCount += this.#uncommitted;
    this.#uncommitted = 0;
  }

  /** Reads the array at the cursor. */
  readMessage(tsLocalUs: EpochUs): void {
    this.#uncommitted = 0;
    const cursor = this.#cursor;
    const { bytes } = cursor;
    const parts = this.#partsAt;
    parts.length = 0;
    let channelStart = -1;
    let channelEnd = -1;
    let pairStart = -1;
    let pairEnd = -1;
    cursor.beginArray();
    while (cursor.nextItem()) {
      if (cursor.isString) {
        channelStart = pairStart;
        channelEnd = pairEnd;
        cursor.readString();
        pairStart = cursor.textStart;
        pairEnd = cursor.textEnd;
      } else {
        if (cursor.isObject || cursor.isArray) this.#notePart();
        cursor.skip();
      }
    }
    // Messages of the private channels name no pair at the top.
    if (channelStart < 0) return;
    const instrument = this.#symbols.findLegacy(bytes, pairStart, pairEnd);
    if (instrument === undefined) return;
    const end = cursor.at;
    if (startsWith(bytes, channelStart, channelEnd, BOOK)) this.#readBook(instrument, tsLocalUs);
    else if (
      channelEnd - channelStart === TRADE.length &&
      startsWith(bytes, channelStart, channelEnd, TRADE)
    ) {
      for (const at of parts) this.#readTrades(instrument, at);
    }
    cursor.at = end;
  }

  #notePart(): void {
    if (this.#partsAt.length === PARTS_MAX) {
      throw new FrameFault(`expected at most ${PARTS_MAX} parts in a message`, this.#cursor.at);
    }
    this.#partsAt.push(this.#cursor.at);
  }

  #readBook(instrument: FeedInstrument, tsLocalUs: EpochUs): void {
    const update = this.#records.books.take(this.#cursor.at);
    update.clear();
    update.instrumentIx = instrument.ix;
    update.tsLocalUs = tsLocalUs;
    update.tsVenueUs = -1;
    let sides = 0;
    for (const at of this.#partsAt) {
      this.#cursor.at = at;
      sides += this.#readPart(instrument, update);
    }
    if (sides === 0) throw new FrameFault('expected levels in a book message', this.#cursor.at);
    // An empty side has no newest level; a deleted one has a time as well.
    if (update.tsVenueUs < 0) update.tsVenueUs = tsLocalUs;
  }

  /** Returns how many sides the part has. */
  #readPart(instrument: FeedInstrument, update: BookUpdate): number {
    const cursor = this.#cursor;
    let sides = 0;
    let snapshots = 0;
    cursor.beginObject();
    while (cursor.nextKey()) {
      const isSnapshot = cursor.textIs(ASKS_SNAPSHOT) || cursor.textIs(BIDS_SNAPSHOT);
      if (isSnapshot || cursor.textIs(ASKS) || cursor.textIs(BIDS)) {
        const isBids = cursor.textIs(BIDS) || cursor.textIs(BIDS_SNAPSHOT);
        this.#readLevels(
          instrument,
          isBids ? update.bids : update.asks,
          isBids ? readPrice : readAskPrice,
          update,
        );
        sides++;
        if (isSnapshot) snapshots++;
      } else if (cursor.textIs(CHECKSUM)) update.checksum = readChecksum(cursor);
      else cursor.skip();
    }
    if (snapshots > 0) update.isSnapshot = true;
    const isMixed = snapshots > 0 && (snapshots !== sides || snapshots !== 2);
    if (isMixed) throw new FrameFault('expected both sides of a snapshot and nothing else', cursor.at);
    return sides;
  }

  /** `[price, quantity, seconds]`, and `"r"` where the venue says again what it had taken back. */
  #readLevels(
    instrument: FeedInstrument,
    into: LevelBuffer,
    readSidePrice: typeof readPrice,
    update: BookUpdate,
  ): void {
    const cursor = this.#cursor;
    cursor.beginArray();
    while (cursor.nextItem()) {
      cursor.beginArray();
      this.#expectItem();
      const priceTicks = readSidePrice(cursor, instrument.priceDecimals);
      this.#expectItem();
      const qtyLots = readQty(cursor, instrument.qtyDecimals);
      this.#expectItem();
      const tsUs = readSeconds(cursor);
      while (cursor.nextItem()) cursor.skip();
      if (tsUs > update.tsVenueUs) update.tsVenueUs = tsUs;
      pushLevel(into, priceTicks, qtyLots, cursor.at);
    }
  }

  /** `[[price, quantity, seconds, "b" | "s", order type, misc], ...]`. */
  #readTrades(instrument: FeedInstrument, at: number): void {
    const cursor = this.#cursor;
    cursor.at = at;
    cursor.beginArray();
    while (cursor.nextItem()) {
      const trade = this.#records.trades.take(cursor.at);
      trade.instrumentIx = instrument.ix;
      trade.tradeId = this.#tradeCount + ++this.#uncommitted;
      cursor.beginArray();
      this.#expectItem();
      trade.priceTicks = readPrice(cursor, instrument.priceDecimals);
      this.#expectItem();
      trade.qtyLots = readQty(cursor, instrument.qtyDecimals);
      this.#expectItem();
      trade.tsVenueUs = readSeconds(cursor);
      this.#expectItem();
      cursor.readString();
      if (!cursor.textIs(BUY) && !cursor.textIs(SELL)) throw new FrameFault("expected 'b' or 's'", cursor.at);
      trade.takerSide = cursor.textIs(BUY) ? 'buy' : 'sell';
      while (cursor.nextItem()) cursor.skip();
    }
  }

  #expectItem(): void {
    if (!this.#cursor.nextItem()) this.#cursor.fail('another item');
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}
