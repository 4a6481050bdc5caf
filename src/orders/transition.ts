/**
 * The life of an order as one exhaustive table: every state x every input has a row, the ugly real ones included (a fill before the
 * acknowledgement, a fill after the cancel, an order that was thought lost and lives). Nothing else in the house changes a status.
 */
import { assert } from '#core';
import { ORDER_STATUSES, type OrderStatus } from '#domain';

/** What can happen to an order, from our side or the venue's. */
export const ORDER_INPUTS = [
  /** Our request left the house. */
  'submit',
  /** The venue took it in. */
  'accepted',
  /** The venue refused it. */
  'rejected',
  /** Its trigger traded. */
  'triggered',
  /** A fill that leaves a rest. */
  'fill-partial',
  /** A fill that completes it. */
  'fill-final',
  /** We ask for its end. */
  'cancel-request',
  /** The venue refused to end it. */
  'cancel-rejected',
  /** It ended by request or by a rule of the venue. */
  'canceled',
  /** Its rest ended without a request. */
  'expired',
  /** The answer to our request was lost. */
  'timeout',
  /** The venue, asked by client id, knows it as open. */
  'found-open',
  /** The venue, asked by client id, never saw it. */
  'found-absent',
] as const;

export type OrderInput = (typeof ORDER_INPUTS)[number];

/**
 * `ok` = the expected way; `late` = a repeated or overtaken message that changes nothing; `anomaly` = possible in the field and handled,
 * worth a warning; `violation` = must not happen: nothing changes, trading on that instrument goes to reduce-only.
 */
export type TransitionNote = 'ok' | 'late' | 'anomaly' | 'violation';

/** The outcome of one input. */
export interface Transition {
  readonly next: OrderStatus;
  readonly note: TransitionNote;
}

/** `STATUS` = ok; `~` = late, stays; `!STATUS` = anomaly; `x` = violation, stays. */
type Cell = OrderStatus | '~' | 'x' | `!${OrderStatus}`;
type Row = readonly [OrderStatus, ...Cell[]];

// Columns in the order of ORDER_INPUTS.
// biome-ignore format: a table is read in columns
const TABLE: readonly Row[] = [
  // status            submit       accepted            rejected      triggered           fill-partial          fill-final  cancel-request    cancel-rejected  canceled     expired     timeout    found-open          found-absent
  ['INTENT',           'SUBMITTED', '!ACCEPTED',        '!REJECTED',  '!TRIGGERED',       '!PARTIALLY_FILLED',  '!FILLED',  'CANCELED',       'x',             '!CANCELED', '!EXPIRED', 'UNKNOWN', '!ACCEPTED',        '~'],
  ['SUBMITTED',        '~',         'ACCEPTED',         'REJECTED',   'TRIGGERED',        'PARTIALLY_FILLED',   'FILLED',   'PENDING_CANCEL', '~',             'CANCELED',  'EXPIRED',  'UNKNOWN', 'ACCEPTED',         'REJECTED'],
  ['ACCEPTED',         '~',         '~',                'REJECTED',   'TRIGGERED',        'PARTIALLY_FILLED',   'FILLED',   'PENDING_CANCEL', '~',             'CANCELED',  'EXPIRED',  '~',       '~',                '!REJECTED'],
  ['TRIGGERED',        '~',         '~',                'REJECTED',   '~',                'PARTIALLY_FILLED',   'FILLED',   'PENDING_CANCEL', '~',             'CANCELED',  'EXPIRED',  '~',       '~',                '!REJECTED'],
  ['PARTIALLY_FILLED', '~',         '~',                'x',          '~',                'PARTIALLY_FILLED',   'FILLED',   'PENDING_CANCEL', '~',             'CANCELED',  'EXPIRED',  '~',       '~',                '!CANCELED'],
  ['PENDING_CANCEL',   '~',         '~',                'REJECTED',   '~',                'PENDING_CANCEL',     'FILLED',   '~',              'ACCEPTED',      'CANCELED',  'EXPIRED',  'UNKNOWN', '~',                '!CANCELED'],
  ['UNKNOWN',          '~',         'ACCEPTED',         'REJECTED',   'TRIGGERED',        'PARTIALLY_FILLED',   'FILLED',   '~',              '~',             'CANCELED',  'EXPIRED',  '~',       'ACCEPTED',         'REJECTED'],
  ['FILLED',           'x',         '~',                'x',          '~',                'x',                  'x',        '~',              '~',             '~',         '~',        '~',       'x',                'x'],
  ['CANCELED',         'x',         '~',                '~',          '~',                '!CANCELED',          '!FILLED',  '~',              '~',             '~',         '~',        '~',       '!ACCEPTED',        '~'],
  ['REJECTED',         'x',         '!ACCEPTED',        '~',          '!TRIGGERED',       '!PARTIALLY_FILLED',  '!FILLED',  '~',              '~',             '~',         '~',        '~',       '!ACCEPTED',        '~'],
  ['EXPIRED',          'x',         '~',                '~',          '~',                '!EXPIRED',           '!FILLED',  '~',              '~',             '~',         '~',        '~',       '!ACCEPTED',        '~'],
];

function parseCell(status: OrderStatus, cell: Cell): Transition {
  if (cell === '~') return { next: status, note: 'late' };
  if (cell === 'x') return { next: status, note: 'violation' };
  if (cell.startsWith('!')) return { next: cell.slice(1) as OrderStatus, note: 'anomaly' };
  return { next: cell as OrderStatus, note: 'ok' };
}

function buildTable(): ReadonlyMap<OrderStatus, ReadonlyMap<OrderInput, Transition>> {
  const table = new Map<OrderStatus, ReadonlyMap<OrderInput, Transition>>();
  for (const [status, ...cells] of TABLE) {
    assert(cells.length === ORDER_INPUTS.length, `row ${status} has a cell for every input`);
    table.set(status, new Map(ORDER_INPUTS.map((input, i) => [input, parseCell(status, cells[i]!)])));
  }
  assert(table.size === ORDER_STATUSES.length, 'every order status has its row');
  return table;
}

const TRANSITIONS = buildTable();

/** Returns what `input` does to an order in `status`; total over all states and inputs. */
export function transition(status: OrderStatus, input: OrderInput): Transition {
  const next = TRANSITIONS.get(status)?.get(input);
  assert(next !== undefined, `transition ${status} x ${input} is in the table`);
  return next;
}
