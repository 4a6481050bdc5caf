/**
 * The history port over any set of tables: the archive and files given on the command line differ only in how a table is read.
 * All candles, trades and book events of one symbol come out in the decimals of its `instrumentSpec`; mark prices keep their own.
 */
import { formatDurationUs, Sha256, XylenError } from '#core';
import type { BookEvent, CandleColumns, InstrumentSpec, VenueId } from '#domain';
import type {
  FundingColumns,
  HistoryInfo,
  HistoryKind,
  HistoryQuery,
  MarkColumns,
  MarketHistory,
  TradeColumns,
} from '../history-port.ts';
import { type Decimals, lowerBound, type RowChunk, scaleChunk, sliceRows } from './columns.ts';
import { ContentHash } from './content-hash.ts';
import { type DataSetId, dataSetKey, isBarKind, timeframeOf } from './data-set.ts';
import { decimalsForData, specForData } from './instrument-inference.ts';
import { bookEvents, candleColumns, fundingColumns, markColumns, tradeColumns } from './port-rows.ts';

/** One data set as a history reads it. */
export interface HistoryTable extends Decimals {
  readonly id: DataSetId;
  readonly fromUs: number;
  readonly toUs: number;
  readonly recordCount: number;
  /** File or folder, for messages. */
  readonly source: string;
  /** Yields at least the rows with time in [`fromUs`, `toUs`), in order, at any scale up to the table's decimals. */
  read(fromUs: number, toUs: number): AsyncIterable<RowChunk>;
}

/** A `MarketHistory` over tables. */
export class TableHistory implements MarketHistory {
  readonly infos: readonly HistoryInfo[];
  readonly #tables: readonly HistoryTable[];
  readonly #specs = new Map<string, InstrumentSpec>();
  readonly #known: readonly InstrumentSpec[];
  readonly #close: () => Promise<void>;

