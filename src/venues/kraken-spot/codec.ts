/**
 * Kraken spot off the wire: frames of the WebSocket API v2, `{"channel", "type", "data"}` and the answers to requests; frames of v1, which
 * captures still hold, go to `codec-v1.ts`. Numbers are read from their digits: `62807.0`, `0.00000000` and `1e-08` are what they say. A frame is
 * delivered as a whole or not at all.
 */
import { assert, type EpochUs, US_PER_SECOND } from '#core';
import {
  bytesOf,
  CandleCloser,
  type DecodedSink,
  type FeedInstrument,
  type FrameDecoder,
  FrameFault,
  JsonCursor,
} from '#venues/market';
import { ChannelItems } from './channel-items.ts';
import { LegacyFrames } from './codec-v1.ts';
import { controlOfAnswer, controlOfStatus } from './controls.ts';
import { FrameRecords } from './frame-records.ts';
import { readMoment } from './numbers.ts';
import { SpotSymbols } from './spot-symbols.ts';

const CHANNEL = bytesOf('channel');
const TYPE = bytesOf('type');
const DATA = bytesOf('data');
const TIMESTAMP = bytesOf('timestamp');
const SNAPSHOT = bytesOf('snapshot');
const UPDATE = bytesOf('update');
const EVENT = bytesOf('event');
const METHOD = bytesOf('method');
const ERROR = bytesOf('Error');

/**
 * A candle is sent anew after every trade in it, and never as the last time. It is finished once a later one comes, or once the venue has
 * stated a time that long after its end.
 */
const CANDLE_GRACE_US = 5 * US_PER_SECOND;

type Channel = 'book' | 'trade' | 'ohlc' | 'ticker' | 'level3' | 'status' | 'heartbeat' | 'other';

const CHANNELS: readonly (readonly [Channel, Uint8Array])[] = [
  ['book', bytesOf('book')],
  ['trade', bytesOf('trade')],
  ['ticker', bytesOf('ticker')],
  ['ohlc', bytesOf('ohlc')],
  ['level3', bytesOf('level3')],
  ['heartbeat', bytesOf('heartbeat')],
  ['status', bytesOf('status')],
];

/** What the outer object of a frame has said so far. */
interface Envelope {
  channel: Channel | undefined;
  /** `undefined` until the frame has said which. */
  isSnapshot: boolean | undefined;
  tsVenueUs: EpochUs;
  /** Where the data begin that came before it was known how to read them; -1 = none. */
  dataAt: number;
  isAnswer: boolean;
}

/** Reads the frames of one connection or of one capture, v2 and v1. */
export class KrakenSpotDecoder implements FrameDecoder {
  readonly #cursor = new JsonCursor();
  readonly #records = new FrameRecords();
  readonly #candles = new CandleCloser(CANDLE_GRACE_US);
  readonly #items: ChannelItems;
  readonly #legacy: LegacyFrames;
  readonly #envelope: Envelope = {
    channel: undefined,
    isSnapshot: undefined,
    tsVenueUs: 0,
    dataAt: -1,
    isAnswer: false,
  };
  #ignored = 0;

  constructor(instruments: readonly FeedInstrument[]) {
    const symbols = new SpotSymbols(instruments);
    this.#items = new ChannelItems(this.#cursor, this.#records, symbols);
    this.#legacy = new LegacyFrames(this.#cursor, this.#records, symbols);
  }

  get ignoredCount(): number {
    return this.#ignored;
  }

  decode(frame: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void {
    const records = this.#records;
    records.clear();
    this.#cursor.load(frame);
    if (this.#cursor.isArray) this.#legacy.readMessage(tsLocalUs);
    else this.#readObject(tsLocalUs);
    this.#cursor.finish();
    this.#legacy.commit();
    this.#candles.passTime(records.tsVenueUs, sink);
    const hasCandles = records.candles.count > 0;
    if (hasCandles) this.#deliverCandles(sink);
    if (!records.deliver(sink) && !hasCandles) this.#ignored++;
  }

  /** A snapshot holds several candles of a pair, in an order that nobody promises. */
  #deliverCandles(sink: DecodedSink): void {
    const { candles } = this.#records;
    const inOrder = Array.from({ length: candles.count }, (_, index) => candles.at(index));
    inOrder.sort((a, b) => a.openTsUs - b.openTsUs);
    for (const candle of inOrder) this.#candles.take(candle, sink);
  }

  #readObject(tsLocalUs: EpochUs): void {
    const cursor = this.#cursor;
    const envelope = this.#envelope;
    envelope.channel = undefined;
    envelope.isSnapshot = undefined;
    envelope.tsVenueUs = tsLocalUs;
    envelope.dataAt = -1;
    envelope.isAnswer = false;
    const start = cursor.at;
    cursor.beginObject();
    while (cursor.nextKey()) this.#readMember(tsLocalUs);
    if (envelope.isAnswer) {
      cursor.at = start;
      controlOfAnswer(cursor, this.#records.controls);
    } else if (envelope.dataAt >= 0) {
      const end = cursor.at;
      cursor.at = envelope.dataAt;
      this.#readData(tsLocalUs);
      cursor.at = end;
    }
    if (envelope.channel === 'heartbeat') this.#records.controls.push({ kind: 'heartbeat' });
  }

  #readMember(tsLocalUs: EpochUs): void {
    const cursor = this.#cursor;
    const envelope = this.#envelope;
    if (cursor.textIs(CHANNEL)) envelope.channel = this.#readChannel();
    else if (cursor.textIs(TYPE)) envelope.isSnapshot = this.#readType();
    else if (cursor.textIs(TIMESTAMP) && cursor.isString) {
      envelope.tsVenueUs = readMoment(cursor);
      this.#records.noteTime(envelope.tsVenueUs);
    } else if (cursor.textIs(DATA)) {
      if (envelope.channel !== undefined && envelope.isSnapshot !== undefined) this.#readData(tsLocalUs);
      else {
        envelope.dataAt = cursor.at;
        cursor.skip();
      }
    } else {
      if (cursor.textIs(METHOD) || cursor.textIs(EVENT) || cursor.textIs(ERROR)) envelope.isAnswer = true;
      cursor.skip();
    }
  }

  #readChannel(): Channel {
    const cursor = this.#cursor;
    cursor.readString();
    for (const [channel, word] of CHANNELS) if (cursor.textIs(word)) return channel;
    return 'other';
  }

  /** Returns `undefined` for a type that is not known: whether that is a fault depends on the channel, which may stand behind it. */
  #readType(): boolean | undefined {
    const cursor = this.#cursor;
    cursor.readString();
    if (cursor.textIs(UPDATE)) return false;
    return cursor.textIs(SNAPSHOT) ? true : undefined;
  }

  #readData(tsLocalUs: EpochUs): void {
    const cursor = this.#cursor;
    const { channel, isSnapshot, tsVenueUs } = this.#envelope;
    if (channel === undefined || channel === 'other' || channel === 'heartbeat') {
      cursor.skip();
      return;
    }
    if (channel !== 'status' && isSnapshot === undefined)
      throw new FrameFault(`expected the type 'snapshot' or 'update' in a message of ${channel}`, cursor.at);
    cursor.beginArray();
    while (cursor.nextItem()) {
      if (channel === 'status') controlOfStatus(cursor, this.#records.controls);
      else {
        assert(isSnapshot !== undefined, 'the type was read');
        this.#items.read(channel, isSnapshot, tsLocalUs, tsVenueUs);
      }
    }
  }
}
