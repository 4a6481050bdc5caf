/** History from the charts of Kraken futures: candles of trades, and open interest. */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import {
  bytesOf,
  FrameFault,
  type HistoryCandle,
  type HistoryOpenInterest,
  type HistoryRange,
  type JsonCursor,
  type RestCall,
  readPrice,
  readRounded,
} from '#venues/market';
import { getCall } from './get-call.ts';

/** Names of candle lengths. Kraken reads them in any case: `1M` would be a minute. */
const RESOLUTIONS = new Map([
  [US_PER_MINUTE, '1m'],
  [5 * US_PER_MINUTE, '5m'],
  [15 * US_PER_MINUTE, '15m'],
  [30 * US_PER_MINUTE, '30m'],
  [US_PER_HOUR, '1h'],
  [4 * US_PER_HOUR, '4h'],
  [12 * US_PER_HOUR, '12h'],
  [US_PER_DAY, '1d'],
  [7 * US_PER_DAY, '1w'],
]);
/** Spacing of open interest, in seconds. */
const INTEREST_EVERY_S = 300;

const CANDLES = bytesOf('candles');
const TIME = bytesOf('time');
const OPEN = bytesOf('open');
const HIGH = bytesOf('high');
const LOW = bytesOf('low');
const CLOSE = bytesOf('close');
const VOLUME = bytesOf('volume');
const RESULT = bytesOf('result');
const TIMESTAMP = bytesOf('timestamp');
const DATA = bytesOf('data');

/**
 * Asks for a page of candles: Kraken sends 2,000 from the start of the range on. Only candles that end within the range are taken, so that a range
 * which ends now holds no unfinished one.
 */
export function candlesCall(
  charts: string,
  range: HistoryRange,
  timeframeUs: number,
): RestCall<readonly HistoryCandle[]> | null {
  const resolution = RESOLUTIONS.get(timeframeUs);
  if (resolution === undefined) return null;
  const path = `trade/${encodeURIComponent(range.restSymbol)}/${resolution}`;
  const url = `${charts}/${path}?from=${secondUp(range.fromUs)}&to=${secondUp(range.toUs)}`;
  return getCall(url, `candles of ${range.instrument.symbol}`, (cursor) => {
    const candles = readCandles(cursor, range);
    return candles.filter(({ openTsUs }) => openTsUs >= range.fromUs && openTsUs + timeframeUs <= range.toUs);
  });
}

/** Asks for open interest every five minutes: contracts that are open at the beginning of each five. */
export function openInterestCall(
  charts: string,
  range: HistoryRange,
): RestCall<readonly HistoryOpenInterest[]> {
  const path = `analytics/${encodeURIComponent(range.restSymbol)}/open-interest`;
  const query = `since=${secondUp(range.fromUs)}&to=${secondUp(range.toUs)}&interval=${INTEREST_EVERY_S}`;
  return getCall(`${charts}/${path}?${query}`, `open interest of ${range.instrument.symbol}`, (cursor) =>
    readInterest(cursor, range),
  );
}

function readCandles(cursor: JsonCursor, range: HistoryRange): readonly HistoryCandle[] {
  const candles: HistoryCandle[] = [];
  let isThere = false;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (!cursor.textIs(CANDLES)) {
      cursor.skip();
      continue;
    }
    isThere = true;
    cursor.beginArray();
    while (cursor.nextItem()) candles.push(readCandle(cursor, range));
  }
  if (!isThere) throw new FrameFault("expected 'candles'", cursor.at);
  return candles;
}

/** The volume is a sum of trades and is rounded to the nearest lot. */
function readCandle(cursor: JsonCursor, range: HistoryRange): HistoryCandle {
  const { priceDecimals, qtyDecimals } = range.instrument;
  const candle = { openTsUs: -1, openTicks: -1, highTicks: -1, lowTicks: -1, closeTicks: -1, volumeLots: -1 };
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(TIME)) candle.openTsUs = cursor.readInteger() * US_PER_MS;
    else if (cursor.textIs(OPEN)) candle.openTicks = readPrice(cursor, priceDecimals);
    else if (cursor.textIs(HIGH)) candle.highTicks = readPrice(cursor, priceDecimals);
    else if (cursor.textIs(LOW)) candle.lowTicks = readPrice(cursor, priceDecimals);
    else if (cursor.textIs(CLOSE)) candle.closeTicks = readPrice(cursor, priceDecimals);
    else if (cursor.textIs(VOLUME)) candle.volumeLots = readRounded(cursor, qtyDecimals);
    else cursor.skip();
  }
  if (Math.min(...Object.values(candle)) < 0) throw new FrameFault('expected a whole candle', cursor.at);
  return candle;
}

function readInterest(cursor: JsonCursor, range: HistoryRange): readonly HistoryOpenInterest[] {
  const times: number[] = [];
  const lots: number[] = [];
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(RESULT)) readSeries(cursor, range.instrument.qtyDecimals, times, lots);
    else cursor.skip();
  }
  if (times.length !== lots.length) {
    throw new FrameFault(
      `expected as many values as times, found ${lots.length} and ${times.length}`,
      cursor.at,
    );
  }
  const rows = times.map((tsUs, index) => ({ tsUs, openInterestLots: lots[index] ?? 0 }));
  return rows.filter(({ tsUs }) => tsUs >= range.fromUs && tsUs < range.toUs);
}

/** `{"timestamp": [seconds, ...], "data": [[open, high, low, close], ...]}`. */
function readSeries(cursor: JsonCursor, qtyDecimals: number, times: number[], lots: number[]): void {
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(TIMESTAMP)) {
      cursor.beginArray();
      while (cursor.nextItem()) times.push(cursor.readInteger() * US_PER_SECOND);
    } else if (cursor.textIs(DATA)) {
      cursor.beginArray();
      while (cursor.nextItem()) lots.push(readInterestValue(cursor, qtyDecimals));
    } else cursor.skip();
  }
}

/** What was open at the time itself is the first of the four: the others happen after it. */
function readInterestValue(cursor: JsonCursor, qtyDecimals: number): number {
  if (!cursor.isArray) return readRounded(cursor, qtyDecimals);
  cursor.beginArray();
  if (!cursor.nextItem()) cursor.fail('a number');
  const open = readRounded(cursor, qtyDecimals);
  while (cursor.nextItem()) cursor.skip();
  return open;
}

function secondUp(us: number): number {
  return Math.ceil(us / US_PER_SECOND);
}
