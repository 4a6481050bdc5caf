/** Names and moments in answers and private messages of Kraken futures. */
import { type EpochUs, parseMomentUs, US_PER_MS } from '#core';
import type { EntryInstrument, EntryInstruments, ReplyDoc } from '../../entry/index.ts';

/** Bitcoin is BTC among assets as everywhere in this program; wallets and symbols have the venue's XBT. */
const ASSETS = new Map([
  ['XBT', 'BTC'],
  ['XDG', 'DOGE'],
]);

/** Returns a currency by its common name. */
export function assetOf(name: string): string {
  const upper = name.toUpperCase();
  return ASSETS.get(upper) ?? upper;
}

/** Returns the instrument that is meant; some answers write symbols in lower case. `undefined` = nobody here trades it. */
export function instrumentOf(instruments: EntryInstruments, name: ReplyDoc): EntryInstrument | undefined {
  const text = name.text();
  return instruments.named(text) ?? instruments.named(text.toUpperCase());
}

/** Returns a moment written as ISO 8601. @throws XY_VENUE_REPLY */
export function isoUs(doc: ReplyDoc): EpochUs {
  const us = parseMomentUs(doc.text());
  if (us === undefined) throw doc.fail('a moment');
  return us;
}

/** Returns a moment written in milliseconds. @throws XY_VENUE_REPLY */
export function msUs(doc: ReplyDoc): EpochUs {
  const us = doc.integer() * US_PER_MS;
  if (!(us > 0 && Number.isSafeInteger(us))) throw doc.fail('milliseconds since the epoch');
  return us;
}

/** Returns the client order id under either of its names; empty = a foreign order. @throws XY_VENUE_REPLY */
export function clientOrderIdOf(doc: ReplyDoc): string {
  const camel = doc.at('cliOrdId');
  return camel.isThere ? camel.text() : doc.at('cli_ord_id').textOr('');
}
