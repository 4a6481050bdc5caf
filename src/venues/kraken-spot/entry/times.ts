/** Moments in Kraken's REST replies: seconds with a fraction, read from their digits. The stream has RFC 3339, as `ReplyDoc` reads it. */
import { type EpochUs, parseDecimal } from '#core';
import type { ReplyDoc } from '../../entry/index.ts';

/** Digits behind the point that are read: microseconds. */
const US_DIGITS = 6;

/** Returns seconds such as `1688665496.7808` in microseconds; finer digits are cut off. @throws XY_VENUE_REPLY */
export function secondsUs(doc: ReplyDoc): EpochUs {
  const [whole = '', fraction = ''] = doc.decimal().split('.');
  const us = parseDecimal(`${whole}.${fraction.slice(0, US_DIGITS).padEnd(US_DIGITS, '0')}`, US_DIGITS);
  if (!(us >= 0)) throw doc.fail('seconds since 1970');
  return us;
}
