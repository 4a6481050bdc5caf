/**
 * Writes events in the form of `record-form.ts`, each into the same buffer: no garbage an event. Takes events as the domain has them and as a
 * venue's decoder hands them over (the same fields, the local time beside them). What it is given must be sound: a fraction, NaN or an
 * unknown instrument is a bug of the caller.
 */
import { assert, type EpochUs } from '#core';
import {
  type BookOrderEvent,
  type CandleEvent,
  type FeedEvent,
  type FeedHour,
  type FundingEvent,
  type FundingRateEvent,
  LEDGER_CAUSES,
  type LedgerEntry,
  type LiquidationEvent,
  type MarkPriceEvent,
  type OpenInterestEvent,
  type QuoteEvent,
  type Side,
  STREAM_KINDS,
  sideSign,
  type TradeEvent,
  type VenueId,
} from '#domain';
import { ByteWriter } from './byte-writer.ts';
import {
  BOOK_FLAGS,
  ORDER_ACTIONS,
  RECORD_CODES,
  RECORD_LEVELS_MAX,
  RECORD_VERSION,
  type RecordedInstrument,
  type RecordKind,
} from './record-form.ts';

/** Levels of one side of a book update, arrays longer than `count`. */
export interface LevelColumns {
  readonly count: number;
  readonly priceTicks: Float64Array;
  readonly qtyLots: Float64Array;
}

/** A book update as a feed hands it over; `checksum` -1 = none. */
export interface BookColumns {
  readonly instrumentIx: number;
  readonly tsVenueUs: EpochUs;
  readonly tsLocalUs: EpochUs;
  readonly isSnapshot: boolean;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly checksum: number;
  readonly bids: LevelColumns;
  readonly asks: LevelColumns;
}

/** An event without what the recorder adds: its kind and when it came. */
type Print<E extends FeedEvent> = Omit<E, 'kind' | 'tsLocalUs'>;

/** Longest record. */
export const ENCODED_BYTES_MAX = 32 * 1024 * 1024;

/** Turns events into records; after each call the record lies in `bytes[0, length)`. */
export class EventEncoder {
  readonly #out = new ByteWriter(ENCODED_BYTES_MAX);
  readonly #names: readonly Uint8Array[];
  readonly #venues = new Map<VenueId, Uint8Array>();
  /** Levels of a `BookEvent`, which come in pairs. */
  readonly #levels = { bids: new LevelScratch(), asks: new LevelScratch() };

  /** Events name their instrument by its place in this list. */
  constructor(instruments: readonly RecordedInstrument[]) {
    this.#names = instruments.map(nameBytes);
  }

  get bytes(): Uint8Array {
    return this.#out.bytes;
  }

  get length(): number {
    return this.#out.length;
  }

  /** Writes an event of the domain. */
  event(event: FeedEvent): void {
    switch (event.kind) {
      case 'book':
        this.#bookEvent(event);
        break;
      case 'trade':
        this.trade(event, event.tsLocalUs);
        break;
      case 'candle':
        this.candle(event, event.tsLocalUs);
        break;
      case 'funding':
        this.funding(event, event.tsLocalUs);
        break;
      case 'mark-price':
        this.markPrice(event, event.tsLocalUs);
        break;
      case 'funding-rate':
        this.fundingRate(event, event.tsLocalUs);
        break;
      case 'open-interest':
        this.openInterest(event, event.tsLocalUs);
        break;
      case 'liquidation':
        this.liquidation(event, event.tsLocalUs);
        break;
      case 'quote':
        this.quote(event, event.tsLocalUs);
        break;
      case 'book-order':
        this.bookOrder(event, event.tsLocalUs);
        break;
    }
  }

