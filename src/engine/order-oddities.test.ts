/**
 * The transition table as the engine lives it: for every state that an order of the engine can be in and everything that a venue can say of it, an anomaly is told
 * of, a violation stops entries of the instrument, and what is expected or only late makes no noise.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExecutionEvent, isFinalStatus, ORDER_STATUSES, type OrderStatus } from '#domain';
import { ORDER_INPUTS, type OrderInput, transition } from '#orders';
import { EngineProbe, Scripted } from './test/fixture.ts';

const QTY = 10;
type Told = Parameters<EngineProbe['venue']>[0];

/** The way to each state; an order of the engine is never seen as an intent: it is submitted in the same step. */
const WAYS: Readonly<Record<Exclude<OrderStatus, 'INTENT'>, readonly string[]>> = {
  SUBMITTED: [],
  ACCEPTED: ['accepted'],
  TRIGGERED: ['accepted', 'triggered'],
  PARTIALLY_FILLED: ['accepted', 'fill-partial'],
  PENDING_CANCEL: ['accepted', 'cancel-request'],
  UNKNOWN: ['timeout'],
  FILLED: ['fill-final'],
  CANCELED: ['canceled'],
  REJECTED: ['rejected'],
  EXPIRED: ['expired'],
};

/** A resting entry on its way, and what the venue can say of it. */
class Story {
  readonly probe = new EngineProbe([new Scripted()]);
  readonly id: string;
  #fills = 0;

  constructor() {
    const strategy = new Scripted();
    this.probe = new EngineProbe([strategy]);
    strategy.next = (context) =>
      context.submit({
        ...{ instrumentIx: 0, side: 'buy', type: 'limit', priceTicks: 299_000, qtyLots: QTY, reason: 'test' },
      });
    this.probe.candle(300_000);
    this.id = this.probe.lastOrder.clientOrderId;
  }

  get order() {
    const order = this.probe.engine.orderDesk.orders.find(this.id);
    assert.ok(order !== undefined);
    return order;
  }

  /** Has it happen the way it happens in the engine. */
  happen(input: string): void {
    const { orderDesk } = this.probe.engine;
    const ids = { clientOrderId: this.id, venueOrderId: 'v' };
    const refusal = { code: 'other', message: '' } as const;
    const over = { reason: 'over' };
    const events: Readonly<Record<string, Told>> = {
      accepted: { kind: 'order-accepted', ...ids },
      rejected: { kind: 'order-rejected', ...ids, ...refusal },
      triggered: { kind: 'order-triggered', ...ids },
      'cancel-rejected': { kind: 'cancel-rejected', ...ids, ...refusal },
      canceled: { kind: 'order-canceled', ...ids, ...over },
      expired: { kind: 'order-expired', ...ids, ...over },
    };
    const event = events[input];
    if (event !== undefined) this.probe.venue(event);
    else if (input === 'fill-partial') this.#fill(1);
    else if (input === 'fill-final') this.#fill(Math.max(1, QTY - this.order.filledLots));
    else if (input === 'cancel-request') orderDesk.cancel(this.id);
    else if (input === 'timeout') orderDesk.orders.input(this.id, 'timeout', this.probe.engine.nowUs);
    else this.#word(input as OrderInput);
  }

  /** What a comparison found out, between two events. */
  #word(input: OrderInput): void {
    const { engine } = this.probe;
    const effects = engine.step({
      ...{ kind: 'control', tsLocalUs: engine.nowUs, command: 'resume', reason: 'x' },
    });
    this.probe.take(effects);
    const count = effects.length;
    engine.orderDesk.applyVenueWord(this.id, input, 'the venue was asked');
    this.probe.take(effects.slice(count));
  }

  #fill(qtyLots: number): void {
    const { request } = this.order;
    this.probe.venue({
      ...{ kind: 'fill', clientOrderId: this.id, venueOrderId: 'v', execId: `x${this.#fills++}`, qtyLots },
      ...{ side: request.side, priceTicks: 299_000, leavesLots: 0, feeAtoms: 1n, liquidity: 'maker' },
      isLiquidation: false,
    } satisfies Omit<Extract<ExecutionEvent, { kind: 'fill' }>, 'tsVenueUs' | 'tsLocalUs' | 'instrumentIx'>);
  }
}

/** What only this side does. */
const OWN: ReadonlySet<OrderInput> = new Set(['submit', 'cancel-request', 'timeout']);
/** What comes of a comparison, not of an event. */
const ASKED: ReadonlySet<OrderInput> = new Set(['found-open', 'found-absent']);

