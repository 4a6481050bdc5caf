/**
 * Orders of the `user` channel as records. Each message tells the whole state of an order, but no fill: how much is filled in all, never by which trades, so the desk
 * asks for the fills of an order that has grown. An ended order has nothing left, so its quantity is remembered from when it lived.
 */
import type { EpochUs } from '#core';
import { isFinalStatus } from '#domain';
import type { EntryInstrument, EntryOrderType, OrderRecord, ReplyDoc } from '../../entry/index.ts';
import { clientIdOf, readSide, readStatus, reasonOf } from './order-record.ts';
import { idIn, lotsIn, type Products, ticksIn } from './sizes.ts';

/** Orders whose quantity is remembered; beyond, the one that was not heard of for longest is forgotten. */
export const KNOWN_ORDERS_MAX = 4_096;

/** Quantities of orders that lived, by the venue's ids. */
export class KnownQuantities {
  readonly #lots = new Map<string, number>();

  find(id: string): number | undefined {
    return this.#lots.get(id);
  }

  note(id: string, qtyLots: number): void {
    this.#lots.delete(id);
    this.#lots.set(id, qtyLots);
    if (this.#lots.size <= KNOWN_ORDERS_MAX) return;
    for (const oldest of this.#lots.keys()) {
      this.#lots.delete(oldest);
      return;
    }
  }
}

/** Reads an order; `null` when nobody here trades its product. @throws XY_VENUE_REPLY */
export function readUserOrder(
  doc: ReplyDoc,
  products: Products,
  known: KnownQuantities,
  tsVenueUs: EpochUs,
): OrderRecord | null {
  const instrument = products.named(doc.at('product_id'));
  if (instrument === undefined) return null;
  const venueOrderId = idIn(doc.at('order_id'));
  const filledLots = lotsIn(doc.at('cumulative_quantity'), instrument);
  const trigger = doc.at('trigger_status').textOr('');
  const status = readStatus(doc.at('status'), filledLots, trigger, false);
  const type = typeOf(doc.at('order_type').textOr(''));
  const leavesLots = lotsIn(doc.at('leaves_quantity'), instrument);
  return {
    instrument,
    clientOrderId: clientIdOf(doc.at('client_order_id').textOr('')),
    venueOrderId,
    side: readSide(doc.at('order_side')),
    type,
    qtyLots: isFinalStatus(status)
      ? Math.max(known.find(venueOrderId) ?? 0, filledLots)
      : filledLots + leavesLots,
    filledLots,
    ...readPrices(doc, type, instrument),
    status,
    reduceOnly: false,
    isConditional: type === 'stop_limit',
    triggeredOrderId: null,
    reason: readReason(doc, status),
    tsVenueUs,
  };
}

/** `Stop Limit` in samples, `STOP_LIMIT` in the reference. The channel does not say which way a stop looks; forms that nobody here places count as market orders. */
function typeOf(text: string): EntryOrderType {
  const word = text.toUpperCase().replaceAll(' ', '_');
  if (word === 'STOP_LIMIT') return 'stop_limit';
  return word === 'LIMIT' || word === 'BRACKET' || word === 'TWAP' || word === 'SCALED' ? 'limit' : 'market';
}

function readPrices(
  doc: ReplyDoc,
  type: EntryOrderType,
  instrument: EntryInstrument,
): { readonly priceTicks: number | null; readonly triggerTicks: number | null } {
  if (type === 'market') return { priceTicks: null, triggerTicks: null };
  const priceTicks = ticksIn(doc.at('limit_price'), instrument);
  return {
    priceTicks,
    triggerTicks: type === 'stop_limit' ? ticksIn(doc.at('stop_price'), instrument) : null,
  };
}

function readReason(doc: ReplyDoc, status: OrderRecord['status']): string {
  // The reference spells the member `reject_Reason`, the messages `reject_reason`.
  const rejected = doc.at('reject_reason').textOr('') || doc.at('reject_Reason').textOr('');
  if (status === 'CANCELED') return reasonOf(doc.at('cancel_reason').textOr('') || rejected);
  if (status === 'EXPIRED') return doc.at('cancel_reason').textOr('') || 'expired';
  return status === 'REJECTED' ? rejected || 'failed' : '';
}
