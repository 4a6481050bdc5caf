/**
 * What a book of Kraken futures must obey: `seq` counts on by one for each product, from the snapshot that comes with the subscription; a step is a
 * loss. The book is whole, not cut to a depth, and there is no checksum.
 */
import { type BookPolicy, CountedSequence } from '#book';
import { US_PER_SECOND } from '#core';

/** The snapshot comes first on this venue. */
const BUFFERED_MAX = 1_024;
/** A message is one level: where an order takes several, or a quote moves through the other side, bid and ask cross until the next messages are in. */
const CROSSED_GRACE_US = US_PER_SECOND;

const POLICY: BookPolicy = {
  newRule: () => new CountedSequence(),
  depth: null,
  checksum: null,
  bufferedMax: BUFFERED_MAX,
  crossedGraceUs: CROSSED_GRACE_US,
};

/** Returns the rules of any book of the venue. */
export function krakenFuturesBookPolicy(): BookPolicy {
  return POLICY;
}
