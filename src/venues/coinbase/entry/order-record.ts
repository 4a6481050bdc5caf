/**
 * Orders as Coinbase's REST replies tell them. Orders of other programs may be sized in quote currency, or be of forms that nobody here places (brackets, TWAP): their
 * quantity is then what is filled, and a form without a limit price is told as a market order.
 */
import type { EpochUs } from '#core';
import type { OrderStatus, Side } from '#domain';
import {
  clientIdOfUuid,
  type EntryInstrument,
  type EntryOrderType,
  type OrderRecord,
  type ReplyDoc,
} from '../../entry/index.ts';
import { idIn, lotsIn, type Products, ticksIn } from './sizes.ts';

const BY_REQUEST = /user[ _]?requested|by (the )?(user|client)/i;
const STATUS_WORDS = [
  'PENDING',
  'OPEN',
  'QUEUED',
  'EDIT_QUEUED',
  'CANCEL_QUEUED',
  'FILLED',
  'CANCELLED',
  'EXPIRED',
  'FAILED',
] as const;

/** Returns our client order id in a UUID of ours, any other text as it is. */
export function clientIdOf(text: string): string {
  return clientIdOfUuid(text) ?? text;
}

/** Returns a reason in the venue's words, empty for an end that was asked for. */
export function reasonOf(text: string): string {
  return BY_REQUEST.test(text) ? '' : text;
}

/** Reads a side. @throws XY_VENUE_REPLY */
export function readSide(doc: ReplyDoc): Side {
  return doc.word('BUY', 'SELL') === 'BUY' ? 'buy' : 'sell';
}

/** Reads the state of an order. @throws XY_VENUE_REPLY */
export function readStatus(
  doc: ReplyDoc,
  filledLots: number,
  triggerStatus: string,
  isCancelPending: boolean,
): OrderStatus {
  switch (doc.word(...STATUS_WORDS)) {
    case 'FILLED':
      return 'FILLED';
    case 'CANCELLED':
      return 'CANCELED';
    case 'EXPIRED':
      return 'EXPIRED';
    case 'FAILED':
      return filledLots > 0 ? 'CANCELED' : 'REJECTED';
    case 'CANCEL_QUEUED':
      return 'PENDING_CANCEL';
    default:
      if (isCancelPending) return 'PENDING_CANCEL';
      if (filledLots > 0) return 'PARTIALLY_FILLED';
      return triggerStatus === 'STOP_TRIGGERED' ? 'TRIGGERED' : 'ACCEPTED';
  }
}

/** Reads orders, those of products that nobody here trades left out. @throws XY_VENUE_REPLY */
export function readOrders(orders: ReplyDoc, products: Products): readonly OrderRecord[] {
  return orders.items().flatMap((order) => {
    const record = readOrder(order, products);
    return record === null ? [] : [record];
  });
}

/** Reads an order; `null` when nobody here trades its product. @throws XY_VENUE_REPLY */
export function readOrder(doc: ReplyDoc, products: Products): OrderRecord | null {
  const instrument = products.named(doc.at('product_id'));
  if (instrument === undefined) return null;
  const side = readSide(doc.at('side'));
  const filledLots = lotsIn(doc.at('filled_size'), instrument);
  const form = readForm(doc, side, instrument);
  const qtyLots = Math.max(form.qtyLots ?? 0, filledLots);
  const pending = doc.at('pending_cancel');
  const isCancelPending = pending.isThere && pending.flag();
  const trigger = doc.at('trigger_status').textOr('');
  const status = readStatus(doc.at('status'), filledLots, trigger, isCancelPending);
  return {
    instrument,
    clientOrderId: clientIdOf(doc.at('client_order_id').textOr('')),
    venueOrderId: idIn(doc.at('order_id')),
    side,
    ...form,
    qtyLots,
    filledLots,
    status,
    reduceOnly: false,
    isConditional: form.type === 'stop_limit' || form.type === 'take_profit_limit',
    triggeredOrderId: null,
    reason: readReason(doc, status),
    tsVenueUs: readMoment(doc),
  };
}

interface Form {
  readonly type: EntryOrderType;
  readonly qtyLots: number | null;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
}

/** `order_configuration` has one member, named by its form. */
function readForm(doc: ReplyDoc, side: Side, instrument: EntryInstrument): Form {
  const configuration = doc.at('order_configuration');
  const [name] = configuration.isThere ? configuration.names() : [];
  if (name === undefined) {
    const isLimit = doc.at('order_type').textOr('') === 'LIMIT';
    return { type: isLimit ? 'limit' : 'market', qtyLots: null, priceTicks: null, triggerTicks: null };
  }
  const form = configuration.at(name);
  const size = form.at('base_size');
  const stop = form.at('stop_price');
  const priceTicks = ticksIn(form.at('limit_price'), instrument);
  return {
    type: typeOf(name, form, side, priceTicks),
    qtyLots: size.isThere && size.text() !== '' ? lotsIn(size, instrument) : null,
    priceTicks,
    triggerTicks: ticksIn(stop.isThere ? stop : form.at('stop_trigger_price'), instrument),
  };
}

/** A stop of a sale waits below the market; one above it takes profit. A bracket rests as the limit order that it is until its stop is touched. */
function typeOf(name: string, form: ReplyDoc, side: Side, priceTicks: number | null): EntryOrderType {
  if (!name.startsWith('stop_limit')) return priceTicks === null ? 'market' : 'limit';
  const direction = form.at('stop_direction').textOr('');
  const isTarget = direction === (side === 'buy' ? 'STOP_DIRECTION_STOP_DOWN' : 'STOP_DIRECTION_STOP_UP');
  return isTarget ? 'take_profit_limit' : 'stop_limit';
}

function readReason(doc: ReplyDoc, status: OrderStatus): string {
  if (status === 'CANCELED') return reasonOf(doc.at('cancel_message').textOr(''));
  if (status === 'EXPIRED') return doc.at('cancel_message').textOr('') || 'expired';
  if (status !== 'REJECTED') return '';
  return doc.at('reject_message').textOr('') || doc.at('reject_reason').textOr('') || 'failed';
}

/** The latest moment that a reply has: when the order was made, or last filled. When it ended is not said. */
function readMoment(doc: ReplyDoc): EpochUs {
  const createdUs = doc.at('created_time').rfc3339Us();
  const lastFill = doc.at('last_fill_time');
  return lastFill.isThere && lastFill.text() !== '' ? Math.max(createdUs, lastFill.rfc3339Us()) : createdUs;
}
