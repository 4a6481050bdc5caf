/** What a book must obey at its venue. */
import type { ContinuityRule } from './continuity.ts';
import type { L2Book } from './l2-book.ts';

/** Rules of one book. */
export interface BookPolicy {
  /** Makes the continuity rule of the venue. */
  newRule(): ContinuityRule;
  /** Levels of a side that the venue keeps for its subscribers: each side is cut to it after every message; `null` = no cut. */
  readonly depth: number | null;
  /** Returns the checksum of the book as the venue computes it (unsigned CRC-32); `null` = the venue sends none. */
  readonly checksum: ((book: L2Book) => number) | null;
  /** Messages kept while a snapshot is awaited; one more and the oldest is given up, which costs another snapshot. */
  readonly bufferedMax: number;
  /** How long bid may stand at or above ask before the book is given up; it is never used while it does. */
  readonly crossedGraceUs: number;
  /**
   * The longest time between two snapshots of the book, where a loss can stay unseen (no numbers, and a checksum over the best levels alone): it
   * bounds how long levels can be wrong without a sign. Absent = a loss always shows, no snapshot is needed while none does.
   */
  readonly resyncEveryUs?: number;
}
