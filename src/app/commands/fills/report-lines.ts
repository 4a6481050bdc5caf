/** The report of `xylen fills` for people. Pure. */
import type { FillDifference } from '../../host/fills/fills-file.ts';
import type { FillsReport } from '../../host/fills/run-fills.ts';
import { markoutLines } from './markout-lines.ts';

/** Returns what became of the orders, what it rests on, and every difference. */
export function linesOf(report: FillsReport): readonly string[] {
  const { differences, events, orders, out, statuses, totals } = report;
  return [
    `${orders} orders against ${events.depth} depth events and ${events.trades} trades`,
    `${statuses.filled} filled, ${statuses.cancelled} cancelled, ${statuses.expired} expired, ${statuses.open} open, ${statuses.partlyFilled} filled in part and open, ${statuses.none} not given`,
    `${totals.fills} fills (${totals.makerFills} maker, ${totals.takerFills} taker), ${totals.volumeLots} lots, position ${totals.positionLots} lots`,
    ...(out === null ? [] : [`written to ${out}`]),
    '',
    ...markoutLines(report.markouts),
    '',
    ...report.assumptions.map(({ key, text, value }) => `${key}: ${value}. ${text}`),
    ...(differences === null ? [] : ['', ...differenceLines(differences)]),
  ];
}

function differenceLines(differences: readonly FillDifference[]): readonly string[] {
  if (differences.length === 0) return ['no differences'];
  const orders = new Set(differences.map(({ orderId }) => orderId)).size;
  return [
    `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'} in ${orders} ${orders === 1 ? 'order' : 'orders'}`,
    ...differences.map(lineOf),
  ];
}

function lineOf({ column, expected, found, orderId }: FillDifference): string {
  if (expected === null) return `  order ${orderId}: not in the file compared with`;
  if (found === null) return `  order ${orderId}: not in the schedule`;
  return `  order ${orderId}: ${column}: expected ${expected}, found ${found}`;
}
