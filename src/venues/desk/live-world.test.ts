import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { MarketEvent } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { approved } from '../../../test/support/approved-order.ts';
import { fillEvent, orderRequest } from '../../../test/support/order-events.ts';
import type { AccountQueries, OrderGateway, WorldEvent } from '../port.ts';
import { LiveWorld } from './live-world.ts';

const START_US = 1_700_000_000_000_000;

class GatewayMemory implements OrderGateway, AccountQueries {
  readonly calls: string[] = [];

  submit(order: Parameters<OrderGateway['submit']>[0]): void {
    this.calls.push(`submit ${order.value.clientOrderId}`);
  }

  cancel({ clientOrderId }: Parameters<OrderGateway['cancel']>[0]): void {
    this.calls.push(`cancel ${clientOrderId}`);
  }

  async openOrders() {
    return [];
  }

  async order() {
    return null;
  }

  async account() {
    return { tsVenueUs: START_US, cashAtoms: 5n, positions: [] };
  }
}

function trade(tradeId: number, tsLocalUs: number): MarketEvent {
  const facts = { priceTicks: 100, qtyLots: 1, takerSide: 'buy' } as const;
  return { kind: 'trade', instrumentIx: 0, tsVenueUs: tsLocalUs - 5, tsLocalUs, tradeId, ...facts };
}

function open() {
  const clock = new SimulatedNetwork(new Prng(1), START_US);
  const gateway = new GatewayMemory();
  const world = new LiveWorld({ gateway, timers: clock });
  return { clock, gateway, world };
}

const idOf = (step: WorldEvent | 'idle' | 'end'): unknown =>
  typeof step === 'string' ? step : 'tradeId' in step.event ? step.event.tradeId : step.event.kind;

test('events are told in the order in which they came, numbered, and time never goes back', async () => {
  const { clock, world } = open();
  world.push(trade(1, START_US - 100));
  clock.run(START_US + 10);
  world.push(fillEvent('a', 'x', 1));
  // A market event that was held back for its order bears an earlier local time than the fill.
  world.push(trade(2, START_US + 3));
  const steps = [1, 2, 3].map(() => world.advance(START_US + US_PER_SECOND) as WorldEvent);
  assert.deepEqual(steps.map(idOf), [1, 'fill', 2]);
  assert.deepEqual(
    steps.map(({ event, worldSeq }) => [worldSeq, event.tsLocalUs - START_US]),
    [
      [1, 0],
      [2, 10],
      [3, 10],
    ],
  );
});

test('it waits for the clock: an event ends the wait, the limit does too, and nothing comes before a limit that was passed', async () => {
  const { clock, world } = open();
  const first = world.advance(START_US + US_PER_MS);
  assert.ok(first instanceof Promise);
  clock.run(START_US + US_PER_MS / 2);
  world.push(trade(1, START_US));
  assert.equal(idOf(await first), 1);
  const second = world.advance(START_US + US_PER_MS);
  clock.run(START_US + 2 * US_PER_MS);
  assert.equal(await second, 'idle');
  assert.equal(world.advance(START_US + US_PER_MS), 'idle', 'the clock is past it');
  world.push(trade(2, START_US + 1));
  assert.equal(world.advance(START_US + US_PER_MS), 'idle', 'what came later is later');
  assert.equal(idOf(await world.advance(START_US + 3 * US_PER_MS)), 2);
});

test('an end and a failure are told, whether somebody waits or not', async () => {
  const { world } = open();
  const waiting = world.advance(Number.POSITIVE_INFINITY);
  world.end();
  assert.equal(await waiting, 'end');
  const other = open();
  other.world.push(trade(1, START_US));
  other.world.end();
  other.world.push(trade(2, START_US));
  assert.equal(idOf(await other.world.advance(Number.POSITIVE_INFINITY)), 1);
  assert.equal(other.world.advance(Number.POSITIVE_INFINITY), 'end');
  const third = open();
  const broken = third.world.advance(Number.POSITIVE_INFINITY);
  third.world.fail(new XylenError('XY_VENUE_FAILED', 'gone'));
  await assert.rejects(Promise.resolve(broken), { code: 'XY_VENUE_FAILED' });
  assert.throws(() => third.world.advance(1), { code: 'XY_VENUE_FAILED' });
});

test('orders and questions go to the gateway', async () => {
  const { gateway, world } = open();
  world.submit(approved(orderRequest('a')), START_US);
  world.cancel({ clientOrderId: 'a', instrumentIx: 0 }, START_US);
  assert.deepEqual(gateway.calls, ['submit a', 'cancel a']);
  assert.equal((await world.account()).cashAtoms, 5n);
  assert.deepEqual(await world.openOrders(), []);
  assert.equal(await world.order('a', 0), null);
});

test('a resumed run goes on counting where it stood', () => {
  const { world } = open();
  assert.equal(world.resumeAfter(41), 41);
  world.push(trade(1, START_US));
  assert.equal((world.advance(START_US) as WorldEvent).worldSeq, 42);
});

test('many events pass in order, and what was told is let go of', () => {
  const { clock, world } = open();
  for (let id = 0; id < 20_000; id++) world.push(trade(id, START_US));
  clock.run(START_US + 1);
  for (let id = 0; id < 20_000; id++) assert.equal(idOf(world.advance(START_US) as WorldEvent), id);
  assert.equal(world.waitingCount, 0);
});

test('a resumed run is told nothing before the moment of its checkpoint, although the clock was set back', () => {
  const { world } = open();
  world.push(trade(1, START_US));
  world.resumeAfter(7, START_US + 500);
  world.push(trade(2, START_US));
  const steps = [1, 2].map(() => world.advance(START_US + US_PER_SECOND) as WorldEvent);
  assert.deepEqual(
    steps.map(({ event, worldSeq }) => [worldSeq, event.tsLocalUs]),
    [
      [8, START_US + 500],
      [9, START_US + 500],
    ],
  );
});
