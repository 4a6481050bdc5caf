/**
 * Rules of a Coinbase book: full depth, snapshot on the stream, no numbers of its own. That no message was lost is shown by the numbers of the
 * connection, which the feed checks; here the book is whole from its snapshot on.
 */
import { type BookPolicy, Unnumbered } from '#book';
import { US_PER_SECOND } from '#core';

/** The snapshot comes first on this venue: what comes before it is of an earlier subscription and worth nothing. */
const BUFFERED_MAX = 64;
const CROSSED_GRACE_US = US_PER_SECOND;

const POLICY: BookPolicy = {
  newRule: () => new Unnumbered(),
  depth: null,
  checksum: null,
  bufferedMax: BUFFERED_MAX,
  crossedGraceUs: CROSSED_GRACE_US,
};

/** Returns the rules of any book of the venue. */
export function coinbaseBookPolicy(): BookPolicy {
  return POLICY;
}
