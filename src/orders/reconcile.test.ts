import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OrderRequest, OrderStatus, VenueOrder } from '#domain';
import { fillEvent, orderEvent, orderRequest, unsealed } from '../../test/support/order-events.ts';
import type { Order } from './order.ts';
import { OrderManager } from './order-manager.ts';
import { auditProtection, type ReconcileAction, type ReconcileInput, reconcile } from './reconcile.ts';

function managerWith(...requests: readonly OrderRequest[]): OrderManager {
  const manager = new OrderManager();
  for (const request of requests) manager.create(unsealed(request), { strategy: 't', decisionId: null }, 1);
  return manager;
}

/** A manager with one order `a` that was submitted. */
function submitted(changes: Partial<OrderRequest> = {}): OrderManager {
  const manager = managerWith(orderRequest('a', changes));
  manager.markSubmitted('a', 2);
  return manager;
}

function accepted(changes: Partial<OrderRequest> = {}): OrderManager {
  const manager = submitted(changes);
  manager.apply(orderEvent('order-accepted', 'a'));
  return manager;
}

/** What the venue says of an order. */
function venueOrder(
  clientOrderId: string,
  status: OrderStatus,
  filledLots = 0,
  changes: Partial<VenueOrder> = {},
): VenueOrder {
  const { instrumentIx, priceTicks, qtyLots, side, triggerTicks, type } = orderRequest(clientOrderId);
  const venueOrderId = `v-${clientOrderId}`;
  const form = { instrumentIx, priceTicks, qtyLots, side, triggerTicks, type };
  return { ...form, clientOrderId, venueOrderId, status, filledLots, updatedUs: 9, ...changes };
}

function facts(manager: OrderManager, changes: Partial<ReconcileInput> = {}): ReconcileInput {
  return {
    localOrders: manager.openOrders,
    venueOpenOrders: [],
    venueAnswers: new Map(),
    localPositions: [],
    venuePositions: [],
    ...changes,
  };
}

/** The actions without their reasons, which must all be sentences for people. */
function actionsOf(input: ReconcileInput): readonly unknown[] {
  return reconcile(input).map((action: ReconcileAction) => {
    const { reason, ...rest } = action;
    assert.ok(reason.length > 10, `a reason in words, was '${reason}'`);
    return rest;
  });
}

