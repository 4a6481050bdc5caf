/**
 * CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320, as in zlib), fed with decimal digits of integers: venues sum the text of prices and
 * quantities, and the text of an integer need not be built to be summed. A running value is kept inverted, as a 32-bit signed integer.
 */
import { assert } from '#core';

const POLYNOMIAL = 0xedb88320;
const CHAR_0 = 48;
/** Splits a safe integer into parts that 32-bit arithmetic takes. */
const SPLIT = 100_000_000;
const SPLIT_DIGITS = 8;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value | 0;
});

/** Digits of a part, last first; never read across two calls. */
const digits = new Uint8Array(16);

/** The running value before the first byte. */
export const CRC32_START = -1;

/** Adds the decimal digits of a safe integer >= 0 (no sign, no leading zeros) to a running value. */
export function crc32Digits(running: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'digits of a safe integer of at least 0 are summed');
  if (value < SPLIT) return addDigits(running, value, 1);
  const high = Math.floor(value / SPLIT);
  // A safe integer has at most 16 digits: both parts have at most 8 and fit into 31 bits.
  return addDigits(addDigits(running, high, 1), value - high * SPLIT, SPLIT_DIGITS);
}

/** Adds the bytes of ASCII text to a running value. */
export function crc32Text(running: number, text: string): number {
  let crc = running;
  for (let i = 0; i < text.length; i++) crc = TABLE[(crc ^ text.charCodeAt(i)) & 255]! ^ (crc >>> 8);
  return crc;
}

/** Returns the checksum that a running value stands for, in [0, 2^32). */
export function crc32End(running: number): number {
  return ~running >>> 0;
}

/** Adds the digits of an integer in [0, 2^31), zeros in front up to `digitsMin`. */
function addDigits(running: number, value: number, digitsMin: number): number {
  let count = 0;
  let rest = value | 0;
  while (rest > 0 || count < digitsMin) {
    const tenth = (rest / 10) | 0;
    digits[count++] = rest - tenth * 10;
    rest = tenth;
  }
  let crc = running;
  while (count > 0) crc = TABLE[(crc ^ (digits[--count]! + CHAR_0)) & 255]! ^ (crc >>> 8);
  return crc;
}
