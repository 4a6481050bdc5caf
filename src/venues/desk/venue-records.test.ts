import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderRequest } from '../../../test/support/order-events.ts';
import type { PositionRecord } from '../entry/index.ts';
import { FAKE_INSTRUMENT } from './test/order-adapter.ts';
import { atomsAgainst, entryOrderOf, progressOf, venuePositionOf } from './venue-records.ts';

test('money is rounded against the account, and not at all where it fits', () => {
  const exact = { units: 15n, decimals: 1 };
  for (const isPaid of [true, false]) assert.equal(atomsAgainst(exact, 8, isPaid), 150_000_000n);
  // 0.00000000123 and its negative, in atoms of 10^-8.
  const fine = { units: 123n, decimals: 11 };
  assert.equal(atomsAgainst(fine, 8, true), 1n, 'paid: more');
  assert.equal(atomsAgainst(fine, 8, false), 0n, 'received: less');
  const rebate = { units: -123n, decimals: 11 };
  assert.equal(atomsAgainst(rebate, 8, true), 0n, 'a rebate: less of it');
  assert.equal(atomsAgainst(rebate, 8, false), -1n, 'a payment: more of it');
  assert.equal(atomsAgainst({ units: -1_000n, decimals: 11 }, 8, true), -1n);
});

test('the cost of a position follows from its average price, sign and all', () => {
  const position = (qtyLots: number, entryPrice: string | null): PositionRecord => ({
    instrument: FAKE_INSTRUMENT,
    positionSide: 'both',
    qtyLots,
    entryPrice,
    tsVenueUs: 1,
  });
  assert.equal(venuePositionOf(position(0, '0.0')).costTickLots, 0n);
  assert.equal(venuePositionOf(position(3, '100.5')).costTickLots, 3_015n);
  assert.equal(venuePositionOf(position(-3, '100.5')).costTickLots, -3_015n);
  // 1 lot at 100.0 and 2 at 100.1: the venue writes the average with more digits than a price has.
  assert.equal(venuePositionOf(position(3, '100.06666666666667')).costTickLots, 3_002n);
  assert.equal(venuePositionOf(position(-3, '100.06666666666667')).costTickLots, -3_002n);
});

test('an order never goes back', () => {
  const way = ['ACCEPTED', 'TRIGGERED', 'PARTIALLY_FILLED', 'FILLED'] as const;
  for (const [at, status] of way.entries()) assert.equal(progressOf(status), at);
  assert.equal(progressOf('CANCELED'), progressOf('EXPIRED'));
});

test('a request of the house is an order in one-way mode', () => {
  const request = orderRequest('xy-1', {
    type: 'stop_market',
    triggerTicks: 5,
    reduceOnly: true,
    side: 'sell',
  });
  assert.deepEqual(entryOrderOf(request, FAKE_INSTRUMENT), {
    clientOrderId: 'xy-1',
    instrument: FAKE_INSTRUMENT,
    side: 'sell',
    type: 'stop_market',
    qtyLots: 10,
    priceTicks: null,
    triggerTicks: 5,
    triggerBy: 'last',
    callbackBps: null,
    timeInForce: 'GTC',
    reduceOnly: true,
    positionSide: 'both',
  });
});
