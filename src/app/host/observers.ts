/** Several watchers of a session as one, and the simplest of them: a progress bar. */
import { US_PER_HOUR } from '#core';
import type { SessionObserver } from '#engine';
import type { CommandContext } from '../cli/command.ts';
import type { PreparedMarket } from './history-market.ts';

/** Returns one observer that tells all of them, in their order; `null` when there is none. */
export function allObservers(observers: readonly SessionObserver[]): SessionObserver | null {
  const [only] = observers;
  if (only === undefined) return null;
  if (observers.length === 1) return only;
  return {
    onEvent(event, effects, eventSeq) {
      for (const observer of observers) observer.onEvent?.(event, effects, eventSeq);
    },
  };
}

/** Returns an observer that shows how much of the market's time has passed, every `everyEvents` events. */
export function progressObserver(
  label: string,
  market: PreparedMarket,
  { progress }: CommandContext,
  everyEvents: number,
): SessionObserver {
  const total = Math.ceil((market.endUs - market.startUs) / US_PER_HOUR);
  return {
    onEvent(event, _effects, eventSeq) {
      if (eventSeq % everyEvents !== 0) return;
      const done = Math.min(total, Math.floor((event.tsLocalUs - market.startUs) / US_PER_HOUR));
      progress.update({ label, done, total, unit: 'hours of the market' });
    },
  };
}
