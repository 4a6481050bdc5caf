/**
 * An order schedule from a file. Form: order_id, submit_local_ts (ns), side (1 buy, -1 sell), price_ticks, qty_lots, cancel_local_ts (ns; empty =
 * never), and maybe time_in_force (GTC when it is missing or empty). An unknown column is refused: it might change what an order means.
 */
import { XylenError } from '#core';
import type { PlannedOrder, ReplayTimeInForce } from '#sim';
import { type CsvReading, type CsvRow, readCsv } from './csv-rows.ts';

/** Orders of one schedule; a file with more is refused, so that memory stays bounded. */
export const ORDERS_MAX = 1_000_000;

/** Orders and their ids, at equal indexes, in the order of the file. */
export interface OrderSchedule {
  readonly ids: readonly string[];
  readonly orders: readonly PlannedOrder[];
}

const FORM = {
  required: ['order_id', 'submit_local_ts', 'side', 'price_ticks', 'qty_lots', 'cancel_local_ts'],
  optional: ['time_in_force'],
  others: 'refuse',
} as const;
const ID = 0;
const SUBMIT_TS = 1;
const SIDE = 2;
const PRICE = 3;
const QTY = 4;
const CANCEL_TS = 5;
const TIME_IN_FORCE = 6;

const TIMES_IN_FORCE: readonly ReplayTimeInForce[] = ['GTC', 'GTX', 'IOC', 'FOK'];

/** Reads an order schedule. @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID, XY_DATA_INSUFFICIENT, XY_INTERRUPTED. */
export async function readSchedule(path: string, reading: CsvReading): Promise<OrderSchedule> {
  const ids: string[] = [];
  const orders: PlannedOrder[] = [];
  const known = new Set<string>();
  const onRow = (row: CsvRow): void => {
    const id = orderIdOf(row, ID);
    if (known.has(id)) throw row.refused(ID, 'an id that no order above has');
    if (ids.length === ORDERS_MAX) throw tooMany(path);
    known.add(id);
    ids.push(id);
    orders.push(orderOf(row));
  };
  await readCsv(path, FORM, onRow, reading);
  if (orders.length > 0) return { ids, orders };
  throw new XylenError('XY_DATA_INSUFFICIENT', `${path}: expected orders, found a header only`, {
    fields: { file: path },
  });
}

/** Returns the id of a row: a whole number, kept as text. @throws XY_ROW_INVALID. */
export function orderIdOf(row: CsvRow, column: number): string {
  const id = row.text(column);
  if (!/^(0|[1-9]\d{0,19})$/.test(id)) throw row.refused(column, 'a whole number of at most 20 digits');
  return id;
}

function orderOf(row: CsvRow): PlannedOrder {
  const submitLocalUs = row.nanosUs(SUBMIT_TS);
  const cancelLocalUs = row.text(CANCEL_TS) === '' ? Number.POSITIVE_INFINITY : row.nanosUs(CANCEL_TS);
  if (cancelLocalUs < submitLocalUs)
    throw row.refused(CANCEL_TS, 'a time not before submit_local_ts, or nothing');
  return {
    side: sideOf(row),
    priceTicks: row.whole(PRICE, 1),
    qtyLots: row.whole(QTY, 1),
    submitLocalUs,
    cancelLocalUs,
    timeInForce: timeInForceOf(row),
  };
}

function sideOf(row: CsvRow): 1 | -1 {
  const text = row.text(SIDE);
  if (text !== '1' && text !== '-1') throw row.refused(SIDE, '1 (buy) or -1 (sell)');
  return text === '1' ? 1 : -1;
}

function timeInForceOf(row: CsvRow): ReplayTimeInForce {
  const text = row.text(TIME_IN_FORCE);
  if (text === '') return 'GTC';
  const found = TIMES_IN_FORCE.find((name) => name === text);
  if (found === undefined)
    throw row.refused(TIME_IN_FORCE, `one of ${TIMES_IN_FORCE.join(', ')}, or nothing`);
  return found;
}

function tooMany(path: string): XylenError {
  const message = `${path}: expected at most ${ORDERS_MAX} orders, found more; cut the schedule in parts, orders do not see each other`;
  return new XylenError('XY_FILE_DAMAGED', message, { fields: { file: path } });
}