describe('reconciliation', () => {
  test('finds nothing where both sides agree', () => {
    const manager = accepted();
    const position = { instrumentIx: 0, qtyLots: 5 };
    const input = facts(manager, {
      venueOpenOrders: [venueOrder('a', 'ACCEPTED')],
      localPositions: [position, { instrumentIx: 1, qtyLots: 0 }],
      venuePositions: [{ ...position, costTickLots: 500n }],
    });
    assert.deepEqual(reconcile(input), []);
    assert.deepEqual(reconcile(facts(new OrderManager())), []);
  });

  test('sends an intent that the venue never saw', () => {
    const manager = managerWith(orderRequest('a'));
    const order = manager.find('a') as Order;
    const answers = new Map([['a', null]]);
    assert.deepEqual(actionsOf(facts(manager, { venueAnswers: answers })), [{ kind: 'send', order }]);
    assert.deepEqual(actionsOf(facts(manager)), [{ kind: 'send', order }], 'no answer says the same');
  });

  test('ends what was sent and never arrived, and does not send it again', () => {
    const manager = submitted();
    const absent = [{ kind: 'apply-input', clientOrderId: 'a', input: 'found-absent' }];
    assert.deepEqual(actionsOf(facts(manager, { venueAnswers: new Map([['a', null]]) })), absent);
    manager.input('a', 'timeout', 3);
    assert.deepEqual(actionsOf(facts(manager, { venueAnswers: new Map([['a', null]]) })), absent);
  });

  const OPEN_AT_VENUE: readonly OrderStatus[] = [
    'ACCEPTED',
    'TRIGGERED',
    'PARTIALLY_FILLED',
    'PENDING_CANCEL',
  ];
  for (const status of OPEN_AT_VENUE) {
    test(`finds an order open that was sent, lost or only meant to be sent (${status})`, () => {
      const found = [{ kind: 'apply-input', clientOrderId: 'a', input: 'found-open' }];
      const venueOpenOrders = [venueOrder('a', status)];
      assert.deepEqual(actionsOf(facts(managerWith(orderRequest('a')), { venueOpenOrders })), found);
      const manager = submitted();
      assert.deepEqual(actionsOf(facts(manager, { venueOpenOrders })), found);
      manager.input('a', 'timeout', 3);
      assert.deepEqual(actionsOf(facts(manager, { venueOpenOrders })), found);
      assert.deepEqual(actionsOf(facts(accepted(), { venueOpenOrders })), [], 'that it is open is known');
    });
  }

  const ENDED: readonly (readonly [OrderStatus, string])[] = [
    ['CANCELED', 'canceled'],
    ['EXPIRED', 'expired'],
    ['REJECTED', 'rejected'],
  ];
  for (const [status, input] of ENDED) {
    test(`takes over that the order ended (${status})`, () => {
      const venueAnswers = new Map([['a', venueOrder('a', status)]]);
      assert.deepEqual(actionsOf(facts(accepted(), { venueAnswers })), [
        { kind: 'apply-input', clientOrderId: 'a', input },
      ]);
    });
  }

  test('asks for the fills that are missing, before it ends the order', () => {
    const manager = accepted();
    manager.apply(fillEvent('a', 'x1', 2));
    const venueAnswers = new Map([['a', venueOrder('a', 'CANCELED', 7)]]);
    const input = facts(manager, {
      venueAnswers,
      localPositions: [{ instrumentIx: 0, qtyLots: 2 }],
      venuePositions: [{ instrumentIx: 0, qtyLots: 7, costTickLots: 700n }],
    });
    assert.deepEqual(actionsOf(input), [
      { kind: 'fetch-fills', clientOrderId: 'a', missingLots: 5 },
      { kind: 'apply-input', clientOrderId: 'a', input: 'canceled' },
    ]);
    assert.match(reconcile(input)[0]!.reason, /filled 7 of 10, booked are 2/);
  });

  test('lets a filled order get there by its fills alone', () => {
    const venueAnswers = new Map([['a', venueOrder('a', 'FILLED', 10)]]);
    const input = facts(accepted({ side: 'sell' }), {
      venueAnswers,
      venuePositions: [{ instrumentIx: 0, qtyLots: -10, costTickLots: -1000n }],
    });
    assert.deepEqual(actionsOf(input), [{ kind: 'fetch-fills', clientOrderId: 'a', missingLots: 10 }]);
  });

  test('ends an order that the venue had cut and filled', () => {
    const manager = accepted({ reduceOnly: true });
    manager.apply(fillEvent('a', 'x1', 4));
    const venueAnswers = new Map([['a', venueOrder('a', 'FILLED', 4, { qtyLots: 4 })]]);
    const input = facts(manager, {
      venueAnswers,
      localPositions: [{ instrumentIx: 0, qtyLots: 4 }],
      venuePositions: [{ instrumentIx: 0, qtyLots: 4, costTickLots: 400n }],
    });
    assert.deepEqual(actionsOf(input), [{ kind: 'apply-input', clientOrderId: 'a', input: 'expired' }]);
  });

  test('asks again for a cancel that did not arrive', () => {
    const manager = accepted();
    manager.requestCancel('a', 3);
    const venueOpenOrders = [venueOrder('a', 'ACCEPTED')];
    assert.deepEqual(actionsOf(facts(manager, { venueOpenOrders })), [
      { kind: 'cancel', clientOrderId: 'a', instrumentIx: 0 },
    ]);
    const lost = submitted();
    lost.requestCancel('a', 3);
    lost.input('a', 'timeout', 4);
    assert.deepEqual(actionsOf(facts(lost, { venueOpenOrders })), [
      { kind: 'apply-input', clientOrderId: 'a', input: 'found-open' },
      { kind: 'cancel', clientOrderId: 'a', instrumentIx: 0 },
    ]);
    const ended = new Map([['a', venueOrder('a', 'CANCELED')]]);
    assert.deepEqual(actionsOf(facts(manager, { venueAnswers: ended })), [
      { kind: 'apply-input', clientOrderId: 'a', input: 'canceled' },
    ]);
  });

  test('reports an open order that is not ours', () => {
    const stranger = venueOrder('web-1', 'ACCEPTED');
    assert.deepEqual(actionsOf(facts(new OrderManager(), { venueOpenOrders: [stranger] })), [
      { kind: 'foreign-order', venueOrder: stranger },
    ]);
  });

  test('reports an order that was given up as lost and lives after all under its id', () => {
    const manager = submitted();
    manager.input('a', 'found-absent', 3);
    const late = venueOrder('a', 'ACCEPTED');
    assert.deepEqual(actionsOf(facts(manager, { venueOpenOrders: [late] })), [
      { kind: 'foreign-order', venueOrder: late },
    ]);
    manager.input('a', 'found-open', 4);
    assert.deepEqual(actionsOf(facts(manager, { venueOpenOrders: [late] })), [], 'taken up again');
  });

  test('reports a position that the missing fills do not explain', () => {
    const mismatch = (localLots: number, venueLots: number, instrumentIx = 0): unknown => ({
      kind: 'position-mismatch',
      instrumentIx,
      localLots,
      venueLots,
    });
    const none = new OrderManager();
    const at = (qtyLots: number, instrumentIx = 0) => ({ instrumentIx, qtyLots, costTickLots: 0n });
    assert.deepEqual(actionsOf(facts(none, { venuePositions: [at(3)] })), [mismatch(0, 3)]);
    assert.deepEqual(actionsOf(facts(none, { localPositions: [at(3)] })), [mismatch(3, 0)]);
    assert.deepEqual(
      actionsOf(facts(none, { localPositions: [at(1), at(2, 1)], venuePositions: [at(-1), at(2, 1)] })),
      [mismatch(1, -1)],
    );
    // Half explained is not explained.
    const venueAnswers = new Map([['a', venueOrder('a', 'FILLED', 10)]]);
    assert.deepEqual(actionsOf(facts(accepted(), { venueAnswers, venuePositions: [at(11)] })), [
      { kind: 'fetch-fills', clientOrderId: 'a', missingLots: 10 },
      mismatch(0, 11),
    ]);
  });

  test('explains a position by the missing fills of several orders', () => {
    const manager = managerWith(orderRequest('a'), orderRequest('b', { side: 'sell' }), orderRequest('c'));
    const answer = (id: string, lots: number): [string, VenueOrder] => [id, venueOrder(id, 'FILLED', lots)];
    const venueAnswers = new Map([answer('a', 10), answer('b', 4), answer('c', 1)]);
    const venuePositions = [{ instrumentIx: 0, qtyLots: 7, costTickLots: 0n }];
    const kinds = reconcile(facts(manager, { venueAnswers, venuePositions })).map((action) => action.kind);
    assert.deepEqual(kinds, ['fetch-fills', 'fetch-fills', 'fetch-fills']);
  });

  test('compares money once everything else agrees', () => {
    const cash = { localAtoms: 10n, venueAtoms: 7n };
    const none = new OrderManager();
    assert.deepEqual(actionsOf(facts(none, { cash })), [{ kind: 'balance-mismatch', ...cash }]);
    assert.deepEqual(actionsOf(facts(none, { cash: { localAtoms: 7n, venueAtoms: 7n } })), []);
    const venuePositions = [{ instrumentIx: 0, qtyLots: 3, costTickLots: 0n }];
    const kinds = reconcile(facts(none, { cash, venuePositions })).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['position-mismatch'], 'a fill may be missing, and its money with it');
  });

  test('looks at open orders only', () => {
    const manager = submitted();
    const order = manager.find('a') as Order;
    manager.apply(fillEvent('a', 'x1', 10));
    assert.throws(() => reconcile(facts(manager, { localOrders: [order] })), /local order a is open/);
  });
});

