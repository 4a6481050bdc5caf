/** Funding settlements in CSV, the rate as a fraction of notional (0.0001 = 1 bp): `ts_ms,funding_rate`, or as Binance Vision publishes them. */
import { POW10, US_PER_MINUTE } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import { type ChunkBuilder, DecimalScan, FUNDING } from '../history/index.ts';
import type { RowFault } from './row-fault.ts';
import {
  Cells,
  expectedNumber,
  type ParserOptions,
  parseTimeUs,
  type RowParser,
  TIME_EXPECTED,
  TimeOrder,
} from './row-parser.ts';

/** How the columns of a file lie. */
export interface FundingLayout {
  readonly columns: readonly string[];
  readonly time: number;
  readonly rate: number;
}

/** The layouts that are known. */
export const FUNDING_LAYOUTS: readonly FundingLayout[] = [
  { columns: ['ts_ms', 'funding_rate'], time: 0, rate: 1 },
  { columns: ['calc_time', 'funding_interval_hours', 'last_funding_rate'], time: 0, rate: 2 },
];

/** Parses settlements. */
export class FundingParser implements RowParser {
  readonly passedOver: ReadonlyMap<string, number> = new Map();
  readonly #builder: ChunkBuilder;
  readonly #layout: FundingLayout;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #order = new TimeOrder();
  #lastTsUs = Number.NEGATIVE_INFINITY;

  constructor(layout: FundingLayout, options: ParserOptions) {
    this.#layout = layout;
    this.#builder = options.builder;
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    cells.split(line);
    const { columns, time } = this.#layout;
    if (cells.count !== columns.length) {
      const expected = `${columns.length} columns (${columns.join(',')})`;
      return { check: 'columns', column: 'row', value: line, expected };
    }
    const tsUs = parseTimeUs(line, cells.start[time]!, cells.end[time]!, 'ms or us');
    const fault = this.#timeFault(tsUs) ?? this.#rateFault(line);
    if (fault !== undefined) return fault;
    const { units, decimals } = this.#scan;
    this.#builder.set(FUNDING.ts, tsUs);
    this.#builder.set(FUNDING.rate, units * POW10[FUNDING_RATE_DECIMALS - decimals]!);
    this.#builder.endRow();
    this.#order.take(tsUs);
    this.#lastTsUs = tsUs;
    return undefined;
  }

  #timeFault(tsUs: number): RowFault | undefined {
    const { columns, time } = this.#layout;
    const value = this.#cells.text(time);
    const column = columns[time] ?? 'time';
    if (Number.isNaN(tsUs)) return { check: 'time', column, value, expected: TIME_EXPECTED['ms or us'] };
    const fault = this.#order.faultOf(tsUs, column, value);
    if (fault !== undefined || tsUs - this.#lastTsUs >= US_PER_MINUTE) return fault;
    // Venues stamp one settlement some milliseconds apart; two within a minute would be paid twice.
    return {
      check: 'duplicate',
      column,
      value,
      expected: 'a time at least a minute after the settlement before',
    };
  }

  #rateFault(line: string): RowFault | undefined {
    const { start, end } = this.#cells;
    const { columns, rate } = this.#layout;
    const refused = this.#scan.scan(line, start[rate]!, end[rate]!);
    const value = this.#cells.text(rate);
    const column = columns[rate] ?? 'rate';
    if (refused !== undefined) return { check: 'number', column, value, expected: expectedNumber(refused) };
    if (Math.abs(this.#scan.units) < POW10[this.#scan.decimals]!) return undefined;
    return { check: 'rate', column, value, expected: 'a fraction between -1 and 1' };
  }
}
