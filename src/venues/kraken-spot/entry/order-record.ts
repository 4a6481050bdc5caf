/**
 * Orders as Kraken's REST replies tell them: open, ended or asked for by id. A reply says when an order was opened and when it ended, never when it changed in
 * between; a triggered stop keeps its id and its type.
 */
import type { EpochUs } from '#core';
import type { OrderStatus } from '#domain';
import {
  clientIdOfUuid,
  type EntryInstrument,
  type EntryOrderType,
  type OrderRecord,
  type ReplyDoc,
} from '../../entry/index.ts';
import type { KrakenPairs } from './names.ts';
import { isTriggered, typeOfKraken } from './order-form.ts';
import { secondsUs } from './times.ts';

/** Prices relative to the market: `+5.0%`, `-10`, `#1.5`. */
const RELATIVE = /^[+\-#]\d+(\.\d+)?%?$/;
const BY_REQUEST = /user[ _]?requested|by (the )?(user|client)/i;

/** Returns our client order id in a UUID of ours, any other text as it is. */
export function clientIdOf(text: string): string {
  return clientIdOfUuid(text) ?? text;
}

/** Returns why an order ended, empty when it was asked to. */
export function reasonOf(text: string): string {
  return BY_REQUEST.test(text) ? '' : text;
}

/** Reads the type of an order. @throws XY_VENUE_REPLY for words that Kraken does not document */
export function readType(doc: ReplyDoc): EntryOrderType {
  const type = typeOfKraken(doc.text());
  if (type === undefined) throw doc.fail('a type of order');
  return type;
}

/** Reads orders by their ids, those of pairs that nobody here trades left out. @throws XY_VENUE_REPLY */
export function readOrders(orders: ReplyDoc, pairs: KrakenPairs): readonly OrderRecord[] {
  return orders.names().flatMap((id) => {
    const record = readOrder(id, orders.at(id), pairs);
    return record === null ? [] : [record];
  });
}

/** Reads an order; `null` when nobody here trades its pair. @throws XY_VENUE_REPLY */
export function readOrder(venueOrderId: string, doc: ReplyDoc, pairs: KrakenPairs): OrderRecord | null {
  const description = doc.at('descr');
  const instrument = pairs.named(description.at('pair'));
  if (instrument === undefined) return null;
  const type = readType(description.at('ordertype'));
  const { filledLots, qtyLots } = readQuantities(doc, instrument);
  const life = readLife(doc, type, filledLots >= qtyLots, filledLots > 0);
  return {
    instrument,
    clientOrderId: clientIdOf(doc.at('cl_ord_id').textOr('')),
    venueOrderId,
    side: description.at('type').word('buy', 'sell'),
    type,
    qtyLots,
    filledLots,
    ...readPrices(doc, type, instrument),
    ...life,
    reduceOnly: doc.at('reduce_only').isThere && doc.at('reduce_only').flag(),
    isConditional: isTriggered(type),
    triggeredOrderId: null,
  };
}

/** Orders of other programs may be sized in quote currency (`viqc`): what is filled is all that can be said of them in lots. */
function readQuantities(
  doc: ReplyDoc,
  { qtyDecimals }: EntryInstrument,
): { readonly qtyLots: number; readonly filledLots: number } {
  const filledLots = doc.at('vol_exec').scaled(qtyDecimals);
  const isInQuote = doc.at('oflags').textOr('').split(',').includes('viqc');
  if (filledLots < 0) throw doc.at('vol_exec').fail('a quantity of at least 0');
  const toldLots = isInQuote ? 0 : doc.at('vol').scaled(qtyDecimals);
  // An amend below what is filled already ends the order with more than it asks for.
  return { qtyLots: Math.max(toldLots, filledLots), filledLots };
}

function readLife(
  doc: ReplyDoc,
  type: EntryOrderType,
  isFull: boolean,
  isFilled: boolean,
): { readonly status: OrderStatus; readonly reason: string; readonly tsVenueUs: EpochUs } {
  const word = doc.at('status').word('pending', 'open', 'closed', 'canceled', 'expired');
  if (word === 'pending' || word === 'open') {
    const wasTriggered = isTriggered(type) && /\b(stopped|touched)\b/.test(doc.at('misc').textOr(''));
    const status = isFilled ? 'PARTIALLY_FILLED' : wasTriggered ? 'TRIGGERED' : 'ACCEPTED';
    return { status, reason: '', tsVenueUs: secondsUs(doc.at('opentm')) };
  }
  const tsVenueUs = secondsUs(doc.at('closetm'));
  const reason = doc.at('reason').textOr('');
  if (word === 'closed' && isFull) return { status: 'FILLED', reason: '', tsVenueUs };
  if (word === 'closed') return { status: 'CANCELED', reason: reason || 'closed with a rest', tsVenueUs };
  if (word === 'expired') return { status: 'EXPIRED', reason: reason || 'expired', tsVenueUs };
  return { status: 'CANCELED', reason: reasonOf(reason), tsVenueUs };
}

/** The texts of `descr` are as they were ordered; `stopprice` and `limitprice` are what relative ones stand at. */
function readPrices(
  doc: ReplyDoc,
  type: EntryOrderType,
  { priceDecimals }: EntryInstrument,
): { readonly priceTicks: number | null; readonly triggerTicks: number | null } {
  const description = doc.at('descr');
  const first = ticksOf(description.at('price'), priceDecimals);
  if (type === 'market') return { priceTicks: null, triggerTicks: null };
  if (type === 'limit')
    return { priceTicks: first ?? ticksOf(doc.at('limitprice'), priceDecimals), triggerTicks: null };
  const second = ticksOf(description.at('price2'), priceDecimals);
  const isPlain = type === 'stop_market' || type === 'take_profit_market' || type === 'trailing_stop';
  return {
    priceTicks: isPlain ? null : (second ?? ticksOf(doc.at('limitprice'), priceDecimals)),
    triggerTicks: first ?? ticksOf(doc.at('stopprice'), priceDecimals),
  };
}

/** Returns a price; `null` for none (zero) and for one that is relative to the market. @throws XY_VENUE_REPLY */
function ticksOf(doc: ReplyDoc, priceDecimals: number): number | null {
  if (!doc.isThere || RELATIVE.test(doc.text())) return null;
  const ticks = doc.scaled(priceDecimals);
  if (ticks < 0) throw doc.fail('a price');
  return ticks === 0 ? null : ticks;
}
