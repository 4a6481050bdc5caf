/**
 * The decoder of a Coinbase connection: Advanced Trade frames, and those of the older Exchange feed in captures. A frame is read into the stage
 * to its last byte and then delivered, its number on the connection before anything else.
 */
import { type EpochUs, US_PER_SECOND, XylenError } from '#core';
import {
  bytesOf,
  CandleCloser,
  type DecodedSink,
  type FeedInstrument,
  type FrameDecoder,
  JsonCursor,
  readRfc3339,
  WireSymbols,
} from '../market/index.ts';
import { AdvancedFrames, type Channel, STATED_FROM_US } from './advanced-frames.ts';
import { FrameStage } from './frame-stage.ts';
import { LegacyFrames } from './legacy-codec.ts';
import { RecentIds } from './recent-ids.ts';

/** How long after its end a candle may still be corrected: the venue sends candles every second. */
const CANDLE_GRACE_US = 5 * US_PER_SECOND;
const CHANNEL = bytesOf('channel');
const TIMESTAMP = bytesOf('timestamp');
const SEQUENCE_NUM = bytesOf('sequence_num');
const EVENTS = bytesOf('events');
const TYPE = bytesOf('type');

/** Decodes the frames of one connection or capture. */
export class CoinbaseDecoder implements FrameDecoder {
  ignoredCount = 0;
  readonly #cursor = new JsonCursor();
  readonly #stage = new FrameStage();
  readonly #advanced: AdvancedFrames;
  readonly #legacy: LegacyFrames;
  readonly #recent = new RecentIds();
  readonly #closer = new CandleCloser(CANDLE_GRACE_US);

  /** @throws XY_USAGE when two instruments are one product on the stream (`BTC-USD` and its alias `BTC-USDC`). */
  constructor(instruments: readonly FeedInstrument[]) {
    refuseAliases(instruments);
    const symbols = new WireSymbols(instruments);
    this.#advanced = new AdvancedFrames(this.#cursor, symbols, this.#stage);
    this.#legacy = new LegacyFrames(this.#cursor, symbols, this.#stage);
  }

  decode(frame: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void {
    this.#stage.clear();
    const channel = this.#readFrame(frame);
    if (channel === 'legacy') this.#legacy.read(frame);
    else if (channel === 'heartbeats') this.#stage.addControl({ kind: 'heartbeat' }, 0);
    if (this.#stage.isEmpty) this.ignoredCount++;
    this.#deliver(tsLocalUs, sink);
  }

  /** Reads an Advanced Trade frame whole; leaves at once when `type` shows that it is none. */
  #readFrame(frame: Uint8Array): Channel | 'legacy' {
    const cursor = this.#cursor;
    let channel: Channel | undefined;
    let eventsAt = -1;
    cursor.load(frame);
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(TYPE) && channel === undefined) return 'legacy';
      if (cursor.textIs(CHANNEL)) channel = this.#advanced.readChannel();
      else if (cursor.textIs(TIMESTAMP)) this.#stage.timestampUs = readRfc3339(cursor);
      else if (cursor.textIs(SEQUENCE_NUM)) this.#stage.sequence = cursor.readInteger();
      else if (cursor.textIs(EVENTS) && channel !== undefined) this.#advanced.readEvents(channel);
      else {
        if (cursor.textIs(EVENTS)) eventsAt = cursor.at;
        cursor.skip();
      }
    }
    cursor.finish();
    if (eventsAt >= 0 && channel !== undefined) {
      cursor.at = eventsAt;
      this.#advanced.readEvents(channel);
    }
    return channel ?? 'other';
  }

  #deliver(tsLocalUs: EpochUs, sink: DecodedSink): void {
    const stage = this.#stage;
    if (stage.sequence >= 0 && !sink.onConnectionSequence(stage.sequence)) return;
    const isTimed = stage.timestampUs >= STATED_FROM_US;
    const tsUs = isTimed ? stage.timestampUs : tsLocalUs;
    for (const message of stage.controls) sink.onControl(message);
    this.#deliverBooks(tsUs, tsLocalUs, sink);
    this.#deliverTrades(sink);
    for (let i = 0; i < stage.quotes.count; i++) {
      const quote = stage.quotes.at(i);
      quote.tsVenueUs = tsUs;
      sink.onQuote(quote);
    }
    this.#deliverCandles(tsUs, sink);
    if (isTimed) this.#closer.passTime(tsUs, sink);
  }

  #deliverBooks(tsUs: EpochUs, tsLocalUs: EpochUs, sink: DecodedSink): void {
    const { books } = this.#stage;
    for (let i = 0; i < books.count; i++) {
      const book = books.at(i);
      if (book.tsVenueUs < STATED_FROM_US) book.tsVenueUs = tsUs;
      book.tsLocalUs = tsLocalUs;
      sink.onBook(book);
    }
  }

  #deliverTrades(sink: DecodedSink): void {
    const { sequence, trades } = this.#stage;
    for (let i = 0; i < trades.count; i++) {
      const { idText, print } = trades.at(i);
      if (!this.#recent.take(print.instrumentIx, idText)) continue;
      if (print.tradeId < 0) print.tradeId = sequence;
      sink.onTrade(print);
    }
  }

  /** Oldest first, so that each candle finishes the one before. */
  #deliverCandles(tsUs: EpochUs, sink: DecodedSink): void {
    const { candles } = this.#stage;
    if (candles.count === 0) return;
    const byTime = Array.from({ length: candles.count }, (_, i) => candles.at(i));
    byTime.sort((a, b) => a.openTsUs - b.openTsUs);
    for (const candle of byTime) {
      candle.tsVenueUs = tsUs;
      this.#closer.take(candle, sink);
    }
  }
}

/** Refuses two instruments that the stream does not tell apart. */
export function refuseAliases(instruments: readonly FeedInstrument[]): void {
  const symbols = new Map<string, string>();
  for (const { symbol, wireSymbol } of instruments) {
    const other = symbols.get(wireSymbol);
    if (other !== undefined && other !== symbol) {
      const message = `coinbase streams ${other} and ${symbol} as one book (${wireSymbol}); follow one of them`;
      throw new XylenError('XY_USAGE', message, { fields: { symbol, other, wireSymbol } });
    }
    symbols.set(wireSymbol, symbol);
  }
}
