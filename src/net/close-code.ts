/** Close codes of WebSockets (RFC 6455, section 7.4) as far as both ends of the house use them. */
import { assert } from '#core';

/** A polite end. */
export const CLOSE_NORMAL = 1000;
/** Broken off: never sent, only told. */
export const CLOSE_ABNORMAL = 1006;
/** A message was longer than the receiver takes. */
export const CLOSE_TOO_BIG = 1009;

/** Bytes of a reason; more does not fit a control frame. */
const REASON_BYTES_MAX = 123;

/** Asserts that a code may stand in a close frame. */
export function assertCloseCode(code: number): void {
  const isProtocols = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
  assert(isProtocols || (code >= 3000 && code <= 4999), `a close code can be sent, was ${code}`);
}

/** Returns a reason cut to what fits a close frame, between two characters. */
export function fittingReason(reason: string): string {
  const bytes = new TextEncoder().encodeInto(reason, new Uint8Array(REASON_BYTES_MAX));
  return reason.slice(0, bytes.read);
}
