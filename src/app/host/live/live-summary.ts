/** The end of a live run as one JSON object and as lines: the figures of every run, and what was left at the venue. Simulated ones say so first. */
import { formatDurationUs, US_PER_MS } from '#core';
import { summaryJson, summaryLines } from '../summary-json.ts';
import type { FinishedLive } from './live-run.ts';

/** Returns the run as plain data; names are a contract. */
export function liveJson(finished: FinishedLive): Readonly<Record<string, unknown>> {
  const { isSimulated, killed, left, wouldSend } = finished;
  return {
    ...summaryJson(finished),
    simulated: isSimulated,
    left,
    wouldSend,
    killed:
      killed === null
        ? null
        : { flat: killed.isFlat, msToFlat: killed.elapsedUs / US_PER_MS, left: killed.left },
  };
}

/** Returns the run as lines for people. */
export function liveLines(finished: FinishedLive): readonly string[] {
  const { isSimulated, killed, left, wouldSend } = finished;
  const lines: string[] = [];
  if (isSimulated) lines.push('SIMULATED: the exchange, its market and its money are invented');
  lines.push(...summaryLines(finished));
  if (killed !== null) {
    const took = formatDurationUs(Math.round(killed.elapsedUs / US_PER_MS) * US_PER_MS);
    lines.push(`kill switch: ${killed.isFlat ? `flat after ${took}` : `NOT flat after ${took}`}`);
  }
  if (left === null) lines.push(`dry run: ${wouldSend} orders would have been sent, none was`);
  else if (left.length === 0) lines.push('left at the venue: nothing');
  else lines.push('left at the venue:', ...left.map((one) => `  ${one}`));
  return lines;
}
