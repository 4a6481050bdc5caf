/**
 * The inner loop of every order book message: `[["63943.90","46.371"],...]` straight from bytes to integers. It reads the form in which venues send
 * it (no white space, numbers in quotes without sign or exponent) and gives up on any other, right or wrong, without a word: whoever calls it reads
 * the array again by the general way, which knows the whole grammar and says what is wrong. What it takes, the general way takes, too, with the
 * same result.
 */
import type { LevelBuffer } from '#book';
import { POW10 } from '#core';

const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const OPEN = 0x5b;
const CLOSE = 0x5d;
/** `["`, `","`, `"],` and `"]]` as little-endian words. */
const OPEN_QUOTE = 0x225b;
const BETWEEN = 0x222c22;
const NEXT = 0x2c5d22;
const LAST = 0x5d5d22;
const THREE_BYTES = 0xffffff;
/** So many digits always fit in 32 bits, and so many are always a safe integer. */
const SHORT_DIGITS_MAX = 9;
const DIGITS_MAX = 15;
const SCALE = Float64Array.from(POW10);

/**
 * Appends the levels of the array at `at` and returns the position behind it; -1 when it is of another form, holds a level that no book can hold
 * (price 0) or more than the buffer has room for, and then the count is as before. `view` is over `bytes`; behind the message stand four zero bytes.
 */
export function scanLevels(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  levels: LevelBuffer,
  priceDecimals: number,
  qtyDecimals: number,
): number {
  if (bytes[at] !== OPEN) return -1;
  if (bytes[at + 1] === CLOSE) return at + 2;
  const { priceTicks, qtyLots, sequence } = levels;
  const room = priceTicks.length;
  let count = levels.count;
  let end = at + 1;
  while (count < room && view.getUint16(end, true) === OPEN_QUOTE) {
    end = scanUnits(bytes, end + 2, priceDecimals, priceTicks, count);
    if (end < 0 || (view.getUint32(end, true) & THREE_BYTES) !== BETWEEN || priceTicks[count] === 0)
      return -1;
    end = scanUnits(bytes, end + 3, qtyDecimals, qtyLots, count);
    if (end < 0) return -1;
    sequence[count] = 0;
    count++;
    const word = view.getUint32(end, true) & THREE_BYTES;
    end += 3;
    if (word === NEXT) continue;
    if (word !== LAST) return -1;
    levels.count = count;
    return end;
  }
  return -1;
}

/**
 * Puts the number at `start` into `into[slot]` as a count of 10^-`decimals` and returns the position behind it (of its quote); -1 when it is none. Up to
 * nine digits it counts in 32 bits, which takes half the time of a float; beyond, it starts anew.
 */
export function scanUnits(
  bytes: Uint8Array,
  start: number,
  decimals: number,
  into: Float64Array,
  slot: number,
): number {
  let at = start;
  let units = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >>> 0 <= 9) {
    units = (Math.imul(units, 10) + digit) | 0;
    digit = bytes[++at]! - ZERO;
  }
  const point = at;
  let full = at + decimals;
  if (digit === DOT - ZERO) {
    full++;
    digit = bytes[++at]! - ZERO;
    while (digit >>> 0 <= 9) {
      if (at >= full) {
        // Digits finer than the instrument's must be zeros.
        while (digit === 0) digit = bytes[++at]! - ZERO;
        break;
      }
      units = (Math.imul(units, 10) + digit) | 0;
      digit = bytes[++at]! - ZERO;
    }
    if (at === point + 1) return -1;
  }
  if (point === start || digit !== QUOTE - ZERO) return -1;
  if (point - start > SHORT_DIGITS_MAX - decimals) return scanLong(bytes, start, decimals, into, slot);
  into[slot] = at < full ? units * SCALE[full - at]! : units;
  return at;
}

/** As `scanUnits` for numbers of up to 15 digits. */
function scanLong(
  bytes: Uint8Array,
  start: number,
  decimals: number,
  into: Float64Array,
  slot: number,
): number {
  let at = start;
  let units = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >>> 0 <= 9) {
    units = units * 10 + digit;
    digit = bytes[++at]! - ZERO;
  }
  if (at - start > DIGITS_MAX - decimals) return -1;
  let full = at + decimals;
  if (digit === DOT - ZERO) {
    full++;
    digit = bytes[++at]! - ZERO;
    while (at < full && digit >>> 0 <= 9) {
      units = units * 10 + digit;
      digit = bytes[++at]! - ZERO;
    }
    while (digit === 0) digit = bytes[++at]! - ZERO;
  }
  if (digit !== QUOTE - ZERO) return -1;
  into[slot] = at < full ? units * SCALE[full - at]! : units;
  return at;
}
