/** Quantities, prices and ids as Coinbase writes them. Contracts of CDE are counted on the wire; everything else is in base currency. */
import { assert, formatDecimal } from '#core';
import type { EntryInstrument, ReplyDoc } from '../../entry/index.ts';

/** Finds instruments by product id. The names of streams will not do: the stream calls two products by one name. */
export class Products {
  readonly #byId: ReadonlyMap<string, EntryInstrument>;

  constructor(instruments: readonly EntryInstrument[]) {
    this.#byId = new Map(instruments.map((instrument) => [instrument.restSymbol, instrument]));
  }

  get all(): readonly EntryInstrument[] {
    return [...this.#byId.values()];
  }

  /** Returns the instrument of a product; `undefined` for those that nobody here trades. @throws XY_VENUE_REPLY when it is no text */
  named(id: ReplyDoc): EntryInstrument | undefined {
    return this.#byId.get(id.text());
  }
}

/** Returns a quantity in the venue's units. */
export function sizeText({ lotsPerContract, qtyDecimals, symbol }: EntryInstrument, qtyLots: number): string {
  assert(Number.isSafeInteger(qtyLots) && qtyLots > 0, `a quantity is positive, was ${qtyLots} lots`);
  if (lotsPerContract === undefined) return formatDecimal(qtyLots, qtyDecimals);
  assert(qtyLots % lotsPerContract === 0, `${qtyLots} lots of ${symbol} are whole contracts`);
  return String(qtyLots / lotsPerContract);
}

/** Reads a quantity of the venue's units in lots. @throws XY_VENUE_REPLY */
export function lotsIn(doc: ReplyDoc, { lotsPerContract, qtyDecimals }: EntryInstrument): number {
  const lots = lotsPerContract === undefined ? doc.scaled(qtyDecimals) : doc.integer() * lotsPerContract;
  if (!Number.isSafeInteger(lots) || lots < 0) throw doc.fail('a quantity of at least 0');
  return lots;
}

/** Reads a price; `null` where there is none: absent, empty or zero. @throws XY_VENUE_REPLY */
export function ticksIn(doc: ReplyDoc, { priceDecimals }: EntryInstrument): number | null {
  if (!doc.isThere || doc.text() === '') return null;
  const ticks = doc.scaled(priceDecimals);
  if (ticks < 0) throw doc.fail('a price');
  return ticks === 0 ? null : ticks;
}

/** Reads an id. @throws XY_VENUE_REPLY when it is empty */
export function idIn(doc: ReplyDoc): string {
  const id = doc.text();
  if (id === '') throw doc.fail('an id');
  return id;
}
