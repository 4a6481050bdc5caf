/**
 * Aggregate trades in CSV as Binance Vision publishes them, with or without header. `is_buyer_maker` true means the taker sold. The
 * file knows no receive time: the local time of its trades is the venue's.
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

/** Columns of the futures files; spot files carry `is_best_match` as an eighth. */
export const AGG_TRADE_COLUMNS = [
  'agg_trade_id',
  'price',
  'quantity',
  'first_trade_id',
  'last_trade_id',
  'transact_time',
  'is_buyer_maker',
] as const;

const CELL = { id: 0, price: 1, qty: 2, first: 3, last: 4, time: 5, maker: 6, best: 7 } as const;
const PRICE: NumberTarget = { role: 'price', column: TRADE.price, name: 'price' };
const QTY: NumberTarget = { role: 'qty', column: TRADE.qty, name: 'quantity' };

/** Parses aggregate trades of seven or eight columns. */
export class AggTradeParser implements RowParser {
  readonly passedOver: ReadonlyMap<string, number> = new Map();
  readonly #builder: ChunkBuilder;
  readonly #columns: number;
  readonly #cells = new Cells();
  readonly #scan = new DecimalScan();
  readonly #order = new TradeOrder(AGG_TRADE_COLUMNS[CELL.time], AGG_TRADE_COLUMNS[CELL.id]);

  constructor(columns: 7 | 8, options: ParserOptions) {
    this.#columns = columns;
    this.#builder = options.builder;
  }

  parse(line: string): RowFault | undefined {
    const cells = this.#cells;
    cells.split(line);
    if (cells.count !== this.#columns) {
      const expected = `${this.#columns} columns (${AGG_TRADE_COLUMNS.join(',')})`;
      return { check: 'columns', column: 'row', value: line, expected };
    }
    const tsUs = parseTimeUs(line, cells.start[CELL.time]!, cells.end[CELL.time]!, 'ms or us');
    const id = this.#idAt(CELL.id);
    const fault = this.#wholeFault(tsUs, id) ?? this.#numberFault(line) ?? this.#flagFault();
    if (fault !== undefined) return fault;
    const builder = this.#builder;
    builder.set(TRADE.tsLocal, tsUs);
    builder.set(TRADE.tsVenue, tsUs);
    builder.set(TRADE.id, id);
    builder.set(TRADE.sign, booleanOf(cells.text(CELL.maker)) === true ? -1 : 1);
    builder.endRow();
    this.#order.take(tsUs, id);
    return undefined;
  }

  #wholeFault(tsUs: number, id: number): RowFault | undefined {
    for (const cell of [CELL.id, CELL.first, CELL.last]) {
      // Binance writes -1 where an aggregate has no single trades behind it.
      if (this.#idAt(cell) >= (cell === CELL.id ? 0 : -1)) continue;
      return this.#faultAt(cell, 'number', 'a whole number');
    }
    if (this.#idAt(CELL.last) < this.#idAt(CELL.first)) {
      return this.#faultAt(CELL.last, 'number', 'an id of at least first_trade_id');
    }
    if (Number.isNaN(tsUs)) return this.#faultAt(CELL.time, 'time', TIME_EXPECTED['ms or us']);
    return this.#order.faultOf(tsUs, id);
  }

  #numberFault(line: string): RowFault | undefined {
    const { start, end } = this.#cells;
    const fault =
      setNumber(this.#builder, this.#scan, PRICE, line, start[CELL.price]!, end[CELL.price]!) ??
      setNumber(this.#builder, this.#scan, QTY, line, start[CELL.qty]!, end[CELL.qty]!);
    if (fault !== undefined) return fault;
    if (!(this.#builder.at(TRADE.price) > 0)) return this.#faultAt(CELL.price, 'price', 'a price above zero');
    if (!(this.#builder.at(TRADE.qty) > 0))
      return this.#faultAt(CELL.qty, 'quantity', 'a quantity above zero');
    return undefined;
  }

  #flagFault(): RowFault | undefined {
    for (let cell = CELL.maker; cell < this.#columns; cell++) {
      if (booleanOf(this.#cells.text(cell)) === undefined)
        return this.#faultAt(cell, 'flag', 'true or false');
    }
    return undefined;
  }

  #idAt(cell: number): number {
    const text = this.#cells.text(cell);
    return /^(-1|\d{1,16})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : Number.NaN;
  }

  #faultAt(cell: number, check: RowFault['check'], expected: string): RowFault {
    return {
      check,
      column: AGG_TRADE_COLUMNS[cell] ?? 'is_best_match',
      value: this.#cells.text(cell),
      expected,
    };
  }
}

/** Reads a flag as the files of different years write it. */
function booleanOf(text: string): boolean | undefined {
  if (text === 'true' || text === 'True' || text === 'TRUE') return true;
  return text === 'false' || text === 'False' || text === 'FALSE' ? false : undefined;
}