  /** Writes a book update. The levels' own sequence numbers stay behind: they serve the synchronisation, which is over. */
  book(update: BookColumns): void {
    const out = this.#open('book', update.instrumentIx, update.tsVenueUs, update.tsLocalUs);
    const hasChecksum = update.checksum >= 0;
    out.byte((update.isSnapshot ? BOOK_FLAGS.snapshot : 0) | (hasChecksum ? BOOK_FLAGS.checksum : 0));
    out.int(update.firstId);
    out.int(update.lastId);
    out.int(update.previousId);
    if (hasChecksum) out.word(update.checksum);
    const { asks, bids } = update;
    assert(bids.count <= RECORD_LEVELS_MAX && asks.count <= RECORD_LEVELS_MAX, 'a book record has a bound');
    out.int(bids.count);
    out.int(asks.count);
    const last = out.pairs(bids.priceTicks, bids.qtyLots, bids.count, 0);
    out.pairs(asks.priceTicks, asks.qtyLots, asks.count, last);
  }

  trade(trade: Print<TradeEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('trade', trade.instrumentIx, trade.tsVenueUs, tsLocalUs);
    out.int(trade.tradeId);
    out.int(trade.priceTicks);
    out.int(trade.qtyLots);
    out.int(sideSign(trade.takerSide));
  }

  /** Writes a finished candle. */
  candle(candle: Print<CandleEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('candle', candle.instrumentIx, candle.tsVenueUs, tsLocalUs);
    out.int(candle.timeframeUs);
    out.int(candle.openTsUs);
    out.int(candle.openTicks);
    out.int(candle.highTicks);
    out.int(candle.lowTicks);
    out.int(candle.closeTicks);
    out.int(candle.volumeLots);
  }

  /** Writes a settlement of funding. */
  funding(funding: Print<FundingEvent>, tsLocalUs: EpochUs): void {
    this.#open('funding', funding.instrumentIx, funding.tsVenueUs, tsLocalUs).int(funding.rateE12);
  }

  markPrice(mark: Print<MarkPriceEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('mark-price', mark.instrumentIx, mark.tsVenueUs, tsLocalUs);
    out.int(mark.markE8);
    out.int(mark.indexE8);
  }

  fundingRate(rate: Print<FundingRateEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('funding-rate', rate.instrumentIx, rate.tsVenueUs, tsLocalUs);
    out.int(rate.rateE12);
    out.int(rate.nextFundingUs);
  }

  openInterest(interest: Print<OpenInterestEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('open-interest', interest.instrumentIx, interest.tsVenueUs, tsLocalUs);
    out.int(interest.openInterestLots);
  }

  liquidation(order: Print<LiquidationEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('liquidation', order.instrumentIx, order.tsVenueUs, tsLocalUs);
    out.int(sideSign(order.side));
    out.int(order.priceTicks);
    out.int(order.qtyLots);
  }

  quote(quote: Print<QuoteEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('quote', quote.instrumentIx, quote.tsVenueUs, tsLocalUs);
    out.int(quote.updateId);
    out.int(quote.bidTicks);
    out.int(quote.bidLots);
    out.int(quote.askTicks);
    out.int(quote.askLots);
  }

  bookOrder(order: Print<BookOrderEvent>, tsLocalUs: EpochUs): void {
    const out = this.#open('book-order', order.instrumentIx, order.tsVenueUs, tsLocalUs);
    out.int(ORDER_ACTIONS.indexOf(order.action));
    out.int(sideOf(order.side));
    out.int(order.priceTicks);
    out.int(order.qtyLots);
    out.text(order.orderId);
  }

  /** Writes that all orders of an instrument are forgotten and adds follow; `checksum` -1 = none. */
  ordersClear(instrumentIx: number, checksum: number, tsLocalUs: EpochUs): void {
    this.#open('orders-clear', instrumentIx, tsLocalUs, tsLocalUs).int(checksum);
  }

