/** Data of trades, quotes, candles, mark prices and funding rates. Each reader fills one record or throws; false = it says nothing to listen to. */
import { type EpochUs, US_PER_MINUTE } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import {
  type FeedInstrument,
  FrameFault,
  type FundingPrint,
  type JsonCursor,
  type MarkPrint,
  type QuotePrint,
  readCutLots,
  readEpochCount,
  readRounded,
  type TradePrint,
  type VenueCandle,
} from '../market/index.ts';
import { requireSymbol } from './book-data.ts';

const E8_DECIMALS = 8;
/** Place of the volume in a candle; of futures the sixth value is documented to be wrong, the seventh has the contracts. */
const SPOT_VOLUME_AT = 5;
const FUTURES_VOLUME_AT = 6;

/** Reads a trade; `side` is the taker's, the number of the message stands for the id (ids are hexadecimal text). @throws FrameFault */
export function readTrade(cursor: JsonCursor, instrument: FeedInstrument, trade: TradePrint): void {
  let side = '';
  trade.instrumentIx = instrument.ix;
  trade.tsVenueUs = Number.NaN;
  trade.tradeId = -1;
  trade.priceTicks = Number.NaN;
  trade.qtyLots = Number.NaN;
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'price') trade.priceTicks = cursor.readDecimal(instrument.priceDecimals);
    else if (key === 'size') trade.qtyLots = readCutLots(cursor, instrument);
    else if (key === 'side') side = cursor.stringText();
    else if (key === 'time' || key === 'ts') trade.tsVenueUs = readEpochCount(cursor);
    else if (key === 'sequence') trade.tradeId = cursor.readInteger();
    else if (key === 'symbol') requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  const isGood = (side === 'buy' || side === 'sell') && trade.priceTicks > 0 && trade.qtyLots >= 0;
  if (!isGood || trade.tradeId < 0 || Number.isNaN(trade.tsVenueUs)) {
    throw new FrameFault('expected a trade with sequence, time, side, price above 0 and size', cursor.at);
  }
  trade.takerSide = side === 'buy' ? 'buy' : 'sell';
}

/**
 * Reads best bid and ask of spot (`bestBid`, `time`) or futures (`bestBidPrice`, `ts`). Spot numbers are those of the book; futures number quotes apart.
 * False when a side is missing. @throws FrameFault
 */
export function readQuote(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  quote: QuotePrint,
  tsLocalUs: EpochUs,
  isSpot: boolean,
): boolean {
  const { priceDecimals } = instrument;
  beginQuote(quote, instrument, tsLocalUs);
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'bestBid' || key === 'bestBidPrice') quote.bidTicks = readOptional(cursor, priceDecimals);
    else if (key === 'bestBidSize') quote.bidLots = readOptionalLots(cursor, instrument);
    else if (key === 'bestAsk' || key === 'bestAskPrice')
      quote.askTicks = readOptional(cursor, priceDecimals);
    else if (key === 'bestAskSize') quote.askLots = readOptionalLots(cursor, instrument);
    else if (key === 'time' || key === 'Time' || key === 'ts') quote.tsVenueUs = readEpochCount(cursor);
    else if (key === 'sequence' && isSpot) quote.updateId = cursor.readInteger();
    else if (key === 'symbol') requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  return isWhole(quote);
}

/** Reads `{asks: [price, size], bids: [price, size], timestamp}`. False when a side is missing. @throws FrameFault */
export function readLevel1(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  quote: QuotePrint,
  tsLocalUs: EpochUs,
): boolean {
  beginQuote(quote, instrument, tsLocalUs);
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'timestamp') quote.tsVenueUs = readEpochCount(cursor);
    else if (key === 'bids') [quote.bidTicks, quote.bidLots] = readPair(cursor, instrument);
    else if (key === 'asks') [quote.askTicks, quote.askLots] = readPair(cursor, instrument);
    else cursor.skip();
  }
  return isWhole(quote);
}

/** Reads `{candles: [start, open, close, high, low, volume, turnover], time}`. @throws FrameFault */
export function readCandle(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  candle: VenueCandle,
  tsLocalUs: EpochUs,
  isSpot: boolean,
): void {
  beginCandle(candle, instrument, tsLocalUs);
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'time') candle.tsVenueUs = readEpochCount(cursor);
    else if (key === 'candles') readCandleRow(cursor, instrument, candle, isSpot);
    else if (key === 'symbol') requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  requireCandle(candle, cursor);
}

/** Reads `{time, open, high, low, close, volume, granularity}` of the futures topic of 2022; `granularity` in minutes. @throws FrameFault */
export function readOldFuturesCandle(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  candle: VenueCandle,
  tsLocalUs: EpochUs,
): void {
  const { priceDecimals } = instrument;
  beginCandle(candle, instrument, tsLocalUs);
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'time') candle.openTsUs = readEpochCount(cursor);
    else if (key === 'open') candle.openTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'high') candle.highTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'low') candle.lowTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'close') candle.closeTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'volume') candle.volumeLots = readCutLots(cursor, instrument);
    else if (key === 'granularity') candle.timeframeUs = cursor.readInteger() * US_PER_MINUTE;
    else if (key === 'symbol') requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  requireCandle(candle, cursor);
}

