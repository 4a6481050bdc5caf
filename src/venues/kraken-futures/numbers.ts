/** Moments and sides off the wire. */
import { type EpochUs, US_PER_MS } from '#core';
import type { Side } from '#domain';
import { bytesOf, FrameFault, type JsonCursor } from '#venues/market';

const BUY = bytesOf('buy');
const SELL = bytesOf('sell');

/** Reads milliseconds since the epoch as microseconds. @throws FrameFault when that is before it, or too late for a safe integer */
export function readMoment(cursor: JsonCursor): EpochUs {
  const { at } = cursor;
  const us = cursor.readInteger() * US_PER_MS;
  if (us < 0 || us > Number.MAX_SAFE_INTEGER)
    throw new FrameFault(`expected milliseconds since the epoch at ${at}`, at);
  return us;
}

/** Reads `buy` or `sell`. */
export function readSide(cursor: JsonCursor): Side {
  cursor.readString();
  if (cursor.textIs(BUY)) return 'buy';
  if (cursor.textIs(SELL)) return 'sell';
  throw new FrameFault(`expected 'buy' or 'sell', found '${cursor.text()}'`, cursor.at);
}