  /** Writes a message as it came. */
  raw(venue: VenueId, socketName: string, frame: Uint8Array, tsLocalUs: EpochUs): void {
    const out = this.#start('raw', tsLocalUs);
    out.raw(this.#venueBytes(venue));
    out.text(socketName);
    out.raw(frame);
  }

  /** Writes a loss; its local time is the moment at which it is written down. */
  ledger(entry: LedgerEntry, tsLocalUs: EpochUs): void {
    const out = this.#start('ledger', tsLocalUs);
    out.raw(this.#venueBytes(entry.venue));
    out.text(entry.symbol);
    out.int(STREAM_KINDS.indexOf(entry.stream));
    out.int(LEDGER_CAUSES.indexOf(entry.cause));
    out.int(entry.fromUs);
    out.int(entry.toUs);
    out.int(entry.lostFromId);
    out.int(entry.lostToId);
    out.text(entry.detail.slice(0, DETAIL_CHARS_MAX));
  }

  /** Writes the figures of an hour, or of a part of it. */
  hour(hour: FeedHour, tsLocalUs: EpochUs): void {
    const out = this.#start('hours', tsLocalUs);
    out.raw(this.#venueBytes(hour.venue));
    out.text(hour.symbol);
    out.int(STREAM_KINDS.indexOf(hour.stream));
    out.int(hour.hourUs);
    out.int(hour.messages);
    out.int(hour.gaps);
    out.int(hour.resyncs);
    out.int(hour.checksumFailures);
    out.int(hour.staleUs);
    out.int(hour.lagP50Us);
    out.int(hour.lagP99Us);
    out.int(hour.clockOffsetUs);
    out.int(hour.downUs);
  }

  #bookEvent(event: Extract<FeedEvent, { kind: 'book' }>): void {
    const { asks, bids } = this.#levels;
    bids.load(event.bids);
    asks.load(event.asks);
    const { firstUpdateId: firstId, instrumentIx, isSnapshot, lastUpdateId: lastId } = event;
    const { previousUpdateId: previousId, tsLocalUs, tsVenueUs } = event;
    const ids = { firstId, lastId, previousId, checksum: -1 };
    this.book({ instrumentIx, tsVenueUs, tsLocalUs, isSnapshot, ...ids, bids, asks });
  }

  #open(kind: RecordKind, instrumentIx: number, tsVenueUs: EpochUs, tsLocalUs: EpochUs): ByteWriter {
    const names = this.#names[instrumentIx];
    assert(
      names !== undefined,
      `an event names one of ${this.#names.length} instruments, was ${instrumentIx}`,
    );
    assert(Number.isSafeInteger(tsVenueUs), 'the venue time of an event is a safe integer');
    const out = this.#start(kind, tsLocalUs);
    out.raw(names);
    out.double(tsVenueUs);
    return out;
  }

  #start(kind: RecordKind, tsLocalUs: EpochUs): ByteWriter {
    assert(Number.isSafeInteger(tsLocalUs), 'the local time of an event is a safe integer');
    const out = this.#out;
    out.start();
    out.byte(RECORD_VERSION);
    out.byte(RECORD_CODES[kind]);
    out.double(tsLocalUs);
    return out;
  }

  #venueBytes(venue: VenueId): Uint8Array {
    let bytes = this.#venues.get(venue);
    if (bytes === undefined) {
      bytes = shortText(venue);
      this.#venues.set(venue, bytes);
    }
    return bytes;
  }
}

/** Longest detail of a loss that is kept, in characters: at most three bytes each. */
const DETAIL_CHARS_MAX = 300;

function sideOf(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}

function nameBytes(instrument: RecordedInstrument): Uint8Array {
  const { priceDecimals, qtyDecimals, symbol, tradeIds, venue } = instrument;
  const tail = Uint8Array.of(priceDecimals, qtyDecimals, tradeIds === 'aggregate' ? 1 : 0);
  return Buffer.concat([shortText(venue), shortText(symbol), tail]);
}

function shortText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  assert(bytes.length >= 1 && bytes.length <= 255, 'a name has 1 to 255 bytes');
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}

/** Pairs of price and quantity, taken apart. */
class LevelScratch implements LevelColumns {
  count = 0;
  priceTicks = new Float64Array(64);
  qtyLots = new Float64Array(64);

  load(pairs: Float64Array): void {
    this.count = pairs.length / 2;
    if (this.count > this.priceTicks.length) {
      this.priceTicks = new Float64Array(this.count * 2);
      this.qtyLots = new Float64Array(this.count * 2);
    }
    for (let i = 0; i < this.count; i++) {
      this.priceTicks[i] = pairs[2 * i]!;
      this.qtyLots[i] = pairs[2 * i + 1]!;
    }
  }
}