describe('the audit of protection', () => {
  const LONG = [{ instrumentIx: 0, qtyLots: 10 }];
  const stop = (id: string, changes: Partial<OrderRequest> = {}): OrderRequest =>
    orderRequest(id, { type: 'stop_market', label: 'SL', side: 'sell', triggerTicks: 90, ...changes });
  const audit = (manager: OrderManager, positions = LONG): readonly unknown[] =>
    auditProtection(positions, manager.openOrders);

  test('passes a position that stops cover as a whole, in one order or several', () => {
    assert.deepEqual(audit(managerWith(stop('a'))), []);
    assert.deepEqual(audit(managerWith(stop('a', { qtyLots: 4 }), stop('b', { qtyLots: 6 }))), []);
    assert.deepEqual(audit(managerWith(stop('a', { side: 'buy' })), [{ instrumentIx: 0, qtyLots: -10 }]), []);
    assert.deepEqual(audit(new OrderManager(), [{ instrumentIx: 0, qtyLots: 0 }]), []);
  });

  test('finds what is not covered', () => {
    const unprotected = (protectedLots: number, positionLots = 10): unknown[] => [
      { instrumentIx: 0, positionLots, protectedLots },
    ];
    assert.deepEqual(audit(new OrderManager()), unprotected(0));
    assert.deepEqual(audit(managerWith(stop('a', { qtyLots: 4 }))), unprotected(4));
    assert.deepEqual(audit(managerWith(stop('a', { side: 'buy' }))), unprotected(0), 'the wrong side');
    assert.deepEqual(audit(managerWith(stop('a', { label: 'TP' }))), unprotected(0), 'a target is no stop');
    assert.deepEqual(audit(managerWith(stop('a', { instrumentIx: 1 }))), unprotected(0), 'another symbol');
    const short = [{ instrumentIx: 0, qtyLots: -10 }];
    assert.deepEqual(audit(managerWith(stop('a')), short), unprotected(0, -10));
  });

  test('counts only what can still fill, and no stop that we want to be gone', () => {
    const partly = managerWith(stop('a'));
    partly.markSubmitted('a', 2);
    partly.apply(fillEvent('a', 'x1', 3, { side: 'sell' }));
    assert.deepEqual(audit(partly), [{ instrumentIx: 0, positionLots: 10, protectedLots: 7 }]);
    const leaving = managerWith(stop('a'));
    leaving.markSubmitted('a', 2);
    leaving.requestCancel('a', 3);
    assert.deepEqual(audit(leaving), [{ instrumentIx: 0, positionLots: 10, protectedLots: 0 }]);
    leaving.apply(orderEvent('cancel-rejected', 'a'));
    assert.deepEqual(audit(leaving), [], 'the venue kept it');
  });
});
