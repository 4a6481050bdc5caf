/**
 * Turns the members of one Binance event into a record and delivers it. All values are read before the first call of the sink; records are filled again
 * for every event. Each reader answers false when the event is not about a followed instrument or says nothing to listeners.
 */
import type { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import {
  bytesOf,
  type DecodedSink,
  type FeedInstrument,
  FrameFault,
  type FundingPrint,
  type JsonCursor,
  type LiquidationPrint,
  type MarkPrint,
  newVenueCandle,
  type QuotePrint,
  type TradePrint,
  type VenueCandle,
  type WireSymbols,
} from '../market/index.ts';
import { countOf, decimalOf, hasWord, momentOf, positiveOf } from './field-values.ts';
import { FIELD, FrameFields, letter } from './frame-fields.ts';
import { intervalUs } from './streams.ts';

const MARKET = bytesOf('MARKET');
const BUY = bytesOf('BUY');
const SELL = bytesOf('SELL');
/** `st` of USD-margined contracts; streams of all symbols carry coin-margined ones (2), too. */
const USD_MARGINED = 1;
/** Decimals of mark and index prices in events. */
const MARK_DECIMALS = 8;
const NONE = -1;

const E = letter('E');
const T = letter('T');

/** Reads the events of one decoder. */
export class EventReader {
  readonly #symbols: WireSymbols;
  readonly #update: BookUpdate;
  readonly #inner = new FrameFields();
  readonly #trade: TradePrint;
  readonly #candle: VenueCandle = newVenueCandle();
  readonly #quote: QuotePrint;
  readonly #mark: MarkPrint = { instrumentIx: 0, tsVenueUs: 0, markE8: 0, indexE8: NONE };
  readonly #funding: FundingPrint;
  readonly #liquidation: LiquidationPrint;

  /** `update` is filled again for every depth event. */
  constructor(symbols: WireSymbols, update: BookUpdate) {
    this.#symbols = symbols;
    this.#update = update;
    const base = { instrumentIx: 0, tsVenueUs: 0 };
    this.#trade = { ...base, tradeId: 0, priceTicks: 0, qtyLots: 0, takerSide: 'buy' };
    this.#quote = { ...base, updateId: 0, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0 };
    this.#funding = { ...base, rateE12: 0, nextFundingUs: NONE, isSettled: false };
    this.#liquidation = { ...base, side: 'buy', priceTicks: 0, qtyLots: 0 };
  }

  /** A change of the book. */
  depth(cursor: JsonCursor, fields: FrameFields, tsLocalUs: EpochUs, sink: DecodedSink): boolean {
    const instrument = this.#followed(cursor, fields);
    if (instrument === undefined) return false;
    const update = this.#update;
    update.clear();
    update.instrumentIx = instrument.ix;
    update.tsVenueUs = momentOf(cursor, fields, fields.has(T) ? T : E);
    update.tsLocalUs = tsLocalUs;
    update.firstId = countOf(cursor, fields, letter('U'));
    update.lastId = countOf(cursor, fields, letter('u'));
    if (update.firstId > update.lastId) throw new FrameFault('expected U at or below u', cursor.at);
    if (fields.has(FIELD.previous)) update.previousId = countOf(cursor, fields, FIELD.previous);
    fields.seek(cursor, letter('b'));
    cursor.readLevels(update.bids, instrument.priceDecimals, instrument.qtyDecimals);
    fields.seek(cursor, letter('a'));
    cursor.readLevels(update.asks, instrument.priceDecimals, instrument.qtyDecimals);
    sink.onBook(update);
    return true;
  }

  /** Best bid and ask; spot says neither the event nor a time. */
  quote(cursor: JsonCursor, fields: FrameFields, tsLocalUs: EpochUs, sink: DecodedSink): boolean {
    const instrument = this.#followed(cursor, fields);
    if (instrument === undefined) return false;
    const quote = this.#quote;
    quote.instrumentIx = instrument.ix;
    const time = fields.has(T) ? T : E;
    quote.tsVenueUs = fields.has(time) ? momentOf(cursor, fields, time) : tsLocalUs;
    quote.updateId = countOf(cursor, fields, letter('u'));
    quote.bidTicks = decimalOf(cursor, fields, letter('b'), instrument.priceDecimals);
    quote.bidLots = decimalOf(cursor, fields, letter('B'), instrument.qtyDecimals);
    quote.askTicks = decimalOf(cursor, fields, letter('a'), instrument.priceDecimals);
    quote.askLots = decimalOf(cursor, fields, letter('A'), instrument.qtyDecimals);
    sink.onQuote(quote);
    return true;
  }

  /**
   * A trade, its number in the member `id`. Trades of the insurance fund and of auto-deleveraging (`X` other than MARKET) are no trades of the
   * market. `m` = the buyer was the maker, so the taker sold.
   */
  trade(cursor: JsonCursor, fields: FrameFields, id: number, sink: DecodedSink): boolean {
    const instrument = this.#followed(cursor, fields);
    if (instrument === undefined) return false;
    if (fields.has(letter('X')) && !hasWord(cursor, fields, letter('X'), MARKET)) return false;
    const trade = this.#trade;
    trade.instrumentIx = instrument.ix;
    trade.tsVenueUs = momentOf(cursor, fields, T);
    trade.tradeId = countOf(cursor, fields, id);
    trade.priceTicks = positiveOf(cursor, fields, letter('p'), instrument.priceDecimals);
    trade.qtyLots = positiveOf(cursor, fields, letter('q'), instrument.qtyDecimals);
    fields.seek(cursor, letter('m'));
    trade.takerSide = cursor.readBoolean() ? 'sell' : 'buy';
    sink.onTrade(trade);
    return true;
  }

  /** Mark and index price and the funding rate to come, which share one event. */
  mark(cursor: JsonCursor, fields: FrameFields, sink: DecodedSink): boolean {
    const instrument = this.#followed(cursor, fields);
    if (instrument === undefined) return false;
    const tsVenueUs = momentOf(cursor, fields, E);
    const markE8 = decimalOf(cursor, fields, letter('p'), MARK_DECIMALS);
    const indexE8 = fields.has(letter('i')) ? decimalOf(cursor, fields, letter('i'), MARK_DECIMALS) : 0;
    const hasRate = this.#readFunding(cursor, fields);
    if (markE8 > 0) {
      this.#mark.instrumentIx = instrument.ix;
      this.#mark.tsVenueUs = tsVenueUs;
      this.#mark.markE8 = markE8;
      this.#mark.indexE8 = indexE8 > 0 ? indexE8 : NONE;
      sink.onMark(this.#mark);
    }
    if (hasRate) {
      this.#funding.instrumentIx = instrument.ix;
      this.#funding.tsVenueUs = tsVenueUs;
      sink.onFunding(this.#funding);
    }
    return markE8 > 0 || hasRate;
  }

  /** A candle; finished ones are stamped with their end. Months, which have no fixed length, are passed over. */
  candle(cursor: JsonCursor, fields: FrameFields, sink: DecodedSink): boolean {
    const instrument = this.#followed(cursor, fields);
    if (instrument === undefined) return false;
    const tsVenueUs = momentOf(cursor, fields, E);
    fields.seek(cursor, letter('k'));
    this.#inner.read(cursor, null);
    this.#inner.seek(cursor, letter('i'));
    cursor.readString();
    const timeframeUs = intervalUs(cursor.bytes, cursor.textStart, cursor.textEnd);
    if (timeframeUs < 0) return false;
    this.#fillCandle(cursor, instrument, timeframeUs, tsVenueUs);
    sink.onCandle(this.#candle);
    return true;
  }

  /**
   * A forced order: its own price and quantity (`p`, `q`); the average of its fills (`ap`) need not lie on the price grid. The venue tells at most
   * one a second for each instrument.
   */
  liquidation(cursor: JsonCursor, fields: FrameFields, sink: DecodedSink): boolean {
    if (!isUsdMargined(cursor, fields)) return false;
    fields.seek(cursor, letter('o'));
    this.#inner.read(cursor, null);
    const instrument = this.#instrument(cursor, this.#inner);
    if (instrument === undefined) return false;
    const liquidation = this.#liquidation;
    liquidation.instrumentIx = instrument.ix;
    liquidation.tsVenueUs = momentOf(cursor, this.#inner, T);
    liquidation.priceTicks = positiveOf(cursor, this.#inner, letter('p'), instrument.priceDecimals);
    liquidation.qtyLots = positiveOf(cursor, this.#inner, letter('q'), instrument.qtyDecimals);
    const isBuy = hasWord(cursor, this.#inner, letter('S'), BUY);
    if (!isBuy && !cursor.textIs(SELL)) cursor.fail('BUY or SELL before this');
    liquidation.side = isBuy ? 'buy' : 'sell';
    sink.onLiquidation(liquidation);
    return true;
  }

  /** Reads `r` and `T`; delivery contracts have an empty rate. */
  #readFunding(cursor: JsonCursor, fields: FrameFields): boolean {
    if (!fields.has(letter('r'))) return false;
    fields.seek(cursor, letter('r'));
    if (cursor.isString) {
      const start = cursor.at;
      cursor.readString();
      if (cursor.textStart === cursor.textEnd) return false;
      cursor.at = start;
    }
    this.#funding.rateE12 = cursor.readDecimal(FUNDING_RATE_DECIMALS);
    const nextFundingUs = fields.has(T) ? momentOf(cursor, fields, T) : 0;
    this.#funding.nextFundingUs = nextFundingUs > 0 ? nextFundingUs : NONE;
    return true;
  }

  #fillCandle(cursor: JsonCursor, instrument: FeedInstrument, timeframeUs: number, tsVenueUs: EpochUs): void {
    const candle = this.#candle;
    const inner = this.#inner;
    const { priceDecimals } = instrument;
    candle.instrumentIx = instrument.ix;
    candle.timeframeUs = timeframeUs;
    candle.openTsUs = momentOf(cursor, inner, letter('t'));
    candle.openTicks = positiveOf(cursor, inner, letter('o'), priceDecimals);
    candle.highTicks = positiveOf(cursor, inner, letter('h'), priceDecimals);
    candle.lowTicks = positiveOf(cursor, inner, letter('l'), priceDecimals);
    candle.closeTicks = positiveOf(cursor, inner, letter('c'), priceDecimals);
    candle.volumeLots = decimalOf(cursor, inner, letter('v'), instrument.qtyDecimals);
    inner.seek(cursor, letter('x'));
    candle.isClosed = cursor.readBoolean();
    candle.tsVenueUs = candle.isClosed ? candle.openTsUs + timeframeUs : tsVenueUs;
  }

  /** The followed instrument of an event, `undefined` for others. */
  #followed(cursor: JsonCursor, fields: FrameFields): FeedInstrument | undefined {
    return isUsdMargined(cursor, fields) ? this.#instrument(cursor, fields) : undefined;
  }

  #instrument(cursor: JsonCursor, fields: FrameFields): FeedInstrument | undefined {
    fields.seek(cursor, letter('s'));
    cursor.readString();
    if (cursor.hasEscapes) return this.#symbols.named(cursor.text());
    return this.#symbols.find(cursor.bytes, cursor.textStart, cursor.textEnd);
  }
}

/** False for a coin-margined contract; frames before 2026 do not say. */
function isUsdMargined(cursor: JsonCursor, fields: FrameFields): boolean {
  if (!fields.has(FIELD.subType)) return true;
  fields.seek(cursor, FIELD.subType);
  return cursor.readInteger() === USD_MARGINED;
}
