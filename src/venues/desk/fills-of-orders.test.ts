/** Whose a fill is, and whether there are more: clocks that are off, ids that change, messages that are told twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { OrderRecord } from '../entry/index.ts';
import { GatewayWorld } from './test/gateway-world.ts';
import { FAKE_INSTRUMENT } from './test/order-adapter.ts';

const record = (changes: Partial<OrderRecord>): OrderRecord => ({
  ...{ instrument: FAKE_INSTRUMENT, clientOrderId: 'a', venueOrderId: 'v-a', side: 'buy', type: 'limit' },
  ...{
    qtyLots: 10,
    filledLots: 0,
    priceTicks: 100,
    triggerTicks: null,
    status: 'ACCEPTED',
    reduceOnly: false,
  },
  ...{ isConditional: false, triggeredOrderId: null, reason: '', tsVenueUs: 1 },
  ...changes,
});

/** A stop at the exchange that was triggered behind our back: it fills under another id of the venue. */
function triggeredStop() {
  const world = new GatewayWorld();
  world.submit('s', {
    type: 'stop_market',
    side: 'sell',
    priceTicks: null,
    triggerTicks: 90,
    reduceOnly: true,
  });
  world.pass(US_PER_SECOND);
  const atUs = world.network.nowUs();
  const fill = (execId: string, venueId: string) => ({
    ...{ execId, id: 's', clientId: '', venueId, side: 'sell', qtyLots: 10, priceTicks: 90, atUs },
  });
  return { world, fill };
}

test('fills are asked for from further back until they are as many as the venue says', () => {
  const world = new GatewayWorld();
  world.submit('a');
  world.pass(US_PER_SECOND);
  // The stream breaks, and the venue's clock is ten minutes ahead of the stamps of its fills.
  world.network.breakSockets('exchange.test');
  world.network.refuse('exchange.test', world.network.nowUs() + 5 * US_PER_SECOND);
  world.exchange.fill(world.order('a'), 10);
  world.exchange.offsetUs = 10 * US_PER_MINUTE;
  world.pass(5 * US_PER_MINUTE);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'fill']);
  assert.equal(world.filledLots('a'), 10);
  assert.match(world.notices.join('\n'), /fills_missing a: 0 of 10 lots are listed/);
});

test('a payment of funding that two connections tell is booked once', () => {
  const { gateway, events } = new GatewayWorld();
  const amount = { asset: 'USDT', units: -5n, decimals: 2 };
  for (const atUs of [1_000, 1_000, 2_000]) gateway.onFunding(FAKE_INSTRUMENT, amount, atUs);
  const paid = events.filter((event) => event.kind === 'funding-payment');
  assert.deepEqual(
    paid.map(({ amountAtoms, tsVenueUs }) => [amountAtoms, tsVenueUs]),
    [
      [-5_000_000n, 1_000],
      [-5_000_000n, 2_000],
    ],
  );
});

test('a fill under the new id of a triggered stop is the stop’s, after the venue was asked', () => {
  const { fill, world } = triggeredStop();
  Object.assign(world.order('s'), { venueId: 'w-s', status: 'FILLED', filledLots: 10 });
  world.exchange.tell(JSON.stringify({ fill: fill('f0', 'w-s') }));
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('s'), ['order-accepted', 'fill']);
  assert.doesNotMatch(world.notices.join('\n'), /foreign_fill/);
});

test('a stranger’s fill is told as such once no stop of ours is its owner', () => {
  const { fill, world } = triggeredStop();
  world.exchange.tell(JSON.stringify({ fill: fill('f9', 'x-9') }));
  world.exchange.faults.push('unavailable');
  world.pass(US_PER_MINUTE);
  assert.deepEqual(world.kinds('s'), ['order-accepted']);
  assert.match(world.notices.join('\n'), /foreign_fill BTCUSDT f9/);
  const fills = world.events.filter((event) => event.kind === 'fill');
  assert.deepEqual(
    fills.map(({ clientOrderId, execId }) => [clientOrderId, execId]),
    [['', 'f9']],
  );
});

test('an order that was refused and lives all the same is told', () => {
  const world = new GatewayWorld();
  world.submit('a', { timeInForce: 'FOK' });
  world.pass(US_PER_SECOND);
  world.gateway.onOrder(record({ status: 'REJECTED' }));
  assert.deepEqual(world.kinds('a'), ['order-rejected']);
  world.gateway.onOrder(record({ status: 'CANCELED' }));
  assert.deepEqual(world.kinds('a'), ['order-rejected', 'order-accepted', 'order-canceled']);
});

test('a cancel that got lost is sent again although a fill has cleared the doubt about the order', () => {
  const world = new GatewayWorld();
  world.submit('a');
  world.pass(US_PER_SECOND);
  world.exchange.faults.push('lost-before');
  world.cancel('a');
  // No answer for ten seconds, a second later it is in doubt; a message about the order comes before the question.
  world.pass(11 * US_PER_SECOND + 500_000);
  world.exchange.fill(world.order('a'), 4);
  world.pass(5 * US_PER_SECOND);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'fill', 'order-canceled']);
});

test('a cancel that overtakes its order is sent again once the order is there', () => {
  const world = new GatewayWorld();
  // The order is lost on its way and comes late, by a copy; the cancel finds nothing.
  world.exchange.faults.push('lost-before');
  world.submit('a');
  world.pass(US_PER_SECOND);
  world.cancel('a');
  world.pass(US_PER_SECOND);
  assert.deepEqual(world.exchange.canceled, []);
  world.exchange.arrive('a', 10);
  world.pass(30 * US_PER_SECOND);
  assert.deepEqual(world.kinds('a'), ['order-accepted', 'order-canceled']);
});

test('fills are told once those that wait for the name of their order are told too', async () => {
  const { fill, world } = triggeredStop();
  const lost = fill('f0', 'w-s');
  world.exchange.fills.push({ ...lost, side: 'sell' });
  Object.assign(world.order('s'), { venueId: 'w-s', status: 'FILLED', filledLots: 10 });
  // The owner of the fill cannot be asked for a while.
  let isTold = false;
  const told = world.gateway.tellFills(0, world.network.nowUs()).then(() => {
    isTold = true;
  });
  world.pass(20_000);
  world.exchange.faults.push('unavailable');
  await Promise.resolve();
  assert.deepEqual([isTold, world.kinds('s')], [false, ['order-accepted']]);
  world.pass(US_PER_MINUTE);
  await told;
  assert.deepEqual([isTold, world.kinds('s')], [true, ['order-accepted', 'fill']]);
});
