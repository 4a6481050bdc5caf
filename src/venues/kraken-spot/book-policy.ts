/**
 * What a book of Kraken spot must obey. Nothing is numbered: a snapshot comes with the subscription and everything after it on that connection
 * belongs to it. Whether a message was lost shows in the CRC-32 that the next message has of the ten best levels of either side; what was lost
 * below them shows when these levels come up. Where no message comes, or no level comes up, a new snapshot heals it after `RESYNC_EVERY_US` at the
 * latest.
 */
import { type BookPolicy, krakenChecksum, Unnumbered } from '#book';
import { US_PER_SECOND } from '#core';
import { RESYNC_EVERY_US } from './settings.ts';

/** Nothing is kept for a snapshot: it comes first, and what comes before it is of the subscription before. */
const BUFFERED_MAX = 1;
/** Messages are whole: a crossed book whose checksum is right is the venue's own, and passes at once. */
const CROSSED_GRACE_US = US_PER_SECOND;

/** Returns the rules of a book that is subscribed to `depth` levels. */
export function krakenSpotBookPolicy(depth: number): BookPolicy {
  return {
    newRule: () => new Unnumbered(),
    depth,
    checksum: krakenChecksum,
    bufferedMax: BUFFERED_MAX,
    crossedGraceUs: CROSSED_GRACE_US,
    resyncEveryUs: RESYNC_EVERY_US,
  };
}
