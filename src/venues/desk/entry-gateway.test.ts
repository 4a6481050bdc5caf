import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { ExecutionEvent } from '#domain';
import { orderRequest, unsealed } from '../../../test/support/order-events.ts';
import { testSeed } from '../../../test/support/property.ts';
import type { OrderRecord } from '../entry/index.ts';
import { type ExchangeFault, FAKE_EXCHANGE } from './test/fake-exchange.ts';
import { GatewayWorld } from './test/gateway-world.ts';
import { FAKE_INSTRUMENT } from './test/order-adapter.ts';

const FINAL: readonly ExecutionEvent['kind'][] = ['order-canceled', 'order-expired', 'order-rejected'];

test('an order is told once: accepted, filled, with its fees against the account', () => {
  const world = new GatewayWorld();
  world.submit('a');
  world.pass(US_PER_SECOND);
  world.exchange.fill(world.order('a'), 4);
  world.exchange.fill(world.order('a'), 6);
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'fill', 'fill']);
  const fills = world.events.filter((event) => event.kind === 'fill');
  assert.deepEqual(
    fills.map(({ feeAtoms, leavesLots, venueOrderId }) => [feeAtoms, leavesLots, venueOrderId]),
    [
      [700_000n, 6, 'v-a'],
      [700_000n, 0, 'v-a'],
    ],
  );
});

test('nothing leaves without the seal of risk', () => {
  const world = new GatewayWorld();
  assert.throws(() => world.gateway.submit(unsealed(orderRequest('a')), 1), /seal of risk/);
  world.pass(US_PER_MINUTE);
  assert.equal(world.exchange.orders.size, 0);
});

test('an order of a form that the venue has not is refused here', () => {
  const world = new GatewayWorld();
  world.submit('a', { timeInForce: 'FOK' });
  assert.equal(world.events.length, 0, 'never before submit returns');
  world.pass(US_PER_SECOND);
  assert.deepEqual(world.kinds('a'), ['order-rejected']);
});

test('an answer that was lost after the order was taken is found by asking', () => {
  const world = new GatewayWorld();
  world.network.breakSockets(FAKE_EXCHANGE);
  world.exchange.faults.push('lost-after');
  world.submit('a');
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('a'), ['order-accepted']);
  assert.equal(world.exchange.placed.get('a'), 1);
});

test('an order that never arrived is given up only after the venue has said so for long enough', () => {
  const world = new GatewayWorld();
  world.exchange.faults.push('lost-before');
  world.submit('a');
  world.pass(25 * US_PER_SECOND);
  assert.deepEqual(world.kinds('a'), []);
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('a'), ['order-rejected']);
  assert.match(world.notices.join(), /order_in_doubt a/);
});

test('fills that the stream does not tell are asked for while the order rests', () => {
  const world = new GatewayWorld();
  world.exchange.tellsFills = false;
  world.submit('a');
  world.pass(US_PER_SECOND);
  world.exchange.fill(world.order('a'), 4);
  world.pass(5 * US_PER_SECOND);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'fill']);
  world.exchange.fill(world.order('a'), 6);
  world.pass(5 * US_PER_SECOND);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'fill', 'fill']);
  assert.equal(world.filledLots('a'), 10);
});

test('an order that the venue has forgotten is told by its fills, not given up', () => {
  for (const lots of [10, 4]) {
    const world = new GatewayWorld();
    world.exchange.forgetsEnded = true;
    world.exchange.namesFills = true;
    world.exchange.isTalking = false;
    world.network.breakSockets(FAKE_EXCHANGE);
    world.exchange.faults.push('lost-after');
    world.submit('a');
    world.pass(US_PER_SECOND / 2);
    world.exchange.fill(world.order('a'), lots);
    world.exchange.end(world.order('a'));
    world.pass(2 * US_PER_MINUTE);
    assert.equal(world.filledLots('a'), lots);
    assert.equal(world.kinds('a').includes('order-rejected'), false, world.kinds('a').join());
    assert.equal(world.kinds('a').at(-1), lots === 10 ? 'order-accepted' : 'order-canceled');
  }
});

test('a cancel ends an order, and one that comes too late leaves the fills as they were', () => {
  const world = new GatewayWorld();
  world.submit('a');
  world.submit('b');
  world.pass(US_PER_SECOND);
  world.cancel('a');
  world.exchange.fill(world.order('b'), 10);
  world.cancel('b');
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'order-canceled']);
  assert.deepEqual(world.kinds('b'), ['order-accepted', 'fill']);
  world.cancel('stranger');
  world.pass(US_PER_SECOND);
  assert.deepEqual(world.kinds('stranger'), ['cancel-rejected']);
});

