/**
 * Time that passes when it is told to: a queue of calls by moment. Calls of one moment happen in the order in which they were asked for, so
 * that a run depends on nothing but what was asked. No timer of the host is used.
 */
import { assert, type EpochUs, TimedHeap } from '#core';
import type { Cancel, Timers } from '#net';

/** Calls that may wait at a time; more is a leak of the program under test. */
const WAITING_MAX = 1_000_000;
/** Calls at one moment; more is a loop without end. */
const CALLS_PER_MOMENT_MAX = 1_000_000;
/** Cancelled calls that may stay in the queue before it is swept. */
const CANCELLED_MAX = 1_024;

interface Waiting {
  /** `null` once it has happened or was cancelled. */
  call: (() => void) | null;
}

/** The clock and the timers of a simulated world. */
export class SimulatedTime implements Timers {
  readonly #heap = new TimedHeap<Waiting>(WAITING_MAX);
  #nowUs: EpochUs;
  #cancelledCount = 0;
  #callsNow = 0;
  #isCalling = false;

  constructor(startUs: EpochUs) {
    assert(Number.isSafeInteger(startUs) && startUs >= 0, `time starts at a moment, was ${startUs}`);
    this.#nowUs = startUs;
  }

  nowUs(): EpochUs {
    return this.#nowUs;
  }

  /** How many calls wait. */
  get waitingCount(): number {
    return this.#heap.count - this.#cancelledCount;
  }

  after(delayUs: number, call: () => void): Cancel {
    assert(delayUs >= 0, `a delay is at least 0 us, was ${delayUs}`);
    return this.at(this.#nowUs + Math.ceil(delayUs), call);
  }

  /** Calls back at a moment that is not past. */
  at(tsUs: EpochUs, call: () => void): Cancel {
    assert(tsUs >= this.#nowUs, `a call is at ${this.#nowUs} or later, was ${tsUs}`);
    const waiting: Waiting = { call };
    this.#heap.push(tsUs, waiting);
    return () => {
      if (waiting.call === null) return;
      waiting.call = null;
      this.#cancelledCount++;
      this.#sweep();
    };
  }

  /** Goes to the next call and makes it; false when none waits. */
  step(): boolean {
    assert(!this.#isCalling, 'time goes on between calls, not inside one');
    for (;;) {
      const tsUs = this.#heap.nextTsUs;
      const waiting = this.#heap.pop();
      if (waiting === undefined) return false;
      if (waiting.call !== null) {
        this.#goTo(tsUs);
        this.#make(waiting);
        return true;
      }
      this.#cancelledCount--;
    }
  }

  /** Makes every call up to and including `untilUs`, which is the time afterwards. */
  run(untilUs: EpochUs): void {
    assert(untilUs >= this.#nowUs, `time runs forward from ${this.#nowUs}, was asked for ${untilUs}`);
    while (this.#nextUs() <= untilUs) this.step();
    this.#goTo(untilUs);
  }

  /** Moment of the next call that will be made. */
  #nextUs(): number {
    while (this.#heap.peek()?.call === null) {
      this.#heap.pop();
      this.#cancelledCount--;
    }
    return this.#heap.nextTsUs;
  }

  #goTo(tsUs: EpochUs): void {
    if (tsUs > this.#nowUs) this.#callsNow = 0;
    this.#nowUs = tsUs;
  }

  #make(waiting: Waiting): void {
    this.#callsNow++;
    assert(
      this.#callsNow <= CALLS_PER_MOMENT_MAX,
      `time passes: ${CALLS_PER_MOMENT_MAX} calls at one moment`,
    );
    const { call } = waiting;
    waiting.call = null;
    this.#isCalling = true;
    try {
      call?.();
    } finally {
      this.#isCalling = false;
    }
  }

  /** Throws cancelled calls out once they are the greater part of the queue. */
  #sweep(): void {
    if (this.#cancelledCount <= CANCELLED_MAX || this.#cancelledCount * 2 <= this.#heap.count) return;
    const { nextSeq, entries } = this.#heap.save();
    this.#heap.load({ nextSeq, entries: entries.filter(({ item }) => item.call !== null) });
    this.#cancelledCount = 0;
  }
}
