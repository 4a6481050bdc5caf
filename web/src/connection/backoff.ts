/** How long to wait before trying again: longer each time, never for long, and not all browsers at once. */

const FIRST_MS = 500;
/** The longest wait: a server that comes back is found within this time. */
export const BACKOFF_MS_MAX = 15_000;

/** Returns the wait before attempt number `attempt` (from 1); `random` in [0, 1) spreads it over the upper half of the interval. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(ceiling * (0.5 + random / 2));
}
