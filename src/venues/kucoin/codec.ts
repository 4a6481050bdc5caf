/**
 * The decoder of a KuCoin connection, spot or futures, classic (Bullet) protocol. The topic names what a message is about and for which symbol; members
 * come in any order, so data that stand before topic and subject are read a second time. A message is read into the stage to its last byte
 * and then delivered. Frames of the unified protocol (`T`, `d`) belong to other hosts and are passed over.
 */
import { type EpochUs, US_PER_MS } from '#core';
import {
  bytesOf,
  CandleCloser,
  type DecodedSink,
  type FeedInstrument,
  type FrameDecoder,
  JsonCursor,
  WireSymbols,
} from '../market/index.ts';
import { readFuturesBook, readSpotBook } from './book-data.ts';
import { MessageStage } from './message-stage.ts';
import {
  readCandle,
  readFunding,
  readLevel1,
  readMark,
  readOldFuturesCandle,
  readQuote,
  readTrade,
} from './print-data.ts';
import { CANDLE_LENGTHS, type Route, routeOf } from './topics.ts';

const COLON = 0x3a;
const UNDERSCORE = 0x5f;
const TYPE = bytesOf('type');
const TOPIC = bytesOf('topic');
const SUBJECT = bytesOf('subject');
const DATA = bytesOf('data');
const ID = bytesOf('id');
const CODE = bytesOf('code');
const PING_INTERVAL = bytesOf('pingInterval');
const MESSAGE = bytesOf('message');
const SYMBOL = bytesOf('symbol');
const NOTHING = new Uint8Array(0);
/** Subjects that tell messages of one topic apart. */
type Subject = 'mark.index.price' | 'funding.rate' | 'funding.begin' | 'other';
const SUBJECTS: readonly (readonly [Uint8Array, Subject])[] = (
  ['mark.index.price', 'funding.rate', 'funding.begin'] as const
).map((name) => [bytesOf(name), name]);
const TEXT = new TextDecoder('utf-8');

/** Decodes the frames of one connection or capture. */
export class KucoinDecoder implements FrameDecoder {
  ignoredCount = 0;
  readonly #cursor = new JsonCursor();
  readonly #symbols: WireSymbols;
  readonly #stage = new MessageStage();
  /** No message states the venue's time but those of the candles themselves: only a later candle finishes one. */
  readonly #closer = new CandleCloser(0);
  #type = '';
  #id = '';
  #code = '';
  #pingIntervalUs: number | null = null;
  /** Where the topic stands: in the frame, or in a copy where it was written with escapes. */
  #topicBytes: Uint8Array = NOTHING;
  #topicStart = 0;
  #topicEnd = 0;
  #subject: Subject | null = null;
  /** The instrument that the subject names, where the topic is of all symbols. */
  #named: FeedInstrument | undefined;
  #tsLocalUs: EpochUs = 0;

  constructor(instruments: readonly FeedInstrument[]) {
    this.#symbols = new WireSymbols(instruments);
  }

  decode(frame: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void {
    this.#begin(tsLocalUs);
    const cursor = this.#cursor;
    let dataAt = -1;
    let isRead = false;
    cursor.load(frame);
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (!cursor.textIs(DATA)) this.#readMember();
      else if (this.#topicEnd > 0 && this.#subject !== null) {
        this.#readData();
        isRead = true;
      } else {
        cursor.peek();
        dataAt = cursor.at;
        cursor.skip();
      }
    }
    cursor.finish();
    const isMessage = this.#topicEnd > 0 && (this.#type === '' || this.#type === 'message');
    if (!isMessage) {
      this.#stage.kind = 'nothing';
      this.#readControl(dataAt);
    } else if (!isRead && dataAt >= 0) {
      cursor.at = dataAt;
      this.#readData();
    }
    this.#deliver(sink);
  }

