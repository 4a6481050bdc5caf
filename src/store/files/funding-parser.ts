/** Funding settlements in CSV: `ts_ms,funding_rate`, the rate as a fraction of notional (0.0001 = 1 bp). */
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

const COLUMNS = ['ts_ms', 'funding_rate'] as const;

/** Parses settlements. */
export class FundingParser implements RowParser {
  readonly passedOver: ReadonlyMap<string, number> = new Map();
  readonly #builder: ChunkBuilder;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #order = new TimeOrder();
  #lastTsUs = Number.NEGATIVE_INFINITY;

  constructor(options: ParserOptions) {
    this.#builder = options.builder;
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    cells.split(line);
    if (cells.count !== COLUMNS.length) {
      return { check: 'columns', column: 'row', value: line, expected: `2 columns (${COLUMNS.join(',')})` };
    }
    const tsUs = parseTimeUs(line, cells.start[0]!, cells.end[0]!, 'ms or us');
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
    const value = this.#cells.text(0);
    const column = COLUMNS[0];
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
    const refused = this.#scan.scan(line, start[1]!, end[1]!);
    const value = this.#cells.text(1);
    if (refused !== undefined)
      return { check: 'number', column: COLUMNS[1], value, expected: expectedNumber(refused) };
    if (Math.abs(this.#scan.units) < POW10[this.#scan.decimals]!) return undefined;
    return { check: 'rate', column: COLUMNS[1], value, expected: 'a fraction between -1 and 1' };
  }
}
