/** Holds mark prices against last prices at the same moment: they should be close, the mark is what liquidates. */
import { formatIso, POW10 } from '#core';
import { BAR, type RowChunk } from '../history/index.ts';
import { percent } from './bar-checks.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { FindingList } from './finding.ts';

/** Deviations from here on are findings. */
const DEVIATION_MAX = 0.02;

/** What the comparison adds up. */
export interface MarkStatistics {
  compared: number;
  meanAbsoluteBps: number;
  maxAbsoluteBps: number;
}

/** Compares the closes of mark bars with those of candles that close at the same moment. */
export async function checkMarks(
  marks: { readonly timeframeUs: number; readonly rows: AsyncIterable<RowChunk> },
  candles: { readonly timeframeUs: number; readonly rows: AsyncIterable<RowChunk> },
  findings: FindingList,
): Promise<MarkStatistics> {
  const stats: MarkStatistics = { compared: 0, meanAbsoluteBps: 0, maxAbsoluteBps: 0 };
  let sum = 0;
  const lasts = new BatchCursor(closesOf(candles.rows, candles.timeframeUs));
  const given = new BatchCursor(closesOf(marks.rows, marks.timeframeUs));
  await lasts.load();
  await given.load();
  for (let [mark, last] = [given.item, lasts.item]; mark && last; [mark, last] = [given.item, lasts.item]) {
    const order = mark.tsUs - last.tsUs;
    if (order === 0) {
      const deviation = mark.close / last.close - 1;
      stats.compared++;
      sum += Math.abs(deviation);
      stats.maxAbsoluteBps = Math.max(stats.maxAbsoluteBps, Math.abs(deviation) * 1e4);
      if (Math.abs(deviation) >= DEVIATION_MAX) {
        const text = `mark ${mark.close} against last ${last.close} at ${formatIso(mark.tsUs)}: ${percent(deviation)}`;
        findings.add('mark_deviation', mark.tsUs, deviation, text);
      }
    }
    if (order <= 0 && !given.step()) await given.load();
    if (order >= 0 && !lasts.step()) await lasts.load();
  }
  await given.close();
  await lasts.close();
  if (stats.compared > 0) stats.meanAbsoluteBps = (sum / stats.compared) * 1e4;
  return stats;
}

interface Close {
  readonly tsUs: number;
  readonly close: number;
}

async function* closesOf(rows: AsyncIterable<RowChunk>, timeframeUs: number): AsyncGenerator<Close[]> {
  for await (const { rowCount, columns, priceDecimals } of rows) {
    const scale = POW10[priceDecimals]!;
    yield Array.from({ length: rowCount }, (_, row) => ({
      tsUs: columns[BAR.ts]![row]! + timeframeUs,
      close: columns[BAR.close]![row]! / scale,
    }));
  }
}
