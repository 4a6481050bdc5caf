/** What the REST readers of all venues do the same way: read a body as JSON, say in which words it was not as documented, cut messages short. */
import { messageOf, XylenError } from '#core';
import type { VenueId } from '#domain';
import { FrameFault, JsonCursor } from './json-cursor.ts';

/** Longest text of a venue that is passed on in a message. */
const QUOTE_CHARS_MAX = 200;
const TEXT = new TextDecoder('utf-8');

/** Reads a whole body with a cursor. @throws XY_VENUE_REPLY when it is not as `read` expects. */
export function readReply<T>(
  venue: VenueId,
  what: string,
  body: Uint8Array,
  read: (cursor: JsonCursor) => T,
): T {
  const cursor = new JsonCursor();
  try {
    cursor.load(body);
    const value = read(cursor);
    cursor.finish();
    return value;
  } catch (cause) {
    if (!(cause instanceof FrameFault)) throw cause;
    throw new XylenError('XY_VENUE_REPLY', `${venue} ${what}: ${messageOf(cause)}`, {
      cause,
      fields: { venue, what },
    });
  }
}

/** Returns the beginning of a body as one line, for messages. */
export function quoteOf(body: Uint8Array): string {
  const text = TEXT.decode(body.subarray(0, QUOTE_CHARS_MAX)).replaceAll(/\s+/g, ' ').trim();
  return body.length > QUOTE_CHARS_MAX ? `${text}...` : text;
}
