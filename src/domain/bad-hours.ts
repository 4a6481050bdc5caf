/** Recorded hours of which too much is missing, and what loaders make of them. */
import { type EpochUs, US_PER_HOUR } from '#core';
import type { FeedHour, StreamKind } from './feed.ts';

/** What loaders make of bad hours: leave them out or refuse the work, count them less, or take them like any other. */
export type BadHourMode = 'refuse' | 'weigh' | 'ignore';

/** When an hour is bad, and what follows. */
export interface BadHourRule {
  readonly mode: BadHourMode;
  /** Percent of an hour that may be missing. */
  readonly staleMaxPct: number;
}

/** A bad hour, with the largest share missing of the streams asked for. */
export interface BadHour {
  readonly hourUs: EpochUs;
  /** In (0, 1]. */
  readonly share: number;
}

/** Returns the share of an hour in which its stream was not complete, in [0, 1]. */
export function hourBadness(hour: FeedHour): number {
  return Math.min(1, (hour.staleUs + hour.downUs) / US_PER_HOUR);
}

/** Returns the hours of these streams of which more than `staleMaxPct` percent is missing, in order of time. */
export function badHoursOf(
  hours: readonly FeedHour[],
  streams: readonly StreamKind[],
  staleMaxPct: number,
): readonly BadHour[] {
  const worst = new Map<EpochUs, number>();
  for (const hour of hours) {
    if (!streams.includes(hour.stream)) continue;
    const share = hourBadness(hour);
    if (100 * share > staleMaxPct) worst.set(hour.hourUs, Math.max(share, worst.get(hour.hourUs) ?? 0));
  }
  return [...worst].map(([hourUs, share]) => ({ hourUs, share })).sort((a, b) => a.hourUs - b.hourUs);
}

/** Returns the largest share missing of the bad hours that overlap [`fromUs`, `toUs`); 0 when none does. The hours are in order of time. */
export function badShareWithin(hours: readonly BadHour[], fromUs: EpochUs, toUs: EpochUs): number {
  let low = 0;
  let high = hours.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hours[middle]?.hourUs ?? 0) + US_PER_HOUR <= fromUs) low = middle + 1;
    else high = middle;
  }
  let share = 0;
  for (let ix = low; ix < hours.length; ix++) {
    const hour = hours[ix];
    if (hour === undefined || hour.hourUs >= toUs) break;
    share = Math.max(share, hour.share);
  }
  return share;
}
