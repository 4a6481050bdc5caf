/**
 * The role of a latency model (M3, M99 to M103): how long a message travels one way. What it is not: a connection; that messages do not overtake each other
 * is the business of those who use it (M4). Models hold no state and no generator: two uniform numbers and the moment of sending decide.
 */
import type { EpochUs } from '#core';

/** One way to say how long a message travels. */
export interface LatencyModel {
  /** Returns the microseconds of one way, a whole number of at least 0; `first` and `second` are uniform in [0, 1). */
  travelUs(first: number, second: number, sentUs: EpochUs): number;
}
