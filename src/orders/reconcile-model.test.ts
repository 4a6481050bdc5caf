/**
 * Reconciliation against a model: a trader and a small venue between which requests, answers and fills get lost. Whatever happened, asking
 * and applying the answers brings both sides to agreement, or ends in a position mismatch that a person must look at; and no order is ever sent
 * for a second time to a venue that has it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type FillEvent,
  isFinalStatus,
  type OrderStatus,
  type Side,
  sideSign,
  type VenueOrder,
} from '#domain';
import { fillEvent, orderEvent, orderRequest, unsealed } from '../../test/support/order-events.ts';
import { propertySettings } from '../../test/support/property.ts';
import { OrderManager } from './order-manager.ts';
import { type ReconcileAction, reconcile } from './reconcile.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A venue that keeps every order and every fill, and counts requests for orders that it has already. */
class ModelVenue {
  readonly orders = new Map<string, Mutable<VenueOrder>>();
  readonly fills: FillEvent[] = [];
  positionLots = 0;
  repeatedSubmits = 0;

  submit(id: string, side: Side, isRefused: boolean): void {
    if (this.orders.has(id)) {
      this.repeatedSubmits++;
      return;
    }
    const { instrumentIx, priceTicks, qtyLots, triggerTicks, type } = orderRequest(id);
    const form = { instrumentIx, priceTicks, qtyLots, side, triggerTicks, type };
    const status: OrderStatus = isRefused ? 'REJECTED' : 'ACCEPTED';
    const venueOrderId = `v-${id}`;
    this.orders.set(id, { ...form, clientOrderId: id, venueOrderId, status, filledLots: 0, updatedUs: 1 });
  }

  /** Fills up to `lots` of an order; `undefined` when it cannot fill. */
  fill(id: string, lots: number): FillEvent | undefined {
    const order = this.orders.get(id);
    if (order === undefined || isFinalStatus(order.status)) return undefined;
    const qtyLots = Math.min(lots, order.qtyLots - order.filledLots);
    const fill = fillEvent(id, `x${this.fills.length}`, qtyLots, { side: order.side });
    order.filledLots += qtyLots;
    order.status = order.filledLots === order.qtyLots ? 'FILLED' : 'PARTIALLY_FILLED';
    this.positionLots += sideSign(order.side) * qtyLots;
    this.fills.push(fill);
    return fill;
  }

  /** Ends an order; false when there is nothing to end. */
  end(id: string, status: 'CANCELED' | 'EXPIRED'): boolean {
    const order = this.orders.get(id);
    if (order === undefined || isFinalStatus(order.status)) return false;
    order.status = status;
    return true;
  }

  get open(): readonly VenueOrder[] {
    return [...this.orders.values()].filter((order) => !isFinalStatus(order.status));
  }
}

/** Our side, with the wire in between on which anything but the final question can get lost. */
class ModelTrader {
  readonly venue = new ModelVenue();
  readonly manager = new OrderManager();
  positionLots = 0;
  /** True once something happened that no question about our open orders can explain. */
  isUnexplained = false;

  create(id: string, side: Side): void {
    this.manager.create(unsealed(orderRequest(id, { side })), { strategy: 't', decisionId: null }, 1);
  }

  /** A crash between intent and sending is `isSent` false; a lost request arrives nowhere; a lost answer leaves us to wonder. */
  send(id: string, lost: 'nothing' | 'request' | 'answer', isRefused: boolean): void {
    const order = this.manager.find(id);
    if (order?.status !== 'INTENT') return;
    this.manager.markSubmitted(id, 2);
    if (lost !== 'request') this.venue.submit(id, order.request.side, isRefused);
    if (lost !== 'nothing') this.manager.input(id, 'timeout', 3);
    else this.manager.apply(orderEvent(isRefused ? 'order-rejected' : 'order-accepted', id));
  }

  fill(id: string, lots: number, isHeard: boolean): void {
    const fill = this.venue.fill(id, lots);
    if (fill !== undefined && isHeard) this.hear(fill);
  }

  cancel(id: string, lost: 'nothing' | 'request' | 'answer'): void {
    const order = this.manager.find(id);
    if (order === undefined || isFinalStatus(order.status) || order.status === 'INTENT') return;
    this.manager.requestCancel(id, 4);
    if (lost === 'request') return;
    const isEnded = this.venue.end(id, 'CANCELED');
    if (lost === 'answer') this.manager.input(id, 'timeout', 5);
    else this.hearEnd(id, isEnded ? 'order-canceled' : 'cancel-rejected');
  }

  expire(id: string, isHeard: boolean): void {
    if (this.venue.end(id, 'EXPIRED') && isHeard) this.hearEnd(id, 'order-expired');
  }

  hear(fill: FillEvent): void {
    if (this.manager.apply(fill).isFillNew) this.positionLots += sideSign(fill.side) * fill.qtyLots;
  }

