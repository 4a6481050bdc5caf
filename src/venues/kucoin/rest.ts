/** The public REST interfaces of KuCoin's spot and futures markets: two hosts, one form of answers, one pool of requests for an address. */
import type { BookUpdate } from '#book';
import { type EpochUs, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import { FUNDING_RATE_DECIMALS, type StreamKind, type VenueId } from '#domain';
import type { HttpAnswer } from '#net';
import {
  type DecodedSink,
  type FeedInstrument,
  type HistoryCandle,
  type HistoryFunding,
  type HistoryRange,
  type JsonCursor,
  type ListedFeedInstrument,
  type ListedInstrument,
  lotsOfWire,
  type MarketRest,
  type PollPlan,
  type RestCall,
  type RestVerdict,
  readCutLots,
  readEpochCount,
  readRecords,
  readReply,
  readRounded,
  roundedDecimal,
  type VenueHosts,
  wireQtyDecimals,
} from '../market/index.ts';
import { readSnapshot } from './book-data.ts';
import { judgeAnswer, readData } from './envelope.ts';
import { futuresInstruments, spotInstruments } from './instruments.ts';
import { candleName } from './topics.ts';

/** 80 % of the 2,000 in 30 s that an address has for public requests. */
const WEIGHT_PER_MINUTE_MAX = 3_200;
const SPOT_PAGE_CANDLES = 1_500;
const FUTURES_PAGE_CANDLES = 200;
/** So long that no page of settlements, one an hour at most, exceeds a hundred rows. */
const FUNDING_PAGE_US = 100 * US_PER_HOUR;
const POLL_EVERY_US = US_PER_MINUTE;
/** Candle lengths of the futures market, in minutes. */
const FUTURES_MINUTES: readonly number[] = [1, 5, 15, 30, 60, 120, 240, 480, 720, 1_440, 10_080];

/** Place of open, high, low, close and volume in a row of candles; the first is the start. */
interface CandleColumns {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const SPOT_COLUMNS: CandleColumns = { open: 1, close: 2, high: 3, low: 4, volume: 5 };
const FUTURES_COLUMNS: CandleColumns = { open: 1, high: 2, low: 3, close: 4, volume: 5 };

/** A request of either market: how its data are read, what it costs. */
interface Question<T> {
  readonly path: string;
  readonly what: string;
  readonly weight: number;
  readonly read: (cursor: JsonCursor) => T;
}

/** What both markets have. */
abstract class KucoinRest {
  readonly weightPerMinuteMax = WEIGHT_PER_MINUTE_MAX;
  readonly usedWeightHeader = null;
  readonly #base: string;
  protected readonly venue: VenueId;

  constructor(venue: VenueId, hosts: VenueHosts) {
    this.venue = venue;
    this.#base = hosts.rest;
  }

  judge(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
    return judgeAnswer(answer, nowUs);
  }

  serverTime(): RestCall<EpochUs> {
    return this.ask({ path: '/api/v1/timestamp', what: 'server time', weight: 3, read: readEpochCount });
  }

  openInterestHistory(): null {
    return null;
  }

  protected ask<T>({ path, read, weight, what }: Question<T>): RestCall<T> {
    return {
      method: 'GET',
      url: this.#base + path,
      headers: {},
      body: null,
      weight,
      parse: (body) => readReply(this.venue, what, body, (cursor) => readData(cursor, read)),
    };
  }
}

/** Public requests of the spot market. */
export class KucoinSpotRest extends KucoinRest implements MarketRest {
  constructor(hosts: VenueHosts) {
    super('kucoin-spot', hosts);
  }

  instruments(): RestCall<readonly ListedInstrument[]> {
    const read = (cursor: JsonCursor): readonly ListedInstrument[] => spotInstruments(readRecords(cursor));
    return this.ask({ path: '/api/v2/symbols', what: 'symbols', weight: 4, read });
  }

  /** The best 100 levels of each side: the whole book (`api/v3`) needs a key. */
  bookSnapshot(instrument: FeedInstrument, restSymbol: string, into: BookUpdate): RestCall<BookUpdate> {
    return this.ask({
      path: `/api/v1/market/orderbook/level2_100?symbol=${encodeURIComponent(restSymbol)}`,
      what: `book of ${restSymbol}`,
      weight: 2,
      read: (cursor) => readSnapshot(cursor, instrument, into),
    });
  }

  candles(range: HistoryRange, timeframeUs: number): RestCall<readonly HistoryCandle[]> | null {
    const type = candleName(timeframeUs);
    if (type === undefined) return null;
    const toUs = Math.min(range.toUs, range.fromUs + SPOT_PAGE_CANDLES * timeframeUs);
    const startAt = Math.ceil(range.fromUs / US_PER_SECOND);
    const endAt = Math.ceil(toUs / US_PER_SECOND) - 1;
    const query = `symbol=${encodeURIComponent(range.restSymbol)}&type=${type}&startAt=${startAt}&endAt=${endAt}`;
    const read = (cursor: JsonCursor): readonly HistoryCandle[] =>
      readCandles(cursor, { ...range, toUs }, SPOT_COLUMNS);
    const call = this.ask({ path: `/api/v1/market/candles?${query}`, what: 'candles', weight: 3, read });
    return { ...call, coversToUs: toUs };
  }

  fundingHistory(): null {
    return null;
  }

  polls(): readonly PollPlan[] {
    return [];
  }
}

/** Public requests of the futures market. */
export class KucoinFuturesRest extends KucoinRest implements MarketRest {
  constructor(hosts: VenueHosts) {
    super('kucoin-futures', hosts);
  }

  instruments(): RestCall<readonly ListedInstrument[]> {
    return this.#contracts((cursor) => futuresInstruments(readRecords(cursor)));
  }

  bookSnapshot(instrument: FeedInstrument, restSymbol: string, into: BookUpdate): RestCall<BookUpdate> {
    return this.ask({
      path: `/api/v1/level2/snapshot?symbol=${encodeURIComponent(restSymbol)}`,
      what: `book of ${restSymbol}`,
      weight: 3,
      read: (cursor) => readSnapshot(cursor, instrument, into),
    });
  }

  candles(range: HistoryRange, timeframeUs: number): RestCall<readonly HistoryCandle[]> | null {
    const granularity = timeframeUs / US_PER_MINUTE;
    if (!FUTURES_MINUTES.includes(granularity)) return null;
    const toUs = Math.min(range.toUs, range.fromUs + FUTURES_PAGE_CANDLES * timeframeUs);
    const from = Math.ceil(range.fromUs / US_PER_MS);
    const to = Math.ceil(toUs / US_PER_MS) - 1;
    const query = `symbol=${encodeURIComponent(range.restSymbol)}&granularity=${granularity}&from=${from}&to=${to}`;
    const read = (cursor: JsonCursor): readonly HistoryCandle[] =>
      readCandles(cursor, { ...range, toUs }, FUTURES_COLUMNS);
    const call = this.ask({ path: `/api/v1/kline/query?${query}`, what: 'candles', weight: 3, read });
    return { ...call, coversToUs: toUs };
  }

  fundingHistory(range: HistoryRange): RestCall<readonly HistoryFunding[]> {
    const toUs = Math.min(range.toUs, range.fromUs + FUNDING_PAGE_US);
    const from = Math.ceil(range.fromUs / US_PER_MS);
    const to = Math.ceil(toUs / US_PER_MS) - 1;
    const call = this.ask({
      path: `/api/v1/contract/funding-rates?symbol=${encodeURIComponent(range.restSymbol)}&from=${from}&to=${to}`,
      what: 'funding rates',
      weight: 5,
      read: (cursor) => readFundingHistory(cursor, { ...range, toUs }),
    });
    return { ...call, coversToUs: toUs };
  }

  /** Open interest of all contracts stands in their list. */
  polls(stream: StreamKind, instruments: readonly ListedFeedInstrument[]): readonly PollPlan[] {
    if (stream !== 'open-interest' || instruments.length === 0) return [];
    const bySymbol = new Map(instruments.map(({ instrument, restSymbol }) => [restSymbol, instrument]));
    const decode = (body: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void => {
      const contracts = readReply(this.venue, 'contracts', body, (cursor) => readData(cursor, readRecords));
      for (const contract of contracts) {
        const instrument = bySymbol.get(contract.get('symbol') ?? '');
        if (instrument === undefined) continue;
        const contracts = roundedDecimal(contract.get('openInterest') ?? '', wireQtyDecimals(instrument));
        const openInterestLots = lotsOfWire(instrument, contracts);
        if (!(openInterestLots >= 0)) continue;
        sink.onOpenInterest({ instrumentIx: instrument.ix, tsVenueUs: tsLocalUs, openInterestLots });
      }
    };
    return [{ stream, everyUs: POLL_EVERY_US, call: this.#contracts((cursor) => cursor.skip()), decode }];
  }

  #contracts<T>(read: (cursor: JsonCursor) => T): RestCall<T> {
    return this.ask({ path: '/api/v1/contracts/active', what: 'contracts', weight: 3, read });
  }
}

/** Rows of the range, oldest first, whatever order they came in; null = none. */
function readCandles(
  cursor: JsonCursor,
  range: HistoryRange,
  columns: CandleColumns,
): readonly HistoryCandle[] {
  const candles: HistoryCandle[] = [];
  if (cursor.takeNull()) return candles;
  cursor.beginArray();
  while (cursor.nextItem()) candles.push(readCandleRow(cursor, range.instrument, columns));
  const inRange = candles.filter(({ openTsUs }) => openTsUs >= range.fromUs && openTsUs < range.toUs);
  return inRange.sort((a, b) => a.openTsUs - b.openTsUs);
}

function readCandleRow(
  cursor: JsonCursor,
  instrument: FeedInstrument,
  columns: CandleColumns,
): HistoryCandle {
  const { priceDecimals } = instrument;
  const values: number[] = [];
  cursor.beginArray();
  while (cursor.nextItem()) {
    if (values.length === 0) values.push(readEpochCount(cursor));
    else if (values.length < columns.volume) values.push(cursor.readDecimal(priceDecimals));
    else if (values.length === columns.volume) values.push(readCutLots(cursor, instrument));
    else cursor.skip();
  }
  const openTsUs = values[0];
  const volumeLots = values[columns.volume];
  if (openTsUs === undefined || volumeLots === undefined) cursor.fail('a row of six values before');
  const priceAt = (column: number): number => values[column] ?? Number.NaN;
  return {
    openTsUs,
    openTicks: priceAt(columns.open),
    highTicks: priceAt(columns.high),
    lowTicks: priceAt(columns.low),
    closeTicks: priceAt(columns.close),
    volumeLots,
  };
}

function readFundingHistory(cursor: JsonCursor, range: HistoryRange): readonly HistoryFunding[] {
  const rates: HistoryFunding[] = [];
  if (cursor.takeNull()) return rates;
  cursor.beginArray();
  while (cursor.nextItem()) {
    let tsUs = Number.NaN;
    let rateE12 = Number.NaN;
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      if (key === 'timepoint') tsUs = readEpochCount(cursor);
      else if (key === 'fundingRate') rateE12 = readRounded(cursor, FUNDING_RATE_DECIMALS);
      else cursor.skip();
    }
    if (Number.isNaN(tsUs) || Number.isNaN(rateE12)) cursor.fail('a rate and its time before');
    rates.push({ tsUs, rateE12 });
  }
  const inRange = rates.filter(({ tsUs }) => tsUs >= range.fromUs && tsUs < range.toUs);
  return inRange.sort((a, b) => a.tsUs - b.tsUs);
}
