/**
 * The depth of a book in CSV as Binance Vision publishes it: for every moment, how much stands between the middle of the book and a distance from it, below
 * zero for bids. The rows are not promised to be in order. Amounts of quote currency are cut to four decimals.
 */
import { POW10 } from '#core';
import { BOOK_DEPTH, type ChunkBuilder, DecimalScan, E4_DECIMALS } from '../history/index.ts';
import { HeldRows } from './held-rows.ts';
import type { RowFault } from './row-fault.ts';
import { Cells, expectedNumber, type ParserOptions, type RowParser } from './row-parser.ts';
import { parseUtcTimeUs, UTC_TIME_EXPECTED } from './utc-time.ts';

/** The columns. */
export const BOOK_DEPTH_COLUMNS = ['timestamp', 'percentage', 'depth', 'notional'] as const;

const TIME = 0;
const PERCENTAGE = 1;
const DEPTH = 2;
const NOTIONAL = 3;
const BAND_DECIMALS = 2;
const BAND_BPS_MAX = 10_000;

/** Parses depths. */
export class BookDepthParser implements RowParser {
  readonly passedOver = new Map<string, number>();
  readonly #builder: ChunkBuilder;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #held = new HeldRows(this.passedOver);

  constructor(options: ParserOptions) {
    this.#builder = options.builder;
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    cells.split(line);
    if (cells.count !== BOOK_DEPTH_COLUMNS.length) {
      const expected = `${BOOK_DEPTH_COLUMNS.length} columns (${BOOK_DEPTH_COLUMNS.join(',')})`;
      return { check: 'columns', column: 'row', value: line, expected };
    }
    const tsUs = parseUtcTimeUs(cells.text(TIME));
    if (Number.isNaN(tsUs)) return this.#faultAt(TIME, 'time', UTC_TIME_EXPECTED);
    const bandBps = this.#band();
    if (typeof bandBps !== 'number') return bandBps;
    const notional = this.#notional();
    if (typeof notional !== 'number') return notional;
    const depthFault = this.#scanAt(DEPTH);
    if (depthFault !== undefined) return depthFault;
    const { decimals, units } = this.#scan;
    this.#held.add({ tsUs, key: bandBps, values: [notional, units, decimals] });
    return undefined;
  }

  releaseRow(): boolean {
    const row = this.#held.take();
    if (row === undefined) return false;
    const [notional = 0, units = 0, decimals = 0] = row.values;
    const builder = this.#builder;
    this.#scan.units = units;
    this.#scan.decimals = decimals;
    if (!builder.setScaled('qty', BOOK_DEPTH.depth, this.#scan)) throw this.#held.tooLarge(row);
    builder.set(BOOK_DEPTH.ts, row.tsUs);
    builder.set(BOOK_DEPTH.bandBps, row.key);
    builder.set(BOOK_DEPTH.notional, notional);
    builder.endRow();
    return true;
  }

  /** Reads the distance in hundredths of a percent: `-5`, `-5.00` and `0.20` occur. */
  #band(): number | RowFault {
    const text = this.#cells.text(PERCENTAGE);
    const refused = this.#scan.scan(text);
    const { decimals, units } = this.#scan;
    const bandBps =
      refused === undefined && decimals <= BAND_DECIMALS ? units * POW10[BAND_DECIMALS - decimals]! : 0;
    if (bandBps !== 0 && Math.abs(bandBps) <= BAND_BPS_MAX) return bandBps;
    return this.#faultAt(
      PERCENTAGE,
      'number',
      'a percentage from -100 to 100 other than 0, with at most 2 decimals',
    );
  }

  /** Reads an amount cut to four decimals: written with all of theirs, large ones are beyond the exact numbers. */
  #notional(): number | RowFault {
    const text = this.#cells.text(NOTIONAL);
    const cut = /^\d+\.\d{4}(?=\d*$)/.exec(text)?.[0] ?? text;
    const refused = this.#scan.scan(cut);
    const { decimals, units } = this.#scan;
    if (refused !== undefined) return this.#faultAt(NOTIONAL, 'number', expectedNumber(refused));
    const shift = E4_DECIMALS - decimals;
    const notional = shift < 0 ? Math.floor(units / POW10[-shift]!) : units * POW10[shift]!;
    if (units < 0) return this.#faultAt(NOTIONAL, 'quantity', 'an amount of at least zero');
    return Number.isSafeInteger(notional)
      ? notional
      : this.#faultAt(NOTIONAL, 'number', expectedNumber('too large'));
  }

  #scanAt(cell: number): RowFault | undefined {
    const { end, line, start } = this.#cells;
    const refused = this.#scan.scan(line, start[cell]!, end[cell]!);
    if (refused !== undefined) return this.#faultAt(cell, 'number', expectedNumber(refused));
    return this.#scan.units < 0 ? this.#faultAt(cell, 'quantity', 'an amount of at least zero') : undefined;
  }

  #faultAt(cell: number, check: RowFault['check'], expected: string): RowFault {
    const column = BOOK_DEPTH_COLUMNS[cell] ?? 'row';
    return { check, column, value: this.#cells.text(cell), expected };
  }
}
