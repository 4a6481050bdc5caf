/** The report of `xylen fills fit` for people. Pure. */
import { formatDurationUs } from '#core';
import type { ResponseFit } from '#sim';
import type { FitReport } from '../../host/fills/run-fit.ts';
import { textTable } from '../../runs/text-table.ts';

/** Candidates that are shown. */
const SHOWN_MAX = 12;

/** Returns the estimates, how sure they are, and the best candidates. */
export function fitLinesOf({ candidates, entry, known, orders, response }: FitReport): readonly string[] {
  const { leastUs, medianHighUs, medianLowUs, medianUs, mostUs, samples } = entry;
  const rows = candidates
    .slice(0, SHOWN_MAX)
    .map(({ confidence, differing, errorHighUs, errorLowUs, errorUs, exchange, queue }) => [
      queue,
      exchange,
      differing,
      milliseconds(errorUs),
      `${milliseconds(errorLowUs)} to ${milliseconds(errorHighUs)}`,
      `${(confidence * 100).toFixed(0)} %`,
    ]);
  return [
    `${known} of ${orders} orders have an outcome`,
    `requests to the exchange: ${formatDurationUs(medianUs)} (median of ${samples}, 95 % within ${formatDurationUs(medianLowUs)} to ${formatDurationUs(medianHighUs)}; from ${formatDurationUs(leastUs)} to ${formatDurationUs(mostUs)})`,
    `answers: ${responseText(response)}`,
    '',
    ...textTable(['queue', 'exchange', 'orders differ', 'error ms', '95 % within', 'best in'], rows),
    '',
    'error: mean time per order for which candidate and truth disagree whether it is filled; best in: share of resamples',
  ];
}

function responseText({ aboveUs, atMostUs }: ResponseFit): string {
  const bounds = [
    ...(aboveUs === null ? [] : [`longer than ${formatDurationUs(aboveUs)}`]),
    ...(atMostUs === null ? [] : [`at most ${formatDurationUs(atMostUs)}`]),
  ];
  if (bounds.length === 0) return 'no order tells how long they take';
  const isConstant = aboveUs === null || atMostUs === null || aboveUs < atMostUs;
  return `${bounds.join(', ')}${isConstant ? '' : ': they do not take a constant time'}`;
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(3);
}
