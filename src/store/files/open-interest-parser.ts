/**
 * Open interest in CSV: the metrics of Binance Vision, and the files in which this program keeps what it has asked venues for.
 *
 * A metrics file has a row every five minutes, not always in order, some of them twice or without a value. Nobody states at which end of its five minutes
 * a value was taken: it counts from their end on, so that no decision knows it too early. The ratios of long to short are not kept.
 */
import { US_PER_MINUTE } from '#core';
import { type ChunkBuilder, DecimalScan, OPEN_INTEREST } from '../history/index.ts';
import { HeldRows } from './held-rows.ts';
import type { RowFault } from './row-fault.ts';
import { Cells, expectedNumber, type ParserOptions, type RowParser } from './row-parser.ts';
import { parseUtcTimeUs, UTC_TIME_EXPECTED } from './utc-time.ts';

/** How long after its stamp a value of a history of open interest counts: the step of the histories that there are. */
export const OPEN_INTEREST_DELAY_US = 5 * US_PER_MINUTE;

/** How the columns of a file lie; what is not there is -1. */
export interface OpenInterestLayout {
  readonly columns: readonly string[];
  readonly time: number;
  /** From when on the value counts. */
  readonly local: number;
  readonly symbol: number;
  readonly value: number;
}

/** The layouts that are known. */
export const OPEN_INTEREST_LAYOUTS = {
  metrics: {
    columns: [
      'create_time',
      'symbol',
      'sum_open_interest',
      'sum_open_interest_value',
      'count_toptrader_long_short_ratio',
      'sum_toptrader_long_short_ratio',
      'count_long_short_ratio',
      'sum_taker_long_short_vol_ratio',
    ],
    time: 0,
    local: -1,
    symbol: 1,
    value: 2,
  },
  plain: { columns: ['local_ms', 'ts_ms', 'open_interest'], time: 1, local: 0, symbol: -1, value: 2 },
} as const satisfies Readonly<Record<string, OpenInterestLayout>>;

/** Columns that are not kept: a number, or nothing where there was none to divide by. */
const OTHER_VALUE = /^(-?\d+(\.\d+)?([eE][+-]?\d{1,3})?|null|NaN|-?Infinity|)$/;

/** Parses open interest. */
export class OpenInterestParser implements RowParser {
  readonly passedOver = new Map<string, number>();
  readonly #builder: ChunkBuilder;
  readonly #layout: OpenInterestLayout;
  readonly #symbol: string | null;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #held = new HeldRows(this.passedOver);

  constructor(layout: OpenInterestLayout, options: ParserOptions) {
    this.#layout = layout;
    this.#builder = options.builder;
    this.#symbol = options.symbol;
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    cells.split(line);
    const { columns, local, symbol, time, value } = this.#layout;
    if (cells.count !== columns.length) {
      const expected = `${columns.length} columns (${columns.join(',')})`;
      return { check: 'columns', column: 'row', value: line, expected };
    }
    const tsUs = parseUtcTimeUs(cells.text(time));
    if (Number.isNaN(tsUs)) return this.#faultAt(time, 'time', UTC_TIME_EXPECTED);
    const localUs = local < 0 ? tsUs + OPEN_INTEREST_DELAY_US : parseUtcTimeUs(cells.text(local));
    if (!(localUs >= tsUs && Number.isSafeInteger(localUs)))
      return this.#faultAt(Math.max(local, 0), 'time', `${UTC_TIME_EXPECTED}, not before ts_ms`);
    if (symbol >= 0 && this.#symbol !== null && cells.text(symbol) !== this.#symbol)
      return this.#faultAt(symbol, 'symbol', this.#symbol);
    const fault = this.#restFault();
    if (fault !== undefined) return fault;
    if (cells.text(value) === '') {
      this.#held.count('rows without open interest');
      return undefined;
    }
    const refused = this.#scan.scan(line, cells.start[value]!, cells.end[value]!);
    if (refused !== undefined) return this.#faultAt(value, 'number', expectedNumber(refused));
    const { decimals, units } = this.#scan;
    if (units < 0) return this.#faultAt(value, 'quantity', 'a quantity of at least zero');
    this.#held.add({ tsUs: localUs, key: 0, values: [tsUs, units, decimals] });
    return undefined;
  }

  releaseRow(): boolean {
    const row = this.#held.take();
    if (row === undefined) return false;
    const [tsUs = 0, units = 0, decimals = 0] = row.values;
    const builder = this.#builder;
    this.#scan.units = units;
    this.#scan.decimals = decimals;
    if (!builder.setScaled('qty', OPEN_INTEREST.lots, this.#scan)) throw this.#held.tooLarge(row);
    builder.set(OPEN_INTEREST.tsLocal, row.tsUs);
    builder.set(OPEN_INTEREST.tsVenue, tsUs);
    builder.endRow();
    return true;
  }

  /** Columns that are not kept show whether a row is shifted or cut. */
  #restFault(): RowFault | undefined {
    for (let ix = this.#layout.value + 1; ix < this.#layout.columns.length; ix++) {
      if (!OTHER_VALUE.test(this.#cells.text(ix)))
        return this.#faultAt(ix, 'number', 'a decimal number or nothing');
    }
    return undefined;
  }

  #faultAt(cell: number, check: RowFault['check'], expected: string): RowFault {
    const column = this.#layout.columns[cell] ?? 'row';
    return { check, column, value: this.#cells.text(cell), expected };
  }
}
