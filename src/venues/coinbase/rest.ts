/**
 * The public REST interface of Advanced Trade: products, candles, time, and the funding rates and open interest of perpetual contracts, which the
 * venue does not stream. No key is needed.
 */
import { type EpochUs, parseDecimal, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import { FUNDING_RATE_DECIMALS, type StreamKind } from '#domain';
import { type HttpAnswer, retryAfterUs } from '#net';
import {
  type DecodedSink,
  type HistoryCandle,
  type HistoryRange,
  type JsonCursor,
  type ListedFeedInstrument,
  type ListedInstrument,
  lotsOfWire,
  type MarketRest,
  type PollPlan,
  quoteOf,
  type RestCall,
  type RestVerdict,
  readEpochCount,
  readLots,
  readReply,
  rfc3339Us,
  roundedDecimal,
  type TextRecord,
  type VenueHosts,
  wireQtyDecimals,
} from '../market/index.ts';
import { listedOf, readProducts } from './instruments.ts';

const ROOT = '/api/v3/brokerage';
/** 80 % of the 10 requests a second that an address has. */
const WEIGHT_PER_MINUTE_MAX = 480;
/** Candles of one page; the venue refuses a range that holds more than 350. */
const PAGE_CANDLES = 300;
/** Products asked for in one poll: their names stand in the address. */
const POLL_PRODUCTS_MAX = 50;
const POLL_EVERY_US = US_PER_MINUTE;
/** Pause after a refusal for too many requests that names no time. */
const PAUSE_US = 10 * US_PER_SECOND;
const DETAILS = 'future_product_details.';

/** Names of the lengths of candles. */
const GRANULARITIES: ReadonlyMap<number, string> = new Map([
  [US_PER_MINUTE, 'ONE_MINUTE'],
  [5 * US_PER_MINUTE, 'FIVE_MINUTE'],
  [15 * US_PER_MINUTE, 'FIFTEEN_MINUTE'],
  [30 * US_PER_MINUTE, 'THIRTY_MINUTE'],
  [US_PER_HOUR, 'ONE_HOUR'],
  [2 * US_PER_HOUR, 'TWO_HOUR'],
  [6 * US_PER_HOUR, 'SIX_HOUR'],
  [24 * US_PER_HOUR, 'ONE_DAY'],
]);

/** Public requests of Coinbase. */
export class CoinbaseRest implements MarketRest {
  readonly weightPerMinuteMax = WEIGHT_PER_MINUTE_MAX;
  readonly usedWeightHeader = null;
  readonly #base: string;

  constructor(hosts: VenueHosts) {
    this.#base = hosts.rest + ROOT;
  }

  judge(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
    const { headers, status } = answer;
    if (status >= 200 && status < 300) return { kind: 'good' };
    const message = `HTTP ${status}: ${quoteOf(answer.body)}`;
    if (status === 429 || (status < 500 && message.includes('rate_limit_exceeded'))) {
      const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + PAUSE_US;
      return { kind: 'limited', untilUs, message };
    }
    return { kind: status >= 500 || status === 408 ? 'unavailable' : 'refused', message };
  }

  serverTime(): RestCall<EpochUs> {
    return this.#get('/time', 'server time', readServerTime);
  }

  instruments(): RestCall<readonly ListedInstrument[]> {
    return this.#get('/market/products?get_all_products=true', 'products', (cursor) =>
      listedOf(readProducts(cursor)),
    );
  }

  /** Snapshots come on the stream. */
  bookSnapshot(): null {
    return null;
  }

  candles(range: HistoryRange, timeframeUs: number): RestCall<readonly HistoryCandle[]> | null {
    const granularity = GRANULARITIES.get(timeframeUs);
    if (granularity === undefined) return null;
    const { fromUs, restSymbol } = range;
    const toUs = Math.min(range.toUs, fromUs + PAGE_CANDLES * timeframeUs);
    // Both ends are inclusive, in seconds.
    const start = Math.ceil(fromUs / US_PER_SECOND);
    const end = Math.ceil(toUs / US_PER_SECOND) - 1;
    const query = `start=${start}&end=${end}&granularity=${granularity}&limit=${PAGE_CANDLES}`;
    const path = `/market/products/${encodeURIComponent(restSymbol)}/candles?${query}`;
    const call = this.#get(path, 'candles', (cursor) => readCandles(cursor, { ...range, toUs }));
    return { ...call, coversToUs: toUs };
  }

  /** The venue publishes the last rate alone. */
  fundingHistory(): null {
    return null;
  }

  openInterestHistory(): null {
    return null;
  }

  polls(stream: StreamKind, instruments: readonly ListedFeedInstrument[]): readonly PollPlan[] {
    if (stream !== 'funding-rate' && stream !== 'open-interest') return [];
    const plans: PollPlan[] = [];
    for (let at = 0; at < instruments.length; at += POLL_PRODUCTS_MAX) {
      plans.push(this.#poll(stream, instruments.slice(at, at + POLL_PRODUCTS_MAX)));
    }
    return plans;
  }

  #poll(stream: 'funding-rate' | 'open-interest', instruments: readonly ListedFeedInstrument[]): PollPlan {
    const ids = instruments.map(({ restSymbol }) => `product_ids=${encodeURIComponent(restSymbol)}`);
    const call = this.#get(`/market/products?product_type=FUTURE&${ids.join('&')}`, 'products', (cursor) =>
      cursor.skip(),
    );
    const bySymbol = new Map(instruments.map((listed) => [listed.restSymbol, listed]));
    const decode = (body: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void => {
      for (const product of readReply('coinbase', 'products', body, readProducts)) {
        const listed = bySymbol.get(product.get('product_id') ?? '');
        if (listed === undefined) continue;
        if (stream === 'funding-rate') tellFunding(product, listed, tsLocalUs, sink);
        else tellOpenInterest(product, listed, tsLocalUs, sink);
      }
    };
    return { stream, everyUs: POLL_EVERY_US, call, decode };
  }

  #get<T>(path: string, what: string, read: (cursor: JsonCursor) => T): RestCall<T> {
    return {
      method: 'GET',
      url: this.#base + path,
      // Answers are kept for a second otherwise.
      headers: { 'cache-control': 'no-cache' },
      body: null,
      weight: 1,
      parse: (body) => readReply('coinbase', what, body, read),
    };
  }
}

