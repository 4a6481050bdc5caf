/** Kraken's two ways to write a moment: seconds with a fraction in REST, RFC 3339 in the stream. Both are read from their digits. */
import { type EpochUs, parseDecimal } from '#core';
import type { ReplyDoc } from '../../entry/index.ts';
import { rfc3339Us } from '../../market/index.ts';

const TEXT = new TextEncoder();
/** Digits behind the point that are read: microseconds. */
const US_DIGITS = 6;

/** Returns seconds such as `1688665496.7808` in microseconds; finer digits are cut off. @throws XY_VENUE_REPLY */
export function secondsUs(doc: ReplyDoc): EpochUs {
  const [whole = '', fraction = ''] = doc.decimal().split('.');
  const us = parseDecimal(`${whole}.${fraction.slice(0, US_DIGITS).padEnd(US_DIGITS, '0')}`, US_DIGITS);
  if (!(us >= 0)) throw doc.fail('seconds since 1970');
  return us;
}

/** Returns the moment of RFC 3339 text. @throws XY_VENUE_REPLY */
export function momentUs(doc: ReplyDoc): EpochUs {
  const bytes = TEXT.encode(doc.text());
  const us = rfc3339Us(bytes, 0, bytes.length);
  if (Number.isNaN(us)) throw doc.fail('a time of RFC 3339');
  return us;
}
