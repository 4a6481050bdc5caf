/** What became of each order, as a file: written whole or not at all, and compared with one that another program or run made. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { assert, messageOf, XylenError } from '#core';
import { type OwnOutcome, REPLAY_STATUS, type ReplayOrder } from '#sim';
import { type CsvReading, type CsvRow, readCsv } from './csv-rows.ts';
import { orderIdOf } from './order-file.ts';

/** Orders after a replay, with their ids. */
export interface ReplayedOrders {
  readonly ids: readonly string[];
  readonly orders: readonly ReplayOrder[];
}

/** One value that differs; `null` = the order is not there. */
export interface FillDifference {
  readonly orderId: string;
  readonly column: string;
  readonly expected: string | null;
  readonly found: string | null;
}

const COLUMNS = [
  'order_id',
  'status',
  'last_exec_qty_lots',
  'leaves_lots',
  'last_exec_price_ticks',
  'exch_ts',
  'local_ts',
] as const;
const FORM = { required: COLUMNS, optional: [], others: 'ignore' } as const;
const ID = 0;
const STATUS = 1;
const EXEC_QTY = 2;
const LEAVES = 3;
const EXEC_PRICE = 4;
const EXCH_TS = 5;
const LOCAL_TS = 6;

/** Rows that are written at a time. */
const ROWS_A_WRITE = 8_192;

/** Writes the file; a failure leaves what was there. @throws XY_STORE_FAILED. */
export function writeFills(path: string, { ids, orders }: ReplayedOrders): void {
  const draft = `${resolve(path)}.${process.pid}.part`;
  try {
    const file = openSync(draft, 'w');
    try {
      writeSync(file, `${COLUMNS.join(',')}\n`);
      for (let from = 0; from < ids.length; from += ROWS_A_WRITE) {
        const rows = ids
          .slice(from, from + ROWS_A_WRITE)
          .map((id, at) => `${valuesOf(id, orders[from + at]).join(',')}\n`);
        writeSync(file, rows.join(''));
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, resolve(path));
  } catch (thrown) {
    rmSync(draft, { force: true });
    throw new XylenError('XY_STORE_FAILED', `${path}: could not be written: ${messageOf(thrown)}`, {
      fields: { file: path },
      cause: thrown,
    });
  }
}

/**
 * Compares orders with a file of the same form and returns every value that differs: row by row of that file, then orders that it lacks.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID, XY_INTERRUPTED.
 */
export async function compareFills(
  path: string,
  { ids, orders }: ReplayedOrders,
  reading: CsvReading,
): Promise<readonly FillDifference[]> {
  const places = new Map(ids.map((id, at) => [id, at]));
  const seen = new Set<string>();
  const differences: FillDifference[] = [];
  const onRow = (row: CsvRow): void => {
    const orderId = orderIdOf(row, ID);
    if (seen.has(orderId)) throw row.refused(ID, 'an id that no row above has');
    seen.add(orderId);
    const at = places.get(orderId);
    if (at === undefined) differences.push({ orderId, column: 'order_id', expected: orderId, found: null });
    else differences.push(...differencesOf(row, valuesOf(orderId, orders[at])));
  };
  await readCsv(path, FORM, onRow, reading);
  for (const orderId of ids) {
    if (!seen.has(orderId)) differences.push({ orderId, column: 'order_id', expected: null, found: orderId });
  }
  return differences;
}

/**
 * Reads what became of own orders, at the indexes of their ids; `null` where the file has none. Orders that are not asked for are passed over.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID, XY_INTERRUPTED.
 */
export async function readOutcomes(
  path: string,
  ids: readonly string[],
  reading: CsvReading,
): Promise<readonly (OwnOutcome | null)[]> {
  const places = new Map(ids.map((id, at) => [id, at]));
  const outcomes: (OwnOutcome | null)[] = ids.map(() => null);
  const onRow = (row: CsvRow): void => {
    const at = places.get(orderIdOf(row, ID));
    if (at === undefined) return;
    if (outcomes[at] !== null) throw row.refused(ID, 'an id that no row above has');
    outcomes[at] = outcomeOf(row);
  };
  await readCsv(path, FORM, onRow, reading);
  return outcomes;
}

function outcomeOf(row: CsvRow): OwnOutcome {
  const text = row.text(STATUS);
  const status = Object.values(REPLAY_STATUS).find((value) => String(value) === text);
  if (status === undefined) throw row.refused(STATUS, `one of ${Object.values(REPLAY_STATUS).join(', ')}`);
  return {
    status,
    lastExecLots: row.whole(EXEC_QTY, 0),
    leavesLots: row.whole(LEAVES, 0),
    lastExecTicks: row.whole(EXEC_PRICE, 0),
    exchUs: row.nanosUs(EXCH_TS),
    localUs: row.nanosUs(LOCAL_TS),
  };
}

function differencesOf(row: CsvRow, found: readonly string[]): FillDifference[] {
  return COLUMNS.flatMap((column, at) => {
    const expected = row.text(at);
    const value = found[at] ?? '';
    return expected === value ? [] : [{ orderId: found[ID] ?? '', column, expected, found: value }];
  });
}

/** The values of a row, in the order of the columns. */
function valuesOf(id: string, order: ReplayOrder | undefined): readonly string[] {
  assert(order !== undefined, 'each id has its order');
  const { exchUs, lastExecLots, lastExecTicks, leavesLots, localUs, status } = order;
  return [
    id,
    ...[status, lastExecLots, leavesLots, lastExecTicks].map(String),
    nanosOf(exchUs),
    nanosOf(localUs),
  ];
}

function nanosOf(us: number): string {
  return us === 0 ? '0' : `${us}000`;
}
