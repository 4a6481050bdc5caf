/** The end of a live run as one JSON object and as lines: the figures of every run, and what was left at the venue. Simulated ones say so first. */
import { formatDurationUs, US_PER_MS } from '#core';
import { summaryJson, summaryLines } from '../summary-json.ts';
import type { AccountEnd } from './account-end.ts';
import type { FinishedLive } from './live-run.ts';

/** Returns the run as plain data; names are a contract. */
export function liveJson(finished: FinishedLive): Readonly<Record<string, unknown>> {
  const { end, isSimulated, killed, wouldSend } = finished;
  return {
    ...summaryJson(finished),
    simulated: isSimulated,
    left: end?.left ?? null,
    differences: end?.differences ?? null,
    wouldSend,
    killed:
      killed === null
        ? null
        : { flat: killed.isFlat, msToFlat: killed.elapsedUs / US_PER_MS, left: killed.left },
  };
}

/** Returns the run as lines for people. */
export function liveLines(finished: FinishedLive): readonly string[] {
  const { end, isSimulated, killed, wouldSend } = finished;
  const lines: string[] = [];
  if (isSimulated) lines.push('SIMULATED: the exchange, its market and its money are invented');
  lines.push(...summaryLines(finished));
  if (killed !== null) {
    const took = formatDurationUs(Math.round(killed.elapsedUs / US_PER_MS) * US_PER_MS);
    lines.push(`kill switch: ${killed.isFlat ? `flat after ${took}` : `NOT flat after ${took}`}`);
  }
  if (end === null) lines.push(`dry run: ${wouldSend} orders would have been sent, none was`);
  else lines.push(...endLines(end));
  return lines;
}

function endLines({ differences, left }: AccountEnd): readonly string[] {
  const open =
    left.length === 0
      ? ['left at the venue: nothing']
      : ['left at the venue:', ...left.map((one) => `  ${one}`)];
  if (differences.length === 0) return [...open, 'our books and the venue agree'];
  return [...open, 'our books and the venue DIFFER:', ...differences.map((one) => `  ${one}`)];
}
