/** A recorder that is started while a venue does not answer waits for it: whoever starts at boot, or again after a failure, must not depend on luck. */
import { US_PER_SECOND, XylenError } from '#core';
import type { Timers } from '#net';
import type { Log } from '#telemetry';

/** Tries and the pause between two of them: some five minutes beside what the requests themselves take. */
export const START_TRIES = 20;
const PAUSE_US = 15 * US_PER_SECOND;

/** What waiting is done with. */
export interface PatienceParts {
  readonly timers: Pick<Timers, 'after'>;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Asks until there is an answer. @throws what `ask` throws last, at once when it is not XY_VENUE_FAILED or the signal was given */
export async function askPatiently<T>(
  venue: string,
  { log, signal, timers }: PatienceParts,
  ask: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const isUnreached = error instanceof XylenError && error.code === 'XY_VENUE_FAILED';
      if (!isUnreached || tries === START_TRIES || signal.aborted) throw error;
      log.warn('venue_not_reached', {
        venue,
        reason: error.message,
        pauseS: PAUSE_US / US_PER_SECOND,
        triesLeft: START_TRIES - tries,
      });
    }
    await pause(timers, signal);
    if (signal.aborted) throw new XylenError('XY_INTERRUPTED', `interrupted while waiting for ${venue}`);
  }
}

function pause(timers: PatienceParts['timers'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timers.after(PAUSE_US, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
