/** One direction of the wire: messages leave in the order in which they were given, as on one connection. Invariant: at most `MESSAGES_MAX` are under way. */
import { assert, type EpochUs, TimedHeap } from '#core';

/** Messages of one direction that may be under way at once; a trader that sends more is broken. */
const MESSAGES_MAX = 100_000;

/** Messages under way. */
export class MessageLine<T> {
  readonly #messages = new TimedHeap<T>(MESSAGES_MAX);
  #lastUs: EpochUs = 0;

  /** When the next one arrives; infinity when none is under way. */
  get nextUs(): EpochUs {
    return this.#messages.nextTsUs;
  }

  /** Sends a message; it arrives `travelUs` later, but not before the one in front of it. */
  send(message: T, nowUs: EpochUs, travelUs: number): void {
    assert(travelUs >= 0 && Number.isSafeInteger(travelUs), 'a message travels whole microseconds');
    this.#lastUs = Math.max(this.#lastUs, nowUs + travelUs);
    this.#messages.push(this.#lastUs, message);
  }

  /** Takes the next message off. */
  take(): T {
    const message = this.#messages.pop();
    assert(message !== undefined, 'a message is taken when one has arrived');
    return message;
  }
}
