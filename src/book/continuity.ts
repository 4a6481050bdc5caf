/** The role of a continuity rule: which message of a book stream may touch the book. One rule a venue; none of them holds levels. */
import type { Checkpointable } from '#core';

/**
 * `apply` = the update continues the book; `drop` = it changes nothing: it is older than the book, or came before a snapshot that holds it;
 * `gap` = updates were lost, the book is worth nothing until a new snapshot (while bridging: the snapshot is too old for this update, which is
 * good for the next snapshot); `stale` = there is no valid book yet, keep the update until the snapshot comes.
 */
export type DepthVerdict = 'apply' | 'drop' | 'gap' | 'stale';

/** Decides message by message whether a book is continuous. */
export interface ContinuityRule extends Checkpointable {
  /** True once the book is bridged to its snapshot and no gap has been seen since. */
  readonly isLive: boolean;
  /** The id of the last message in the book; -1 before the first snapshot and where the venue does not number. */
  readonly lastUpdateId: number;
  /**
   * Takes the id of a snapshot (-1 where the venue does not number). False: the book has come further than an answer that was asked for
   * earlier, the snapshot is to be left alone and nothing has changed.
   */
  snapshot(lastUpdateId: number): boolean;
  /** Judges a message by its ids; those the venue does not send are -1. After a `gap` all are judged as before a snapshot. */
  judge(firstUpdateId: number, lastUpdateId: number, previousUpdateId: number): DepthVerdict;
  /** Declares the book stale. */
  reset(): void;
}
