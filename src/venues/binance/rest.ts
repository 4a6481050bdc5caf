/** Binance's public REST interface: snapshots of books, lists, time, polls; history is in `history.ts`. */
import type { BookUpdate } from '#book';
import { type EpochUs, US_PER_DAY, US_PER_MINUTE } from '#core';
import type { StreamKind } from '#domain';
import {
  type DecodedSink,
  type FeedInstrument,
  type HistoryRange,
  type JsonCursor,
  type ListedFeedInstrument,
  type MarketRest,
  type OpenInterestPrint,
  type PollPlan,
  readReply,
  type VenueHosts,
} from '../market/index.ts';
import { candlesCall, fundingCall, openInterestCall } from './history.ts';
import { readListing } from './instruments.ts';
import type { BinanceMarket } from './market.ts';
import { getCall } from './request.ts';
import { readBookSnapshot } from './snapshot.ts';
import { venueUs } from './venue-time.ts';
import { judgeAnswer } from './verdict.ts';

/** The venue renews it about every ten seconds; a request an instrument and minute leaves the budget to snapshots. */
const OPEN_INTEREST_EVERY_US = US_PER_MINUTE;
/** Its history is documented to reach back thirty days. */
const OPEN_INTEREST_AGE_US_MAX = 30 * US_PER_DAY;

/** Returns the REST interface of a market at these hosts. */
export function openRest(market: BinanceMarket, hosts: VenueHosts): MarketRest {
  const base = hosts.rest;
  const api = base + market.api;
  const isFutures = market.kind === 'perpetual';
  return {
    weightPerMinuteMax: market.weightPerMinuteMax,
    usedWeightHeader: 'x-mbx-used-weight-1m',
    judge: judgeAnswer,
    serverTime: () =>
      getCall(`${api}/time`, {}, 1, (body) => readReply(market.venue, 'time', body, readServerTime)),
    instruments: () =>
      getCall(
        `${api}/exchangeInfo`,
        {},
        market.exchangeInfoWeight,
        (body) => readListing(market, body).listed,
      ),
    bookSnapshot: (instrument, restSymbol, into, isHurried = false) =>
      snapshotCall(market, api, instrument, restSymbol, into, isHurried),
    candles: (range: HistoryRange, timeframeUs: number) => candlesCall(market, base, range, timeframeUs),
    fundingHistory: (range) => (isFutures ? fundingCall(market, base, range) : null),
    openInterestHistory: (range) => (isFutures ? openInterestCall(market, base, range) : null),
    openInterestAgeUsMax: OPEN_INTEREST_AGE_US_MAX,
    polls: (stream, instruments) => (isFutures ? openInterestPolls(market, api, stream, instruments) : []),
  };
}

/** Levels of a snapshot when many books wait, and what that costs in all of Binance's markets; deeper ones come with the changes. */
const HURRIED_LIMIT = 100;
const HURRIED_WEIGHT = 5;

/** The body has no symbol and, at spot, no time: `tsVenueUs` is 0 then; `tsLocalUs` is left to who receives it. */
function snapshotCall(
  market: BinanceMarket,
  api: string,
  instrument: FeedInstrument,
  restSymbol: string,
  into: BookUpdate,
  isHurried: boolean,
) {
  const limit = isHurried ? HURRIED_LIMIT : market.depthLimit;
  const weight = isHurried ? HURRIED_WEIGHT : market.depthWeight;
  return getCall(`${api}/depth`, { symbol: restSymbol, limit: String(limit) }, weight, (body) =>
    readReply(market.venue, `depth of ${instrument.symbol}`, body, (cursor) => {
      readBookSnapshot(cursor, instrument, into);
      return into;
    }),
  );
}

function readServerTime(cursor: JsonCursor): EpochUs {
  let timeUs = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.text() === 'serverTime') timeUs = venueUs(cursor.readInteger());
    else cursor.skip();
  }
  if (timeUs < 0) cursor.fail("a member 'serverTime' of at least 0 before this");
  return timeUs;
}

function openInterestPolls(
  market: BinanceMarket,
  api: string,
  stream: StreamKind,
  instruments: readonly ListedFeedInstrument[],
): readonly PollPlan[] {
  if (stream !== 'open-interest') return [];
  return instruments.map(({ instrument, restSymbol }) => ({
    stream,
    everyUs: OPEN_INTEREST_EVERY_US,
    call: getCall(`${api}/openInterest`, { symbol: restSymbol }, 1, () => {}),
    decode: (body: Uint8Array, _tsLocalUs: EpochUs, sink: DecodedSink) =>
      sink.onOpenInterest(
        readReply(market.venue, 'openInterest', body, (cursor) => readOpenInterest(cursor, instrument)),
      ),
  }));
}

function readOpenInterest(cursor: JsonCursor, instrument: FeedInstrument): OpenInterestPrint {
  let tsVenueUs = -1;
  let openInterestLots = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    const name = cursor.text();
    if (name === 'openInterest') openInterestLots = cursor.readDecimal(instrument.qtyDecimals);
    else if (name === 'time') tsVenueUs = venueUs(cursor.readInteger());
    else cursor.skip();
  }
  if (tsVenueUs < 0 || openInterestLots < 0) cursor.fail("members 'openInterest' and 'time' before this");
  return { instrumentIx: instrument.ix, tsVenueUs, openInterestLots };
}
