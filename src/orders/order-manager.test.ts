import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ExecutionEvent, isFinalStatus, type OrderRequest } from '#domain';
import {
  fillEvent,
  ORDER_EVENT_KINDS,
  orderEvent,
  orderRequest,
  unsealed,
} from '../../test/support/order-events.ts';
import { propertySettings } from '../../test/support/property.ts';
import type { Order } from './order.ts';
import {
  FINAL_ORDERS_KEPT_MAX,
  FOREIGN_EXEC_IDS_MAX,
  OrderManager,
  type OrderUpdate,
} from './order-manager.ts';
import { ORDER_INPUTS, type OrderInput } from './transition.ts';

const ORIGIN = { strategy: 'test', decisionId: 7 };

function create(manager: OrderManager, id: string, changes: Partial<OrderRequest> = {}): Order {
  return manager.create(unsealed(orderRequest(id, changes)), ORIGIN, 1);
}

/** A manager with one order on its way. */
function withOrder(changes: Partial<OrderRequest> = {}): { manager: OrderManager; order: Order } {
  const manager = new OrderManager();
  const order = create(manager, 'a', changes);
  manager.markSubmitted('a', 2);
  return { manager, order };
}

function brief({ isFillNew, isNowFinal, note, order }: OrderUpdate): readonly unknown[] {
  return [order?.status ?? null, note, isNowFinal, isFillNew];
}

