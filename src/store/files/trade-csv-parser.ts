/**
 * Trades and aggregate trades in CSV as Binance Vision publishes them, with or without header. `is_buyer_maker` true means the taker sold.
 * The files know no receive time: the local time of their trades is the venue's.
 */
import { type ChunkBuilder, DecimalScan, TRADE } from '../history/index.ts';
import type { RowFault } from './row-fault.ts';
import {
  Cells,
  type NumberTarget,
  type ParserOptions,
  parseTimeUs,
  type RowParser,
  setNumber,
  TIME_EXPECTED,
} from './row-parser.ts';
import { TradeOrder } from './trade-order.ts';

/** How the columns of a file lie; what is not there is -1. */
export interface TradeLayout {
  readonly columns: readonly string[];
  readonly id: number;
  readonly price: number;
  readonly qty: number;
  /** Ids of the first and last single trade of an aggregate. */
  readonly first: number;
  readonly last: number;
  /** Quantity in quote currency: checked to be a number, not kept. */
  readonly quoteQty: number;
  readonly time: number;
  readonly maker: number;
}

/** Columns of the futures files of aggregate trades; spot files carry `is_best_match` as an eighth. */
export const AGG_TRADE_COLUMNS = [
  'agg_trade_id',
  'price',
  'quantity',
  'first_trade_id',
  'last_trade_id',
  'transact_time',
  'is_buyer_maker',
] as const;

/** Columns of the futures files of single trades; spot files carry `is_best_match` as a seventh. */
export const TRADE_COLUMNS = ['id', 'price', 'qty', 'quote_qty', 'time', 'is_buyer_maker'] as const;

const BEST_MATCH = 'is_best_match';
const AGGREGATES = { id: 0, price: 1, qty: 2, first: 3, last: 4, quoteQty: -1, time: 5, maker: 6 } as const;
const SINGLES = { id: 0, price: 1, qty: 2, first: -1, last: -1, quoteQty: 3, time: 4, maker: 5 } as const;

/** Layouts by what they hold and whether the flag of the spot files stands at the end. */
export const TRADE_LAYOUTS = {
  aggregate: { ...AGGREGATES, columns: AGG_TRADE_COLUMNS },
  aggregateSpot: { ...AGGREGATES, columns: [...AGG_TRADE_COLUMNS, BEST_MATCH] },
  single: { ...SINGLES, columns: TRADE_COLUMNS },
  singleSpot: { ...SINGLES, columns: [...TRADE_COLUMNS, BEST_MATCH] },
} as const satisfies Readonly<Record<string, TradeLayout>>;

const PRICE: NumberTarget = { role: 'price', column: TRADE.price, name: 'price' };
const QTY: NumberTarget = { role: 'qty', column: TRADE.qty, name: 'quantity' };

/** Parses trades of one layout. */
export class TradeCsvParser implements RowParser {
  readonly passedOver: ReadonlyMap<string, number> = new Map();
  readonly #builder: ChunkBuilder;
  readonly #layout: TradeLayout;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #order: TradeOrder;

  constructor(layout: TradeLayout, options: ParserOptions) {
    this.#layout = layout;
    this.#builder = options.builder;
    this.#order = new TradeOrder(this.#nameOf(layout.time), this.#nameOf(layout.id));
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    const layout = this.#layout;
    cells.split(line);
    if (cells.count !== layout.columns.length) {
      const expected = `${layout.columns.length} columns (${layout.columns.join(',')})`;
      return { check: 'columns', column: 'row', value: line, expected };
    }
    const tsUs = parseTimeUs(line, cells.start[layout.time]!, cells.end[layout.time]!, 'ms or us');
    const id = this.#idAt(layout.id);
    const fault = this.#wholeFault(tsUs, id) ?? this.#numberFault(line) ?? this.#flagFault();
    if (fault !== undefined) return fault;
    const builder = this.#builder;
    builder.set(TRADE.tsLocal, tsUs);
    builder.set(TRADE.tsVenue, tsUs);
    builder.set(TRADE.id, id);
    builder.set(TRADE.sign, booleanOf(cells.text(layout.maker)) === true ? -1 : 1);
    builder.endRow();
    this.#order.take(tsUs, id);
    return undefined;
  }

  #wholeFault(tsUs: number, id: number): RowFault | undefined {
    const { first, id: idCell, last, time } = this.#layout;
    if (!(id >= 0)) return this.#faultAt(idCell, 'number', 'a whole number');
    if (first >= 0) {
      // Binance writes -1 where an aggregate has no single trades behind it.
      if (!(this.#idAt(first) >= -1)) return this.#faultAt(first, 'number', 'a whole number');
      if (!(this.#idAt(last) >= -1)) return this.#faultAt(last, 'number', 'a whole number');
      if (this.#idAt(last) < this.#idAt(first)) {
        return this.#faultAt(last, 'number', `an id of at least ${this.#nameOf(first)}`);
      }
    }
    if (Number.isNaN(tsUs)) return this.#faultAt(time, 'time', TIME_EXPECTED['ms or us']);
    return this.#order.faultOf(tsUs, id);
  }

  #numberFault(line: string): RowFault | undefined {
    const { start, end } = this.#cells;
    const { price, qty, quoteQty } = this.#layout;
    const fault =
      setNumber(this.#builder, this.#scan, PRICE, line, start[price]!, end[price]!) ??
      setNumber(this.#builder, this.#scan, QTY, line, start[qty]!, end[qty]!);
    if (fault !== undefined) return fault;
    if (!(this.#builder.at(TRADE.price) > 0)) return this.#faultAt(price, 'price', 'a price above zero');
    if (!(this.#builder.at(TRADE.qty) > 0)) return this.#faultAt(qty, 'quantity', 'a quantity above zero');
    if (quoteQty >= 0 && !/^\d+(\.\d+)?$/.test(this.#cells.text(quoteQty)))
      return this.#faultAt(quoteQty, 'number', 'a decimal');
    return undefined;
  }

  #flagFault(): RowFault | undefined {
    for (let cell = this.#layout.maker; cell < this.#layout.columns.length; cell++) {
      if (booleanOf(this.#cells.text(cell)) === undefined)
        return this.#faultAt(cell, 'flag', 'true or false');
    }
    return undefined;
  }

  #idAt(cell: number): number {
    const text = this.#cells.text(cell);
    return /^(-1|\d{1,16})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : Number.NaN;
  }

  #nameOf(cell: number): string {
    return this.#layout.columns[cell] ?? 'row';
  }

  #faultAt(cell: number, check: RowFault['check'], expected: string): RowFault {
    return { check, column: this.#nameOf(cell), value: this.#cells.text(cell), expected };
  }
}

/** Reads a flag as the files of different years write it. */
function booleanOf(text: string): boolean | undefined {
  if (text === 'true' || text === 'True' || text === 'TRUE') return true;
  return text === 'false' || text === 'False' || text === 'FALSE' ? false : undefined;
}
