/**
 * The order of all events of a process: each gets the wall-clock time at which it is delivered, or one microsecond more than the event before where
 * the clock has not moved on. All feeds of a process share one stamp, so that their events have one order.
 */
import { assert, type EpochUs } from '#core';
import type { Transport } from '#net';

/** Hands out strictly increasing times. */
export class EventStamp {
  #lastUs: EpochUs = 0;

  /** The last time that was handed out; 0 before the first. */
  get lastUs(): EpochUs {
    return this.#lastUs;
  }

  /** Returns the time of the next event. */
  next(nowUs: EpochUs): EpochUs {
    assert(Number.isSafeInteger(nowUs), 'an event is stamped with whole microseconds');
    this.#lastUs = nowUs > this.#lastUs ? nowUs : this.#lastUs + 1;
    return this.#lastUs;
  }
}

/** The clock of one feed: the time of its transport, stamped in the order of the process. */
export class FeedClock {
  readonly #stamp: EventStamp;
  readonly #transport: Transport;

  constructor(transport: Transport, stamp: EventStamp) {
    this.#transport = transport;
    this.#stamp = stamp;
  }

  /** Time for due dates and watchdogs. */
  nowUs(): EpochUs {
    return this.#transport.nowUs();
  }

  /** Time of the last event of the process. */
  get lastUs(): EpochUs {
    return this.#stamp.lastUs;
  }

  /** Time of the next event; no two events have the same. */
  stampUs(): EpochUs {
    return this.#stamp.next(this.#transport.nowUs());
  }
}
