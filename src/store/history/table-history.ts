/**
 * The history port over any set of tables: the archive and files given on the command line differ only in how a table is read.
 * All candles, trades and book events of one symbol come out in the decimals of its `instrumentSpec`; mark prices keep their own.
 */
import { formatDurationUs, Sha256, XylenError } from '#core';
import type { BookEvent, CandleColumns, FeedHour, InstrumentSpec, LedgerEntry, VenueId } from '#domain';
import type {
  FactEvent,
  FactKind,
  FundingColumns,
  HistoryInfo,
  HistoryKind,
  HistoryQuery,
  MarkColumns,
  MarketHistory,
  TradeColumns,
} from '../history-port.ts';
import { type Decimals, type RowChunk, scaleChunk } from './columns.ts';
import { ContentHash } from './content-hash.ts';
import { dataSetKey, isBarKind, timeframeOf } from './data-set.ts';
import { readHours, readLosses } from './feed-hours.ts';
import { type HistoryTable, rowsInRange } from './history-table.ts';
import { decimalsForData, specForData } from './instrument-inference.ts';
import {
  bookEvents,
  candleColumns,
  factEvents,
  fundingColumns,
  markColumns,
  tradeColumns,
} from './port-rows.ts';

/** Kinds whose prices and quantities are those of trading, in ticks and lots. */
const TRADED_KINDS: readonly HistoryKind[] = [
  'candles',
  'trades',
  'book',
  'quotes',
  'open-interest',
  'liquidations',
  'orders',
];

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

  async *facts(query: HistoryQuery & { readonly kind: FactKind }): AsyncGenerator<readonly FactEvent[]> {
    for await (const chunk of this.#rows(this.#table(query, query.kind), query)) yield factEvents(chunk);
  }

  async losses(query: HistoryQuery): Promise<readonly LedgerEntry[]> {
    const ledger = this.#find(query, 'ledger');
    return ledger === undefined ? [] : readLosses(ledger, query);
  }

  async hoursOf(query: HistoryQuery): Promise<readonly FeedHour[]> {
    const [hours, ledger] = [this.#find(query, 'feed-hours'), this.#find(query, 'ledger')];
    return readHours({ hours, ledger }, query);
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
    if (!TRADED_KINDS.includes(table.id.kind)) return { priceDecimals, qtyDecimals };
    const { venue, symbol } = table.id;
    return decimalsForData(this.#dataDecimals(venue, symbol), this.#knownSpec(venue, symbol));
  }

  #knownSpec(venue: VenueId, symbol: string): InstrumentSpec | undefined {
    return this.#known.find((spec) => spec.venue === venue && spec.symbol === symbol);
  }

  /** The decimals that the traded prices and quantities of a symbol need; others count only when there is nothing else. */
  #dataDecimals(venue: VenueId, symbol: string): Decimals {
    const all = this.#tables.filter(({ id }) => id.venue === venue && id.symbol === symbol);
    const traded = all.filter(({ id }) => TRADED_KINDS.includes(id.kind));
    const tables = traded.length > 0 ? traded : all;
    if (tables.length === 0) throw this.#missing(`${venue} ${symbol}`, { venue, symbol });
    return {
      priceDecimals: Math.max(...tables.map((table) => table.priceDecimals)),
      qtyDecimals: Math.max(...tables.map((table) => table.qtyDecimals)),
    };
  }

  /** A data set of which a symbol has one at most. */
  #find({ symbol, venue }: HistoryQuery, kind: HistoryKind): HistoryTable | undefined {
    return this.#tables.find(({ id }) => id.venue === venue && id.symbol === symbol && id.kind === kind);
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
