/** Values of members by name, each refused where it is not what an event needs. All throw `FrameFault`. */
import type { EpochUs } from '#core';
import type { JsonCursor } from '../market/index.ts';
import type { FrameFields } from './frame-fields.ts';
import { venueUs } from './venue-time.ts';

/** True when a member is this word. */
export function hasWord(cursor: JsonCursor, fields: FrameFields, code: number, word: Uint8Array): boolean {
  fields.seek(cursor, code);
  cursor.readString();
  return cursor.textIs(word);
}

/** Returns an integer of at least 0. */
export function countOf(cursor: JsonCursor, fields: FrameFields, code: number): number {
  return decimalOf(cursor, fields, code, 0);
}

/** Returns a time in microseconds. */
export function momentOf(cursor: JsonCursor, fields: FrameFields, code: number): EpochUs {
  return venueUs(countOf(cursor, fields, code));
}

/** Returns a decimal above 0 as a count of 10^-`decimals`. */
export function positiveOf(cursor: JsonCursor, fields: FrameFields, code: number, decimals: number): number {
  const value = decimalOf(cursor, fields, code, decimals);
  if (value <= 0) cursor.fail('a number above 0 before this');
  return value;
}

/** Returns a decimal of at least 0 as a count of 10^-`decimals`. */
export function decimalOf(cursor: JsonCursor, fields: FrameFields, code: number, decimals: number): number {
  fields.seek(cursor, code);
  const value = cursor.readDecimal(decimals);
  if (value < 0) cursor.fail('a number of at least 0 before this');
  return value;
}
