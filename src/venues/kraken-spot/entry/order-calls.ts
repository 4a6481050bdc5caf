/** Calls that change orders at Kraken: place, together or alone, amend, end. Cancels go by our id, which the venue knows as long as the order lives. */
import { formatDecimal, XylenError } from '#core';
import {
  type BatchOutcome,
  cleanText,
  type EntryAmend,
  type EntryCall,
  type EntryOrder,
  type EntryOrderRef,
  type FormParams,
  type PlacedRecord,
  type ReplyDoc,
} from '../../entry/index.ts';
import { AMEND, addCosts, CANCEL as CANCEL_COSTS } from './limits.ts';
import { idIn } from './names.ts';
import { deadlineText, isTriggered, orderParams, refParams } from './order-form.ts';
import { rejectCodeOf } from './reject-codes.ts';
import { type SignedCalls, VENUE } from './signed-calls.ts';
import { CANCEL, LOST_ERROR } from './verdict.ts';

/** Orders in one batch, all of one pair. */
export const BATCH_MIN = 2;
export const BATCH_MAX = 15;

/** Returns the call that places an order. */
export function placeCall(calls: SignedCalls, order: EntryOrder): EntryCall<PlacedRecord> {
  const params: FormParams = { pair: order.instrument.restSymbol, ...orderParams(order) };
  return calls.of({
    name: 'place',
    priority: isProtective(order) ? 'protect' : 'order',
    effect: 'change',
    costs: addCosts(1),
    endpoint: 'AddOrder',
    body: (stamp) => ({ form: { ...params, deadline: deadlineText(stamp) } }),
    read: (result) => ({ venueOrderId: onlyText(result.at('txid')), order: null }),
  });
}

/** Returns the call that places orders of one pair together; `null` when these cannot be. */
export function placeBatchCall(
  calls: SignedCalls,
  orders: readonly EntryOrder[],
  secrets: readonly string[],
): EntryCall<readonly BatchOutcome[]> | null {
  const pair = orders[0]?.instrument.restSymbol;
  const isOnePair = orders.every(({ instrument }) => instrument.restSymbol === pair);
  if (!isOnePair || orders.length < BATCH_MIN || orders.length > BATCH_MAX) return null;
  const list = orders.map(orderParams);
  return calls.of({
    name: 'place-batch',
    priority: orders.every(isProtective) ? 'protect' : 'order',
    effect: 'change',
    costs: addCosts(orders.length),
    endpoint: 'AddOrderBatch',
    body: (stamp) => ({ json: { pair, deadline: deadlineText(stamp), orders: list } }),
    read: (result) => readBatch(result.at('orders'), orders.length, secrets),
  });
}

/** Returns the call that changes price and quantity in place; `null` while the venue's id is not known. */
export function amendCall(calls: SignedCalls, amend: EntryAmend): EntryCall<PlacedRecord> | null {
  const { order, priceTicks, qtyLots } = amend;
  const { instrument, venueOrderId } = order;
  if (venueOrderId === null || venueOrderId === '') return null;
  const params: FormParams = {
    txid: venueOrderId,
    order_qty: formatDecimal(qtyLots, instrument.qtyDecimals),
    limit_price: formatDecimal(priceTicks, instrument.priceDecimals),
  };
  return calls.of({
    name: 'amend',
    priority: 'order',
    effect: 'change',
    costs: AMEND,
    endpoint: 'AmendOrder',
    body: (stamp) => ({ form: { ...params, deadline: deadlineText(stamp) } }),
    read: (result) => {
      result.at('amend_id').text();
      return { venueOrderId, order: null };
    },
  });
}

/** Returns the call that ends an order. @throws XY_VENUE_FAILED for an order without any name */
export function cancelCall(calls: SignedCalls, order: EntryOrderRef): EntryCall<void> {
  const form = refParams(order);
  if (form === null) throw new XylenError('XY_VENUE_FAILED', `${VENUE} cancel: the order has no name`);
  return calls.of({
    name: CANCEL,
    priority: 'cancel',
    effect: 'change',
    costs: CANCEL_COSTS,
    endpoint: 'CancelOrder',
    body: () => ({ form }),
    read: (result) => {
      // `pending`: the cancel was taken and is under way.
      const pending = result.at('pending');
      if (!(pending.isThere && pending.flag())) result.at('count').integer();
    },
  });
}

function isProtective({ reduceOnly, type }: EntryOrder): boolean {
  return reduceOnly || isTriggered(type);
}

function onlyText(doc: ReplyDoc): string {
  if (!doc.isList) return idIn(doc);
  const [only, ...rest] = doc.items();
  if (only === undefined || rest.length > 0) throw doc.fail('one id');
  return idIn(only);
}

function readBatch(list: ReplyDoc, count: number, secrets: readonly string[]): readonly BatchOutcome[] {
  const items = list.items();
  if (items.length !== count) throw list.fail(`${count} orders`);
  return items.map((item) => {
    const error = item.at('error');
    if (!error.isThere) {
      const placed = { venueOrderId: onlyText(item.at('txid')), order: null };
      return { kind: 'good', placed } as const;
    }
    const venueCode = cleanText(onlyText(error), secrets);
    // Nobody knows what became of this one: all are asked for.
    if (LOST_ERROR.test(venueCode)) throw error.fail('an error that says that the order was not taken');
    return { kind: 'refused', code: rejectCodeOf(venueCode), venueCode, message: venueCode } as const;
  });
}
