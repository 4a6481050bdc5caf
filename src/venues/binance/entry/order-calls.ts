/** Calls about orders: placing, amending, cancelling, asking, in both families. A reply must be about the order that was asked for. */
import { assert, US_PER_MS } from '#core';
import {
  type BatchOutcome,
  cleanText,
  type EntryAdapter,
  type EntryAmend,
  type EntryCall,
  type EntryInstrument,
  type EntryInstruments,
  type EntryOrder,
  type EntryOrderRef,
  type FormParams,
  type OrderRecord,
  type PlacedRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { BATCH_COSTS, ORDER_COSTS, weightOf } from './limits.ts';
import {
  conditionalParams,
  isConditionalType,
  isProtective,
  plainParams,
  priceText,
  qtyText,
  unsupportedReason,
} from './order-form.ts';
import { ownOrder, readAlgoOrder, readPlainOrder } from './order-record.ts';
import { rejectCodeOf } from './reject-codes.ts';
import { requireSame, requireSuccess } from './reply-checks.ts';
import { type SignedCalls, VENUE } from './signed-calls.ts';
import { faultOf, isLostCode, NO_SUCH_ORDER, ORDER_QUESTION } from './verdict.ts';

const PLAIN = '/fapi/v1/order';
const ALGO = '/fapi/v1/algoOrder';
/** The venue takes five in one request. */
const BATCH_MAX = 5;
/** Asked for all symbols at once. */
const OPEN_ORDERS_WEIGHT = 40;
/** How an order may stand after it was cancelled. */
const ENDED = ['CANCELED', 'EXPIRED', 'FILLED'];

type OrderCalls = Pick<
  EntryAdapter,
  | 'unsupported'
  | 'place'
  | 'areConditionalIdsApart'
  | 'placeBatchMax'
  | 'placeBatch'
  | 'amend'
  | 'cancel'
  | 'cancelAll'
  | 'deadMan'
  | 'openOrders'
  | 'order'
>;

/** Returns the calls about orders; messages of the venue lose `secrets`. */
export function orderCalls(
  calls: SignedCalls,
  instruments: EntryInstruments,
  secrets: readonly string[],
): OrderCalls {
  return {
    unsupported: unsupportedReason,
    place: (order) => placeCall(calls, instruments, order),
    areConditionalIdsApart: true,
    placeBatchMax: BATCH_MAX,
    placeBatch: (orders) => batchCall(calls, instruments, orders, secrets),
    amend: (amend) => (amend.order.isConditional ? null : amendCall(calls, instruments, amend)),
    cancel: (order) => cancelCall(calls, instruments, order),
    cancelAll: (instrument) => [
      cancelAllCall(calls, 'cancel-all', '/fapi/v1/allOpenOrders', instrument),
      cancelAllCall(calls, 'cancel-all-conditional', '/fapi/v1/algoOpenOrders', instrument),
    ],
    deadMan: (instrument, forUs) => deadManCall(calls, instrument, forUs),
    openOrders: () => [
      openOrdersCall(calls, 'open-orders', '/fapi/v1/openOrders', (doc) => readPlainOrder(doc, instruments)),
      openOrdersCall(calls, 'open-conditional-orders', '/fapi/v1/openAlgoOrders', (doc) =>
        readAlgoOrder(doc, instruments),
      ),
    ],
    order: (order) => orderCall(calls, instruments, order),
  };
}

function placeCall(
  calls: SignedCalls,
  instruments: EntryInstruments,
  order: EntryOrder,
): EntryCall<PlacedRecord> {
  const isConditional = isConditionalType(order.type);
  return calls.of({
    name: 'place',
    priority: isProtective(order) ? 'protect' : 'order',
    effect: 'change',
    costs: ORDER_COSTS,
    method: 'POST',
    path: isConditional ? ALGO : PLAIN,
    params: isConditional ? conditionalParams(order) : plainParams(order),
    parse: (body) =>
      placedOf(readOwn(ReplyDoc.parse(body, VENUE, 'place'), instruments, { ...order, isConditional })),
  });
}

/** `null` where one of them has a trigger: the algo service takes them one by one. */
function batchCall(
  calls: SignedCalls,
  instruments: EntryInstruments,
  orders: readonly EntryOrder[],
  secrets: readonly string[],
): EntryCall<readonly BatchOutcome[]> | null {
  assert(orders.length > 0 && orders.length <= BATCH_MAX, `a batch has 1 to ${BATCH_MAX} orders`);
  if (orders.some(({ type }) => isConditionalType(type))) return null;
  return calls.of({
    name: 'place-batch',
    priority: orders.every(isProtective) ? 'protect' : 'order',
    effect: 'change',
    costs: BATCH_COSTS,
    method: 'POST',
    path: '/fapi/v1/batchOrders',
    params: { batchOrders: JSON.stringify(orders.map(plainParams)) },
    parse: (body) => {
      const doc = ReplyDoc.parse(body, VENUE, 'place-batch');
      const items = doc.items();
      if (items.length !== orders.length) throw doc.fail(`${orders.length} outcomes`);
      return orders.map((order, at) => batchOutcome(items[at] ?? doc, instruments, order, secrets));
    },
  });
}

/** An item whose fate the venue does not know makes the whole reply one that says nothing: each order is asked for then. */
function batchOutcome(
  doc: ReplyDoc,
  instruments: EntryInstruments,
  order: EntryOrder,
  secrets: readonly string[],
): BatchOutcome {
  const fault = faultOf(doc);
  if (fault === null) {
    return { kind: 'good', placed: placedOf(readOwn(doc, instruments, { ...order, isConditional: false })) };
  }
  if (isLostCode(fault.code)) throw doc.at('code').fail('an order that was taken or refused');
  return {
    kind: 'refused',
    code: rejectCodeOf(fault.code, fault.message),
    venueCode: String(fault.code),
    message: cleanText(`${fault.code} ${fault.message}`, secrets),
  };
}

function amendCall(
  calls: SignedCalls,
  instruments: EntryInstruments,
  amend: EntryAmend,
): EntryCall<PlacedRecord> {
  const { order, side, qtyLots, priceTicks } = amend;
  const { instrument } = order;
  assert(qtyLots > 0 && priceTicks > 0, 'an amended order has a quantity and a price');
  return calls.of({
    name: 'amend',
    priority: 'order',
    effect: 'change',
    costs: ORDER_COSTS,
    method: 'PUT',
    path: PLAIN,
    params: {
      ...refParams(order),
      side: side === 'buy' ? 'BUY' : 'SELL',
      quantity: qtyText(instrument, qtyLots),
      price: priceText(instrument, priceTicks),
    },
    parse: (body) => placedOf(readOwn(ReplyDoc.parse(body, VENUE, 'amend'), instruments, order)),
  });
}

function cancelCall(
  calls: SignedCalls,
  instruments: EntryInstruments,
  order: EntryOrderRef,
): EntryCall<void> {
  return calls.of({
    name: 'cancel',
    priority: 'cancel',
    effect: 'change',
    costs: weightOf(1),
    method: 'DELETE',
    path: order.isConditional ? ALGO : PLAIN,
    params: refParams(order),
    parse: (body) => readCancelled(ReplyDoc.parse(body, VENUE, 'cancel'), instruments, order),
  });
}

/** The algo service confirms with `code` "200" and the ids; the order book, and some algo replies, with the order as it ended. */
function readCancelled(doc: ReplyDoc, instruments: EntryInstruments, order: EntryOrderRef): void {
  if (order.isConditional && doc.at('code').isThere) {
    requireSuccess(doc);
    requireSame(doc.at('clientAlgoId'), order.clientOrderId);
    requireSame(doc.at('algoId'), order.venueOrderId ?? '');
    return;
  }
  const record = readOwn(doc, instruments, order);
  if (!ENDED.includes(record.status))
    throw doc.at(order.isConditional ? 'algoStatus' : 'status').fail('an order that has ended');
}

function cancelAllCall(
  calls: SignedCalls,
  name: string,
  path: string,
  instrument: EntryInstrument,
): EntryCall<void> {
  return calls.of({
    name,
    priority: 'cancel',
    effect: 'change',
    costs: weightOf(1),
    method: 'DELETE',
    path,
    params: { symbol: instrument.restSymbol },
    parse: (body) => requireSuccess(ReplyDoc.parse(body, VENUE, name)),
  });
}

function deadManCall(calls: SignedCalls, instrument: EntryInstrument, forUs: number): EntryCall<void> {
  assert(Number.isSafeInteger(forUs) && forUs >= 0, 'a countdown is a whole number of microseconds');
  // Rounded down, towards an earlier end, but never to 0, which would switch it off.
  const countdownMs = forUs === 0 ? 0 : Math.max(1, Math.floor(forUs / US_PER_MS));
  return calls.of({
    name: 'dead-man',
    priority: 'protect',
    effect: 'change',
    costs: weightOf(10),
    method: 'POST',
    path: '/fapi/v1/countdownCancelAll',
    params: { symbol: instrument.restSymbol, countdownTime: countdownMs },
    parse: (body) => {
      const doc = ReplyDoc.parse(body, VENUE, 'dead-man');
      requireSame(doc.at('symbol'), instrument.restSymbol);
      if (doc.at('countdownTime').integer() !== countdownMs)
        throw doc.at('countdownTime').fail(String(countdownMs));
    },
  });
}

/** Orders of instruments that nobody here trades are passed over: they are the owner's. */
function openOrdersCall(
  calls: SignedCalls,
  name: string,
  path: string,
  read: (doc: ReplyDoc) => OrderRecord | null,
): EntryCall<readonly OrderRecord[]> {
  return calls.of({
    name,
    priority: 'query',
    effect: 'read',
    costs: weightOf(OPEN_ORDERS_WEIGHT),
    method: 'GET',
    path,
    params: {},
    parse: (body) =>
      ReplyDoc.parse(body, VENUE, name)
        .items()
        .flatMap((doc) => read(doc) ?? []),
  });
}

function orderCall(
  calls: SignedCalls,
  instruments: EntryInstruments,
  order: EntryOrderRef,
): EntryCall<OrderRecord | null> {
  return calls.of({
    name: ORDER_QUESTION,
    priority: 'query',
    effect: 'read',
    costs: weightOf(1),
    method: 'GET',
    path: order.isConditional ? ALGO : PLAIN,
    params: refParams(order),
    parse: (body) => {
      const doc = ReplyDoc.parse(body, VENUE, ORDER_QUESTION);
      return faultOf(doc)?.code === NO_SUCH_ORDER ? null : readOwn(doc, instruments, order);
    },
  });
}

/**
 * Names an order. The order book goes by its own id where it is known (a client id may be used again after the order has ended); the algo service knows no
 * symbols in this place.
 */
function refParams({ instrument, clientOrderId, venueOrderId, isConditional }: EntryOrderRef): FormParams {
  assert(clientOrderId !== '' || venueOrderId !== null, 'an order has at least one name');
  const venueId = venueOrderId ?? undefined;
  if (isConditional) return clientOrderId === '' ? { algoId: venueId } : { clientAlgoId: clientOrderId };
  const symbol = instrument.restSymbol;
  return venueId === undefined ? { symbol, origClientOrderId: clientOrderId } : { symbol, orderId: venueId };
}

/** What a reply must agree with. */
interface Expected {
  readonly instrument: EntryInstrument;
  readonly clientOrderId: string;
  readonly venueOrderId?: string | null;
  readonly isConditional: boolean;
}

function readOwn(doc: ReplyDoc, instruments: EntryInstruments, expected: Expected): OrderRecord {
  const { isConditional } = expected;
  const read = isConditional ? readAlgoOrder(doc, instruments) : readPlainOrder(doc, instruments);
  const record = ownOrder(read, expected.instrument, doc);
  requireSame(doc.at(isConditional ? 'clientAlgoId' : 'clientOrderId'), expected.clientOrderId);
  requireSame(doc.at(isConditional ? 'algoId' : 'orderId'), expected.venueOrderId ?? '');
  return record;
}

function placedOf(order: OrderRecord): PlacedRecord {
  return { venueOrderId: order.venueOrderId, order };
}
