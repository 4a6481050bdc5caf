/** What replies must agree with before they are believed. */
import type { ReplyDoc } from '../../entry/index.ts';

const SUCCESS = '200';

/** Checks that the code is 200: the order book writes a number, the algo service a text. @throws XY_VENUE_REPLY */
export function requireSuccess(doc: ReplyDoc): void {
  if (doc.at('code').text() !== SUCCESS) throw doc.at('code').fail(SUCCESS);
}

/** Checks that a text is the one that was sent; empty = whatever it is. @throws XY_VENUE_REPLY */
export function requireSame(doc: ReplyDoc, expected: string): void {
  if (expected !== '' && doc.text() !== expected) throw doc.fail(expected);
}