/** Reads `{markPrice, indexPrice, timestamp}`. @throws FrameFault */
export function readMark(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  mark: MarkPrint,
  tsLocalUs: EpochUs,
): void {
  mark.instrumentIx = instrument.ix;
  mark.tsVenueUs = tsLocalUs;
  mark.markE8 = -1;
  mark.indexE8 = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'markPrice') mark.markE8 = readRounded(cursor, E8_DECIMALS);
    else if (key === 'indexPrice') mark.indexE8 = readRounded(cursor, E8_DECIMALS);
    else if (key === 'timestamp') mark.tsVenueUs = readEpochCount(cursor);
    else cursor.skip();
  }
  if (mark.markE8 < 0) throw new FrameFault('expected a mark price of at least 0', cursor.at);
}

/** Reads `{fundingRate, timestamp}`, or with `fundingTime` the settlement of that time. @throws FrameFault */
export function readFunding(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  funding: FundingPrint,
  tsLocalUs: EpochUs,
  isSettled: boolean,
): void {
  funding.instrumentIx = instrument.ix;
  funding.tsVenueUs = isSettled ? Number.NaN : tsLocalUs;
  funding.rateE12 = Number.NaN;
  funding.nextFundingUs = -1;
  funding.isSettled = isSettled;
  const timeKey = isSettled ? 'fundingTime' : 'timestamp';
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'fundingRate') funding.rateE12 = readRounded(cursor, FUNDING_RATE_DECIMALS);
    else if (key === timeKey) funding.tsVenueUs = readEpochCount(cursor);
    else if (key === 'symbol') requireSymbol(cursor, instrument);
    else cursor.skip();
  }
  if (Number.isNaN(funding.rateE12) || Number.isNaN(funding.tsVenueUs)) {
    throw new FrameFault('expected a funding rate and its time', cursor.at);
  }
}

function beginQuote(quote: QuotePrint, instrument: FeedInstrument, tsLocalUs: EpochUs): void {
  quote.instrumentIx = instrument.ix;
  quote.tsVenueUs = tsLocalUs;
  quote.updateId = -1;
  quote.bidTicks = 0;
  quote.bidLots = 0;
  quote.askTicks = 0;
  quote.askLots = 0;
}

function isWhole({ askLots, askTicks, bidLots, bidTicks }: QuotePrint): boolean {
  return bidTicks > 0 && bidLots > 0 && askTicks > 0 && askLots > 0;
}

/** A side without orders is null or empty text; both count as 0. */
function readOptional(cursor: JsonCursor, decimals: number): number {
  return takeEmpty(cursor) ? 0 : cursor.readDecimal(decimals);
}

function readOptionalLots(cursor: JsonCursor, instrument: FeedInstrument): number {
  return takeEmpty(cursor) ? 0 : readCutLots(cursor, instrument);
}

function takeEmpty(cursor: JsonCursor): boolean {
  if (!cursor.isString) return cursor.takeNull();
  const startAt = cursor.at;
  cursor.readString();
  if (cursor.textEnd === cursor.textStart) return true;
  cursor.at = startAt;
  return false;
}

function readPair(cursor: JsonCursor, instrument: FeedInstrument): [number, number] {
  if (cursor.takeNull()) return [0, 0];
  cursor.beginArray();
  if (!cursor.nextItem()) return [0, 0];
  const priceTicks = readOptional(cursor, instrument.priceDecimals);
  if (!cursor.nextItem()) cursor.fail('a size');
  const qtyLots = readOptionalLots(cursor, instrument);
  while (cursor.nextItem()) cursor.skip();
  return [priceTicks, qtyLots];
}

function beginCandle(candle: VenueCandle, instrument: FeedInstrument, tsLocalUs: EpochUs): void {
  candle.instrumentIx = instrument.ix;
  candle.tsVenueUs = tsLocalUs;
  candle.openTsUs = Number.NaN;
  candle.openTicks = Number.NaN;
  candle.highTicks = Number.NaN;
  candle.lowTicks = Number.NaN;
  candle.closeTicks = Number.NaN;
  candle.volumeLots = Number.NaN;
}

function readCandleRow(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  candle: VenueCandle,
  isSpot: boolean,
): void {
  const { priceDecimals } = instrument;
  const volumeAt = isSpot ? SPOT_VOLUME_AT : FUTURES_VOLUME_AT;
  cursor.beginArray();
  for (let at = 0; cursor.nextItem(); at++) {
    if (at === 0) candle.openTsUs = readEpochCount(cursor);
    else if (at === 1) candle.openTicks = cursor.readDecimal(priceDecimals);
    else if (at === 2) candle.closeTicks = cursor.readDecimal(priceDecimals);
    else if (at === 3) candle.highTicks = cursor.readDecimal(priceDecimals);
    else if (at === 4) candle.lowTicks = cursor.readDecimal(priceDecimals);
    else if (at === volumeAt) candle.volumeLots = readCutLots(cursor, instrument);
    else cursor.skip();
  }
}

function requireCandle(candle: VenueCandle, cursor: JsonCursor): void {
  const { closeTicks, highTicks, lowTicks, openTicks } = candle;
  const isBetween =
    openTicks >= lowTicks && openTicks <= highTicks && closeTicks >= lowTicks && closeTicks <= highTicks;
  const isGood = lowTicks > 0 && isBetween && candle.volumeLots >= 0 && !Number.isNaN(candle.openTsUs);
  if (!isGood)
    throw new FrameFault('expected a candle with start, low <= open, close <= high and a volume', cursor.at);
}
