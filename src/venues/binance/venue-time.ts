/** Times of Binance messages: milliseconds, or microseconds where a spot connection asked for them (`timeUnit=MICROSECOND`). */
import { type EpochUs, US_PER_MS } from '#core';

/** As milliseconds this is the year 5138, as microseconds 1973: no message is of either. */
const MICROSECONDS_FROM = 1e14;

/** Returns a time of a message in microseconds. */
export function venueUs(time: number): EpochUs {
  return time < MICROSECONDS_FROM ? time * US_PER_MS : time;
}
