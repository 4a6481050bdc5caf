/** Market sources from recorded columns, one per kind of event. Each opens its columns through a function, so that a position can be restored. */
import { assert, POW10 } from '#core';
import type {
  BookEvent,
  BookOrderEvent,
  CandleColumns,
  CandleEvent,
  FundingEvent,
  Instrument,
  InstrumentIx,
  MarkEvent,
  MarketEvent,
  TradeEvent,
} from '#domain';
import type { MarketSource } from '../source.ts';
import { ChunkSource, type OpenChunks } from './chunk-source.ts';

/** Mark-price bars; the close counts at `openTsUs` + `timeframeUs`. Prices in units of 10^-`priceDecimals`. */
export interface MarkColumns {
  readonly timeframeUs: number;
  readonly rowCount: number;
  readonly priceDecimals: number;
  readonly openTsUs: Float64Array;
  readonly closeUnits: Float64Array;
}

/** Funding settlements. */
export interface FundingColumns {
  readonly rowCount: number;
  readonly tsUs: Float64Array;
  readonly rateE12: Float64Array;
}

/** Trade prints; `takerSign` +1 = the taker bought. */
export interface TradeColumns {
  readonly rowCount: number;
  readonly tsVenueUs: Float64Array;
  readonly tsLocalUs: Float64Array;
  readonly tradeId: Float64Array;
  readonly priceTicks: Float64Array;
  readonly qtyLots: Float64Array;
  readonly takerSign: Int8Array;
}

/** A recorded feed: where its chunks come from and how long an event without a recorded receive time takes to the trader. */
export interface ColumnFeed<C> {
  readonly instrumentIx: InstrumentIx;
  readonly open: OpenChunks<C>;
  readonly feedLatencyUs: number;
}

const rowCountOf = (columns: { readonly rowCount: number }): number => columns.rowCount;

/** Returns a source of candles of one timeframe; each is known to the venue at its open and to the trader at its close + feed latency. */
export function candleSource(
  feed: ColumnFeed<CandleColumns> & { readonly timeframeUs: number },
): MarketSource {
  const { instrumentIx, timeframeUs, feedLatencyUs, open } = feed;
  const eventAt = (columns: CandleColumns, row: number): CandleEvent => {
    const openTsUs = columns.openTsUs[row]!;
    const tsVenueUs = openTsUs + timeframeUs;
    return {
      kind: 'candle',
      instrumentIx,
      tsVenueUs,
      tsLocalUs: tsVenueUs + feedLatencyUs,
      timeframeUs,
      openTsUs,
      openTicks: columns.openTicks[row]!,
      highTicks: columns.highTicks[row]!,
      lowTicks: columns.lowTicks[row]!,
      closeTicks: columns.closeTicks[row]!,
      volumeLots: columns.volumeLots[row]!,
    };
  };
  const countOf = (columns: CandleColumns): number => {
    assert(
      columns.timeframeUs === timeframeUs,
      `candles have bars of ${timeframeUs} us, were ${columns.timeframeUs}`,
    );
    return columns.rowCount;
  };
  return new ChunkSource({ feed: { instrumentIx, kind: 'candle', timeframeUs }, open, countOf, eventAt });
}

/** Returns a source of mark prices: the close of each bar at its end, rounded to the nearest tick of the instrument. */
export function markSource(
  feed: Omit<ColumnFeed<MarkColumns>, 'instrumentIx'> & { readonly instrument: Instrument },
): MarketSource {
  const { instrument, feedLatencyUs, open } = feed;
  const instrumentIx = instrument.ix;
  const eventAt = (columns: MarkColumns, row: number): MarkEvent => {
    const tsVenueUs = columns.openTsUs[row]! + columns.timeframeUs;
    return {
      kind: 'mark',
      instrumentIx,
      tsVenueUs,
      tsLocalUs: tsVenueUs + feedLatencyUs,
      markTicks: toTicks(columns.closeUnits[row]!, columns.priceDecimals, instrument.priceDecimals),
    };
  };
  const sourceFeed = { instrumentIx, kind: 'mark', timeframeUs: null } as const;
  return new ChunkSource({ feed: sourceFeed, open, countOf: rowCountOf, eventAt });
}

