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
  orders.named(one, '7', false);
  orders.named(two, '7', false);
  const by = (instrument: typeof other) => orders.of({ clientOrderId: '', venueOrderId: '7', instrument });
  assert.equal(by(FAKE_INSTRUMENT), one);
  assert.equal(by(other), two);
  assert.equal(orders.of({ clientOrderId: 'b', venueOrderId: '', instrument: FAKE_INSTRUMENT }), two);
  assert.equal(orders.find('c'), undefined);
});

test('where conditional orders are numbered apart, the same number names one of each family', () => {
  const form = { side: 'buy', qtyLots: 1, sentUs: 1, instrument: FAKE_INSTRUMENT } as const;
  const named = { clientOrderId: '', venueOrderId: '7', instrument: FAKE_INSTRUMENT };
  for (const isApart of [true, false]) {
    const orders = new SentOrders(isApart);
    const stop = orders.add({ ...form, clientOrderId: 's', isConditional: true });
    const entry = orders.add({ ...form, clientOrderId: 'e', isConditional: false });
    orders.named(entry, '7', false);
    orders.named(stop, '7', true);
    assert.equal(orders.of({ ...named, isConditional: true }), stop);
    assert.equal(orders.of(named), isApart ? entry : stop, 'a fill is of an order that is not conditional');
    orders.named(stop, '8', false);
    assert.equal(orders.of({ ...named, venueOrderId: '8' }), stop, 'what it became');
  }
});