describe('an order of the manager', () => {
  test('begins as an intent with everything at zero', () => {
    const manager = new OrderManager();
    assert.deepEqual(create(manager, 'a'), {
      orderId: 1,
      request: orderRequest('a'),
      origin: ORIGIN,
      status: 'INTENT',
      venueOrderId: null,
      filledLots: 0,
      filledTickLots: 0n,
      feesAtoms: 0n,
      createdUs: 1,
      updatedUs: 1,
      reason: null,
      isCancelWanted: false,
      execIds: new Set(),
    });
    assert.equal(manager.nextOrderId, 2);
    assert.equal(manager.openCount, 1);
  });

  test('goes its usual way: submitted, accepted, filled in parts', () => {
    const { manager, order } = withOrder();
    assert.deepEqual(brief(manager.apply(orderEvent('order-accepted', 'a'))), [
      'ACCEPTED',
      'ok',
      false,
      false,
    ]);
    assert.equal(order.venueOrderId, 'v-a');
    const first = fillEvent('a', 'x1', 4, { priceTicks: 100, feeAtoms: 5n, tsLocalUs: 8 });
    assert.deepEqual(brief(manager.apply(first)), ['PARTIALLY_FILLED', 'ok', false, true]);
    const last = fillEvent('a', 'x2', 6, { priceTicks: 101, feeAtoms: -2n, tsLocalUs: 9 });
    assert.deepEqual(brief(manager.apply(last)), ['FILLED', 'ok', true, true]);
    assert.deepEqual(
      [order.filledLots, order.filledTickLots, order.feesAtoms, order.updatedUs],
      [10, 1006n, 3n, 9],
    );
    assert.deepEqual(manager.openOrders, []);
    assert.equal(manager.find('a'), order);
  });

  test('may be filled before it is acknowledged', () => {
    const { manager, order } = withOrder();
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x1', 10))), ['FILLED', 'ok', true, true]);
    assert.equal(order.venueOrderId, 'v-a');
    assert.deepEqual(brief(manager.apply(orderEvent('order-accepted', 'a'))), [
      'FILLED',
      'late',
      false,
      false,
    ]);
  });

  test('counts an execution id once', () => {
    const { manager, order } = withOrder();
    const fill = fillEvent('a', 'x1', 4);
    manager.apply(fill);
    assert.deepEqual(brief(manager.apply(fill)), ['PARTIALLY_FILLED', 'duplicate-fill', false, false]);
    assert.equal(order.filledLots, 4);
    manager.apply(fillEvent('a', 'x2', 6));
    assert.deepEqual(brief(manager.apply(fill)), ['FILLED', 'duplicate-fill', false, false]);
    assert.equal(order.filledLots, 10);
  });

  test('books a fill that comes after the cancel and stays cancelled', () => {
    const { manager, order } = withOrder();
    assert.deepEqual(brief(manager.requestCancel('a', 3)), ['PENDING_CANCEL', 'ok', false, false]);
    const canceled = manager.apply(orderEvent('order-canceled', 'a'));
    assert.deepEqual(brief(canceled), ['CANCELED', 'ok', true, false]);
    assert.equal(order.reason, 'over');
    const late = manager.apply(fillEvent('a', 'x1', 4));
    assert.deepEqual(brief(late), ['CANCELED', 'anomaly', false, true]);
    assert.equal(order.filledLots, 4);
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x2', 6))), ['FILLED', 'anomaly', false, true]);
    assert.equal(order.filledLots, 10);
  });

  test('books an overfill, since the position is real, and reports it', () => {
    const { manager, order } = withOrder();
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x1', 12))), ['FILLED', 'violation', true, true]);
    assert.equal(order.filledLots, 12);
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x2', 1))), ['FILLED', 'violation', false, true]);
    assert.equal(order.filledLots, 13);
  });

  test('can be asked to end again once the venue has refused to end it', () => {
    const { manager, order } = withOrder({ type: 'stop_market', triggerTicks: 90, label: 'SL' });
    manager.apply(orderEvent('order-accepted', 'a'));
    manager.requestCancel('a', 3);
    assert.equal(order.isCancelWanted, true);
    assert.deepEqual(brief(manager.apply(orderEvent('cancel-rejected', 'a'))), [
      'ACCEPTED',
      'ok',
      false,
      false,
    ]);
    assert.equal(order.isCancelWanted, false);
    assert.deepEqual(brief(manager.requestCancel('a', 4)), ['PENDING_CANCEL', 'ok', false, false]);
    assert.equal(order.isCancelWanted, true);
  });

  test('is open in part again when the venue refuses to cancel what has fills', () => {
    const { manager } = withOrder();
    manager.apply(fillEvent('a', 'x1', 4));
    manager.requestCancel('a', 3);
    assert.deepEqual(brief(manager.apply(orderEvent('cancel-rejected', 'a'))), [
      'PARTIALLY_FILLED',
      'ok',
      false,
      false,
    ]);
  });

  test('was never refused when it has fills: a lost rest counts as cancelled', () => {
    for (const input of ['rejected', 'found-absent'] as const) {
      const { manager } = withOrder();
      manager.apply(fillEvent('a', 'x1', 4));
      manager.requestCancel('a', 3);
      manager.input('a', 'timeout', 4);
      assert.deepEqual(brief(manager.input('a', input, 5, 'gone')), ['CANCELED', 'ok', true, false], input);
      assert.equal(manager.find('a')?.reason, 'gone');
    }
  });

  test('is not given up when an answer is lost, and its wish to be cancelled is kept', () => {
    const { manager, order } = withOrder();
    assert.deepEqual(brief(manager.input('a', 'timeout', 3)), ['UNKNOWN', 'ok', false, false]);
    assert.deepEqual(brief(manager.requestCancel('a', 4)), ['UNKNOWN', 'late', false, false]);
    assert.equal(order.isCancelWanted, true);
    assert.deepEqual(brief(manager.input('a', 'found-open', 5)), ['ACCEPTED', 'ok', false, false]);
    assert.equal(order.isCancelWanted, true);
  });

  test('comes back to life when it was thought lost and is not', () => {
    const { manager, order } = withOrder();
    manager.input('a', 'found-absent', 3);
    assert.equal(manager.openCount, 0);
    assert.deepEqual(brief(manager.input('a', 'found-open', 4)), ['ACCEPTED', 'anomaly', false, false]);
    assert.deepEqual(manager.openOrders, [order]);
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x1', 10))), ['FILLED', 'ok', true, true]);
    assert.equal(manager.openCount, 0);
  });

  test('keeps a violation from changing anything', () => {
    const { manager, order } = withOrder();
    manager.apply(fillEvent('a', 'x1', 4));
    const before = structuredClone(order);
    const update = manager.apply(orderEvent('order-rejected', 'a'));
    assert.deepEqual(brief(update), ['PARTIALLY_FILLED', 'violation', false, false]);
    assert.deepEqual({ ...order }, { ...before });
  });

  test('remembers why the venue refused it', () => {
    const { manager, order } = withOrder();
    manager.apply(orderEvent('order-rejected', 'a', ''));
    assert.deepEqual([order.status, order.reason, order.venueOrderId], ['REJECTED', 'other', null]);
  });
});

