/** Moments and durations as people read them; moments are UTC, in microseconds. */

const US_PER_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** Returns `2025-03-04 08:05:00`. */
export function moment(tsUs: number): string {
  return iso(tsUs).slice(0, 19).replace('T', ' ');
}

/** Returns `08:05:00`. */
export function clockTime(tsUs: number): string {
  return iso(tsUs).slice(11, 19);
}

/** Returns `03-04 08:05`. */
export function shortMoment(tsUs: number): string {
  return iso(tsUs).slice(5, 16).replace('T', ' ');
}

/** Returns `4 Mar`. */
export function dayLabel(tsUs: number): string {
  const date = new Date(tsUs / US_PER_MS);
  const month = date.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' });
  return `${date.getUTCDate()} ${month}`;
}

/** Returns a duration in its two largest units: `2 d 4 h`, `12 min`, `8 s`. */
export function duration(us: number): string {
  const seconds = Math.max(0, Math.round(us / US_PER_MS / MS_PER_SECOND));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** Returns a timeframe: `5m`, `1h`, `1d`. */
export function timeframe(us: number): string {
  const minutes = us / US_PER_MS / MS_PER_SECOND / 60;
  if (minutes % 1_440 === 0) return `${minutes / 1_440}d`;
  if (minutes % 60 === 0) return `${minutes / 60}h`;
  return minutes >= 1 ? `${minutes}m` : `${Math.round(minutes * 60)}s`;
}

function iso(tsUs: number): string {
  return new Date(tsUs / US_PER_MS).toISOString();
}
