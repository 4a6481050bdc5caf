/** The clock and timers of this process as the pacer wants them. */
import { setTimeout as sleep, setImmediate as yieldToLoop } from 'node:timers/promises';
import { US_PER_MS } from '#core';
import type { RealTime } from './pacer.ts';

/** The real clock. */
export const realTime: RealTime = {
  nowUs: () => performance.now() * US_PER_MS,
  async sleepMs(ms, signal) {
    // An abort ends the wait; that is all it means here.
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  },
  yieldNow: () => yieldToLoop(),
};
