/**
 * Reads Binance's market frames, wrapped (`{"stream","data"}`) or bare, of 2021 and of today. A frame is checked as a whole before anything of it is
 * delivered. Depth frames in the usual form take the way of `depth-frame.ts`; everything else is walked once (`frame-fields.ts`) and
 * then read from the places noted. Unknown events, other instruments and coin-margined contracts are passed over and counted.
 */
import { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import {
  bytesOf,
  type ControlMessage,
  type DecodedSink,
  type FeedInstrument,
  type FrameDecoder,
  JsonCursor,
  WireSymbols,
} from '../market/index.ts';
import { DepthFrame } from './depth-frame.ts';
import { EventReader } from './event-reader.ts';
import { FIELD, FrameFields, letter } from './frame-fields.ts';
import { fillSnapshot } from './snapshot.ts';
import { type StreamSort, streamSort } from './streams.ts';

const STREAM = bytesOf('{"stream":');
const DATA = bytesOf(',"data":');
const END = bytesOf('}');
const EVENT = letter('e');
const DEPTH_UPDATE = bytesOf('depthUpdate');
const BOOK_TICKER = bytesOf('bookTicker');
const AGG_TRADE = bytesOf('aggTrade');
const TRADE = bytesOf('trade');
const MARK_PRICE = bytesOf('markPriceUpdate');
const KLINE = bytesOf('kline');
const FORCE_ORDER = bytesOf('forceOrder');
const SERVER_SHUTDOWN = bytesOf('serverShutdown');
const MESSAGE_CHARS_MAX = 200;
/** Members of the quote of spot, which does not say that it is one. */
const QUOTE_MEMBERS = ['u', 's', 'b', 'B', 'a', 'A'].map(letter);

/** Decoder of the frames of one connection or capture. */
export class BinanceDecoder implements FrameDecoder {
  ignoredCount = 0;
  readonly #cursor = new JsonCursor();
  readonly #update = new BookUpdate();
  readonly #symbols: WireSymbols;
  readonly #depthFrame: DepthFrame;
  readonly #events: EventReader;
  readonly #top = new FrameFields();
  readonly #data = new FrameFields();
  #tsLocalUs: EpochUs = 0;
  /** Of the frame that `#readUsual` has read. */
  #stream: StreamSort = 'none';
  #isDepth = false;

  constructor(instruments: readonly FeedInstrument[]) {
    this.#symbols = new WireSymbols(instruments);
    this.#depthFrame = new DepthFrame(this.#symbols, this.#update);
    this.#events = new EventReader(this.#symbols, this.#update);
  }

  decode(frame: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void {
    const cursor = this.#cursor;
    cursor.load(frame);
    this.#tsLocalUs = tsLocalUs;
    if (this.#readUsual(cursor)) {
      if (!this.#deliverUsual(sink)) this.ignoredCount++;
      return;
    }
    cursor.at = 0;
    if (!this.#decodeAny(sink)) this.ignoredCount++;
  }

  /**
   * Reads a frame in the form in which nearly all come: no white space, wrapper or none, a depth diff or an event of plain members. False for any
   * other, right or wrong.
   */
  #readUsual(cursor: JsonCursor): boolean {
    this.#stream = 'none';
    const isWrapped = cursor.take(STREAM);
    if (isWrapped) {
      if (!cursor.takeString()) return false;
      this.#stream = streamSort(cursor.bytes, cursor.textStart, cursor.textEnd);
      if (!cursor.take(DATA)) return false;
    }
    const start = cursor.at;
    const mayBeDiff = this.#stream === 'none' || this.#stream === 'diff-depth';
    this.#isDepth = mayBeDiff && this.#depthFrame.read(cursor, this.#tsLocalUs);
    if (!this.#isDepth) {
      cursor.at = start;
      if (!this.#data.readPlain(cursor)) return false;
    }
    return (
      (!isWrapped || cursor.take(END)) &&
      cursor.isEnd &&
      (isWrapped || this.#isDepth || this.#data.has(EVENT))
    );
  }

  #deliverUsual(sink: DecodedSink): boolean {
    if (this.#isDepth) {
      sink.onBook(this.#update);
      return true;
    }
    return this.#decodeData(this.#stream, sink);
  }

  /** Returns false when the frame said nothing that is listened to. */
  #decodeAny(sink: DecodedSink): boolean {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    if (!cursor.isObject) {
      const isList = cursor.isArray;
      cursor.skip();
      cursor.finish();
      return isList && this.#decodeList(start, 'none', sink);
    }
    this.#data.clear();
    this.#top.read(cursor, this.#data);
    cursor.finish();
    if (this.#top.has(FIELD.stream)) return this.#decodeWrapped(sink);
    if (this.#top.has(EVENT)) return this.#decodeEvent(this.#top, 'none', sink);
    if (this.#top.has(FIELD.lastUpdateId)) return this.#decodeSnapshot(sink);
    if (QUOTE_MEMBERS.every((code) => this.#top.has(code))) {
      return this.#events.quote(cursor, this.#top, this.#tsLocalUs, sink);
    }
    return this.#decodeControl(sink);
  }

  #decodeWrapped(sink: DecodedSink): boolean {
    const cursor = this.#cursor;
    const stream = this.#streamSort();
    if (!this.#top.has(FIELD.data)) return false;
    this.#top.seek(cursor, FIELD.data);
    if (cursor.isArray) return this.#decodeList(cursor.at, stream, sink);
    return cursor.isObject && this.#decodeData(stream, sink);
  }

  #decodeData(stream: StreamSort, sink: DecodedSink): boolean {
    if (this.#data.has(EVENT)) return this.#decodeEvent(this.#data, stream, sink);
    return stream === 'quote' && this.#events.quote(this.#cursor, this.#data, this.#tsLocalUs, sink);
  }

  #streamSort(): StreamSort {
    const cursor = this.#cursor;
    this.#top.seek(cursor, FIELD.stream);
    if (!cursor.isString) return 'other';
    cursor.readString();
    let { bytes, textEnd, textStart } = cursor as { bytes: Uint8Array; textEnd: number; textStart: number };
    if (cursor.hasEscapes) {
      bytes = new TextEncoder().encode(cursor.text());
      textStart = 0;
      textEnd = bytes.length;
    }
    return streamSort(bytes, textStart, textEnd);
  }

  /** Streams of all symbols send lists. All events are read before the first is delivered. */
  #decodeList(start: number, stream: StreamSort, sink: DecodedSink): boolean {
    let isHeard = false;
    for (const target of [NO_SINK, sink]) {
      const cursor = this.#cursor;
      cursor.at = start;
      cursor.beginArray();
      while (cursor.nextItem()) {
        if (!cursor.isObject) {
          cursor.skip();
          continue;
        }
        this.#data.read(cursor, null);
        const end = cursor.at;
        if (this.#data.has(EVENT) && this.#decodeEvent(this.#data, stream, target)) isHeard = true;
        cursor.at = end;
      }
    }
    return isHeard;
  }

  #decodeEvent(fields: FrameFields, stream: StreamSort, sink: DecodedSink): boolean {
    const cursor = this.#cursor;
    const tsLocalUs = this.#tsLocalUs;
    fields.seek(cursor, EVENT);
    if (!cursor.isString) return false;
    cursor.readString();
    if (cursor.textIs(DEPTH_UPDATE)) {
      const isDiff = stream === 'none' || stream === 'diff-depth';
      return isDiff && this.#events.depth(cursor, fields, tsLocalUs, sink);
    }
    if (cursor.textIs(BOOK_TICKER)) return this.#events.quote(cursor, fields, tsLocalUs, sink);
    if (cursor.textIs(AGG_TRADE)) return this.#events.trade(cursor, fields, letter('a'), sink);
    if (cursor.textIs(TRADE)) return this.#events.trade(cursor, fields, letter('t'), sink);
    if (cursor.textIs(MARK_PRICE)) return this.#events.mark(cursor, fields, sink);
    if (cursor.textIs(KLINE)) return this.#events.candle(cursor, fields, sink);
    if (cursor.textIs(FORCE_ORDER)) return this.#events.liquidation(cursor, fields, sink);
    if (!cursor.textIs(SERVER_SHUTDOWN)) return false;
    sink.onControl({ kind: 'going-away', message: 'the server is about to shut down' });
    return true;
  }

  /**
   * A snapshot in a capture, which stands there without a wrapper and without its symbol (COIN-M alone writes one): it is the book of the only
   * instrument; among several it cannot be told whose it is. In a wrapper such a body is the partial depth of spot, not a snapshot.
   */
  #decodeSnapshot(sink: DecodedSink): boolean {
    const cursor = this.#cursor;
    let instrument = this.#symbols.all.length === 1 ? this.#symbols.all[0] : undefined;
    if (this.#top.has(FIELD.symbol)) {
      this.#top.seek(cursor, FIELD.symbol);
      instrument = this.#symbols.named(cursor.stringText());
    }
    if (instrument === undefined) return false;
    fillSnapshot(cursor, this.#top, instrument, this.#update);
    this.#update.tsLocalUs = this.#tsLocalUs;
    if (this.#update.tsVenueUs === 0) this.#update.tsVenueUs = this.#tsLocalUs;
    sink.onBook(this.#update);
    return true;
  }

  /** Answers to requests: `{"result":null,"id":1}`, `{"error":{"code":2,"msg":"..."},"id":1}`, `{"code":2,"msg":"...","id":1}`. */
  #decodeControl(sink: DecodedSink): boolean {
    const cursor = this.#cursor;
    const top = this.#top;
    let message: ControlMessage | null = null;
    if (top.has(FIELD.error)) {
      const id = this.#requestId();
      top.seek(cursor, FIELD.error);
      if (!cursor.isObject) return false;
      this.#data.read(cursor, null);
      message = refusal(id, this.#refusalText(this.#data));
    } else if (top.has(FIELD.code) && top.has(FIELD.msg)) {
      message = refusal(this.#requestId(), this.#refusalText(top));
    } else if (top.has(FIELD.result)) {
      const id = this.#requestId();
      if (id !== null) message = { kind: 'ack', id };
    }
    if (message === null) return false;
    sink.onControl(message);
    return true;
  }

  #requestId(): string | null {
    const cursor = this.#cursor;
    if (!this.#top.has(FIELD.id)) return null;
    this.#top.seek(cursor, FIELD.id);
    return cursor.takeNull() ? null : cursor.scalarText();
  }

  #refusalText(fields: FrameFields): string {
    const parts: string[] = [];
    for (const code of [FIELD.code, FIELD.msg]) {
      if (!fields.has(code)) continue;
      fields.seek(this.#cursor, code);
      parts.push(this.#cursor.scalarText());
    }
    return parts.join(' ').slice(0, MESSAGE_CHARS_MAX);
  }
}

function refusal(id: string | null, message: string): ControlMessage {
  return { kind: 'refused', id, channel: null, symbol: null, message };
}

/** Takes the events of a list that is only being checked. */
const NO_SINK: DecodedSink = {
  onBook() {},
  onTrade() {},
  onCandle() {},
  onQuote() {},
  onMark() {},
  onFunding() {},
  onOpenInterest() {},
  onLiquidation() {},
  onOrderSnapshot() {},
  onOrder() {},
  onOrdersEnd() {},
  onControl() {},
  onConnectionSequence: () => true,
};
