/** The report of `xylen fills study` for people. Pure. */
import type { Assumption, MarkoutRow } from '#sim';
import type { StudyReport, StudyRow } from '../../host/fills/run-study.ts';
import { textTable } from '../../runs/text-table.ts';
import { markoutLines, moveText } from './markout-lines.ts';

/** Returns the sets of assumptions side by side, what each came to, what followed its fills, and what each rests on. */
export function studyLinesOf({ events, orders, rows, scale }: StudyReport): readonly string[] {
  const common = (rows[0]?.assumptions ?? []).filter((one) => rows.every((row) => has(row, one)));
  return [
    `${orders} orders${scale === 1 ? '' : ` of ${scale} times their quantity`} against ${events.depth} depth events and ${events.trades} trades, under ${rows.length} sets of assumptions`,
    '',
    ...textTable(HEADER, rows.map(cellsOf)),
    '',
    'price: mean price against that of the first row, for orders filled in both; + = worse for the trader',
    'maker and taker: mean move of the mid price against the fills after 1 s and 10 s, basis points',
    ...rows.flatMap((row) => [
      '',
      `${row.label}:`,
      ...indented(markoutLines(row.markouts)),
      ...ownLines(row, common),
    ]),
    '',
    'in all rows:',
    ...indented(common.map(assumptionLine)),
  ];
}

const HEADER = [
  'assumptions',
  'fills',
  'orders',
  'lots',
  'maker',
  'taker',
  'price bps',
  'maker 1s',
  'maker 10s',
  'taker 1s',
  'taker 10s',
];

function cellsOf({ label, markouts, ordersFilled, priceWorseBps, totals }: StudyRow) {
  const moveOf = (group: MarkoutRow['group'], at: number): string =>
    moveText(markouts.filter((row) => row.group === group)[at]?.meanBps ?? null);
  const { fills, makerFills, takerFills, volumeLots } = totals;
  const moves = [moveOf('maker', 0), moveOf('maker', 1), moveOf('taker', 0), moveOf('taker', 1)];
  return [label, fills, ordersFilled, volumeLots, makerFills, takerFills, moveText(priceWorseBps), ...moves];
}

function ownLines(row: StudyRow, common: readonly Assumption[]): readonly string[] {
  return indented(
    row.assumptions.filter((one) => !common.some((other) => isSame(one, other))).map(assumptionLine),
  );
}

function has(row: StudyRow, one: Assumption): boolean {
  return row.assumptions.some((other) => isSame(one, other));
}

function isSame(a: Assumption, b: Assumption): boolean {
  return a.key === b.key && a.value === b.value && a.text === b.text;
}

function assumptionLine({ key, text, value }: Assumption): string {
  return `${key}: ${value}. ${text}`;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
