/** How fast simulated time passes: as fast as it goes, or so many times real time. */
import { type EpochUs, US_PER_MS } from '#core';
import type { Pacer } from '#engine';

/** The clock and the timers of the process, passed in so that a test can hold them. */
export interface RealTime {
  /** Monotonic, microseconds. */
  nowUs(): number;
  sleepMs(ms: number, signal: AbortSignal): Promise<void>;
  yieldNow(): Promise<void>;
}

/** Longest sleep at a stretch, so that an abort and a change of the clock are noticed. */
const SLEEP_MS_MAX = 1_000;

/** Returns a pacer that never waits. */
export function maxSpeedPacer(realTime: RealTime): Pacer {
  return { waitUntil: () => undefined, yieldNow: () => realTime.yieldNow() };
}

/** How simulated time passes. */
export interface Pace {
  /** Times real time. */
  readonly speed: number;
  /** Moments before are not waited for: history, told as fast as it goes. */
  readonly fromUs: EpochUs;
}

/** Returns a pacer that shows moments from `fromUs` on at `speed` times real time; it stops waiting once `signal` is aborted. */
export function pacedPacer({ fromUs, speed }: Pace, realTime: RealTime, signal: AbortSignal): Pacer {
  let startSimUs: EpochUs | null = null;
  let startRealUs = 0;
  const sleepUntil = async (realUs: number): Promise<void> => {
    for (;;) {
      const waitMs = (realUs - realTime.nowUs()) / US_PER_MS;
      if (waitMs <= 0 || signal.aborted) return;
      await realTime.sleepMs(Math.min(waitMs, SLEEP_MS_MAX), signal);
    }
  };
  return {
    waitUntil(tsUs) {
      if (tsUs < fromUs) return undefined;
      if (startSimUs === null) {
        startSimUs = tsUs;
        startRealUs = realTime.nowUs();
        return undefined;
      }
      const dueUs = startRealUs + (tsUs - startSimUs) / speed;
      return dueUs - realTime.nowUs() < US_PER_MS ? undefined : sleepUntil(dueUs);
    },
    yieldNow: () => realTime.yieldNow(),
  };
}
