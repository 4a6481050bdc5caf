/**
 * Decimals inside a message that are no value of their own (`"38962.0,buy,4374"`), and decimals that venues state finer than this program keeps:
 * the first are exact or refused, of the second mark prices and rates are rounded to the nearest unit and quantities cut to whole lots. Integers
 * all the way.
 */
import { assert, POW10, parseDecimal, plainDecimal } from '#core';
import { FrameFault, type JsonCursor } from './json-cursor.ts';

const ZERO = 0x30;
const DOT = 0x2e;
/** A longer number is none of a market. */
const CHARS_MAX = 64;
const TEXT = new TextDecoder('utf-8');

/** Returns the decimal in `bytes[start, end)` as an exact count of 10^-`decimals`; `NaN` when it is none, too fine or too large. */
export function decimalIn(bytes: Uint8Array, start: number, end: number, decimals: number): number {
  let value = 0;
  let at = start;
  let digit = 0;
  for (; at < end; at++) {
    digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  let missing = decimals;
  if (at > start && at + 1 < end && bytes[at] === DOT) {
    for (at++; at < end; at++) {
      digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9 || (missing === 0 && digit !== 0)) break;
      if (missing > 0) {
        value = value * 10 + digit;
        missing--;
      }
    }
  }
  if (at !== end || end === start) {
    return end - start > CHARS_MAX ? Number.NaN : parseDecimal(textOf(bytes, start, end), decimals);
  }
  value *= POW10[missing]!;
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/**
 * Reads a decimal, as a number or as a number in quotes, to the nearest count of 10^-`decimals`, halves away from zero. @throws FrameFault when
 * it is no number or beyond the safe integers.
 */
export function readRounded(cursor: JsonCursor, decimals: number): number {
  assert(decimals >= 0 && decimals < POW10.length, 'decimals are at most 15');
  const isText = cursor.isString;
  const at = cursor.at;
  cursor.skip();
  const start = isText ? cursor.textStart : at;
  const end = isText ? cursor.textEnd : cursor.at;
  const text = textOf(cursor.bytes, start, end);
  const value = end - start > CHARS_MAX ? Number.NaN : roundedDecimal(text, decimals);
  if (Number.isNaN(value)) throw new FrameFault(`expected a number, found '${text}' at ${start}`, start);
  return value;
}

/**
 * Reads a quantity of at least 0 that may be finer than lots, as a number or as a number in quotes: exact where it is whole lots, else the lots that are
 * whole in it, but one where it is not 0, so that a level of less than a lot does not vanish. @throws FrameFault
 */
export function readQtyLots(cursor: JsonCursor, qtyDecimals: number): number {
  const isText = cursor.isString;
  const at = cursor.at;
  cursor.skip();
  const start = isText ? cursor.textStart : at;
  const end = isText ? cursor.textEnd : cursor.at;
  const exact = decimalIn(cursor.bytes, start, end, qtyDecimals);
  if (exact >= 0) return exact;
  const text = textOf(cursor.bytes, start, end);
  const lots = end - start > CHARS_MAX ? Number.NaN : flooredLots(text, qtyDecimals);
  if (Number.isNaN(lots)) {
    const message = `expected a quantity of 0 to 2^53 lots of 10^-${qtyDecimals}, found '${text}' at ${start}`;
    throw new FrameFault(message, start);
  }
  return lots;
}

function flooredLots(text: string, qtyDecimals: number): number {
  const plain = plainDecimal(text);
  if (plain === undefined || plain.startsWith('-')) return Number.NaN;
  const [whole = '', fraction = ''] = plain.split('.');
  const lots = Number(BigInt(whole + fraction.slice(0, qtyDecimals).padEnd(qtyDecimals, '0')));
  if (!Number.isSafeInteger(lots)) return Number.NaN;
  return lots === 0 && /[1-9]/.test(plain) ? 1 : lots;
}

/** Returns decimal text as the nearest count of 10^-`decimals`, halves away from zero; `NaN` when it is no number or not safe. */
export function roundedDecimal(text: string, decimals: number): number {
  const plain = plainDecimal(text);
  if (plain === undefined) return Number.NaN;
  const isNegative = plain.startsWith('-');
  const [whole = '', fraction = ''] = (isNegative ? plain.slice(1) : plain).split('.');
  const kept = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  const units = Number((fraction[decimals] ?? '0') >= '5' ? kept + 1n : kept);
  if (!Number.isSafeInteger(units)) return Number.NaN;
  return isNegative && units !== 0 ? -units : units;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return TEXT.decode(bytes.subarray(start, Math.min(end, start + CHARS_MAX)));
}
