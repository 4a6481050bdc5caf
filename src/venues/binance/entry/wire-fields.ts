/** Members that orders, fills, balances and positions of Binance have in common, read without a guess. */
import { type EpochUs, US_PER_MS } from '#core';
import type { Side } from '#domain';
import type { EntryInstrument, PositionRecord, ReplyDoc } from '../../entry/index.ts';

/** Returns a time of the wire, milliseconds, in microseconds; 0 = never. @throws XY_VENUE_REPLY */
export function timeUs(doc: ReplyDoc): EpochUs {
  const us = doc.integer() * US_PER_MS;
  if (us < 0 || !Number.isSafeInteger(us)) throw doc.fail('a time in milliseconds');
  return us;
}

/** Returns an id of the venue as its digits: ids of the algo service are beyond 10^15 already. @throws XY_VENUE_REPLY */
export function idText(doc: ReplyDoc): string {
  const text = doc.text();
  if (!/^[1-9]\d{0,24}$/.test(text)) throw doc.fail('an id above 0');
  return text;
}

/** Returns a side. @throws XY_VENUE_REPLY */
export function sideOf(doc: ReplyDoc): Side {
  return doc.word('BUY', 'SELL') === 'BUY' ? 'buy' : 'sell';
}

/** Returns the side of a position that hedge mode tells apart. @throws XY_VENUE_REPLY */
export function positionSideOf(doc: ReplyDoc): PositionRecord['positionSide'] {
  const word = doc.word('BOTH', 'LONG', 'SHORT');
  return word === 'BOTH' ? 'both' : word === 'LONG' ? 'long' : 'short';
}

/**
 * Returns a price; where an order has none the venue writes 0, nothing, or (a trailing stop that trails at once) an empty text. @throws XY_VENUE_REPLY
 * for one below 0 or finer than a tick
 */
export function priceTicksOrNull(doc: ReplyDoc, instrument: EntryInstrument): number | null {
  if (doc.textOr('') === '') return null;
  const ticks = doc.scaled(instrument.priceDecimals);
  if (ticks < 0) throw doc.fail('a price of at least 0');
  return ticks === 0 ? null : ticks;
}

/** Returns a quantity of at least 0. @throws XY_VENUE_REPLY */
export function lotsOf(doc: ReplyDoc, instrument: EntryInstrument): number {
  const lots = doc.scaled(instrument.qtyDecimals);
  if (lots < 0) throw doc.fail('a quantity of at least 0');
  return lots;
}
