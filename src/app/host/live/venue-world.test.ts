import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { CandleEvent, MarketEvent, OrderRequest } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { approved } from '../../../../test/support/approved-order.ts';
import { VenueWorld } from './venue-world.ts';

const NOW_US = 1_700_000_000_000_000;

function candle(closedUs: number): CandleEvent {
  return {
    ...{ kind: 'candle', instrumentIx: 0, timeframeUs: 60_000_000, openTsUs: closedUs - 60_000_000 },
    ...{ tsVenueUs: closedUs, tsLocalUs: closedUs, isSummary: true },
    ...{ openTicks: 1, highTicks: 1, lowTicks: 1, closeTicks: 1, volumeLots: 1 },
  };
}

function worldWith(parts: { readonly warm?: readonly MarketEvent[]; readonly floorUs?: number }) {
  const network = new SimulatedNetwork(new Prng(1), NOW_US);
  const sent: string[] = [];
  let listening = 0;
  const world = new VenueWorld({
    gateway: {
      submit: ({ value }) => void sent.push(value.clientOrderId),
      cancel: () => undefined,
      openOrders: async () => [],
      order: async () => null,
      account: async () => ({ tsVenueUs: 0, cashAtoms: 0n, positions: [] }),
    },
    timers: network.openTransport(),
    warm: parts.warm ?? [],
    floorUs: parts.floorUs ?? 0,
    onListening: () => {
      listening++;
    },
  });
  return { network, sent, world, listening: () => listening };
}

const state = (isUsable: boolean): MarketEvent => ({
  ...{ kind: 'feed-state', instrumentIx: 0, tsVenueUs: 0, tsLocalUs: 0, isUsable },
});

test('a run that begins hears the past at its own times, then listens', async () => {
  const warm = [candle(NOW_US - 2e8), candle(NOW_US - 1e8)];
  const { listening, world } = worldWith({ warm });
  world.push(state(false));
  assert.equal(world.resumeAfter(0), 0);
  assert.equal(world.advance(NOW_US - 3e8), 'idle', 'nothing is told before its time');
  assert.deepEqual(await world.advance(Number.POSITIVE_INFINITY), { worldSeq: 1, event: warm[0] });
  assert.deepEqual(await world.advance(Number.POSITIVE_INFINITY), { worldSeq: 2, event: warm[1] });
  assert.equal(listening(), 0);
  const step = await world.advance(Number.POSITIVE_INFINITY);
  assert.ok(typeof step === 'object');
  assert.deepEqual([step.worldSeq, step.event.kind, step.event.tsLocalUs], [3, 'feed-state', NOW_US]);
  assert.equal(listening(), 1);
});

test('a run that goes on hears no past, and no time before that of its last life', async () => {
  const { world } = worldWith({ warm: [candle(NOW_US - 1e8)], floorUs: NOW_US + 5e6 });
  assert.equal(world.resumeAfter(7), 7);
  world.push(state(true));
  const step = await world.advance(Number.POSITIVE_INFINITY);
  assert.ok(typeof step === 'object');
  assert.deepEqual([step.worldSeq, step.event.kind, step.event.tsLocalUs], [8, 'feed-state', NOW_US + 5e6]);
});

const order = (clientOrderId: string): OrderRequest => ({
  ...{ clientOrderId, instrumentIx: 0, side: 'buy', type: 'market', label: 'ENTRY', qtyLots: 1 },
  ...{ priceTicks: null, triggerTicks: null, timeInForce: 'IOC', reduceOnly: false },
});

test('told to let nothing out it refuses every order in words, and can be woken', async () => {
  const { sent, world } = worldWith({});
  world.resumeAfter(0);
  world.push(state(true));
  await world.advance(Number.POSITIVE_INFINITY);
  world.submit(approved(order('a')), NOW_US);
  assert.deepEqual(sent, ['a']);
  world.refuseOrders('the kill switch was pulled');
  world.submit(approved(order('b')), NOW_US);
  assert.deepEqual(sent, ['a']);
  const refused = await world.advance(Number.POSITIVE_INFINITY);
  assert.ok(typeof refused === 'object' && refused.event.kind === 'order-rejected');
  assert.deepEqual([refused.event.clientOrderId, refused.event.message], ['b', 'the kill switch was pulled']);
  world.nudge();
  const woken = await world.advance(Number.POSITIVE_INFINITY);
  assert.ok(typeof woken === 'object' && woken.event.kind === 'feed-state');
});
