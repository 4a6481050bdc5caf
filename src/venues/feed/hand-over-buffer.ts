/**
 * What the next connection of a book has delivered already, while the present one still keeps the book: deltas that are continuous with each
 * other, waiting for the book to reach their beginning. Bounded: the oldest goes, and with it the chance to bridge without a snapshot.
 */
import { BookUpdate } from '#book';

/** Deltas of a numbered book, oldest first. */
export class HandOverBuffer {
  readonly #max: number;
  #updates: BookUpdate[] = [];

  /** Keeps the last `max` deltas. */
  constructor(max: number) {
    this.#max = max;
  }

  get count(): number {
    return this.#updates.length;
  }

  /** Keeps a copy. */
  push(update: BookUpdate): void {
    const copy = new BookUpdate();
    copy.copyFrom(update);
    this.#updates.push(copy);
    if (this.#updates.length > this.#max) this.#updates.shift();
  }

  /** Forgets what a book that has come to `lastUpdateId` holds already. */
  dropThrough(lastUpdateId: number): void {
    const first = this.#updates.findIndex((update) => update.lastId > lastUpdateId);
    this.#updates = first < 0 ? [] : this.#updates.slice(first);
  }

  /** True when the oldest delta continues a book that has come to `lastUpdateId`. */
  continues(lastUpdateId: number): boolean {
    const first = this.#updates[0];
    if (first === undefined || lastUpdateId < 0 || first.lastId < 0) return false;
    return first.previousId >= 0 ? first.previousId === lastUpdateId : first.firstId <= lastUpdateId + 1;
  }

  /** Hands everything over, oldest first, and is empty. */
  take(): readonly BookUpdate[] {
    const updates = this.#updates;
    this.#updates = [];
    return updates;
  }
}
