/**
 * Kraken's public REST interface. It answers HTTP 200 to almost everything: the list `error` says whether the rest counts (`E...` is an error,
 * `W...` a warning). Books come by stream; there is no funding and no open interest on spot.
 */
import { type EpochUs, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { type HttpAnswer, retryAfterUs } from '#net';
import {
  bytesOf,
  FrameFault,
  type HistoryCandle,
  type HistoryRange,
  JsonCursor,
  type MarketRest,
  quoteOf,
  type RestCall,
  type RestVerdict,
  readPrice,
  readQty,
  readReply,
  type VenueHosts,
} from '#venues/market';
import { readAssetPairs } from './instruments.ts';
import { candleMinutes } from './requests.ts';

const ERROR = bytesOf('error');
const RESULT = bytesOf('result');
const UNIX_TIME = bytesOf('unixtime');
const LAST = bytesOf('last');
/** One request a second is what Kraken asks of public callers; four fifths of it. */
const WEIGHT_PER_MINUTE_MAX = 48;
/** How long to keep quiet after `Rate limit exceeded`: the counter falls by one every one to three seconds. */
const RATE_LIMIT_US = 15 * US_PER_SECOND;
const LOCKOUT_US = 15 * US_PER_MINUTE;
const TOO_MANY_REQUESTS = 429;
const REQUEST_REFUSED_BY_STATUS = [400, 403, 404, 405, 451];

/** Makes the calls of Kraken spot. */
export function krakenSpotRest(hosts: VenueHosts): MarketRest {
  const root = `${hosts.rest}/0/public`;
  return {
    weightPerMinuteMax: WEIGHT_PER_MINUTE_MAX,
    usedWeightHeader: null,
    judge,
    serverTime: () => getCall(`${root}/Time`, 'server time', readTime),
    instruments: () => getCall(`${root}/AssetPairs`, 'instruments', readAssetPairs),
    bookSnapshot: () => null,
    candles: (range, timeframeUs) => candlesCall(root, range, timeframeUs),
    fundingHistory: () => null,
    openInterestHistory: () => null,
    polls: () => [],
  };
}

/** `since` excludes: one second less asks for the first candle too. Kraken has the last 720 candles of each length and no older ones. */
function candlesCall(
  root: string,
  range: HistoryRange,
  timeframeUs: number,
): RestCall<readonly HistoryCandle[]> | null {
  const minutes = candleMinutes(timeframeUs);
  if (minutes === undefined) return null;
  const since = Math.ceil(range.fromUs / US_PER_SECOND) - 1;
  const url = `${root}/OHLC?pair=${encodeURIComponent(range.restSymbol)}&interval=${minutes}&since=${since}`;
  return getCall(url, `candles of ${range.instrument.symbol}`, (cursor) => readCandles(cursor, range));
}

/** `{"XXBTZUSD": [[time, o, h, l, c, vwap, volume, count], ...], "last": T}`: candles after `last` are not finished. */
function readCandles(cursor: JsonCursor, range: HistoryRange): readonly HistoryCandle[] {
  let candles: readonly HistoryCandle[] | undefined;
  let lastUs = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(LAST)) lastUs = cursor.readInteger() * US_PER_SECOND;
    else if (candles === undefined) candles = readCandleRows(cursor, range);
    else throw new FrameFault(`expected the candles of one pair before ${cursor.at}`, cursor.at);
  }
  if (candles === undefined || lastUs < 0) throw new FrameFault("expected candles and 'last'", cursor.at);
  return candles.filter(
    ({ openTsUs }) => openTsUs >= range.fromUs && openTsUs < range.toUs && openTsUs <= lastUs,
  );
}

