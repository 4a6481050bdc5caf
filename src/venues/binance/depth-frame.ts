/**
 * The quick way through a depth frame as the venue writes it: no white space, the event first, numbers plain. One pass from bytes to integers; what is
 * written in any other form, or is not whole and valid, is left to the general way, which gives the same result or the reason. Three quarters of
 * the bytes of a feed are depth frames.
 */
import type { BookUpdate } from '#book';
import { bytesOf, type FeedInstrument, type JsonCursor, type WireSymbols } from '../market/index.ts';
import { venueUs } from './venue-time.ts';

const EVENT = bytesOf('{"e":"depthUpdate"');
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const CLOSE_OBJECT = 0x7d;
/** Type of the contract: coin-margined ones share some streams and are not followed. */
const USD_MARGINED = 1;

/** Members by name; two letters as one number. */
const MEMBER = {
  eventTime: 0x45,
  time: 0x54,
  first: 0x55,
  last: 0x75,
  symbol: 0x73,
  bids: 0x62,
  asks: 0x61,
  previous: 0x7075,
  pair: 0x7073,
  subType: 0x7374,
} as const;

/** Bits of the members that were read. */
const SEEN = {
  eventTime: 1,
  time: 2,
  first: 4,
  last: 8,
  symbol: 16,
  bids: 32,
  asks: 64,
  previous: 128,
  pair: 256,
  subType: 512,
} as const;
const REQUIRED = SEEN.eventTime | SEEN.first | SEEN.last | SEEN.symbol | SEEN.bids | SEEN.asks;

/** Reads depth frames into one update. */
export class DepthFrame {
  readonly #symbols: WireSymbols;
  readonly #update: BookUpdate;
  #seen = 0;
  #instrument: FeedInstrument | undefined;
  #eventTime = 0;
  #time = 0;

  /** `update` is filled again for every frame. */
  constructor(symbols: WireSymbols, update: BookUpdate) {
    this.#symbols = symbols;
    this.#update = update;
  }

  /**
   * Reads the object at the cursor; false when it is not a diff of a followed instrument in the usual form, and then update and cursor are worth
   * nothing.
   */
  read(cursor: JsonCursor, tsLocalUs: number): boolean {
    if (!cursor.take(EVENT)) return false;
    const update = this.#update;
    update.clear();
    this.#seen = 0;
    while (cursor.bytes[cursor.at] === COMMA) if (!this.#readMember(cursor)) return false;
    if (cursor.bytes[cursor.at] !== CLOSE_OBJECT) return false;
    cursor.at++;
    const instrument = this.#instrument;
    const isWhole = (this.#seen & REQUIRED) === REQUIRED && update.firstId <= update.lastId;
    if (instrument === undefined || !isWhole) return false;
    update.instrumentIx = instrument.ix;
    update.tsVenueUs = venueUs((this.#seen & SEEN.time) === 0 ? this.#eventTime : this.#time);
    update.tsLocalUs = tsLocalUs;
    return true;
  }

  /** Reads `,"name":value`. */
  #readMember(cursor: JsonCursor): boolean {
    const { at, bytes } = cursor;
    let name = bytes[at + 2]!;
    let colon = at + 4;
    if (bytes[at + 3] !== QUOTE) {
      // A zero byte before a letter must not pass for the letter.
      if (name === 0) return false;
      name = (name << 8) | bytes[at + 3]!;
      colon++;
    }
    if (bytes[at + 1] !== QUOTE || bytes[colon - 1] !== QUOTE || bytes[colon] !== COLON) return false;
    cursor.at = colon + 1;
    if (name === MEMBER.bids || name === MEMBER.asks) return this.#readSide(cursor, name);
    if (name === MEMBER.symbol) return this.#readSymbol(cursor);
    if (name === MEMBER.pair) return this.#isFirst(SEEN.pair) && cursor.takeString();
    return this.#readNumber(cursor, name);
  }

  #readSide(cursor: JsonCursor, name: number): boolean {
    const instrument = this.#instrument;
    if (instrument === undefined || (this.#seen & SEEN.symbol) === 0) return false;
    const isBids = name === MEMBER.bids;
    const levels = isBids ? this.#update.bids : this.#update.asks;
    return (
      this.#isFirst(isBids ? SEEN.bids : SEEN.asks) &&
      cursor.takeLevels(levels, instrument.priceDecimals, instrument.qtyDecimals)
    );
  }

  #readSymbol(cursor: JsonCursor): boolean {
    if (!cursor.takeString()) return false;
    this.#instrument = this.#symbols.find(cursor.bytes, cursor.textStart, cursor.textEnd);
    return this.#instrument !== undefined && this.#isFirst(SEEN.symbol);
  }

  #readNumber(cursor: JsonCursor, name: number): boolean {
    const value = cursor.takeDigits();
    if (value < 0) return false;
    switch (name) {
      case MEMBER.eventTime:
        this.#eventTime = value;
        return this.#isFirst(SEEN.eventTime);
      case MEMBER.time:
        this.#time = value;
        return this.#isFirst(SEEN.time);
      case MEMBER.first:
        this.#update.firstId = value;
        return this.#isFirst(SEEN.first);
      case MEMBER.last:
        this.#update.lastId = value;
        return this.#isFirst(SEEN.last);
      case MEMBER.previous:
        this.#update.previousId = value;
        return this.#isFirst(SEEN.previous);
      case MEMBER.subType:
        return value === USD_MARGINED && this.#isFirst(SEEN.subType);
      default:
        return false;
    }
  }

  /** Notes a member; false when it was there before. */
  #isFirst(bit: number): boolean {
    const isFirst = (this.#seen & bit) === 0;
    this.#seen |= bit;
    return isFirst;
  }
}
