/** The role of a continuity rule: which message of a book stream may touch the book. One rule a venue; none of them holds levels. */
import type { Checkpointable } from '#core';
import type { DepthVerdict } from './depth-sequence.ts';

/** Decides message by message whether a book is continuous. */
export interface ContinuityRule extends Checkpointable {
  /** True once the book is bridged to its snapshot and no gap has been seen since. */
  readonly isLive: boolean;
  /** The id of the last message in the book; -1 before the first snapshot and where the venue does not number. */
  readonly lastUpdateId: number;
  /** Takes the id of a snapshot (-1 where the venue does not number). */
  snapshot(lastUpdateId: number): void;
  /** Judges a message by its ids; those the venue does not send are -1. */
  judge(firstUpdateId: number, lastUpdateId: number, previousUpdateId: number): DepthVerdict;
  /** Declares the book stale. */
  reset(): void;
}
