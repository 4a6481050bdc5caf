/**
 * Quantities that a venue counts in contracts, as lots of the base currency: a contract is worth a fixed number of lots, so that all quantities behind a
 * decoder are in base units, whatever the wire counts in. Integers all the way; what is beyond the safe integers is refused, never wrapped.
 */
import type { LevelBuffer } from '#book';
import { decimalsOf, formatDecimal, POW10, parseDecimal } from '#core';
import type { InstrumentIx, InstrumentSpec } from '#domain';
import { readQtyLots } from './decimal-reader.ts';
import type { FeedInstrument } from './feed-instrument.ts';
import { FrameFault, type JsonCursor } from './json-cursor.ts';
import type { ListedInstrument } from './rest.ts';

/** How contracts count in lots of 10^-`qtyDecimals`. */
export interface ContractScale {
  readonly qtyDecimals: number;
  readonly lotsPerContract: number;
}

/** Sizes as a venue states them, in contracts. */
export interface ContractSizes {
  /** Step of quantities. */
  readonly step: string | undefined;
  readonly min: string | undefined;
  readonly max: string | undefined;
}

/** What an instrument says of the quantities on its wire. */
type Scaled = Pick<FeedInstrument, 'qtyDecimals' | 'lotsPerContract'>;

/**
 * Why inverse contracts may be recorded, but not traded: their value in money is not price times quantity, so that every notional, fee and profit would
 * be wrong.
 */
export const INVERSE_IS_UNTRADABLE =
  'inverse contracts (sized in USD, margined in coin) are not supported for trading';

/**
 * Returns the scale of contracts of `size` base units, as coarse as it can be exact: 0.001 has 3 decimals and 1 lot a contract, 0.05 has 2 and 5, 10 has
 * none and 10. `undefined` when the size is no number above 0 or needs more than 15 decimals.
 */
export function contractScale(size: string): ContractScale | undefined {
  const qtyDecimals = decimalsOf(size);
  if (qtyDecimals < 0 || qtyDecimals >= POW10.length) return undefined;
  const lotsPerContract = parseDecimal(size, qtyDecimals);
  return lotsPerContract > 0 ? { qtyDecimals, lotsPerContract } : undefined;
}

/**
 * Returns step and bounds of quantities in base units; a bound that is not stated, or below the step, is the step. `undefined` when the step is not a whole
 * number of contracts above 0, or too large.
 */
export function scaledSizes(
  { max, min, step }: ContractSizes,
  { lotsPerContract, qtyDecimals }: ContractScale,
): Pick<InstrumentSpec, 'lotSize' | 'qtyMin' | 'qtyMax'> | undefined {
  const stepLots = parseDecimal(step ?? '', 0) * lotsPerContract;
  if (!(stepLots > 0 && Number.isSafeInteger(stepLots))) return undefined;
  const lotSize = formatDecimal(stepLots, qtyDecimals);
  const size = (contracts: string | undefined): string => {
    const lots = parseDecimal(contracts ?? '', 0) * lotsPerContract;
    return lots >= stepLots && Number.isSafeInteger(lots) ? formatDecimal(lots, qtyDecimals) : lotSize;
  };
  return { lotSize, qtyMin: size(min), qtyMax: size(max) };
}

/** Returns a listed instrument as a feed needs it, numbered `ix`. */
export function feedInstrumentOf(
  { lotsPerContract, spec, wireSymbol }: ListedInstrument,
  ix: InstrumentIx,
): FeedInstrument {
  const { priceDecimals, qtyDecimals, symbol, venue } = spec;
  return { ix, venue, symbol, wireSymbol, priceDecimals, qtyDecimals, lotsPerContract };
}

/** Returns the decimals of a quantity on the wire: those of lots, none where contracts are counted. */
export function wireQtyDecimals({ lotsPerContract, qtyDecimals }: Scaled): number {
  return lotsPerContract === undefined ? qtyDecimals : 0;
}

/** Returns a quantity that was read with `wireQtyDecimals` in lots; `NaN` when it is beyond the safe integers. */
export function lotsOfWire({ lotsPerContract }: Scaled, wireQty: number): number {
  if (lotsPerContract === undefined || lotsPerContract === 1) return wireQty;
  const lots = wireQty * lotsPerContract;
  return Number.isSafeInteger(lots) ? lots : Number.NaN;
}

/** Reads a quantity in lots, exact. @throws FrameFault when it is finer than the wire may be, or too large */
export function readLots(cursor: JsonCursor, instrument: Scaled): number {
  return safeLots(cursor, instrument, cursor.readDecimal(wireQtyDecimals(instrument)));
}

/** Reads a quantity of at least 0 in lots; what is finer than the wire may be is cut as `readQtyLots` does. @throws FrameFault */
export function readCutLots(cursor: JsonCursor, instrument: Scaled): number {
  return safeLots(cursor, instrument, readQtyLots(cursor, wireQtyDecimals(instrument)));
}

/** Turns the quantities of the levels from `from` on, read with `wireQtyDecimals`, into lots. @throws FrameFault when one is too large */
export function scaleLevels(levels: LevelBuffer, from: number, instrument: Scaled, at: number): void {
  const { lotsPerContract } = instrument;
  if (lotsPerContract === undefined || lotsPerContract === 1) return;
  const { count, qtyLots } = levels;
  for (let i = from; i < count; i++) {
    const lots = qtyLots[i]! * lotsPerContract;
    if (lots > Number.MAX_SAFE_INTEGER) throw tooLarge(instrument, at);
    qtyLots[i] = lots;
  }
}

function safeLots(cursor: JsonCursor, instrument: Scaled, wireQty: number): number {
  const lots = lotsOfWire(instrument, wireQty);
  if (Number.isNaN(lots)) throw tooLarge(instrument, cursor.at);
  return lots;
}

function tooLarge({ lotsPerContract }: Scaled, at: number): FrameFault {
  return new FrameFault(`expected contracts of ${lotsPerContract} lots, at most 2^53 lots in all`, at);
}