  /** Takes the tables, the rules known from elsewhere, and what to do on `close`. */
  constructor(
    tables: readonly HistoryTable[],
    known: readonly InstrumentSpec[],
    close: () => Promise<void> = async () => undefined,
  ) {
    this.#tables = tables;
    this.#known = known;
    this.#close = close;
    this.infos = tables.map((table) => this.#infoOf(table));
  }

  instrumentSpec(venue: VenueId, symbol: string): InstrumentSpec {
    const key = `${venue}|${symbol}`;
    const found = this.#specs.get(key);
    if (found !== undefined) return found;
    const spec = specForData(
      venue,
      symbol,
      this.#dataDecimals(venue, symbol),
      this.#knownSpec(venue, symbol),
    );
    this.#specs.set(key, spec);
    return spec;
  }

  async *candles(query: HistoryQuery): AsyncGenerator<CandleColumns> {
    const table = this.#table(query, 'candles');
    for await (const chunk of this.#rows(table, query)) yield candleColumns(chunk, timeframeOf(table.id));
  }

  async *marks(query: HistoryQuery): AsyncGenerator<MarkColumns> {
    const table = this.#table(query, 'mark');
    for await (const chunk of this.#rows(table, query)) yield markColumns(chunk, timeframeOf(table.id));
  }

  async *funding(query: HistoryQuery): AsyncGenerator<FundingColumns> {
    for await (const chunk of this.#rows(this.#table(query, 'funding'), query)) yield fundingColumns(chunk);
  }

  async *trades(query: HistoryQuery): AsyncGenerator<TradeColumns> {
    for await (const chunk of this.#rows(this.#table(query, 'trades'), query)) yield tradeColumns(chunk);
  }

  async *book(query: HistoryQuery): AsyncGenerator<readonly BookEvent[]> {
    for await (const chunk of this.#rows(this.#table(query, 'book'), query)) yield bookEvents(chunk);
  }

  async contentHash(queries: readonly (HistoryQuery & { readonly kind: HistoryKind })[]): Promise<string> {
    const parts: string[] = [];
    for (const query of queries) {
      const table = this.#table(query, query.kind);
      const hash = new ContentHash();
      for await (const chunk of rowsInRange(table, query)) hash.add(chunk);
      parts.push(`${dataSetKey(table.id)} ${hash.hex()}`);
    }
    const all = new Sha256();
    for (const part of parts.sort()) all.update(`${part}\n`);
    return all.hex();
  }

  close(): Promise<void> {
    return this.#close();
  }

  async *#rows(table: HistoryTable, query: HistoryQuery): AsyncGenerator<RowChunk> {
    const decimals = this.#decimalsOut(table);
    for await (const chunk of rowsInRange(table, query)) yield scaleChunk(chunk, decimals);
  }

  #infoOf(table: HistoryTable): HistoryInfo {
    const { id, fromUs, toUs, recordCount, source } = table;
    return { ...id, fromUs, toUs, rowCount: recordCount, ...this.#decimalsOut(table), source };
  }

  #decimalsOut(table: HistoryTable): Decimals {
    const { priceDecimals, qtyDecimals } = table;
    if (table.id.kind === 'mark' || table.id.kind === 'funding') return { priceDecimals, qtyDecimals };
    const { venue, symbol } = table.id;
    return decimalsForData(this.#dataDecimals(venue, symbol), this.#knownSpec(venue, symbol));
  }

  #knownSpec(venue: VenueId, symbol: string): InstrumentSpec | undefined {
    return this.#known.find((spec) => spec.venue === venue && spec.symbol === symbol);
  }

  /** The decimals that the traded prices and quantities of a symbol need; mark prices count only when there is nothing else. */
  #dataDecimals(venue: VenueId, symbol: string): Decimals {
    const all = this.#tables.filter(({ id }) => id.venue === venue && id.symbol === symbol);
    const traded = all.filter(({ id }) => id.kind !== 'mark' && id.kind !== 'funding');
    const tables = traded.length > 0 ? traded : all;
    if (tables.length === 0) throw this.#missing(`${venue} ${symbol}`, { venue, symbol });
    return {
      priceDecimals: Math.max(...tables.map((table) => table.priceDecimals)),
      qtyDecimals: Math.max(...tables.map((table) => table.qtyDecimals)),
    };
  }

  #table(query: HistoryQuery, kind: HistoryKind): HistoryTable {
    const { venue, symbol, timeframeUs } = query;
    const found = this.#tables.filter(
      ({ id }) =>
        id.venue === venue &&
        id.symbol === symbol &&
        id.kind === kind &&
        (!isBarKind(kind) || timeframeUs === undefined || id.timeframeUs === timeframeUs),
    );
    const [table] = found;
    const asked = `${venue} ${symbol} ${kind}${timeframeUs === undefined ? '' : ` ${formatDurationUs(timeframeUs)}`}`;
    if (table === undefined) throw this.#missing(asked, { venue, symbol, kind });
    if (found.length === 1) return table;
    const timeframes = found.map(({ id }) => formatDurationUs(timeframeOf(id))).join(', ');
    throw new XylenError('XY_USAGE', `${asked}: there are bars of ${timeframes}; name the timeframe`, {
      fields: { venue, symbol, kind },
    });
  }

  #missing(asked: string, fields: Readonly<Record<string, string>>): XylenError {
    const held = this.#tables.map(({ id }) => `${id.venue} ${id.symbol} ${id.kind}`);
    const list = held.length === 0 ? 'nothing' : [...new Set(held)].slice(0, 12).join(', ');
    return new XylenError('XY_DATA_INSUFFICIENT', `no data of ${asked}; there is ${list}`, { fields });
  }
}

/** Yields the rows of a table with time in the query's range, at the scale the table has them. */
export async function* rowsInRange(
  table: HistoryTable,
  range: { readonly fromUs?: number; readonly toUs?: number },
): AsyncGenerator<RowChunk> {
  const fromUs = range.fromUs ?? table.fromUs;
  const toUs = range.toUs ?? table.toUs;
  if (fromUs >= toUs) return;
  for await (const chunk of table.read(fromUs, toUs)) {
    const start = lowerBound(chunk, fromUs);
    const end = lowerBound(chunk, toUs, start);
    if (start < end) yield sliceRows(chunk, start, end);
    if (end < chunk.rowCount) return;
  }
}
