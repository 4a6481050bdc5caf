/** Times as the metrics and depths of Binance Vision write them: text in UTC, or an epoch. */
import { parseMomentUs } from '#core';
import { parseTimeUs } from './row-parser.ts';

/** What `parseUtcTimeUs` expects, for messages. */
export const UTC_TIME_EXPECTED = 'a time such as 2024-01-01 00:05:00, or an epoch of 13 or 16 digits';

/** Reads `2024-01-01 00:05:00` (UTC) or an epoch in milliseconds or microseconds; NaN when it is neither. */
export function parseUtcTimeUs(text: string): number {
  if (/^\d+$/.test(text)) return parseTimeUs(text, 0, text.length, 'ms or us');
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?$/.test(text)) return Number.NaN;
  const us = parseMomentUs(`${text.replace(' ', 'T')}Z`) ?? Number.NaN;
  return Number.isSafeInteger(us) ? us : Number.NaN;
}