function readCandleRows(cursor: JsonCursor, range: HistoryRange): readonly HistoryCandle[] {
  const rows: HistoryCandle[] = [];
  const { priceDecimals, qtyDecimals } = range.instrument;
  cursor.beginArray();
  while (cursor.nextItem()) {
    cursor.beginArray();
    const openTsUs = item(cursor, () => cursor.readInteger()) * US_PER_SECOND;
    const openTicks = item(cursor, () => readPrice(cursor, priceDecimals));
    const highTicks = item(cursor, () => readPrice(cursor, priceDecimals));
    const lowTicks = item(cursor, () => readPrice(cursor, priceDecimals));
    const closeTicks = item(cursor, () => readPrice(cursor, priceDecimals));
    item(cursor, () => cursor.skip());
    const volumeLots = item(cursor, () => readQty(cursor, qtyDecimals));
    while (cursor.nextItem()) cursor.skip();
    rows.push({ openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots });
  }
  return rows;
}

function item<T>(cursor: JsonCursor, read: () => T): T {
  if (!cursor.nextItem()) cursor.fail('another item');
  return read();
}

/** Whole seconds: all that Kraken states. */
function readTime(cursor: JsonCursor): EpochUs {
  let seconds = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(UNIX_TIME)) seconds = cursor.readInteger();
    else cursor.skip();
  }
  if (seconds < 0) throw new FrameFault("expected 'unixtime'", cursor.at);
  return seconds * US_PER_SECOND;
}

function getCall<T>(url: string, what: string, read: (cursor: JsonCursor) => T): RestCall<T> {
  return {
    method: 'GET',
    url,
    headers: {},
    body: null,
    weight: 1,
    parse: (body) => readReply('kraken-spot', what, body, (cursor) => readResult(cursor, read)),
  };
}

/** Reads the member `result` of an answer that `judge` found good. */
function readResult<T>(cursor: JsonCursor, read: (cursor: JsonCursor) => T): T {
  let found: { readonly value: T } | undefined;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(RESULT)) found = { value: read(cursor) };
    else cursor.skip();
  }
  if (found === undefined) throw new FrameFault("expected 'result'", cursor.at);
  return found.value;
}

function judge(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
  const { status, body, headers } = answer;
  const message = `HTTP ${status}: ${quoteOf(body)}`;
  if (status === TOO_MANY_REQUESTS) {
    return {
      kind: 'limited',
      untilUs: retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + RATE_LIMIT_US,
      message,
    };
  }
  const errors = errorsIn(body);
  const error = errors?.find((text) => !text.startsWith('W'));
  if (error !== undefined) return judgeError(error, nowUs);
  if (REQUEST_REFUSED_BY_STATUS.includes(status)) return { kind: 'refused', message };
  if (status !== 200 || errors === undefined) return { kind: 'unavailable', message };
  return { kind: 'good' };
}

function judgeError(error: string, nowUs: EpochUs): RestVerdict {
  const throttledUntil = /Throttled: *(\d{1,11})/.exec(error)?.[1];
  if (throttledUntil !== undefined) {
    const untilUs = Math.max(nowUs + US_PER_SECOND, Number(throttledUntil) * US_PER_SECOND);
    return { kind: 'limited', untilUs, message: error };
  }
  if (/lockout/i.test(error)) return { kind: 'limited', untilUs: nowUs + LOCKOUT_US, message: error };
  if (/rate limit|too many requests|throttled/i.test(error)) {
    return { kind: 'limited', untilUs: nowUs + RATE_LIMIT_US, message: error };
  }
  const isPassing = error.startsWith('EService:') || /internal error|timeout|temporar/i.test(error);
  return { kind: isPassing ? 'unavailable' : 'refused', message: error };
}

/** Returns the list `error` of an answer; `undefined` when there is none, as in the pages of a gateway. Reads no further than that list. */
function errorsIn(body: Uint8Array): readonly string[] | undefined {
  const cursor = new JsonCursor();
  try {
    cursor.load(body);
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(ERROR)) return readTexts(cursor);
      cursor.skip();
    }
    return undefined;
  } catch (cause) {
    // Not JSON: whoever answered, it was not Kraken.
    if (cause instanceof FrameFault) return undefined;
    throw cause;
  }
}

function readTexts(cursor: JsonCursor): readonly string[] {
  const texts: string[] = [];
  cursor.beginArray();
  while (cursor.nextItem()) texts.push(cursor.stringText());
  return texts;
}