function readServerTime(cursor: JsonCursor): EpochUs {
  let us = Number.NaN;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.text() === 'epochMillis') us = cursor.readInteger() * US_PER_MS;
    else cursor.skip();
  }
  return Number.isSafeInteger(us) ? us : cursor.fail("a member 'epochMillis'");
}

/** Candles of the range, oldest first; the venue lists the newest first. */
function readCandles(cursor: JsonCursor, range: HistoryRange): readonly HistoryCandle[] {
  const candles: HistoryCandle[] = [];
  let isListed = false;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.text() !== 'candles') cursor.skip();
    else {
      isListed = true;
      cursor.beginArray();
      while (cursor.nextItem()) candles.push(readCandle(cursor, range));
    }
  }
  if (!isListed) cursor.fail("a member 'candles'");
  const inRange = candles.filter(({ openTsUs }) => openTsUs >= range.fromUs && openTsUs < range.toUs);
  return inRange.sort((a, b) => a.openTsUs - b.openTsUs);
}

function readCandle(cursor: JsonCursor, { instrument }: HistoryRange): HistoryCandle {
  const { priceDecimals } = instrument;
  const candle = {
    openTsUs: Number.NaN,
    openTicks: Number.NaN,
    highTicks: Number.NaN,
    lowTicks: Number.NaN,
    closeTicks: Number.NaN,
    volumeLots: Number.NaN,
  };
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'start') candle.openTsUs = readEpochCount(cursor);
    else if (key === 'open') candle.openTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'high') candle.highTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'low') candle.lowTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'close') candle.closeTicks = cursor.readDecimal(priceDecimals);
    else if (key === 'volume') candle.volumeLots = readLots(cursor, instrument);
    else cursor.skip();
  }
  if (Object.values(candle).some((value) => Number.isNaN(value))) cursor.fail('a whole candle before');
  return candle;
}

/**
 * Tells the rate in force. `funding_time` is the full hour that was settled last or comes next, whichever the venue shows: the next settlement is the first
 * of its rhythm after now.
 */
function tellFunding(
  product: TextRecord,
  { instrument }: ListedFeedInstrument,
  tsLocalUs: EpochUs,
  sink: DecodedSink,
): void {
  const rateE12 = roundedDecimal(fieldOf(product, 'funding_rate'), FUNDING_RATE_DECIMALS);
  if (Number.isNaN(rateE12)) return;
  const nextFundingUs = nextSettlement(product, tsLocalUs);
  sink.onFunding({
    instrumentIx: instrument.ix,
    tsVenueUs: tsLocalUs,
    rateE12,
    nextFundingUs,
    isSettled: false,
  });
}

function nextSettlement(product: TextRecord, nowUs: EpochUs): EpochUs {
  const timeBytes = new TextEncoder().encode(fieldOf(product, 'funding_time'));
  const timeUs = rfc3339Us(timeBytes, 0, timeBytes.length);
  if (timeUs > nowUs) return timeUs;
  const interval = /^(\d{1,7})s$/.exec(product.get(`${DETAILS}funding_interval`) ?? '');
  const intervalUs = Number(interval?.[1] ?? 0) * US_PER_SECOND;
  if (Number.isNaN(timeUs) || intervalUs === 0) return -1;
  return timeUs + (Math.floor((nowUs - timeUs) / intervalUs) + 1) * intervalUs;
}

function tellOpenInterest(
  product: TextRecord,
  { instrument }: ListedFeedInstrument,
  tsLocalUs: EpochUs,
  sink: DecodedSink,
): void {
  const text = fieldOf(product, 'open_interest');
  const decimals = wireQtyDecimals(instrument);
  const exact = parseDecimal(text, decimals);
  const openInterestLots = lotsOfWire(
    instrument,
    Number.isNaN(exact) ? roundedDecimal(text, decimals) : exact,
  );
  if (!(openInterestLots >= 0)) return;
  sink.onOpenInterest({ instrumentIx: instrument.ix, tsVenueUs: tsLocalUs, openInterestLots });
}

/** Both venues' contracts have the fields, each in another place. */
function fieldOf(product: TextRecord, name: string): string {
  const outer = product.get(DETAILS + name) ?? '';
  return outer === '' ? (product.get(`${DETAILS}perpetual_details.${name}`) ?? '') : outer;
}
