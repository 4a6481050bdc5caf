/**
 * Time is epoch microseconds in a safe-integer number (exact until 2255); durations are microseconds too.
 * No clock lives here: the present moment is always passed in.
 */
import { assertSafeInteger } from './assert.ts';

/** Microseconds since 1970-01-01T00:00:00Z. */
export type EpochUs = number;

export const US_PER_MS = 1_000;
export const US_PER_SECOND = 1_000_000;
export const US_PER_MINUTE = 60 * US_PER_SECOND;
export const US_PER_HOUR = 60 * US_PER_MINUTE;
export const US_PER_DAY = 24 * US_PER_HOUR;

const UNIT_US: Readonly<Record<string, number>> = {
  us: 1,
  ms: US_PER_MS,
  s: US_PER_SECOND,
  m: US_PER_MINUTE,
  h: US_PER_HOUR,
  d: US_PER_DAY,
  w: 7 * US_PER_DAY,
};

/** Returns the microseconds of a duration such as `250ms`, `60s`, `1.5h`, `30d`; `undefined` when it is not a whole number of them. */
export function parseDurationUs(text: string): number | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,16}))?(us|ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', unit = ''] = match;
  // In integers: 0.07 h is 252 s exactly, but 0.07 * 3.6e9 is not an integer in doubles.
  const scaled = BigInt(whole + fraction) * BigInt(UNIT_US[unit]!);
  const scale = 10n ** BigInt(fraction.length);
  const us = Number(scaled / scale);
  return scaled % scale === 0n && Number.isSafeInteger(us) ? us : undefined;
}

/** Formats a duration with the largest unit that divides it: 300000000 -> `5m`. */
export function formatDurationUs(us: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's', 'ms']) {
    const size = UNIT_US[unit]!;
    if (us !== 0 && us % size === 0 && !(unit === 'w' && us / size < 2)) return `${us / size}${unit}`;
  }
  return `${us}us`;
}

/** Returns the start of the bar of length `timeframeUs` that holds `tsUs`; bars are aligned to the epoch. */
export function floorToTimeframe(tsUs: EpochUs, timeframeUs: number): EpochUs {
  return Math.floor(tsUs / timeframeUs) * timeframeUs;
}

/** Returns the UTC day number (days since the epoch) of a moment. */
export function utcDay(tsUs: EpochUs): number {
  return Math.floor(tsUs / US_PER_DAY);
}

/** Formats a moment as ISO 8601 UTC: milliseconds when exact, else microseconds. */
export function formatIso(tsUs: EpochUs): string {
  assertSafeInteger(tsUs, 'tsUs');
  const ms = Math.floor(tsUs / US_PER_MS);
  const restUs = tsUs - ms * US_PER_MS;
  const iso = new Date(ms).toISOString();
  return restUs === 0 ? iso : `${iso.slice(0, -1)}${String(restUs).padStart(3, '0')}Z`;
}

/** Formats the UTC day of a moment as `YYYYMMDD`. */
export function formatDay(tsUs: EpochUs): string {
  return formatIso(floorToTimeframe(tsUs, US_PER_DAY)).slice(0, 10).replaceAll('-', '');
}

/**
 * Parses `2024-05-01`, `2024-05-01T12:00`, `2024-05-01T12:00:00Z` (UTC when no zone is given) or an epoch in ms or us
 * (13 or 16 digits); returns `undefined` when it is none of them.
 */
export function parseMomentUs(text: string): EpochUs | undefined {
  if (/^\d{16}$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
  if (/^\d{13}$/.test(text)) return Number(text) * US_PER_MS;
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text))
    return undefined;
  if (!isCalendarDay(text.slice(0, 10))) return undefined;
  const hasZone = text.length === 10 || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const fraction = /\.(\d{1,6})/.exec(text);
  const subMsUs = fraction === null ? 0 : Number(fraction[1]!.padEnd(6, '0')) % US_PER_MS;
  const ms = Date.parse(hasZone ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms * US_PER_MS + subMsUs;
}

/** False for days that no calendar has: `Date.parse` reads the 30th of February as the 1st of March. */
function isCalendarDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === day;
}
