/** Checksums and moments off the wire. */
import type { EpochUs } from '#core';
import { FrameFault, type JsonCursor, readRfc3339 } from '#venues/market';

const SECONDS_DECIMALS = 6;
const CHECKSUM_MAX = 0xffff_ffff;

/** Reads an unsigned CRC-32, as a number or as a number in quotes. */
export function readChecksum(cursor: JsonCursor): number {
  const { at } = cursor;
  const checksum = cursor.readInteger();
  if (checksum < 0 || checksum > CHECKSUM_MAX)
    throw new FrameFault(`expected an unsigned CRC-32 at ${at}`, at);
  return checksum;
}

/** Reads a moment as text. @throws FrameFault when it is none, before the epoch, or too late for a safe integer */
export function readMoment(cursor: JsonCursor): EpochUs {
  const us = readRfc3339(cursor);
  if (us < 0 || us > Number.MAX_SAFE_INTEGER)
    throw new FrameFault(`expected a moment of this age before ${cursor.at}`, cursor.at);
  return us;
}

/** Reads seconds since the epoch with six decimals. @throws FrameFault when that is before it */
export function readSeconds(cursor: JsonCursor): EpochUs {
  const { at } = cursor;
  const us = cursor.readDecimal(SECONDS_DECIMALS);
  if (us < 0) throw new FrameFault(`expected seconds since the epoch at ${at}`, at);
  return us;
}
