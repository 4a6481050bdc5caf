/** How busy the synthetic market is by the clock: most around 15:00 UTC, least around 03:00, and thin at weekends. */
import { type EpochUs, US_PER_DAY, US_PER_HOUR } from '#core';

const BUSIEST_HOUR = 15;
const DAY_SWING = 0.45;
const WEEKEND_SHARE = 0.6;
/** 1970-01-01 was a Thursday: with this offset day 0 of the week is Monday. */
const WEEKDAY_OFFSET = 3;

/** Returns the activity at a moment, in [0.33, 1.45], 1 on average over a working day. */
export function activityAt(tsUs: EpochUs): number {
  const hour = (tsUs % US_PER_DAY) / US_PER_HOUR;
  const byHour = 1 + DAY_SWING * Math.cos((2 * Math.PI * (hour - BUSIEST_HOUR)) / 24);
  const weekday = (Math.floor(tsUs / US_PER_DAY) + WEEKDAY_OFFSET) % 7;
  return weekday >= 5 ? byHour * WEEKEND_SHARE : byHour;
}