/** Returns a source of funding settlements. */
export function fundingSource(feed: ColumnFeed<FundingColumns>): MarketSource {
  const { instrumentIx, feedLatencyUs, open } = feed;
  const eventAt = (columns: FundingColumns, row: number): FundingEvent => {
    const tsVenueUs = columns.tsUs[row]!;
    return {
      kind: 'funding',
      instrumentIx,
      tsVenueUs,
      tsLocalUs: tsVenueUs + feedLatencyUs,
      rateE12: columns.rateE12[row]!,
    };
  };
  const sourceFeed = { instrumentIx, kind: 'funding', timeframeUs: null } as const;
  return new ChunkSource({ feed: sourceFeed, open, countOf: rowCountOf, eventAt });
}

/** Returns a source of trade prints; recorded receive times stand, `feedLatencyUs` is the least they may be behind the venue's. */
export function tradeSource(feed: ColumnFeed<TradeColumns>): MarketSource {
  const { instrumentIx, feedLatencyUs, open } = feed;
  const eventAt = (columns: TradeColumns, row: number): TradeEvent => {
    const tsVenueUs = columns.tsVenueUs[row]!;
    return {
      kind: 'trade',
      instrumentIx,
      tsVenueUs,
      tsLocalUs: Math.max(columns.tsLocalUs[row]!, tsVenueUs + feedLatencyUs),
      tradeId: columns.tradeId[row]!,
      priceTicks: columns.priceTicks[row]!,
      qtyLots: columns.qtyLots[row]!,
      takerSide: columns.takerSign[row]! > 0 ? 'buy' : 'sell',
    };
  };
  const sourceFeed = { instrumentIx, kind: 'trade', timeframeUs: null } as const;
  return new ChunkSource({ feed: sourceFeed, open, countOf: rowCountOf, eventAt });
}

/** Returns a source of book events, labelled with the instrument; recorded receive times stand as for trades. */
export function bookSource(feed: ColumnFeed<readonly BookEvent[]>): MarketSource {
  const { instrumentIx, feedLatencyUs, open } = feed;
  const eventAt = (events: readonly BookEvent[], row: number): BookEvent => {
    const event = events[row]!;
    const tsLocalUs = Math.max(event.tsLocalUs, event.tsVenueUs + feedLatencyUs);
    return { ...event, instrumentIx, tsLocalUs };
  };
  const sourceFeed = { instrumentIx, kind: 'book', timeframeUs: null } as const;
  return new ChunkSource({ feed: sourceFeed, open, countOf: (events) => events.length, eventAt });
}

/** Returns a source of a book order by order, empty snapshots that forget all orders included; recorded receive times stand as for trades. */
export function orderSource(feed: ColumnFeed<readonly (BookOrderEvent | BookEvent)[]>): MarketSource {
  const { instrumentIx, feedLatencyUs, open } = feed;
  const eventAt = (events: readonly (BookOrderEvent | BookEvent)[], row: number): MarketEvent => {
    const event = events[row]!;
    const tsLocalUs = Math.max(event.tsLocalUs, event.tsVenueUs + feedLatencyUs);
    return { ...event, instrumentIx, tsLocalUs };
  };
  const sourceFeed = { instrumentIx, kind: 'book-order', timeframeUs: null } as const;
  return new ChunkSource({ feed: sourceFeed, open, countOf: (events) => events.length, eventAt });
}

function toTicks(units: number, unitDecimals: number, tickDecimals: number): number {
  const shift = tickDecimals - unitDecimals;
  return shift >= 0 ? units * POW10[shift]! : Math.round(units / POW10[-shift]!);
}
