/**
 * Decimal text to an integer and the decimals it really needs, without a float and without knowing the scale beforehand: recorded
 * files do not say their precision. The grammar is that of `plainDecimal` in core; a test holds both equal.
 */
import { POW10, plainDecimal } from '#core';

/** Most decimals a price, quantity or rate may need; finer text is float dust, not data. */
export const DECIMALS_MAX = 12;

const CHAR_0 = 48;
const CHAR_DOT = 46;
const CHAR_MINUS = 45;

/** Why a text was refused. */
export type DecimalFault = 'not a decimal number' | 'too fine' | 'too large';

/** Scans decimals one after the other; the last good one stands in `units` x 10^-`decimals`, trailing zeros trimmed. */
export class DecimalScan {
  units = 0;
  decimals = 0;

  /** Scans `text` from `start` to `end` (exclusive); returns why not, or `undefined` when it is a number. */
  scan(text: string, start = 0, end = text.length): DecimalFault | undefined {
    let i = start;
    const isNegative = text.charCodeAt(i) === CHAR_MINUS;
    if (isNegative) i++;
    const wholeStart = i;
    let units = 0;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - CHAR_0;
      if (!(digit >= 0 && digit <= 9)) break;
      units = units * 10 + digit;
    }
    if (i === wholeStart) return 'not a decimal number';
    let decimals = 0;
    if (i < end && text.charCodeAt(i) === CHAR_DOT) {
      const fractionStart = ++i;
      let zeros = 0;
      for (; i < end; i++) {
        const digit = text.charCodeAt(i) - CHAR_0;
        if (!(digit >= 0 && digit <= 9)) break;
        if (digit === 0) zeros++;
        else {
          // Zeros count only when a digit follows: `61737.63000000` needs two decimals.
          decimals += zeros + 1;
          if (decimals > DECIMALS_MAX) return this.#tooFine(text, start, i, end);
          units = units * POW10[zeros + 1]! + digit;
          zeros = 0;
        }
      }
      if (i === fractionStart) return 'not a decimal number';
    }
    if (i < end) return this.#scanExponent(text, start, end);
    if (units > Number.MAX_SAFE_INTEGER) return 'too large';
    this.units = isNegative && units !== 0 ? -units : units;
    this.decimals = decimals;
    return undefined;
  }

  /** More decimals than allowed, unless an exponent takes them away again. */
  #tooFine(text: string, start: number, from: number, end: number): DecimalFault | undefined {
    let i = from;
    while (i < end && text.charCodeAt(i) >= CHAR_0 && text.charCodeAt(i) <= CHAR_0 + 9) i++;
    return i < end ? this.#scanExponent(text, start, end) : 'too fine';
  }

  /** The slow path: exponent notation, rewritten as plain digits and scanned again. */
  #scanExponent(text: string, start: number, end: number): DecimalFault | undefined {
    const plain = plainDecimal(text.slice(start, end));
    return plain === undefined ? 'not a decimal number' : this.scan(plain);
  }
}
