/** Calls that change orders at Coinbase: place, edit, end. Edits and cancels go by the venue's id alone. */
import { formatDecimal } from '#core';
import type { EntryAmend, EntryCall, EntryOrder, EntryOrderRef, PlacedRecord } from '../../entry/index.ts';
import { orderBody } from './order-form.ts';
import type { SignedCalls } from './signed-calls.ts';
import { idIn, sizeText } from './sizes.ts';
import { AMEND, CANCEL, CANCEL_UNNAMED, PLACE } from './verdict.ts';

/** Orders in one cancel. */
const CANCEL_MAX = 100;
const GONE = ['UNKNOWN_CANCEL_ORDER', 'DUPLICATE_CANCEL_REQUEST'];

/** Returns the call that places an order. A repeat with the same client order id gets the first order again. */
export function placeCall(calls: SignedCalls, order: EntryOrder): EntryCall<PlacedRecord> {
  const json = orderBody(order);
  return calls.of({
    name: PLACE,
    priority: order.reduceOnly || order.type === 'stop_limit' ? 'protect' : 'order',
    effect: 'change',
    method: 'POST',
    path: '/orders',
    json,
    read: (reply) => {
      if (!reply.at('success').flag()) throw reply.at('success').fail('true');
      return { venueOrderId: idIn(reply.at('success_response').at('order_id')), order: null };
    },
  });
}

/** Returns the call that changes price and quantity of a resting order; `null` while the venue's id is not known. */
export function amendCall(calls: SignedCalls, amend: EntryAmend): EntryCall<PlacedRecord> | null {
  const { order, priceTicks, qtyLots } = amend;
  const { instrument, venueOrderId } = order;
  if (venueOrderId === null || venueOrderId === '') return null;
  const price = formatDecimal(priceTicks, instrument.priceDecimals);
  return calls.of({
    name: AMEND,
    priority: 'order',
    effect: 'change',
    method: 'POST',
    path: '/orders/edit',
    json: { order_id: venueOrderId, price, size: sizeText(instrument, qtyLots) },
    read: (reply) => {
      if (!reply.at('success').flag()) throw reply.at('success').fail('true');
      return { venueOrderId, order: null };
    },
  });
}

/** Returns the call that ends an order. Before the venue's id is known there is nothing that could be sent: the call is answered "not now". */
export function cancelCall(calls: SignedCalls, { venueOrderId }: EntryOrderRef): EntryCall<void> {
  if (venueOrderId === null || venueOrderId === '')
    return calls.of({
      name: CANCEL_UNNAMED,
      priority: 'cancel',
      effect: 'read',
      method: 'GET',
      path: '/key_permissions',
      read: () => undefined,
    });
  return calls.of({
    name: CANCEL,
    priority: 'cancel',
    effect: 'change',
    method: 'POST',
    path: '/orders/batch_cancel',
    json: { order_ids: [venueOrderId] },
    read: (reply) => {
      const results = reply.at('results');
      const [result, ...rest] = results.items();
      if (result === undefined || rest.length > 0) throw results.fail('one result');
      if (result.at('order_id').text() !== venueOrderId)
        throw result.at('order_id').fail('the order that was meant');
      if (!result.at('success').flag()) throw result.at('success').fail('true');
    },
  });
}

/** Returns calls that end orders by their ids, a hundred in each. Of one that is ended already, or being ended, nothing more is wanted. */
export function cancelAllCalls(calls: SignedCalls, ids: readonly string[]): readonly EntryCall<void>[] {
  const chunks = Array.from({ length: Math.ceil(ids.length / CANCEL_MAX) }, (_, at) =>
    ids.slice(at * CANCEL_MAX, (at + 1) * CANCEL_MAX),
  );
  return chunks.map((order_ids) =>
    calls.of({
      name: 'cancel-all',
      priority: 'cancel',
      effect: 'change',
      method: 'POST',
      path: '/orders/batch_cancel',
      json: { order_ids },
      read: (reply) => {
        const results = reply.at('results');
        const left = results.items().filter((result) => {
          const isGone = GONE.includes(result.at('failure_reason').textOr(''));
          return !result.at('success').flag() && !isGone;
        });
        if (left.length > 0 || results.items().length !== order_ids.length)
          throw results.fail(`${order_ids.length} orders ended`);
      },
    }),
  );
}
