/** Prices and quantities off the wire, exact: what no book may hold is refused here, before it gets near one. */
import type { LevelBuffer } from '#book';
import { decimalsOf, parseDecimal } from '#core';
import { FrameFault, type JsonCursor } from './json-cursor.ts';

/** Reads a price in ticks. @throws FrameFault when it is not above 0, finer than a tick, or beyond the safe integers. */
export function readPrice(cursor: JsonCursor, priceDecimals: number): number {
  const { at } = cursor;
  const ticks = cursor.readDecimal(priceDecimals);
  if (ticks <= 0) throw new FrameFault(`expected a price above 0 at ${at}`, at);
  return ticks;
}

/**
 * Reads the price of an ask in ticks; infinity when it is too far away to be a safe integer. Such asks occur (100 million for what costs 200), and as
 * they are behind all others a book is the same without them.
 */
export function readAskPrice(cursor: JsonCursor, priceDecimals: number): number {
  const { at } = cursor;
  try {
    return readPrice(cursor, priceDecimals);
  } catch (cause) {
    if (!(cause instanceof FrameFault)) throw cause;
    cursor.at = at;
    if (isBeyondReach(cursor.scalarText(), priceDecimals)) return Number.POSITIVE_INFINITY;
    throw cause;
  }
}

/** True for a number above 0 without too many decimals that all the same is no safe integer of 10^-`decimals`. */
function isBeyondReach(text: string, decimals: number): boolean {
  const needed = decimalsOf(text);
  const isFine = needed >= 0 && needed <= decimals && !text.startsWith('-');
  return isFine && Number.isNaN(parseDecimal(text, decimals));
}

/** Reads a quantity in lots. @throws FrameFault when it is below 0, finer than a lot, or beyond the safe integers. */
export function readQty(cursor: JsonCursor, qtyDecimals: number): number {
  const { at } = cursor;
  const lots = cursor.readDecimal(qtyDecimals);
  if (lots < 0) throw new FrameFault(`expected a quantity of at least 0 at ${at}`, at);
  return lots;
}

/** Adds a level to a side of an update; one beyond reach (`readAskPrice`) is left out. @throws FrameFault when there are too many */
export function pushLevel(into: LevelBuffer, priceTicks: number, qtyLots: number, at: number): void {
  if (priceTicks === Number.POSITIVE_INFINITY) return;
  if (!into.push(priceTicks, qtyLots))
    throw new FrameFault(`expected fewer levels in a book message at ${at}`, at);
}