test('what happens while the stream is down is told from questions, fills before the end', () => {
  const world = new GatewayWorld();
  world.submit('a');
  world.submit('b');
  world.pass(US_PER_SECOND);
  world.exchange.isTalking = false;
  world.network.breakSockets(FAKE_EXCHANGE);
  world.pass(US_PER_SECOND);
  world.exchange.fill(world.order('a'), 3);
  world.exchange.end(world.order('a'));
  world.exchange.fill(world.order('b'), 2);
  world.pass(30 * US_PER_SECOND);
  assert.equal(world.stream.status.isUp, false);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'fill', 'order-expired']);
  assert.deepEqual(world.kinds('b'), ['order-accepted', 'fill']);
  world.exchange.isTalking = true;
  world.pass(2 * US_PER_MINUTE);
  assert.deepEqual([world.filledLots('a'), world.filledLots('b')], [3, 2]);
});

test('a triggered stop goes by the order that it became, and its fills are its own', () => {
  const world = new GatewayWorld();
  world.submit('s', { type: 'stop_market', priceTicks: null, triggerTicks: 90, side: 'sell' });
  world.pass(US_PER_SECOND);
  const sent = world.gateway.orders.find('s');
  assert.ok(sent?.isConditional);
  const record: OrderRecord = {
    ...{ instrument: FAKE_INSTRUMENT, clientOrderId: 's', venueOrderId: 'v-s', side: 'sell' },
    ...{ type: 'stop_market', qtyLots: 10, filledLots: 0, priceTicks: null, triggerTicks: 90 },
    ...{ status: 'TRIGGERED', reduceOnly: true, isConditional: true, triggeredOrderId: 'v-2' },
    ...{ reason: '', tsVenueUs: 1 },
  };
  world.gateway.onOrder(record);
  assert.deepEqual([sent.isConditional, sent.venueOrderId], [false, 'v-2']);
  // The venue goes on speaking of the stop too.
  world.gateway.onOrder(record);
  assert.deepEqual([sent.isConditional, sent.venueOrderId], [false, 'v-2']);
  world.gateway.onFill({
    ...{ instrument: FAKE_INSTRUMENT, execId: 'x1', clientOrderId: '', venueOrderId: 'v-2', side: 'sell' },
    ...{ priceTicks: 89, qtyLots: 10, filledLots: 10, fee: null, liquidity: 'taker', forcedBy: null },
    tsVenueUs: 2,
  });
  assert.deepEqual(world.kinds('s'), ['order-accepted', 'order-triggered', 'fill']);
});

test('orders of an earlier run are taken over and told of', () => {
  const world = new GatewayWorld();
  world.submit('a');
  world.pass(US_PER_SECOND);
  const later = new GatewayWorld();
  const request = orderRequest('old', { type: 'limit', priceTicks: 100 });
  const other = orderRequest('known', { type: 'limit', priceTicks: 100 });
  const earlier = [
    { request, wasThere: false },
    { request: other, wasThere: true },
  ];
  later.gateway.adopt(earlier, later.network.nowUs());
  later.gateway.onStreamUp();
  later.pass(2 * US_PER_MINUTE);
  assert.deepEqual(later.kinds('old'), ['order-rejected'], 'this exchange has never seen it');
  // It may have filled in part: an end of what lived, not a refusal.
  assert.deepEqual(later.kinds('known'), ['order-accepted', 'order-canceled']);
});

test('a look at what is open that is not answered is repeated, though the stream stays up', () => {
  const world = new GatewayWorld();
  const request = orderRequest('old', { type: 'limit', priceTicks: 100 });
  for (let tries = 0; tries < 7; tries++) world.exchange.faults.push('lost-before');
  world.gateway.adopt([{ request, wasThere: true }], world.network.nowUs());
  world.pass(4 * US_PER_MINUTE);
  assert.equal(world.stream.status.isUp, true);
  assert.deepEqual(world.exchange.faults, []);
  assert.deepEqual(world.kinds('old'), ['order-accepted', 'order-canceled']);
});

test('what an order of an earlier life has filled meanwhile is told, and it is taken over once', () => {
  const world = new GatewayWorld();
  const sentUs = world.network.nowUs();
  const at = { id: 'old', venueId: 'v-old', side: 'buy', qtyLots: 10 } as const;
  world.exchange.orders.set('old', { ...at, filledLots: 0, status: 'ACCEPTED', updatedUs: sentUs });
  world.exchange.tellsFills = false;
  world.exchange.fill(world.order('old'), 4);
  world.pass(10 * US_PER_MINUTE);
  const request = orderRequest('old', { type: 'limit', priceTicks: 100 });
  world.gateway.adopt([{ request, wasThere: true }], sentUs);
  world.gateway.adopt([{ request, wasThere: true }], sentUs);
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('old').toSorted(), ['fill', 'order-accepted']);
  assert.equal(world.filledLots('old'), 4);
  world.cancel('old');
  world.pass(US_PER_MINUTE);
  assert.equal(world.kinds('old').at(-1), 'order-canceled', 'and can be ended');
});

