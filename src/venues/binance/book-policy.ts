/** What a Binance book must obey: updates linked by their ids (`pu` on USD-M, counting on at spot), no cut, no checksum. */
import { type BookPolicy, DepthSequence } from '#book';
import { US_PER_SECOND } from '#core';

/**
 * At ten updates a second this is well over a minute: a snapshot that is not there by then waits in a queue of hundreds and the update that
 * bridges it will still come.
 */
const BUFFERED_MAX = 1_024;
/** A diff is whole in itself, so bid and ask never cross between two of them; after a snapshot with remains of old levels they may for a moment. */
const CROSSED_GRACE_US = US_PER_SECOND;

/** The rules of all Binance books. */
export const BINANCE_BOOK_POLICY: BookPolicy = {
  newRule: () => new DepthSequence(),
  depth: null,
  checksum: null,
  bufferedMax: BUFFERED_MAX,
  crossedGraceUs: CROSSED_GRACE_US,
};
