/** Windows of a range of fills: the venue answers for seven days at a time. */
import { type EpochUs, US_PER_DAY, US_PER_MS } from '#core';
import type { EntryFillsRange, FillRecord, FormParams } from '../../entry/index.ts';

/** Longest window of a question. */
export const WINDOW_US = 7 * US_PER_DAY;

/** A window of a range; its end is that of the range at the latest. */
export interface FillsWindow {
  readonly range: EntryFillsRange;
  readonly startUs: EpochUs;
}

/** Returns the bounds of a window as the venue takes them, both inclusive. */
export function windowParams({ range, startUs }: FillsWindow): FormParams {
  const endUs = Math.min(startUs + WINDOW_US, range.toUs);
  return {
    symbol: range.instrument.restSymbol,
    startAt: Math.floor(startUs / US_PER_MS),
    endAt: Math.floor(endUs / US_PER_MS),
  };
}

/** Returns the window behind a window; `null` when the range ends with it. */
export function nextWindow({ range, startUs }: FillsWindow): FillsWindow | null {
  const next = startUs + WINDOW_US;
  return next < range.toUs ? { range, startUs: next } : null;
}

/** Returns those fills that lie in a range, oldest first; the venue lists the newest first. */
export function inRange(
  fills: readonly FillRecord[],
  { fromUs, toUs }: EntryFillsRange,
): readonly FillRecord[] {
  return fills
    .filter(({ tsVenueUs }) => tsVenueUs >= fromUs && tsVenueUs < toUs)
    .toSorted((a, b) => a.tsVenueUs - b.tsVenueUs);
}
