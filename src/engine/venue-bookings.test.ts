import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FillEvent } from '#domain';
import { fillEvent } from '../../test/support/order-events.ts';
import { type BookingFacts, bookingsFor, VenueBookings } from './venue-bookings.ts';

const FACTS: BookingFacts = {
  ...{ instrumentIx: 0, localLots: 0, venueLots: 10, localCostTickLots: 0n, venueCostTickLots: 2_505n },
  ...{ lastTicks: 300, tsVenueUs: 50, tsLocalUs: 60, eventSeq: 7, isForced: false },
};

const said = (changes: Partial<BookingFacts>): readonly unknown[] =>
  bookingsFor({ ...FACTS, ...changes }).map(({ isLiquidation, priceTicks, qtyLots, side }) => [
    ...[side, qtyLots, priceTicks, isLiquidation],
  ]);

test('a position from elsewhere is booked at what it has cost', () => {
  assert.deepEqual(said({}), [['buy', 10, 251, false]], 'to the nearest tick');
  assert.deepEqual(said({ venueLots: -10, venueCostTickLots: -2_500n }), [['sell', 10, 250, false]]);
  assert.deepEqual(said({ venueCostTickLots: 0n }), [['buy', 10, 300, false]], 'or at the last price');
  assert.deepEqual(said({ venueCostTickLots: 0n, lastTicks: 0 }), [], 'without a price not yet');
});

test('what is new of a grown position is booked at what is new of its cost, if that is a price', () => {
  const grown = { localLots: 4, localCostTickLots: 1_000n };
  assert.deepEqual(said({ ...grown, venueCostTickLots: 2_680n }), [['buy', 6, 280, false]]);
  assert.deepEqual(said({ ...grown, venueCostTickLots: 1_010n }), [['buy', 6, 300, false]]);
  assert.deepEqual(said({ ...grown, venueCostTickLots: 500n }), [['buy', 6, 300, false]]);
});

test('a smaller position is closed at the last price, a turned one closed and opened', () => {
  const smaller = { localLots: 10, localCostTickLots: 2_000n, isForced: true };
  assert.deepEqual(said({ ...smaller, venueLots: 3 }), [['sell', 7, 300, true]]);
  assert.deepEqual(said({ ...smaller, venueLots: 0, venueCostTickLots: 0n }), [['sell', 10, 300, true]]);
  assert.deepEqual(said({ ...smaller, isForced: false, venueLots: -5, venueCostTickLots: -1_400n }), [
    ['sell', 10, 300, false],
    ['sell', 5, 280, false],
  ]);
  assert.deepEqual(said({ ...smaller, venueLots: -5, lastTicks: 0 }), []);
});

test('made-up fills have ids of their own', () => {
  const ids = bookingsFor({ ...FACTS, localLots: 4, venueLots: -5 }).map(({ execId }) => execId);
  assert.deepEqual(ids, ['reconciled-7-0-0', 'reconciled-7-0-1']);
});

test('a late fill is recognised by instrument, side, moment and what is left', () => {
  const bookings = new VenueBookings();
  const [booked] = bookingsFor(FACTS);
  assert.ok(booked !== undefined);
  bookings.add(booked);
  const late = (changes: Partial<FillEvent>, execId = 'x'): boolean =>
    bookings.absorb(fillEvent('', execId, 6, { side: 'buy', tsVenueUs: 40, ...changes }), '');
  assert.ok(!bookings.absorb(booked, ''), 'not by itself');
  assert.ok(!late({ side: 'sell' }));
  assert.ok(!late({ instrumentIx: 1 }));
  assert.ok(!late({ tsVenueUs: 51 }), 'it happened after the venue was asked');
  assert.ok(late({}));
  assert.ok(late({}), 'told again');
  assert.ok(!late({}, 'w'), '4 lots are left of 10');
  const later = new VenueBookings();
  later.loadState(structuredClone(bookings.saveState()));
  assert.ok(later.absorb(fillEvent('', 'y', 4, { side: 'buy', tsVenueUs: 40 }), ''));
  assert.ok(!later.absorb(fillEvent('', 'z', 1, { side: 'buy', tsVenueUs: 40 }), ''));
});

test('bookings are forgotten in time, and beyond their bound', () => {
  const bookings = new VenueBookings();
  const [booked] = bookingsFor(FACTS);
  assert.ok(booked !== undefined);
  bookings.add(booked);
  bookings.forgetBefore(50 + 600_000_001);
  assert.ok(!bookings.absorb(fillEvent('', 'x', 1, { side: 'buy', tsVenueUs: 40 }), ''));
  for (let i = 0; i < 100; i++) bookings.add({ ...booked, instrumentIx: i });
  assert.ok(!bookings.absorb(fillEvent('', 'x', 1, { side: 'buy', tsVenueUs: 40, instrumentIx: 0 }), ''));
  assert.ok(bookings.absorb(fillEvent('', 'x', 1, { side: 'buy', tsVenueUs: 40, instrumentIx: 99 }), ''));
});
