/** Bodies, answers and orders for the tests of order entry at any venue. */
import type { HttpAnswer } from '#net';
import type { EntryOrder } from '../index.ts';

/** Returns a value as the bytes of its JSON text; text as it is. */
export function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Returns an answer of a venue. */
export function answerOf(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { kind: 'answer', status, headers, body: bytesOf(body) };
}

/** Returns an order of an instrument: a limit order to buy in one-way mode, unless told otherwise. */
export function limitOrder(
  order: Pick<EntryOrder, 'instrument' | 'qtyLots' | 'priceTicks'> & Partial<EntryOrder>,
): EntryOrder {
  return {
    clientOrderId: 'xy-1',
    side: 'buy',
    type: 'limit',
    triggerTicks: null,
    triggerBy: 'last',
    callbackBps: null,
    timeInForce: 'GTC',
    reduceOnly: false,
    positionSide: 'both',
    ...order,
  };
}