  /** An end that overtook fills which got lost closes the order here: those fills nobody asks for. */
  hearEnd(id: string, kind: 'order-canceled' | 'order-expired' | 'cancel-rejected'): void {
    const update = this.manager.apply(orderEvent(kind, id));
    const filled = this.venue.orders.get(id)?.filledLots ?? 0;
    if (update.isNowFinal && filled !== update.order?.filledLots) this.isUnexplained = true;
  }

  /** Asks the venue about everything and returns what must be done. */
  compare(): readonly ReconcileAction[] {
    const localOrders = this.manager.openOrders;
    const listed = new Set(this.venue.open.map((order) => order.clientOrderId));
    const asked = localOrders.filter((order) => !listed.has(order.request.clientOrderId));
    const at = (qtyLots: number) => ({ instrumentIx: 0, qtyLots, costTickLots: 0n });
    return reconcile({
      localOrders,
      venueOpenOrders: this.venue.open,
      venueAnswers: new Map(
        asked.map(({ request: { clientOrderId } }) => [
          clientOrderId,
          this.venue.orders.get(clientOrderId) ?? null,
        ]),
      ),
      localPositions: [at(this.positionLots)],
      venuePositions: [at(this.venue.positionLots)],
    });
  }

  carryOut(action: ReconcileAction): void {
    switch (action.kind) {
      case 'apply-input':
        this.manager.input(action.clientOrderId, action.input, 9, action.reason);
        break;
      case 'send':
        this.send(action.order.request.clientOrderId, 'nothing', false);
        break;
      case 'fetch-fills':
        for (const fill of this.venue.fills.filter((one) => one.clientOrderId === action.clientOrderId))
          this.hear(fill);
        break;
      case 'cancel':
        this.hearEnd(
          action.clientOrderId,
          this.venue.end(action.clientOrderId, 'CANCELED') ? 'order-canceled' : 'cancel-rejected',
        );
        break;
      case 'foreign-order':
        this.venue.end(action.venueOrder.clientOrderId, 'CANCELED');
        break;
      case 'position-mismatch':
        break;
    }
  }
}

type Step = (trader: ModelTrader) => void;

const IDS = ['a', 'b', 'c', 'd', 'e'];
const id = fc.constantFrom(...IDS);
const lost = fc.constantFrom<('nothing' | 'request' | 'answer')[]>('nothing', 'nothing', 'request', 'answer');
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const side = fc.constantFrom<Side[]>('buy', 'sell');
const lots = fc.integer({ min: 1, max: 6 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(id, side).map(
      ([one, way]): Step =>
        (trader) => {
          if (trader.manager.find(one) === undefined) trader.create(one, way);
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(id, lost, rarely).map(
      ([one, what, isRefused]): Step =>
        (trader) => {
          trader.send(one, what, isRefused);
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(id, lots, rarely).map(
      ([one, qty, isMissed]): Step =>
        (trader) => {
          trader.fill(one, qty, !isMissed);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(id, lost).map(
      ([one, what]): Step =>
        (trader) =>
          trader.cancel(one, what),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(id, fc.boolean()).map(
      ([one, isHeard]): Step =>
        (trader) => {
          trader.expire(one, isHeard);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(side, fc.nat({ max: 3 })).map(
      ([way, n]): Step =>
        (trader) => {
          if (!trader.venue.orders.has(`web-${n}`)) trader.venue.submit(`web-${n}`, way, false);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat({ max: 3 }), lots).map(
      ([n, qty]): Step =>
        (trader) => {
          if (trader.venue.fill(`web-${n}`, qty) !== undefined) trader.isUnexplained = true;
        },
    ),
  },
);

/** Rounds of asking and repairing after which both sides must agree: send or find, fetch, end, look again. */
const ROUNDS_MAX = 4;

test('both sides come to agree, or the difference is named; no order is sent twice', () => {
  let mismatches = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const trader = new ModelTrader();
      for (const one of steps) one(trader);
      let actions = trader.compare();
      for (let round = 0; round < ROUNDS_MAX && actions.length > 0; round++) {
        for (const action of actions) trader.carryOut(action);
        actions = trader.compare();
      }
      const left = actions.filter((action) => action.kind !== 'position-mismatch');
      assert.deepEqual(left, [], 'every repair is done after a few rounds');
      assert.equal(trader.venue.repeatedSubmits, 0, 'no order was sent twice');
      const isMismatch = actions.length > 0;
      assert.equal(isMismatch, trader.positionLots !== trader.venue.positionLots);
      if (isMismatch) {
        mismatches++;
        assert.ok(trader.isUnexplained, 'what can be explained is explained');
      }
      const ours = trader.manager.openOrders.map((order) => [order.request.clientOrderId, order.filledLots]);
      const theirs = trader.venue.open.map((order) => [order.clientOrderId, order.filledLots]);
      assert.deepEqual(ours.sort(), theirs.sort(), 'open orders and their fills agree');
    }),
    propertySettings(1_000),
  );
  assert.ok(mismatches > 0, 'some of the runs had a difference to name');
});
