/**
 * Moments as venues write them, to whole microseconds without a float and without `Date`: RFC 3339 text with any number of fraction digits, and
 * counts since the epoch in seconds, milliseconds, microseconds or nanoseconds. What is finer than a microsecond is dropped (towards the past).
 */
import { type EpochUs, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import { FrameFault, type JsonCursor } from './json-cursor.ts';

const ZERO = 0x30;
const NINE = 0x39;
const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const DOT = 0x2e;
const LOWER_CASE = 0x20;
/** `2024-01-01T00:00:00Z`. */
const SHORTEST = 20;
/** Digits up to which a count is in seconds, milliseconds, microseconds (16 digits until 2286); beyond, nanoseconds. */
const SECONDS_DIGITS_MAX = 11;
const MS_DIGITS_MAX = 14;
const US_DIGITS_MAX = 16;
const NS_DIGITS_MAX = 19;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Returns the moment of RFC 3339 text in `bytes[start, end)` (with a zone, seconds to 60); `NaN` when it is none or after 2255. */
export function rfc3339Us(bytes: Uint8Array, start: number, end: number): EpochUs {
  if (end - start < SHORTEST || end > bytes.length) return Number.NaN;
  const dayUs = dateUs(bytes, start);
  const timeUs = clockUs(bytes, start + 11);
  const separator = bytes[start + 10]! | LOWER_CASE;
  if (separator !== 0x74 && separator !== LOWER_CASE) return Number.NaN;
  let at = start + 19;
  let fractionUs = 0;
  if (bytes[at] === DOT) {
    const first = ++at;
    for (let unitUs = US_PER_SECOND / 10; at < end && isDigit(bytes[at]!); at++) {
      fractionUs += (bytes[at]! - ZERO) * unitUs;
      unitUs = Math.floor(unitUs / 10);
    }
    if (at === first) return Number.NaN;
  }
  const us = dayUs + timeUs + fractionUs - zoneUs(bytes, at, end);
  return us <= Number.MAX_SAFE_INTEGER ? us : Number.NaN;
}

/** Returns the moment of a count of digits in `bytes[start, end)`, its unit told by its length; `NaN` when it is none. */
export function epochCountUs(bytes: Uint8Array, start: number, end: number): EpochUs {
  const digits = end - start;
  if (digits < 1 || digits > NS_DIGITS_MAX) return Number.NaN;
  const isNs = digits > US_DIGITS_MAX;
  const wholeEnd = isNs ? end - 3 : end;
  let count = 0;
  for (let i = start; i < end; i++) {
    if (!isDigit(bytes[i]!)) return Number.NaN;
    if (i < wholeEnd) count = count * 10 + bytes[i]! - ZERO;
  }
  if (digits <= SECONDS_DIGITS_MAX) count *= US_PER_SECOND;
  else if (digits <= MS_DIGITS_MAX) count *= US_PER_MS;
  return Number.isSafeInteger(count) ? count : Number.NaN;
}

/** Reads RFC 3339 text. @throws FrameFault */
export function readRfc3339(cursor: JsonCursor): EpochUs {
  cursor.readString();
  const us = rfc3339Us(cursor.bytes, cursor.textStart, cursor.textEnd);
  if (Number.isNaN(us))
    throw new FrameFault(`expected a time of RFC 3339, found '${cursor.text()}'`, cursor.at);
  return us;
}

/** Reads a count since the epoch, a number or a number in quotes. @throws FrameFault */
export function readEpochCount(cursor: JsonCursor): EpochUs {
  const isText = cursor.isString;
  const start = cursor.at;
  cursor.skip();
  const from = isText ? cursor.textStart : start;
  const us = epochCountUs(cursor.bytes, from, isText ? cursor.textEnd : cursor.at);
  if (Number.isNaN(us)) throw new FrameFault('expected a count since the epoch of at most 19 digits', from);
  return us;
}

/** `YYYY-MM-DD` as microseconds. */
function dateUs(bytes: Uint8Array, at: number): number {
  const year = numberAt(bytes, at, 4);
  const month = numberAt(bytes, at + 5, 2);
  const day = numberAt(bytes, at + 8, 2);
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH || !(month >= 1 && month <= 12)) return Number.NaN;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = DAYS_OF_MONTH[month - 1]! + (month === 2 && isLeap ? 1 : 0);
  return day >= 1 && day <= days ? daysBefore(year, month, day) * US_PER_DAY : Number.NaN;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March, so that the leap day is their last. */
function daysBefore(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const monthOfYear = (month + 9) % 12;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const dayOfYear = Math.floor((153 * monthOfYear + 2) / 5) + day - 1;
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}

/** `HH:MM:SS` as microseconds; second 60 of a leap second is the next minute's first. */
function clockUs(bytes: Uint8Array, at: number): number {
  const hour = numberAt(bytes, at, 2);
  const minute = numberAt(bytes, at + 3, 2);
  const second = numberAt(bytes, at + 6, 2);
  const isGood =
    bytes[at + 2] === COLON && bytes[at + 5] === COLON && hour < 24 && minute < 60 && second <= 60;
  return isGood ? hour * US_PER_HOUR + minute * US_PER_MINUTE + second * US_PER_SECOND : Number.NaN;
}

/** `Z` or `+HH:MM`, which must end the text. */
function zoneUs(bytes: Uint8Array, at: number, end: number): number {
  const first = at < end ? bytes[at]! : -1;
  if (at + 1 === end && (first | LOWER_CASE) === 0x7a) return 0;
  if (at + 6 !== end || (first !== PLUS && first !== DASH) || bytes[at + 3] !== COLON) return Number.NaN;
  const hour = numberAt(bytes, at + 1, 2);
  const minute = numberAt(bytes, at + 4, 2);
  if (!(hour < 24 && minute < 60)) return Number.NaN;
  return (hour * US_PER_HOUR + minute * US_PER_MINUTE) * (first === PLUS ? 1 : -1);
}

/** Returns `count` digits as a number; `NaN` where something else stands. */
function numberAt(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    if (!isDigit(bytes[i]!)) return Number.NaN;
    value = value * 10 + bytes[i]! - ZERO;
  }
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
