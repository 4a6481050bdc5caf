import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentOrders } from './sent-orders.ts';
import { FAKE_INSTRUMENT } from './test/order-adapter.ts';

test('ids of the venue are those of an instrument: the same number elsewhere is another order', () => {
  const orders = new SentOrders();
  const other = { ...FAKE_INSTRUMENT, ix: 1, symbol: 'ETHUSDT' };
  const form = { side: 'buy', qtyLots: 1, isConditional: false, sentUs: 1 } as const;
  const one = orders.add({ ...form, clientOrderId: 'a', instrument: FAKE_INSTRUMENT });
  const two = orders.add({ ...form, clientOrderId: 'b', instrument: other });
  orders.named(one, '7');
  orders.named(two, '7');
  const by = (instrument: typeof other) => orders.of({ clientOrderId: '', venueOrderId: '7', instrument });
  assert.equal(by(FAKE_INSTRUMENT), one);
  assert.equal(by(other), two);
  assert.equal(orders.of({ clientOrderId: 'b', venueOrderId: '', instrument: FAKE_INSTRUMENT }), two);
  assert.equal(orders.find('c'), undefined);
});
