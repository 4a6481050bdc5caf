/** Numbers as the venue writes them: decimal text with all of its decimals, exact. */
import { divRound, formatDecimal } from '#core';

/** Returns an integer count of 10^-`decimals` with all decimals: `1.50`. */
export function fixedText(units: number | bigint, decimals: number): string {
  const text = formatDecimal(units, decimals);
  if (decimals === 0) return text;
  const dot = text.indexOf('.');
  if (dot === -1) return `${text}.${'0'.repeat(decimals)}`;
  return text.padEnd(dot + 1 + decimals, '0');
}

/** Returns the same with another number of decimals, at least as many. */
export function widenedText(units: number | bigint, decimals: number, toDecimals: number): string {
  return fixedText(BigInt(units) * 10n ** BigInt(toDecimals - decimals), toDecimals);
}

/** Returns the quotient of two integers, both in units of 10^0, as a count of 10^-`decimals` rounded to the nearest. */
export function quotientText(dividend: bigint, divisor: bigint, decimals: number): string {
  return fixedText(divRound(dividend * 10n ** BigInt(decimals), divisor), decimals);
}