describe('an order that this process has not sent', () => {
  test('is unknown until something is heard of it, and keeps its number for ever', () => {
    const manager = new OrderManager();
    const order = manager.adopt(orderRequest('old'), ORIGIN, 5, 40);
    assert.deepEqual([order.orderId, order.status, order.createdUs], [40, 'UNKNOWN', 5]);
    assert.equal(manager.nextOrderId, 41);
    assert.equal(manager.adopt(orderRequest('older'), ORIGIN, 5, 3).orderId, 3);
    assert.equal(create(manager, 'new').orderId, 41, 'no number is given twice');
    assert.deepEqual(brief(manager.input('old', 'found-open', 6)), ['ACCEPTED', 'ok', false, false]);
    assert.deepEqual(brief(manager.apply(fillEvent('older', 'x', 10))), ['FILLED', 'ok', true, true]);
  });

  test('is adopted once, under a number that is one', () => {
    const manager = new OrderManager();
    manager.adopt(orderRequest('old'), ORIGIN, 5);
    assert.throws(() => manager.adopt(orderRequest('old'), ORIGIN, 5), /client order id old is new/);
    assert.throws(() => manager.adopt(orderRequest('b'), ORIGIN, 5, 0), /positive integer/);
  });
});

describe('the manager', () => {
  test('refuses a client order id twice and a quantity that is none', () => {
    const manager = new OrderManager();
    create(manager, 'a');
    assert.throws(() => create(manager, 'a'), /client order id a is new/);
    for (const qtyLots of [0, -1, 1.5, Number.NaN])
      assert.throws(() => create(manager, 'b', { qtyLots }), /order quantity is a positive integer/);
    assert.throws(() => manager.apply(fillEvent('a', 'x', 0)), /fill quantity is positive/);
  });

  test('lists open orders oldest first, all and by instrument', () => {
    const manager = new OrderManager();
    const [a, b, c] = ['a', 'b', 'c'].map((id, ix) => create(manager, id, { instrumentIx: ix % 2 }));
    assert.deepEqual(manager.openOrders, [a, b, c]);
    assert.deepEqual(manager.openOrdersOf(0), [a, c]);
    assert.deepEqual(manager.openOrdersOf(1), [b]);
    assert.deepEqual(manager.openOrdersOf(2), []);
  });

  test('says that it does not know an order', () => {
    const manager = new OrderManager();
    const unknown = [null, 'unknown-order', false, false];
    assert.deepEqual(brief(manager.markSubmitted('z', 1)), unknown);
    assert.deepEqual(brief(manager.requestCancel('z', 1)), unknown);
    for (const kind of ORDER_EVENT_KINDS)
      assert.deepEqual(brief(manager.apply(orderEvent(kind, 'z'))), unknown);
  });

  test('has a fill of somebody else booked once: a liquidation moves the position', () => {
    const manager = new OrderManager();
    const fill = fillEvent('autoclose-1', 'x1', 5, { isLiquidation: true });
    assert.deepEqual(brief(manager.apply(fill)), [null, 'unknown-order', false, true]);
    assert.deepEqual(brief(manager.apply(fill)), [null, 'duplicate-fill', false, false]);
  });

  test('has nothing to do with funding', () => {
    const payment: ExecutionEvent = {
      kind: 'funding-payment',
      tsVenueUs: 1,
      tsLocalUs: 2,
      instrumentIx: 0,
      amountAtoms: 1n,
      rateE12: 1,
      positionLots: 1,
      markTicks: 1,
    };
    assert.deepEqual(brief(new OrderManager().apply(payment)), [null, 'ok', false, false]);
  });

  test('knows a fill again that names its order by the id of the venue alone, or not at all', () => {
    const manager = new OrderManager();
    create(manager, 'a');
    manager.apply(fillEvent('a', 'x1', 4));
    const told = { clientOrderId: '', venueOrderId: 'v-a' };
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x1', 4, told))).slice(1), [
      'duplicate-fill',
      false,
      false,
    ]);
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x2', 6, told))).slice(1), ['ok', true, true]);
    assert.equal(manager.find('a')?.status, 'FILLED');
    const nameless = { clientOrderId: '', venueOrderId: '' };
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x2', 6, nameless))).slice(1), [
      'duplicate-fill',
      false,
      false,
    ]);
    const elsewhere = { ...told, instrumentIx: 1 };
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x1', 4, elsewhere))), [
      null,
      'unknown-order',
      false,
      true,
    ]);
  });

  test('remembers a bounded number of finished orders and of foreign executions', () => {
    const manager = new OrderManager();
    const count = FINAL_ORDERS_KEPT_MAX + FOREIGN_EXEC_IDS_MAX;
    for (let n = 0; n < count; n++) {
      create(manager, `o${n}`);
      manager.apply(fillEvent(`o${n}`, `x${n}`, 10));
      manager.apply(fillEvent('foreign', `y${n}`, 1));
    }
    const lastForgotten = count - FINAL_ORDERS_KEPT_MAX - 1;
    assert.equal(manager.find(`o${lastForgotten}`), undefined);
    assert.equal(manager.find(`o${lastForgotten + 1}`)?.status, 'FILLED');
    const saved = manager.saveState() as { final: unknown[]; foreignExecIds: unknown[] };
    assert.equal(saved.final.length, FINAL_ORDERS_KEPT_MAX);
    assert.equal(saved.foreignExecIds.length, FOREIGN_EXEC_IDS_MAX);
    assert.equal(manager.openCount, 0);
    const again = [
      fillEvent('foreign', `y${count - 1}`, 1),
      fillEvent(`o${lastForgotten}`, `x${lastForgotten}`, 10),
    ];
    for (const event of again)
      assert.deepEqual(brief(manager.apply(event)), [null, 'duplicate-fill', false, false]);
  });
});

