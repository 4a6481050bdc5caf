/**
 * The one order of market events, from one event alone: it counts at its venue time, but not earlier than a window before it arrived and not
 * later than it arrived. So a live run that stays behind the clock by the window, and a replay of its recording, agree.
 */
import type { EpochUs } from '#core';

/** Returns the moment at which an event counts: its venue time within [`tsLocalUs` - `windowUs`, `tsLocalUs`]. */
export function orderedUs(tsVenueUs: EpochUs, tsLocalUs: EpochUs, windowUs: number): EpochUs {
  return Math.min(tsLocalUs, Math.max(tsVenueUs, tsLocalUs - windowUs));
}

/** True when an event came later than the window: it counts as having happened a window before it came. */
export function isLate(tsVenueUs: EpochUs, tsLocalUs: EpochUs, windowUs: number): boolean {
  return tsVenueUs < tsLocalUs - windowUs;
}
