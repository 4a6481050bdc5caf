/**
 * Bars in CSV: last-price candles and mark bars of several writers, told apart by their columns. A bar is taken only if its times
 * increase and lie on the grid, its prices are positive, its high and low enclose it, and its volume is not negative.
 */
import { formatDurationUs } from '#core';
import { BAR, type ChunkBuilder, DecimalScan } from '../history/index.ts';
import type { RowFault } from './row-fault.ts';
import {
  Cells,
  type NumberTarget,
  type ParserOptions,
  parseTimeUs,
  type RowParser,
  setNumber,
  TIME_EXPECTED,
  TimeOrder,
  type TimeUnit,
} from './row-parser.ts';

/** The columns of one writer: time, open, high, low, close first, volume sixth where there is one, then columns not kept. */
export interface BarLayout {
  readonly columns: readonly string[];
  readonly timeUnit: TimeUnit;
  readonly hasVolume: boolean;
}

/** Parses bars of one layout. */
export class BarParser implements RowParser {
  readonly passedOver: ReadonlyMap<string, number> = new Map();
  readonly #layout: BarLayout;
  readonly #builder: ChunkBuilder;
  readonly #timeframeUs: number | null;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #order = new TimeOrder();
  readonly #targets: readonly NumberTarget[];

  constructor(layout: BarLayout, options: ParserOptions) {
    this.#layout = layout;
    this.#builder = options.builder;
    this.#timeframeUs = options.timeframeUs;
    const keepsVolume = layout.hasVolume && options.builder.kind === 'candles';
    this.#targets = layout.columns.slice(1, keepsVolume ? 6 : 5).map((name, i) => ({
      role: i === 4 ? 'qty' : 'price',
      column: i + 1,
      name,
    }));
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    cells.split(line);
    const { columns } = this.#layout;
    if (cells.count !== columns.length) {
      return {
        check: 'columns',
        column: 'row',
        value: line,
        expected: `${columns.length} columns (${columns.join(',')})`,
      };
    }
    const tsUs = parseTimeUs(line, cells.start[0]!, cells.end[0]!, this.#layout.timeUnit);
    const fault =
      this.#timeFault(tsUs) ?? this.#numberFault(line) ?? this.#barFault() ?? this.#restFault(line);
    if (fault !== undefined) return fault;
    this.#builder.set(BAR.ts, tsUs);
    this.#builder.endRow();
    this.#order.take(tsUs);
    return undefined;
  }

  #timeFault(tsUs: number): RowFault | undefined {
    const column = this.#layout.columns[0]!;
    const value = this.#cells.text(0);
    if (Number.isNaN(tsUs))
      return { check: 'time', column, value, expected: TIME_EXPECTED[this.#layout.timeUnit] };
    if (this.#timeframeUs !== null && tsUs % this.#timeframeUs !== 0) {
      return {
        check: 'grid',
        column,
        value,
        expected: `a multiple of ${formatDurationUs(this.#timeframeUs)}`,
      };
    }
    return this.#order.faultOf(tsUs, column, value);
  }

  #numberFault(line: string): RowFault | undefined {
    const { start, end } = this.#cells;
    for (const target of this.#targets) {
      const { column } = target;
      const fault = setNumber(this.#builder, this.#scan, target, line, start[column]!, end[column]!);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Holds the numbers of the open row, now in one scale, against each other. */
  #barFault(): RowFault | undefined {
    const builder = this.#builder;
    for (let ix = BAR.open; ix <= BAR.close; ix++) {
      if (!(builder.at(ix) > 0)) return this.#faultAt(ix, 'price', 'a price above zero');
    }
    const high = builder.at(BAR.high);
    const low = builder.at(BAR.low);
    if (high < low)
      return this.#faultAt(BAR.high, 'ohlc', `a price of at least low (${this.#cells.text(BAR.low)})`);
    for (const ix of [BAR.open, BAR.close]) {
      const price = builder.at(ix);
      if (price >= low && price <= high) continue;
      const range = `[${this.#cells.text(BAR.low)}, ${this.#cells.text(BAR.high)}]`;
      return this.#faultAt(ix, 'ohlc', `a price within low and high ${range}`);
    }
    if (this.#targets.length === 5 && !(builder.at(BAR.volume) >= 0)) {
      return this.#faultAt(BAR.volume, 'quantity', 'a volume of at least zero');
    }
    return undefined;
  }

  /** Columns that are not kept must still be numbers: a shifted or cut row shows there. */
  #restFault(line: string): RowFault | undefined {
    const { start, end } = this.#cells;
    for (let ix = this.#targets.length + 1; ix < this.#layout.columns.length; ix++) {
      if (isPlainNumber(line, start[ix]!, end[ix]!)) continue;
      return this.#faultAt(ix, 'number', 'a decimal number');
    }
    return undefined;
  }

  #faultAt(ix: number, check: RowFault['check'], expected: string): RowFault {
    return { check, column: this.#layout.columns[ix]!, value: this.#cells.text(ix), expected };
  }
}

function isPlainNumber(text: string, start: number, end: number): boolean {
  return /^-?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/.test(text.slice(start, end));
}
