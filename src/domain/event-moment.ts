/**
 * The moment at which a market event counts: its venue time, but not earlier than a window before it arrived and not later than it arrived. The
 * rule looks at one event alone, so a live run, its recording and a replay of it agree, whatever else happened meanwhile and however the
 * events were cut into pieces.
 */
import type { EpochUs } from '#core';

/** Returns the moment at which an event takes its place; `windowUs` is how late it may come without losing it. */
export function orderedUs(tsVenueUs: EpochUs, tsLocalUs: EpochUs, windowUs: number): EpochUs {
  return Math.min(tsLocalUs, Math.max(tsVenueUs, tsLocalUs - windowUs));
}

/** True for an event that came too late to take its place by venue time: it counts as having happened a window before it came. */
export function isLate(tsVenueUs: EpochUs, tsLocalUs: EpochUs, windowUs: number): boolean {
  return tsVenueUs < tsLocalUs - windowUs;
}
