/**
 * Quantities, prices and moments of KuCoin. Futures count contracts on the wire. Spot sizes may be finer than a lot, because orders by amount leave
 * fractions in the books and thereby in the fills of others: what is finer is cut, never rounded up.
 */
import { type EpochUs, formatDecimal, parseDecimal, US_PER_MS } from '#core';
import type { EntryInstrument, ReplyDoc } from '../../entry/index.ts';

const ASSETS = new Map([['XBT', 'BTC']]);

/** Returns a currency by its common name: Bitcoin is BTC among assets, whatever contracts call it. */
export function assetOf(name: string): string {
  return ASSETS.get(name) ?? name;
}

/** Returns how many contracts a number of lots is; `undefined` when it is no whole number above zero. */
export function contractsOf(lots: number, { lotsPerContract }: EntryInstrument): number | undefined {
  if (lotsPerContract === undefined) return undefined;
  const contracts = lots / lotsPerContract;
  return Number.isSafeInteger(contracts) && contracts > 0 ? contracts : undefined;
}

/** Reads contracts as lots, with their sign. @throws XY_VENUE_REPLY */
export function contractLots(doc: ReplyDoc, { lotsPerContract, qtyDecimals }: EntryInstrument): number {
  if (lotsPerContract === undefined) return doc.scaled(qtyDecimals);
  const lots = doc.integer() * lotsPerContract;
  if (!Number.isSafeInteger(lots)) throw doc.fail('contracts whose lots can be counted');
  return lots;
}

/** Reads a size in base currency as whole lots; what is finer is cut. @throws XY_VENUE_REPLY when it is no size */
export function spotLots(doc: ReplyDoc, { qtyDecimals }: EntryInstrument): number {
  const [whole = '', fraction = ''] = doc.decimal().split('.');
  const kept = fraction.slice(0, qtyDecimals);
  const lots = parseDecimal(kept === '' ? whole : `${whole}.${kept}`, qtyDecimals);
  if (!(lots >= 0)) throw doc.fail('a size');
  return lots;
}

/** Returns lots of the base currency as decimal text. */
export function sizeText(lots: number, { qtyDecimals }: EntryInstrument): string {
  return formatDecimal(lots, qtyDecimals);
}

/** Returns a price as decimal text. */
export function priceText(ticks: number, { priceDecimals }: EntryInstrument): string {
  return formatDecimal(ticks, priceDecimals);
}

/** Reads a price; absent, empty or zero is none. @throws XY_VENUE_REPLY */
export function ticksOrNull(doc: ReplyDoc, { priceDecimals }: EntryInstrument): number | null {
  if (!isSaid(doc)) return null;
  const ticks = doc.scaled(priceDecimals);
  return ticks === 0 ? null : ticks;
}

/** True for a value that says something: KuCoin writes nothing as absent, as `null` and as an empty text. */
export function isSaid(doc: ReplyDoc): boolean {
  return doc.isThere && doc.text() !== '';
}

/** Reads a moment in milliseconds, microseconds or nanoseconds; its unit is told by its length. @throws XY_VENUE_REPLY */
export function momentUs(doc: ReplyDoc): EpochUs {
  const text = doc.text();
  if (/^\d{13}$/.test(text)) return Number(text) * US_PER_MS;
  if (/^\d{16}$/.test(text)) return Number(text);
  if (/^\d{19}$/.test(text)) return Number(text.slice(0, 16));
  throw doc.fail('a moment in ms, us or ns');
}