test('fills since a moment are told when asked for, each once, whoever caused them', async () => {
  const world = new GatewayWorld();
  world.exchange.tellsFills = false;
  const foreign = { id: 'x', venueId: 'v-x', side: 'sell', qtyLots: 5 } as const;
  world.exchange.orders.set('x', { ...foreign, filledLots: 0, status: 'ACCEPTED', updatedUs: 1 });
  const fromUs = world.network.nowUs();
  world.exchange.fill(world.order('x'), 2);
  world.exchange.fill(world.order('x'), 3);
  const fills = (): number => world.events.filter(({ kind }) => kind === 'fill').length;
  assert.equal(fills(), 0);
  const told = world.gateway.tellFills(0, fromUs);
  world.exchange.faults.push('lost-before');
  world.pass(2 * US_PER_MINUTE);
  await told;
  assert.equal(fills(), 2);
  const again = world.gateway.tellFills(0, fromUs);
  world.pass(US_PER_MINUTE);
  await again;
  assert.equal(fills(), 2);
});

test('foreign orders and fills are noticed, and fills count', () => {
  const world = new GatewayWorld();
  const foreign = { id: 'x', venueId: 'v-x', side: 'buy', qtyLots: 5 } as const;
  world.exchange.orders.set('x', { ...foreign, filledLots: 0, status: 'ACCEPTED', updatedUs: 1 });
  world.exchange.fill(world.order('x'), 5);
  world.pass(US_PER_SECOND);
  assert.equal(world.events.filter(({ kind }) => kind === 'fill').length, 1);
  assert.match(world.notices.join(), /foreign_fill BTCUSDT f0.*foreign_order BTCUSDT x FILLED/);
});

const SEED = testSeed();
for (let round = 0; round < 20; round++) {
  const seed = SEED + round;
  test(`whatever goes wrong, what was told is what happened (SEED=${seed})`, () => {
    const world = new GatewayWorld(seed);
    const prng = new Prng(seed).split('story');
    const kinds: readonly ExchangeFault[] = [
      ...(['lost-before', 'lost-after', 'limited', 'unavailable', 'garbage', 'error-after'] as const),
    ];
    const ids: string[] = [];
    for (let turn = 0; turn < 120; turn++) {
      if (prng.uniform() < 0.15) world.exchange.faults.push(kinds[prng.integer(0, kinds.length)]!);
      if (prng.uniform() < 0.05) world.network.breakSockets(FAKE_EXCHANGE);
      if (prng.uniform() < 0.03) world.network.cutSockets(FAKE_EXCHANGE);
      if (prng.uniform() < 0.02) world.exchange.expire();
      const dice = prng.uniform();
      const open = world.exchange.open;
      const some = open[prng.integer(0, Math.max(1, open.length))];
      if (dice < 0.4) {
        ids.push(`o${turn}`);
        world.submit(`o${turn}`);
      } else if (dice < 0.6 && ids.length > 0) world.cancel(ids[prng.integer(0, ids.length)]!);
      else if (dice < 0.9 && some !== undefined) world.exchange.fill(some, prng.integer(1, 6));
      else if (some !== undefined) world.exchange.end(some);
      world.pass(prng.integer(0, 3) * prng.integer(0, US_PER_SECOND));
    }
    world.pass(10 * US_PER_MINUTE);
    for (const id of ids) {
      const order = world.exchange.orders.get(id);
      const told = world.kinds(id);
      const story = `${id}: ${told.join(' ')}; truly ${JSON.stringify(order)}`;
      assert.ok((world.exchange.placed.get(id) ?? 0) <= 1, story);
      assert.equal(world.filledLots(id), order?.filledLots ?? 0, story);
      assert.equal(
        told.filter((kind) => kind === 'order-accepted').length,
        order === undefined ? 0 : 1,
        story,
      );
      const ends = told.filter((kind) => FINAL.some((final) => final === kind));
      if (order === undefined) assert.deepEqual(ends, ['order-rejected'], story);
      else if (order.status === 'CANCELED') assert.deepEqual(ends, ['order-canceled'], story);
      else if (order.status === 'EXPIRED') assert.deepEqual(ends, ['order-expired'], story);
      else assert.deepEqual(ends, [], story);
      if (ends.length > 0) {
        const last = told.filter((kind) => kind !== 'cancel-rejected').at(-1);
        assert.equal(last, ends[0], `fills come before the end; ${story}`);
      }
    }
    assert.equal(world.exchange.overspentCount, 0);
  });
}