  #begin(tsLocalUs: EpochUs): void {
    this.#stage.clear();
    this.#type = '';
    this.#id = '';
    this.#code = '';
    this.#pingIntervalUs = null;
    this.#topicStart = 0;
    this.#topicEnd = 0;
    this.#subject = null;
    this.#named = undefined;
    this.#tsLocalUs = tsLocalUs;
  }

  #readMember(): void {
    const cursor = this.#cursor;
    if (cursor.textIs(TYPE)) {
      cursor.readString();
      this.#type = cursor.textIs(MESSAGE) ? 'message' : cursor.text();
    } else if (cursor.textIs(TOPIC)) {
      cursor.readString();
      const copy = cursor.hasEscapes ? new TextEncoder().encode(cursor.text()) : undefined;
      this.#topicBytes = copy ?? cursor.bytes;
      this.#topicStart = copy === undefined ? cursor.textStart : 0;
      this.#topicEnd = copy === undefined ? cursor.textEnd : copy.length;
    } else if (cursor.textIs(SUBJECT)) this.#readSubject();
    else if (cursor.textIs(ID)) this.#id = cursor.takeNull() ? '' : cursor.scalarText();
    else if (cursor.textIs(CODE)) this.#code = cursor.scalarText();
    else if (cursor.textIs(PING_INTERVAL)) this.#pingIntervalUs = cursor.readInteger() * US_PER_MS;
    else cursor.skip();
  }

  #readSubject(): void {
    const cursor = this.#cursor;
    cursor.readString();
    this.#subject = SUBJECTS.find(([word]) => cursor.textIs(word))?.[1] ?? 'other';
    if (this.#subject !== 'other') return;
    this.#named = cursor.hasEscapes
      ? this.#symbols.named(cursor.text())
      : this.#symbols.find(cursor.bytes, cursor.textStart, cursor.textEnd);
  }

  /** Answers of the conversation; the frame is known to be whole. */
  #readControl(dataAt: number): void {
    const id = this.#id;
    if (this.#type === 'welcome')
      this.#stage.control = { kind: 'welcome', pingIntervalUs: this.#pingIntervalUs };
    else if (this.#type === 'ack') this.#stage.control = { kind: 'ack', id };
    else if (this.#type === 'pong') this.#stage.control = { kind: 'pong' };
    else if (this.#type === 'error') {
      const message = `${this.#code} ${this.#scalarAt(dataAt)}`.trim();
      this.#stage.control = { kind: 'refused', id, channel: null, symbol: null, message };
    }
  }

  #scalarAt(dataAt: number): string {
    const cursor = this.#cursor;
    if (dataAt < 0) return '';
    cursor.at = dataAt;
    if (cursor.isString) return cursor.stringText();
    cursor.skip();
    return TEXT.decode(cursor.bytes.subarray(dataAt, cursor.at));
  }

  /** Reads the data where the cursor stands; what nobody follows is passed over. */
  #readData(): void {
    const cursor = this.#cursor;
    const bytes = this.#topicBytes;
    const end = this.#topicEnd;
    const colon = bytes.indexOf(COLON, this.#topicStart);
    const nameEnd = colon < 0 || colon >= end ? end : colon;
    const route = routeOf(bytes, this.#topicStart, nameEnd);
    const isCandle = route === 'spot-candle' || route === 'futures-candle' || route === 'old-futures-candle';
    const underscore = isCandle ? lastIndexOf(bytes, UNDERSCORE, nameEnd, end) : -1;
    const symbolEnd = underscore < 0 ? end : underscore;
    const candleLength = underscore < 0 ? '' : TEXT.decode(bytes.subarray(underscore + 1, end));
    const instrument = this.#symbols.find(bytes, Math.min(nameEnd + 1, end), symbolEnd);
    if (instrument !== undefined) this.#stage.kind = this.#readRoute(route, instrument, candleLength);
    else if (route === 'other') cursor.skip();
    else this.#readUnnamed(route, candleLength);
  }

  /** Where the topic names all symbols or several, the subject or the data say which one it is. */
  #readUnnamed(route: Route, candleLength: string): void {
    const cursor = this.#cursor;
    cursor.peek();
    const startAt = cursor.at;
    cursor.skip();
    const endAt = cursor.at;
    const instrument = this.#named ?? this.#instrumentIn(startAt);
    if (instrument !== undefined) {
      cursor.at = startAt;
      this.#stage.kind = this.#readRoute(route, instrument, candleLength);
    }
    cursor.at = endAt;
  }

  #instrumentIn(dataAt: number): FeedInstrument | undefined {
    const cursor = this.#cursor;
    cursor.at = dataAt;
    if (!cursor.isObject) return undefined;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (!cursor.textIs(SYMBOL) || !cursor.isString) cursor.skip();
      else {
        return this.#symbols.named(cursor.stringText());
      }
    }
    return undefined;
  }

  #readRoute(route: Route, instrument: FeedInstrument, candleLength: string): MessageStage['kind'] {
    const cursor = this.#cursor;
    const stage = this.#stage;
    const tsLocalUs = this.#tsLocalUs;
    switch (route) {
      case 'spot-book':
        readSpotBook(cursor, instrument, stage.book, tsLocalUs);
        return 'book';
      case 'futures-book':
        readFuturesBook(cursor, instrument, stage.book, tsLocalUs);
        return 'book';
      case 'trade':
        readTrade(cursor, instrument, stage.trade);
        return 'trade';
      case 'spot-quote':
      case 'futures-quote': {
        const isSpot = route === 'spot-quote';
        return readQuote(cursor, instrument, stage.quote, tsLocalUs, isSpot) ? 'quote' : 'nothing';
      }
      case 'level1':
        return readLevel1(cursor, instrument, stage.quote, tsLocalUs) ? 'quote' : 'nothing';
      case 'old-futures-candle':
        readOldFuturesCandle(cursor, instrument, stage.candle, tsLocalUs);
        return 'candle';
      case 'spot-candle':
      case 'futures-candle': {
        const timeframeUs = CANDLE_LENGTHS.get(candleLength);
        if (timeframeUs === undefined) return this.#passOver();
        stage.candle.timeframeUs = timeframeUs;
        readCandle(cursor, instrument, stage.candle, tsLocalUs, route === 'spot-candle');
        return 'candle';
      }
      default:
        return this.#readContract(route, instrument);
    }
  }

  /** Mark price and funding: the subject tells them apart; the end of a settlement repeats its beginning. */
  #readContract(route: Route, instrument: FeedInstrument): MessageStage['kind'] {
    const cursor = this.#cursor;
    const stage = this.#stage;
    if (route === 'instrument' && this.#subject === 'mark.index.price') {
      readMark(cursor, instrument, stage.mark, this.#tsLocalUs);
      return 'mark';
    }
    const isSettled = route === 'announcement' && this.#subject === 'funding.begin';
    if (!isSettled && !(route === 'instrument' && this.#subject === 'funding.rate')) return this.#passOver();
    readFunding(cursor, instrument, stage.funding, this.#tsLocalUs, isSettled);
    return 'funding';
  }

  #passOver(): 'nothing' {
    this.#cursor.skip();
    return 'nothing';
  }

  #deliver(sink: DecodedSink): void {
    const stage = this.#stage;
    if (stage.control !== null) sink.onControl(stage.control);
    else if (stage.kind === 'book') sink.onBook(stage.book);
    else if (stage.kind === 'trade') sink.onTrade(stage.trade);
    else if (stage.kind === 'quote') sink.onQuote(stage.quote);
    else if (stage.kind === 'candle') this.#closer.take(stage.candle, sink);
    else if (stage.kind === 'mark') sink.onMark(stage.mark);
    else if (stage.kind === 'funding') sink.onFunding(stage.funding);
    else this.ignoredCount++;
  }
}

function lastIndexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = end - 1; i >= start; i--) if (bytes[i] === byte) return i;
  return -1;
}
