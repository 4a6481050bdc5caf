import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderRequest, unsealed } from '../../test/support/order-events.ts';
import { DifferenceTracker, differenceKey } from './difference-tracker.ts';
import { OrderManager } from './order-manager.ts';
import type { ReconcileAction } from './reconcile.ts';

const position = (venueLots: number, instrumentIx = 0): ReconcileAction => ({
  ...{ kind: 'position-mismatch', instrumentIx, localLots: 10, venueLots, reason: 'they differ' },
});

test('a difference counts once it has stood unchanged in so many looks in a row', () => {
  const tracker = new DifferenceTracker(3);
  assert.deepEqual(tracker.observe([position(7)]), []);
  assert.deepEqual(tracker.observe([position(7), position(1, 1)]), []);
  assert.deepEqual(tracker.observe([position(7), position(1, 1)]), [position(7)]);
  assert.deepEqual(tracker.observe([position(7)]), [position(7)], 'and as long as it stands');
});

test('another figure, a look without it, and something done about it begin the count anew', () => {
  const tracker = new DifferenceTracker(2);
  tracker.observe([position(7)]);
  assert.deepEqual(tracker.observe([position(8)]), []);
  tracker.observe([]);
  assert.deepEqual(tracker.observe([position(8)]), []);
  assert.deepEqual(tracker.observe([position(8)]), [position(8)]);
  tracker.forget(position(8));
  assert.deepEqual(tracker.observe([position(8)]), []);
});

test('a count survives a checkpoint', () => {
  const tracker = new DifferenceTracker(2);
  tracker.observe([position(7)]);
  const later = new DifferenceTracker(2);
  later.loadState(structuredClone(tracker.saveState()));
  assert.deepEqual(later.observe([position(7)]), [position(7)]);
});

test('no two differences have the same key, but for their words', () => {
  const manager = new OrderManager();
  const order = manager.create(unsealed(orderRequest('a')), { strategy: 't', decisionId: null }, 1);
  const { instrumentIx, priceTicks, qtyLots, side, triggerTicks, type } = order.request;
  const form = { instrumentIx, priceTicks, qtyLots, side, triggerTicks, type };
  const reason = 'x';
  const all: ReconcileAction[] = [
    { kind: 'apply-input', clientOrderId: 'a', input: 'canceled', reason },
    { kind: 'apply-input', clientOrderId: 'a', input: 'expired', reason },
    { kind: 'apply-input', clientOrderId: 'b', input: 'expired', reason },
    { kind: 'send', order, reason },
    { kind: 'fetch-fills', clientOrderId: 'a', missingLots: 1, reason },
    { kind: 'fetch-fills', clientOrderId: 'a', missingLots: 2, reason },
    { kind: 'cancel', clientOrderId: 'a', instrumentIx: 0, reason },
    {
      ...{ kind: 'foreign-order', reason },
      venueOrder: {
        ...{
          ...form,
          clientOrderId: '',
          venueOrderId: 'v1',
          status: 'ACCEPTED',
          filledLots: 0,
          updatedUs: 1,
        },
      },
    },
    position(7),
    position(7, 1),
    { kind: 'balance-mismatch', localAtoms: 1n, venueAtoms: 2n, reason },
  ];
  assert.equal(new Set(all.map(differenceKey)).size, all.length);
  assert.equal(differenceKey(position(7)), differenceKey({ ...position(7), reason: 'other words' }));
});
