/** One finished bar in doubles: what every indicator kernel is fed with. */
import type { EpochUs } from '#core';

/** A finished bar. Kernels read it during `push` and never keep it: the caller re-uses one object for all bars. */
export interface Bar {
  openTsUs: EpochUs;
  open: number;
  high: number;
  low: number;
  close: number;
  /** In units of the base asset. */
  volume: number;
}

/** Returns an empty bar to be filled. */
export function emptyBar(): Bar {
  return { openTsUs: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 };
}
