/**
 * Messages kept while a snapshot is awaited: a bounded queue whose records come from a pool and go back to it, so that one re-sync after the
 * other takes no new memory. One pool may serve all books of a feed.
 */
import { assert } from '#core';
import { BookUpdate } from './book-update.ts';

/** Records that a pool holds for later, unless told otherwise. */
const KEPT_MAX_DEFAULT = 4096;
/** A record that has grown beyond that many levels of a side is not held: one huge message must not cost memory for ever. */
const KEPT_LEVELS_MAX = 2048;
/** Empty places at the head of a queue before it is closed up. */
const HEAD_MAX = 64;

/** Book updates that are used over and over. */
export class UpdatePool {
  readonly #kept: BookUpdate[] = [];
  readonly #keptMax: number;

  /** `keptMax` bounds what is held for later; what is in use is bounded by the queues. */
  constructor(keptMax: number = KEPT_MAX_DEFAULT) {
    assert(Number.isInteger(keptMax) && keptMax >= 0, 'a pool has a bound');
    this.#keptMax = keptMax;
  }

  /** Records held for later. */
  get keptCount(): number {
    return this.#kept.length;
  }

  /** Returns a record; what is in it is to be overwritten. */
  take(): BookUpdate {
    return this.#kept.pop() ?? new BookUpdate();
  }

  /** Takes back a record that nobody reads any more. */
  give(update: BookUpdate): void {
    const levels = Math.max(update.bids.priceTicks.length, update.asks.priceTicks.length);
    if (this.#kept.length < this.#keptMax && levels <= KEPT_LEVELS_MAX) this.#kept.push(update);
  }
}

/** A queue of copies of updates, oldest first. */
export class UpdateBuffer {
  readonly #pool: UpdatePool;
  readonly #countMax: number;
  readonly #items: BookUpdate[] = [];
  #head = 0;

  /** `countMax` bounds the queue. */
  constructor(pool: UpdatePool, countMax: number) {
    assert(Number.isInteger(countMax) && countMax >= 1, 'a buffer of updates has a positive bound');
    this.#pool = pool;
    this.#countMax = countMax;
  }

  /** Updates in it. */
  get count(): number {
    return this.#items.length - this.#head;
  }

  /** The oldest update, to be read before the next change of the queue; `null` when it is empty. */
  get first(): BookUpdate | null {
    return this.#items[this.#head] ?? null;
  }

  /** Adds a copy of an update; false when the oldest had to be given up for it. */
  push(update: BookUpdate): boolean {
    const isFull = this.count === this.#countMax;
    if (isFull) this.shift();
    const copy = this.#pool.take();
    copy.copyFrom(update);
    this.#items.push(copy);
    return !isFull;
  }

  /** Gives up the oldest update. */
  shift(): void {
    const update = this.first;
    assert(update !== null, 'an update is taken from a queue that has one');
    this.#pool.give(update);
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= HEAD_MAX && this.#head * 2 >= this.#items.length) {
      this.#items.copyWithin(0, this.#head);
      this.#items.length -= this.#head;
      this.#head = 0;
    }
  }

  /** Gives up all. */
  clear(): void {
    while (this.count > 0) this.shift();
  }
}