/** One thing that happens to one of a few orders. Executions repeat, come early, late, and more than was ordered. */
type Happening =
  | { readonly what: 'create' | 'submit' | 'cancel'; readonly id: string }
  | { readonly what: 'input'; readonly id: string; readonly input: OrderInput }
  | { readonly what: 'event'; readonly event: ExecutionEvent };

const IDS = ['a', 'b', 'c', 'd'];

const id = fc.constantFrom(...IDS, 'stranger');

/** What an execution says follows from its id: a venue does not tell one execution in two ways. */
const fill = fc.tuple(id, fc.integer({ min: 1, max: 6 })).map(([clientOrderId, n]) =>
  fillEvent(clientOrderId, `${clientOrderId}-${n}`, n, {
    priceTicks: 100 + n,
    feeAtoms: BigInt(n) - 3n,
    venueOrderId: `v-${clientOrderId}`,
  }),
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('create', 'submit', 'cancel'), id }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('input'), id, input: fc.constantFrom(...ORDER_INPUTS) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('event'),
      event: fc.tuple(fc.constantFrom(...ORDER_EVENT_KINDS), id).map(([kind, one]) => orderEvent(kind, one)),
    }),
  },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('event'), event: fill }) },
);

/** The fills that an order must have: its distinct executions since it was created. */
class ExpectedFills {
  readonly #byOrder = new Map<string, Map<string, ExecutionEvent & { kind: 'fill' }>>();

  add(event: ExecutionEvent & { kind: 'fill' }): boolean {
    const known = this.#byOrder.get(event.clientOrderId) ?? new Map();
    this.#byOrder.set(event.clientOrderId, known);
    if (known.has(event.execId)) return false;
    known.set(event.execId, event);
    return true;
  }

