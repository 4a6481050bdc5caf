/** How the market moved after fills, for people. Pure. */
import { formatDurationUs } from '#core';
import { type MarkoutGroup, type MarkoutRow, TOXIC_QUEUE_ABOVE } from '#sim';
import { textTable } from '../../runs/text-table.ts';

const GROUP_TEXTS: Readonly<Record<MarkoutGroup, string>> = {
  maker: 'makers',
  taker: 'takers',
  'maker-likely-toxic': `makers behind more than ${TOXIC_QUEUE_ABOVE} orders (likely toxic)`,
  'maker-other': 'other makers',
};

/** Returns a table of the moves against the fills. */
export function markoutLines(rows: readonly MarkoutRow[]): readonly string[] {
  const cells = rows
    .filter(({ fills }) => fills > 0)
    .map(({ fills, group, horizonUs, measured, ...row }) => [
      GROUP_TEXTS[group],
      formatDurationUs(horizonUs),
      fills,
      measured,
      moveText(row.meanBps),
      intervalText(row),
    ]);
  if (cells.length === 0) return ['no fills to measure the market after'];
  return [
    ...textTable(['fills of', 'after', 'fills', 'measured', 'against bps', '95 % within'], cells),
    'against: mean move of the mid price against the fill; neighbouring fills are not independent, so the intervals are rather too narrow',
  ];
}

/** Returns a move in basis points as text; `-` where there is none. */
export function moveText(bps: number | null): string {
  return bps === null ? '-' : bps.toFixed(3);
}

/** Returns the bounds of a mean as text. */
export function intervalText({ highBps, lowBps }: Pick<MarkoutRow, 'highBps' | 'lowBps'>): string {
  return lowBps === null || highBps === null ? '-' : `${lowBps.toFixed(3)} to ${highBps.toFixed(3)}`;
}
