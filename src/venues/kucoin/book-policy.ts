/**
 * Rules of KuCoin's books. Spot: messages span numbers and levels have their own; futures: every message is one level and one number. Neither has a
 * checksum or a depth, changes come for all levels; the spot snapshot has the best 100 levels of each side alone (see the README).
 */
import { type BookPolicy, CountedSequence, KucoinSequence } from '#book';
import { US_PER_SECOND } from '#core';

/** More than a busy book changes in the seconds that a snapshot takes. */
const BUFFERED_MAX = 8_192;
const CROSSED_GRACE_US = US_PER_SECOND;

const RULES = { depth: null, checksum: null, bufferedMax: BUFFERED_MAX, crossedGraceUs: CROSSED_GRACE_US };
const SPOT: BookPolicy = { ...RULES, newRule: () => new KucoinSequence() };
const FUTURES: BookPolicy = { ...RULES, newRule: () => new CountedSequence() };

/** Returns the rules of any spot book. */
export function kucoinSpotBookPolicy(): BookPolicy {
  return SPOT;
}

/** Returns the rules of any futures book. */
export function kucoinFuturesBookPolicy(): BookPolicy {
  return FUTURES;
}
