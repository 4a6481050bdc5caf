/**
 * Numbers of ccxt as integers. ccxt reads messages with `JSON.parse` and hands out doubles. A decimal of at most 15 significant digits is recovered
 * exactly from its double (IEEE 754: 15 digits survive decimal to double to decimal), and so is one behind the noise of a sum of doubles; of
 * longer ones the first 15 digits are known. Text is exact.
 *
 * ccxt's own way to text (`exchange.number = String`) is not used: in 4.5.84 it breaks the books of HitBTC and Coinbase Exchange, which compare prices as numbers
 * (zero quantities are kept for ever, changed asks are added twice).
 */
import { type EpochUs, parseDecimal, plainDecimal, US_PER_MS } from '#core';

/** Digits of a decimal that a double always keeps. */
const DIGITS = 15;
const TIME_MS_MAX = Number.MAX_SAFE_INTEGER / US_PER_MS;

/** Returns a number as plain decimal text; `undefined` when it is none, or not finite. */
export function decimalTextOf(value: unknown): string | undefined {
  if (typeof value === 'string') return plainDecimal(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return plainDecimal(value.toPrecision(DIGITS));
}

/** Returns a price as a count of 10^-`decimals`, above 0; `NaN` when it is none, finer, or beyond the safe integers. */
export function priceTicksOf(value: unknown, decimals: number): number {
  const text = decimalTextOf(value);
  const ticks = text === undefined ? Number.NaN : parseDecimal(text, decimals);
  return ticks > 0 ? ticks : Number.NaN;
}

/**
 * Returns a quantity of at least 0 as a count of 10^-`decimals`; what is finer is cut to whole lots, but one where it is not 0. `NaN` when it is none
 * or beyond the safe integers.
 */
export function qtyLotsOf(value: unknown, decimals: number): number {
  const text = decimalTextOf(value);
  if (text === undefined || text.startsWith('-')) return Number.NaN;
  const exact = parseDecimal(text, decimals);
  if (!Number.isNaN(exact)) return exact;
  const point = text.indexOf('.');
  if (point < 0) return Number.NaN;
  const kept = text.slice(0, decimals === 0 ? point : point + 1 + decimals);
  const lots = parseDecimal(kept, decimals);
  return lots === 0 && /[1-9]/.test(text) ? 1 : lots;
}

/** Returns a moment in microseconds from ccxt's milliseconds; `undefined` when it is none. */
export function epochUsOf(value: unknown): EpochUs | undefined {
  const ms = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof ms !== 'number' || !(ms > 0) || ms > TIME_MS_MAX) return undefined;
  return Math.floor(ms * US_PER_MS);
}
