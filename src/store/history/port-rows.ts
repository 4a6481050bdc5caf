/** Chunks in the forms of the history port. Nothing is copied but book levels: a chunk belongs to whoever got it. */
import { AssertionError, assert } from '#core';
import type { BookEvent, CandleColumns } from '#domain';
import type { FactEvent, FundingColumns, MarkColumns, TradeColumns } from '../history-port.ts';
import {
  BAR,
  BOOK,
  FUNDING,
  FUNDING_RATE,
  LIQUIDATION,
  MARK_PRICE,
  OPEN_INTEREST,
  type RowChunk,
  recordEnd,
  TRADE,
} from './columns.ts';

/** Returns a chunk of candles as columns of ticks and lots. */
export function candleColumns(chunk: RowChunk, timeframeUs: number): CandleColumns {
  assert(chunk.kind === 'candles', 'candles come from chunks of candles');
  const { columns, rowCount } = chunk;
  return {
    timeframeUs,
    rowCount,
    openTsUs: columns[BAR.ts]!,
    openTicks: columns[BAR.open]!,
    highTicks: columns[BAR.high]!,
    lowTicks: columns[BAR.low]!,
    closeTicks: columns[BAR.close]!,
    volumeLots: columns[BAR.volume]!,
  };
}

/** Returns a chunk of mark bars as the closes the port hands on. */
export function markColumns(chunk: RowChunk, timeframeUs: number): MarkColumns {
  assert(chunk.kind === 'mark', 'marks come from chunks of mark bars');
  const { columns, rowCount, priceDecimals } = chunk;
  return {
    timeframeUs,
    rowCount,
    priceDecimals,
    openTsUs: columns[BAR.ts]!,
    closeUnits: columns[BAR.close]!,
  };
}

/** Returns a chunk of settlements as columns. */
export function fundingColumns(chunk: RowChunk): FundingColumns {
  assert(chunk.kind === 'funding', 'funding comes from chunks of settlements');
  return {
    rowCount: chunk.rowCount,
    tsUs: chunk.columns[FUNDING.ts]!,
    rateE12: chunk.columns[FUNDING.rate]!,
  };
}

/** Returns a chunk of trades as columns of ticks and lots. */
export function tradeColumns(chunk: RowChunk): TradeColumns {
  assert(chunk.kind === 'trades', 'trades come from chunks of trades');
  const { columns, rowCount } = chunk;
  return {
    rowCount,
    tsVenueUs: columns[TRADE.tsVenue]!,
    tsLocalUs: columns[TRADE.tsLocal]!,
    tradeId: columns[TRADE.id]!,
    priceTicks: columns[TRADE.price]!,
    qtyLots: columns[TRADE.qty]!,
    takerSign: Int8Array.from(columns[TRADE.sign]!),
  };
}

/** Returns the events of a chunk of book rows, `instrumentIx` 0. */
export function bookEvents(chunk: RowChunk): BookEvent[] {
  assert(chunk.kind === 'book', 'book events come from chunks of book rows');
  const events: BookEvent[] = [];
  for (let row = 0; row < chunk.rowCount; ) {
    const end = recordEnd(chunk, row);
    events.push(bookEvent(chunk, row, end));
    row = end;
  }
  return events;
}

function bookEvent(chunk: RowChunk, start: number, end: number): BookEvent {
  const at = (column: number): number => chunk.columns[column]![start]!;
  return {
    kind: 'book',
    instrumentIx: 0,
    tsVenueUs: at(BOOK.tsVenue),
    tsLocalUs: at(BOOK.tsLocal),
    isSnapshot: at(BOOK.isSnapshot) === 1,
    firstUpdateId: at(BOOK.firstId),
    lastUpdateId: at(BOOK.lastId),
    previousUpdateId: at(BOOK.previousId),
    bids: levelsOf(chunk, start, end, 1),
    asks: levelsOf(chunk, start, end, -1),
  };
}

function levelsOf(chunk: RowChunk, start: number, end: number, side: 1 | -1): Float64Array {
  const sides = chunk.columns[BOOK.side]!;
  let count = 0;
  for (let row = start; row < end; row++) if (sides[row] === side) count++;
  const levels = new Float64Array(2 * count);
  let at = 0;
  for (let row = start; row < end; row++) {
    if (sides[row] !== side) continue;
    levels[at++] = chunk.columns[BOOK.price]![row]!;
    levels[at++] = chunk.columns[BOOK.qty]![row]!;
  }
  return levels;
}

/** Returns the events of a chunk of facts, `instrumentIx` 0. */
export function factEvents(chunk: RowChunk): FactEvent[] {
  const events: FactEvent[] = [];
  for (let row = 0; row < chunk.rowCount; row++) events.push(factEvent(chunk, row));
  return events;
}

function factEvent({ columns, kind }: RowChunk, row: number): FactEvent {
  const at = (column: number): number => columns[column]![row]!;
  const base = { instrumentIx: 0, tsLocalUs: at(0), tsVenueUs: at(1) };
  switch (kind) {
    case 'mark-price':
      return { kind, ...base, markE8: at(MARK_PRICE.mark), indexE8: at(MARK_PRICE.index) };
    case 'funding-rate': {
      const nextFundingUs = at(FUNDING_RATE.nextFunding);
      return { kind, ...base, rateE12: at(FUNDING_RATE.rate), nextFundingUs };
    }
    case 'open-interest':
      return { kind, ...base, openInterestLots: at(OPEN_INTEREST.lots) };
    case 'liquidations': {
      const side = at(LIQUIDATION.side) > 0 ? 'buy' : 'sell';
      const order = { side, priceTicks: at(LIQUIDATION.price), qtyLots: at(LIQUIDATION.qty) } as const;
      return { kind: 'liquidation', ...base, ...order };
    }
    default:
      throw new AssertionError(`Invariant: facts come from chunks of facts, was ${kind}`);
  }
}
