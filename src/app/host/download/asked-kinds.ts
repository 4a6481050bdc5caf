/** The kinds of history that venues are asked for: the request of a page, and how its rows are written into files that an import reads. */
import { assert, type EpochUs, formatDecimal, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import { OPEN_INTEREST_DELAY_US } from '#store/files';
import type {
  FeedInstrument,
  HistoryCandle,
  HistoryFunding,
  HistoryOpenInterest,
  HistoryRange,
  MarketRest,
  RestCall,
} from '#venues/market';

/** A kind of history that venues are asked for. */
export type AskedKind = 'candles' | 'funding' | 'open-interest';

/** How one kind is asked for and written. Times are epoch us. */
export interface AskedForm<T> {
  /** First line of its files. */
  readonly header: string;
  /** Returns the request of a page, `null` when the venue has no such history. */
  callOf(rest: MarketRest, range: HistoryRange, timeframeUs: number | null): RestCall<readonly T[]> | null;
  timeOf(row: T): EpochUs;
  /** Where the next row may begin. */
  endOf(row: T, timeframeUs: number | null): EpochUs;
  lineOf(row: T, instrument: FeedInstrument): string;
  /** A hole at an end of the range is told when it is longer than this. */
  slackUs(timeframeUs: number | null): number;
  /** Whether a file holds a day or a month. */
  cut(timeframeUs: number | null): 'day' | 'month';
}

/** Bars up to this length are kept by days. */
const DAILY_UP_TO_US = 5 * US_PER_MINUTE;

/** Candles. */
export const CANDLE_FORM: AskedForm<HistoryCandle> = {
  header: 'ts_ms,open,high,low,close,volume',
  callOf: (rest, range, timeframeUs) => rest.candles(range, lengthOf(timeframeUs)),
  timeOf: ({ openTsUs }) => openTsUs,
  endOf: ({ openTsUs }, timeframeUs) => openTsUs + lengthOf(timeframeUs),
  lineOf: (candle, { priceDecimals, qtyDecimals }) => {
    const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, volumeLots } = candle;
    const prices = [openTicks, highTicks, lowTicks, closeTicks].map((ticks) =>
      formatDecimal(ticks, priceDecimals),
    );
    return [openTsUs, ...prices, formatDecimal(volumeLots, qtyDecimals)].join();
  },
  slackUs: lengthOf,
  cut: (timeframeUs) => (lengthOf(timeframeUs) <= DAILY_UP_TO_US ? 'day' : 'month'),
};

/** Settled funding rates. */
export const FUNDING_FORM: AskedForm<HistoryFunding> = {
  header: 'ts_ms,funding_rate',
  callOf: (rest, range) => rest.fundingHistory(range),
  timeOf: ({ tsUs }) => tsUs,
  endOf: ({ tsUs }) => tsUs + 1,
  lineOf: ({ rateE12, tsUs }) => `${tsUs},${formatDecimal(rateE12, FUNDING_RATE_DECIMALS)}`,
  slackUs: () => US_PER_DAY,
  cut: () => 'month',
};

/** Open interest; it counts from the end of its step on, as that of archives does. */
export const OPEN_INTEREST_FORM: AskedForm<HistoryOpenInterest> = {
  header: 'local_ms,ts_ms,open_interest',
  callOf: (rest, range) => rest.openInterestHistory(range),
  timeOf: ({ tsUs }) => tsUs,
  endOf: ({ tsUs }) => tsUs + 1,
  lineOf: ({ openInterestLots, tsUs }, { qtyDecimals }) =>
    [tsUs + OPEN_INTEREST_DELAY_US, tsUs, formatDecimal(openInterestLots, qtyDecimals)].join(),
  slackUs: () => US_PER_HOUR,
  cut: () => 'day',
};

/** True when a venue has such a history by request; nothing is sent. @throws XY_USAGE for a bar length that it refuses in words of its own */
export function canAsk(
  rest: MarketRest,
  kind: AskedKind,
  range: HistoryRange,
  timeframeUs: number | null,
): boolean {
  if (kind === 'candles') return CANDLE_FORM.callOf(rest, range, timeframeUs) !== null;
  const form = kind === 'funding' ? FUNDING_FORM : OPEN_INTEREST_FORM;
  return form.callOf(rest, range, timeframeUs) !== null;
}

function lengthOf(timeframeUs: number | null): number {
  assert(timeframeUs !== null, 'candles have a length');
  return timeframeUs;
}
