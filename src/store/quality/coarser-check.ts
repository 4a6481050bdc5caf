/**
 * Holds bars against coarser bars of the same symbol: the first open, highest high, lowest low, last close and summed volume of the
 * finer ones must be the coarser one's, exactly. Finds bars that a downloader stored before they were finished.
 */
import { assert, formatDecimal, formatDurationUs, formatIso, POW10 } from '#core';
import { BAR, type RowChunk } from '../history/index.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { FindingList } from './finding.ts';

/** A bar in plain numbers; prices and volume in units of the decimals at hand. */
interface Bar {
  tsUs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Bars compared and found unequal. */
export interface CoarserCount {
  compared: number;
  unequal: number;
}

/** Compares two series of candles of the same venue and symbol; only windows whose finer bars are all there are compared. */
export async function checkAgainstCoarser(
  finer: { readonly timeframeUs: number; readonly rows: AsyncIterable<RowChunk> },
  coarser: { readonly timeframeUs: number; readonly rows: AsyncIterable<RowChunk> },
  findings: FindingList,
): Promise<CoarserCount> {
  assert(coarser.timeframeUs % finer.timeframeUs === 0, 'coarser bars are made of whole finer ones');
  const count: CoarserCount = { compared: 0, unequal: 0 };
  const lengths = `${formatDurationUs(finer.timeframeUs)} and ${formatDurationUs(coarser.timeframeUs)}`;
  const made = new BatchCursor(windows(finer.rows, finer.timeframeUs, coarser.timeframeUs));
  const given = new BatchCursor(barsOf(coarser.rows));
  await made.load();
  await given.load();
  for (let [left, right] = [made.item, given.item]; left && right; [left, right] = [made.item, given.item]) {
    const order = left.bar.tsUs - right.bar.tsUs;
    if (order === 0) {
      count.compared++;
      const fields = unequalFields(left, right);
      if (fields.length > 0) {
        count.unequal++;
        const text = `${lengths} bars disagree at ${formatIso(right.bar.tsUs)}: ${fields.join('; ')}`;
        findings.add('coarser_bar', right.bar.tsUs, fields.length, text);
      }
    }
    if (order <= 0 && !made.step()) await made.load();
    if (order >= 0 && !given.step()) await given.load();
  }
  await made.close();
  await given.close();
  return count;
}

/** A bar and the scale of its numbers. */
interface ScaledBar {
  readonly bar: Bar;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

function barsIn(chunk: RowChunk): ScaledBar[] {
  const { priceDecimals, qtyDecimals } = chunk;
  return Array.from({ length: chunk.rowCount }, (_, row) => ({
    bar: barAt(chunk, row),
    priceDecimals,
    qtyDecimals,
  }));
}

async function* barsOf(rows: AsyncIterable<RowChunk>): AsyncGenerator<ScaledBar[]> {
  for await (const chunk of rows) yield barsIn(chunk);
}

/** Yields the coarser bars that the finer ones make, where all of them are there. */
async function* windows(
  rows: AsyncIterable<RowChunk>,
  finerUs: number,
  coarserUs: number,
): AsyncGenerator<ScaledBar[]> {
  let open: ScaledBar | undefined;
  let bars = 0;
  for await (const chunk of rows) {
    const whole: ScaledBar[] = [];
    for (const next of barsIn(chunk)) {
      const startUs = next.bar.tsUs - (next.bar.tsUs % coarserUs);
      if (open?.bar.tsUs !== startUs || !isSameScale(open, next)) {
        open = { ...next, bar: { ...next.bar, tsUs: startUs } };
        bars = 1;
      } else {
        takeIn(open.bar, next.bar);
        bars++;
      }
      if (bars === coarserUs / finerUs) {
        whole.push(open);
        open = undefined;
      }
    }
    yield whole;
  }
}

function isSameScale(a: ScaledBar, b: ScaledBar): boolean {
  return a.priceDecimals === b.priceDecimals && a.qtyDecimals === b.qtyDecimals;
}

function takeIn(bar: Bar, next: Bar): void {
  bar.high = Math.max(bar.high, next.high);
  bar.low = Math.min(bar.low, next.low);
  bar.close = next.close;
  bar.volume += next.volume;
}

function barAt(chunk: RowChunk, row: number): Bar {
  const at = (column: number): number => chunk.columns[column]![row]!;
  return {
    tsUs: at(BAR.ts),
    open: at(BAR.open),
    high: at(BAR.high),
    low: at(BAR.low),
    close: at(BAR.close),
    volume: at(BAR.volume),
  };
}

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

function unequalFields(made: ScaledBar, given: ScaledBar): string[] {
  return FIELDS.flatMap((field) => {
    const role = field === 'volume' ? 'qtyDecimals' : 'priceDecimals';
    const decimals = Math.max(made[role], given[role]);
    const left = made.bar[field] * POW10[decimals - made[role]]!;
    const right = given.bar[field] * POW10[decimals - given[role]]!;
    return left === right
      ? []
      : [`${field} ${formatDecimal(left, decimals)} made, ${formatDecimal(right, decimals)} given`];
  });
}
