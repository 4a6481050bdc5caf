/** How much of the engine's news may be under way to the server's thread. */
import type { FeedMessage } from './feed.ts';

/** Rows under way from which the engine may want to wait, when it can. */
export const FEED_WEIGHT_SOFT = 5_000;
/** Rows under way beyond which messages are dropped, some 20 MB; one message must hold fewer. The record has them all the same. */
export const FEED_WEIGHT_HARD = 20_000;

/** Index in the shared counter of the weight that the server has dealt with (wraps around). */
export const CONTROL_DONE = 0;
/** Index of the number of messages that were dropped. */
export const CONTROL_DROPPED = 1;
/** Words of the shared counter. */
export const CONTROL_WORDS = 2;

/** Returns the weight of a message in rows. */
export function weightOf(message: FeedMessage): number {
  if (message.kind === 'rows') return Math.max(1, message.rows.length);
  if (message.kind === 'candles') return Math.max(1, message.candles.length);
  return 1;
}
