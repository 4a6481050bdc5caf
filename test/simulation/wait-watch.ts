/** Knows what a trader waits for, so that simulated time goes on exactly when all that can be done at a moment is done. */
import { assert } from '#core';

/** Turns of the microtask queue that anything takes at most; more is a loop without end. */
const TURNS_MAX = 10_000;

/** Counts promises that only the passing of time can settle. */
export class WaitWatch {
  #waiting = 0;

  /** Watches a promise. */
  track<T>(promise: Promise<T>): Promise<T> {
    this.#waiting++;
    return promise.finally(() => {
      this.#waiting--;
    });
  }

  /** Lets everything be done that can be done now: until the trader waits for time to pass, or is over. */
  async settle(isOver: () => boolean): Promise<void> {
    // What was settled a moment ago shows after some turns.
    for (let turn = 0; turn < 4; turn++) await undefined;
    for (let turn = 0; this.#waiting === 0 && !isOver(); turn++) {
      assert(turn < TURNS_MAX, 'a trader waits for something, or is over');
      await undefined;
    }
  }
}