for (const status of ORDER_STATUSES) {
  if (status === 'INTENT') continue;
  test(`whatever the venue says of an order that is ${status}, its oddity is told and its violation stops entries`, () => {
    for (const input of ORDER_INPUTS) {
      if (OWN.has(input)) continue;
      const story = new Story();
      for (const step of WAYS[status]) story.happen(step);
      assert.equal(story.order.status, status);
      const { engine } = story.probe;
      const before = story.probe.table('system_events').length;
      const filledBefore = story.order.filledLots;
      const expected = transition(status, input);
      story.happen(input);
      const what: string = `${status} x ${input}`;
      const told = story.probe.table('system_events').slice(before);
      const isViolation = expected.note === 'violation';
      if (ASKED.has(input)) {
        const repairs = told.filter(({ eventType }) => eventType === 'order_repaired');
        assert.equal(
          (JSON.parse(repairs[0]?.details ?? '{}') as { note?: string }).note,
          expected.note,
          what,
        );
      } else {
        const oddities = told.filter(({ eventType }) => eventType === 'order_oddity');
        assert.equal(oddities.length, isViolation || expected.note === 'anomaly' ? 1 : 0, what);
        if (isViolation) assert.equal(oddities[0]?.severity, 'critical', what);
      }
      assert.equal(engine.isReduceOnlyOf(0), isViolation, what);
      assert.equal(engine.limits.holds.length, isViolation ? 1 : 0, what);
      const isFill = input === 'fill-partial' || input === 'fill-final';
      assert.equal(
        story.order.filledLots > filledBefore,
        isFill,
        `${what}: a fill is booked whatever it means`,
      );
      assert.equal(engine.portfolio.positionLots(0), story.order.filledLots, what);
      assert.equal(engine.orderDesk.orders.openCount > 0, hasOpen(story, expected.next), what);
    }
  });
}

/** The entry itself, unless it has ended. */
function hasOpen(story: Story, next: OrderStatus): boolean {
  const isOpen = !isFinalStatus(story.order.status);
  if (story.order.filledLots === 0) assert.equal(isOpen, !isFinalStatus(next));
  return isOpen;
}

test('the ugly rows of the table, by name', () => {
  const rows: readonly (readonly [string, OrderStatus, OrderInput, OrderStatus, string])[] = [
    ['a fill before the acknowledgement', 'SUBMITTED', 'fill-partial', 'PARTIALLY_FILLED', 'ok'],
    ['the acknowledgement after the fill', 'PARTIALLY_FILLED', 'accepted', 'PARTIALLY_FILLED', 'late'],
    ['a cancel that races a fill, the fill first', 'PENDING_CANCEL', 'fill-final', 'FILLED', 'ok'],
    ['a cancel that races a fill, part of it', 'PENDING_CANCEL', 'fill-partial', 'PENDING_CANCEL', 'ok'],
    ['the refusal of the cancel after that', 'FILLED', 'cancel-rejected', 'FILLED', 'late'],
    ['expired in match: the rest ends without a request', 'SUBMITTED', 'expired', 'EXPIRED', 'ok'],
    ['expired in match after a part', 'PARTIALLY_FILLED', 'expired', 'EXPIRED', 'ok'],
    ['filled after the cancel', 'CANCELED', 'fill-final', 'FILLED', 'anomaly'],
    ['part of it filled after the cancel', 'CANCELED', 'fill-partial', 'CANCELED', 'anomaly'],
    ['a lost answer', 'SUBMITTED', 'timeout', 'UNKNOWN', 'ok'],
    ['a lost answer to a cancel', 'PENDING_CANCEL', 'timeout', 'UNKNOWN', 'ok'],
    ['found after a lost answer', 'UNKNOWN', 'found-open', 'ACCEPTED', 'ok'],
    ['never arrived', 'UNKNOWN', 'found-absent', 'REJECTED', 'ok'],
    ['filled after a lost answer', 'UNKNOWN', 'fill-final', 'FILLED', 'ok'],
    ['given up, and alive', 'REJECTED', 'fill-final', 'FILLED', 'anomaly'],
    ['gone from the venue', 'ACCEPTED', 'found-absent', 'REJECTED', 'anomaly'],
    ['more filled than ordered', 'FILLED', 'fill-partial', 'FILLED', 'violation'],
    ['refused after it traded', 'PARTIALLY_FILLED', 'rejected', 'PARTIALLY_FILLED', 'violation'],
  ];
  for (const [name, status, input, next, note] of rows)
    assert.deepEqual(transition(status, input), { next, note }, name);
});
