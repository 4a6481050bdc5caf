/** Pages of Binance's history: requests for candles, settled funding and open interest, and the readers of their answers. */
import { type EpochUs, parseDecimal, US_PER_MINUTE, US_PER_MS, XylenError } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import {
  FrameFault,
  type HistoryCandle,
  type HistoryFunding,
  type HistoryOpenInterest,
  type HistoryRange,
  type JsonCursor,
  type RestCall,
  readRecords,
  readReply,
  type TextRecord,
} from '../market/index.ts';
import type { BinanceMarket, WeightTable } from './market.ts';
import { getCall } from './request.ts';
import { intervalName } from './streams.ts';
import { venueUs } from './venue-time.ts';

const FUNDING_LIMIT = 1_000;
const INTEREST_LIMIT = 500;
/** Open interest is kept in steps of five minutes, for thirty days. */
const INTEREST_STEP_US = 5 * US_PER_MINUTE;
const INTEREST_PERIOD = '5m';

/**
 * Candles of `[fromUs, toUs)`, by opening time, that end within the range: the venue's newest candle is unfinished and would be among them otherwise.
 * Answers begin at the start of the range, so that a page ends where its last candle ends.
 */
export function candlesCall(
  market: BinanceMarket,
  base: string,
  range: HistoryRange,
  timeframeUs: number,
): RestCall<readonly HistoryCandle[]> {
  const wanted = Math.ceil((range.toUs - range.fromUs) / timeframeUs);
  const limit = Math.max(1, Math.min(market.klinesLimit, wanted));
  const query = {
    symbol: range.restSymbol,
    interval: intervalName(timeframeUs),
    ...span(range.fromUs, range.toUs),
    limit: String(limit),
  };
  const url = `${base}${market.api}/klines`;
  return getCall(url, query, weightOf(market.klinesWeights, limit), (body) =>
    readReply(market.venue, 'klines', body, (cursor) => readCandles(cursor, range, timeframeUs)),
  );
}

/** Settled funding of `[fromUs, toUs)`; moments are the venue's own, some milliseconds off the hour. Counts against 500 requests in five minutes. */
export function fundingCall(
  market: BinanceMarket,
  base: string,
  range: HistoryRange,
): RestCall<readonly HistoryFunding[]> {
  const query = {
    symbol: range.restSymbol,
    ...span(range.fromUs, range.toUs),
    limit: String(FUNDING_LIMIT),
  };
  return getCall(`${base}${market.api}/fundingRate`, query, 1, (body) =>
    readReply(market.venue, 'fundingRate', body, (cursor) => readRows(cursor, range, readFunding)),
  );
}

/**
 * Open interest of the last thirty days. Which end of a longer range the venue answers is not documented: a page asks for no more than it can hold, and
 * says so.
 */
export function openInterestCall(
  market: BinanceMarket,
  base: string,
  range: HistoryRange,
): RestCall<readonly HistoryOpenInterest[]> {
  const toUs = Math.min(range.toUs, range.fromUs + INTEREST_LIMIT * INTEREST_STEP_US);
  const page = { ...range, toUs };
  const query = {
    symbol: range.restSymbol,
    period: INTEREST_PERIOD,
    ...span(range.fromUs, toUs),
    limit: String(INTEREST_LIMIT),
  };
  const { qtyDecimals } = range.instrument;
  const call = getCall(`${base}/futures/data/openInterestHist`, query, 1, (body) =>
    readReply(market.venue, 'openInterestHist', body, (cursor) =>
      readRows(cursor, page, (record) => readInterest(record, qtyDecimals)),
    ),
  );
  return { ...call, coversToUs: toUs };
}

/** Milliseconds from the first in the range to the last before its end; the venue includes both. */
function span(fromUs: EpochUs, toUs: EpochUs): { startTime: string; endTime: string } {
  if (!(fromUs < toUs)) {
    throw new XylenError('XY_USAGE', `a range of history begins before it ends, was ${fromUs} to ${toUs}`);
  }
  return {
    startTime: String(Math.ceil(fromUs / US_PER_MS)),
    endTime: String(Math.ceil(toUs / US_PER_MS) - 1),
  };
}

function weightOf(table: WeightTable, limit: number): number {
  const row = table.find(([limitMax]) => limit <= limitMax) ?? table.at(-1);
  return row === undefined ? 1 : row[1];
}

/** `[[openTime, "open", "high", "low", "close", "volume", closeTime, ...], ...]` */
function readCandles(cursor: JsonCursor, range: HistoryRange, timeframeUs: number): readonly HistoryCandle[] {
  const { priceDecimals, qtyDecimals } = range.instrument;
  const candles: HistoryCandle[] = [];
  const next = (decimals: number): number => {
    if (!cursor.nextItem()) cursor.fail('more members of a candle');
    return cursor.readDecimal(decimals);
  };
  cursor.beginArray();
  while (cursor.nextItem()) {
    cursor.beginArray();
    const candle = {
      openTsUs: venueUs(next(0)),
      openTicks: next(priceDecimals),
      highTicks: next(priceDecimals),
      lowTicks: next(priceDecimals),
      closeTicks: next(priceDecimals),
      volumeLots: next(qtyDecimals),
    };
    while (cursor.nextItem()) cursor.skip();
    const isWithin = candle.openTsUs >= range.fromUs && candle.openTsUs + timeframeUs <= range.toUs;
    if (isWithin) candles.push(candle);
  }
  return candles;
}

/** Reads a list of records in any order of members, and keeps what lies in the range, in the order of time. */
function readRows<T extends { readonly tsUs: EpochUs }>(
  cursor: JsonCursor,
  range: HistoryRange,
  read: (record: TextRecord) => T,
): readonly T[] {
  return readRecords(cursor)
    .map(read)
    .filter(({ tsUs }) => tsUs >= range.fromUs && tsUs < range.toUs)
    .sort((a, b) => a.tsUs - b.tsUs);
}

function readFunding(record: TextRecord): HistoryFunding {
  return {
    tsUs: venueUs(numberOf(record, 'fundingTime', 0)),
    rateE12: numberOf(record, 'fundingRate', FUNDING_RATE_DECIMALS),
  };
}

function readInterest(record: TextRecord, qtyDecimals: number): HistoryOpenInterest {
  return {
    tsUs: venueUs(numberOf(record, 'timestamp', 0)),
    openInterestLots: numberOf(record, 'sumOpenInterest', qtyDecimals),
  };
}

function numberOf(record: TextRecord, name: string, decimals: number): number {
  const text = record.get(name) ?? '';
  const value = parseDecimal(text, decimals);
  if (Number.isNaN(value)) {
    throw new FrameFault(`expected '${name}' with at most ${decimals} decimals, found '${text}'`, 0);
  }
  return value;
}
