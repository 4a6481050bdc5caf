/** Times of Binance messages: milliseconds, or microseconds where a spot connection asked for them (`timeUnit=MICROSECOND`). */
import { type EpochUs, US_PER_MS } from '#core';
import { FrameFault } from '../market/index.ts';

/** As milliseconds this is the year 5138, as microseconds 1973: no message is of either. */
const MICROSECONDS_FROM = 1e14;

/** Returns a time of a message in microseconds. @throws FrameFault for one that no message can have. */
export function venueUs(time: number): EpochUs {
  const us = time < MICROSECONDS_FROM ? time * US_PER_MS : time;
  if (us > Number.MAX_SAFE_INTEGER) throw new FrameFault(`expected a time in milliseconds, found ${time}`, 0);
  return us;
}
