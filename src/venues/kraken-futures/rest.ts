/**
 * Kraken's public REST interfaces for futures: the derivatives API and the charts. Public calls cost nothing of the venue's budget; the pace here
 * is our own. Books come by stream.
 */
import { type EpochUs, parseMomentUs } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import {
  bytesOf,
  FrameFault,
  type HistoryFunding,
  type HistoryRange,
  type JsonCursor,
  type MarketRest,
  type RestCall,
  readRecords,
  roundedDecimal,
  type VenueHosts,
} from '#venues/market';
import { candlesCall, openInterestCall } from './charts.ts';
import { getCall } from './get-call.ts';
import { readInstruments } from './instruments.ts';
import { judge } from './verdict.ts';

const RATES = bytesOf('rates');
const SERVER_TIME = bytesOf('serverTime');
const WEIGHT_PER_MINUTE_MAX = 480;

/** Makes the calls of Kraken futures. */
export function krakenFuturesRest(hosts: VenueHosts): MarketRest {
  const root = `${hosts.rest}/derivatives/api/v3`;
  const charts = `${hosts.rest}/api/charts/v1`;
  return {
    weightPerMinuteMax: WEIGHT_PER_MINUTE_MAX,
    usedWeightHeader: null,
    judge,
    serverTime: () => getCall(`${root}/instruments/status`, 'server time', readServerTime),
    instruments: () => getCall(`${root}/instruments`, 'instruments', readInstruments),
    bookSnapshot: () => null,
    candles: (range, timeframeUs) => candlesCall(charts, range, timeframeUs),
    fundingHistory: (range) => fundingCall(root, range),
    openInterestHistory: (range) => openInterestCall(charts, range),
    polls: () => [],
  };
}

/** Kraken answers with all that it keeps of a product, about a year; what is outside the range is dropped here. */
function fundingCall(root: string, range: HistoryRange): RestCall<readonly HistoryFunding[]> {
  const url = `${root}/historical-funding-rates?symbol=${encodeURIComponent(range.restSymbol)}`;
  return getCall(url, `funding of ${range.instrument.symbol}`, (cursor) => readFunding(cursor, range));
}

function readFunding(cursor: JsonCursor, range: HistoryRange): readonly HistoryFunding[] {
  const rates: HistoryFunding[] = [];
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (!cursor.textIs(RATES)) {
      cursor.skip();
      continue;
    }
    for (const record of readRecords(cursor)) {
      const rate = record.get('relativeFundingRate');
      const tsUs = parseMomentUs(record.get('timestamp') ?? '');
      // A product without a rate for the hour paid none.
      if (rate === undefined) continue;
      const rateE12 = roundedDecimal(rate, FUNDING_RATE_DECIMALS);
      if (tsUs === undefined || Number.isNaN(rateE12)) {
        throw new FrameFault(
          `expected a moment and a rate, found '${record.get('timestamp')}' and '${rate}'`,
          cursor.at,
        );
      }
      if (tsUs >= range.fromUs && tsUs < range.toUs) rates.push({ tsUs, rateE12 });
    }
  }
  return rates.sort((a, b) => a.tsUs - b.tsUs);
}

function readServerTime(cursor: JsonCursor): EpochUs {
  let us: EpochUs | undefined;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(SERVER_TIME)) us = parseMomentUs(cursor.stringText());
    else cursor.skip();
  }
  if (us === undefined) throw new FrameFault("expected 'serverTime'", cursor.at);
  return us;
}