  of(clientOrderId: string): { lots: number; tickLots: bigint; fees: bigint } {
    const fills = [...(this.#byOrder.get(clientOrderId)?.values() ?? [])];
    return {
      lots: fills.reduce((sum, one) => sum + one.qtyLots, 0),
      tickLots: fills.reduce((sum, one) => sum + BigInt(one.priceTicks) * BigInt(one.qtyLots), 0n),
      fees: fills.reduce((sum, one) => sum + one.feeAtoms, 0n),
    };
  }
}

function happen(manager: OrderManager, one: Happening, nowUs: number): OrderUpdate | null {
  switch (one.what) {
    case 'create':
      if (one.id !== 'stranger' && manager.find(one.id) === undefined) create(manager, one.id);
      return null;
    case 'submit':
      return manager.markSubmitted(one.id, nowUs);
    case 'cancel':
      return manager.requestCancel(one.id, nowUs);
    case 'input':
      // Fills come as events: that is what makes them fills.
      if (one.input.startsWith('fill')) return null;
      return manager.input(one.id, one.input, nowUs);
    case 'event':
      return manager.apply(one.event);
  }
}

function assertSound(manager: OrderManager, expected: ExpectedFills): void {
  for (const orderId of IDS) {
    const order = manager.find(orderId);
    if (order === undefined) continue;
    const { fees, lots, tickLots } = expected.of(orderId);
    assert.deepEqual(
      [order.filledLots, order.filledTickLots, order.feesAtoms],
      [lots, tickLots, fees],
      `fills of ${orderId}`,
    );
    assert.equal(order.status === 'FILLED', lots >= order.request.qtyLots, `${orderId} is ${order.status}`);
    if (order.status === 'REJECTED' || order.status === 'ACCEPTED') assert.equal(lots, 0, order.status);
    if (order.status === 'PARTIALLY_FILLED') assert.ok(lots > 0);
    assert.equal(manager.openOrders.includes(order), !isFinalStatus(order.status));
  }
  assert.equal(manager.openCount, manager.openOrders.length);
}

test('whatever comes in whatever order, fills are the sum of distinct executions and the end is the end', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
      const manager = new OrderManager();
      const expected = new ExpectedFills();
      for (const [at, one] of happenings.entries()) {
        const isFill = one.what === 'event' && one.event.kind === 'fill';
        const about =
          one.what === 'event' ? ('clientOrderId' in one.event ? one.event.clientOrderId : '') : one.id;
        const before = structuredClone(manager.find(about));
        // A fill before the order is known counts for nobody: the id is a stranger's then, for good.
        if (isFill && before === undefined && about !== 'stranger') continue;
        const isNew = isFill && expected.add(one.event as ExecutionEvent & { kind: 'fill' });
        const update = happen(manager, one, at);
        if (update !== null) {
          assert.equal(update.isFillNew, isNew);
          const wasFinal = before !== undefined && isFinalStatus(before.status);
          const isFinal = update.order !== null && isFinalStatus(update.order.status);
          assert.equal(update.isNowFinal, isFinal && !wasFinal);
          if (wasFinal && update.order !== null && update.order.status !== before.status) {
            const isOverfill = update.order.filledLots > update.order.request.qtyLots;
            assert.equal(update.note, isOverfill ? 'violation' : 'anomaly');
          }
          if (update.note === 'late') assert.equal(update.order?.status, before?.status);
        }
        assertSound(manager, expected);
      }
    }),
    propertySettings(400),
  );
});

test('saved in the middle and loaded elsewhere, the manager goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 60 }),
      fc.array(happening, { maxLength: 60 }),
      (before, after) => {
        const manager = new OrderManager();
        for (const [at, one] of before.entries()) happen(manager, one, at);
        const saved = manager.saveState();
        const untouched = structuredClone(saved);
        const other = new OrderManager();
        create(other, 'to-be-replaced');
        other.loadState(structuredClone(saved));
        for (const [at, one] of after.entries())
          assert.deepEqual(happen(other, one, 100 + at), happen(manager, one, 100 + at));
        assert.deepEqual(other.saveState(), manager.saveState());
        assert.deepEqual(other.openOrders, manager.openOrders);
        assert.deepEqual(saved, untouched, 'a saved state is not aliased to the live one');
      },
    ),
    propertySettings(200),
  );
});

describe('a fill whose order was not named', () => {
  test('counts once when it is told again with its order', () => {
    const { manager } = withOrder({ qtyLots: 5 });
    const stranger = fillEvent('', 'x1', 5);
    assert.deepEqual(brief(manager.apply(stranger)), [null, 'unknown-order', false, true]);
    assert.deepEqual(brief(manager.apply(fillEvent('a', 'x1', 5))), ['FILLED', 'ok', true, false]);
    assert.equal(manager.find('a')?.filledLots, 5);
  });

  test('counts once when its order had it before, open or finished', () => {
    const { manager } = withOrder({ qtyLots: 5 });
    for (const [id, lots] of [
      ['x1', 2],
      ['x2', 3],
    ] as const) {
      assert.equal(manager.apply(fillEvent('a', id, lots)).isFillNew, true);
      assert.deepEqual(brief(manager.apply(fillEvent('', id, lots))).slice(1), [
        'duplicate-fill',
        false,
        false,
      ]);
    }
  });
});
