/**
 * Decimal text to scaled integers and back without a float in between: prices and quantities stay exact from the wire to the ledger.
 */
import { assert } from './assert.ts';

/** 10^0 .. 10^15, all exact. */
export const POW10: readonly number[] = Array.from({ length: 16 }, (_, i) => Number(`1e${i}`));

const CHAR_0 = 48;
const CHAR_9 = 57;
const CHAR_DOT = 46;
const CHAR_MINUS = 45;

/**
 * Parses plain or exponent decimal text (`16537.5`, `-0.0001`, `3.12e-06`) to an integer count of 10^-`decimals`.
 * Returns `NaN` when the text is not a decimal number, has significant digits beyond `decimals`, or leaves the safe range.
 */
export function parseDecimal(text: string, decimals: number): number {
  let value = 0;
  let seenDigits = 0;
  let fractionDigits = -1;
  let i = 0;
  const negative = text.charCodeAt(0) === CHAR_MINUS;
  if (negative) i = 1;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= CHAR_0 && code <= CHAR_9) {
      if (fractionDigits >= 0) {
        if (fractionDigits === decimals) {
          if (code !== CHAR_0) return parseExponent(text, decimals);
          continue;
        }
        fractionDigits++;
      }
      value = value * 10 + (code - CHAR_0);
      seenDigits++;
    } else if (code === CHAR_DOT && fractionDigits < 0 && seenDigits > 0) fractionDigits = 0;
    else return parseExponent(text, decimals);
  }
  // A number that ends in its point is a number cut off: `16537.` is what a truncated file leaves of `16537.5`.
  if (seenDigits === 0 || text.charCodeAt(text.length - 1) === CHAR_DOT) return Number.NaN;
  value *= POW10[decimals - Math.max(fractionDigits, 0)]!;
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return negative && value !== 0 ? -value : value;
}

/** The slow path: exponent notation, rewritten as plain digits and parsed again. */
function parseExponent(text: string, decimals: number): number {
  const plain = plainDecimal(text);
  return plain === undefined || plain === text ? Number.NaN : parseDecimal(plain, decimals);
}

/** Rewrites exponent notation as plain decimal text and trims trailing zeros of the fraction; `undefined` when it is not a number. */
export function plainDecimal(text: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  let digits = whole + fraction;
  let point = whole.length + exponent;
  if (point <= 0) {
    digits = '0'.repeat(1 - point) + digits;
    point = 1;
  } else if (point > digits.length) digits = digits.padEnd(point, '0');
  const wholeOut = digits.slice(0, point).replace(/^0+(?=\d)/, '');
  const fractionOut = digits.slice(point).replace(/0+$/, '');
  return sign + wholeOut + (fractionOut === '' ? '' : `.${fractionOut}`);
}

/** Returns how many decimals a number text really needs: `16538` -> 0, `0.7100` -> 2; -1 when it is not a number. */
export function decimalsOf(text: string): number {
  const plain = plainDecimal(text);
  if (plain === undefined) return -1;
  const dot = plain.indexOf('.');
  return dot < 0 ? 0 : plain.length - dot - 1;
}

/** Formats an integer count of 10^-`decimals` as plain decimal text without trailing zeros. */
export function formatDecimal(units: number | bigint, decimals: number): string {
  const negative = units < 0;
  const digits = (negative ? -units : units).toString().padStart(decimals + 1, '0');
  assert(/^\d+$/.test(digits), `units are an integer in plain notation, were ${units}`);
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return (negative ? '-' : '') + whole + (fraction === '' ? '' : `.${fraction}`);
}
