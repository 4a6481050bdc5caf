import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VenueAccount, VenuePosition } from '#domain';
import { isSameAccount, withNetPositions } from './net-positions.ts';

const account = (...positions: readonly VenuePosition[]): VenueAccount => ({
  ...{ tsVenueUs: 1, cashAtoms: 5n, positions },
});
const at = (qtyLots: number, instrumentIx = 0): VenuePosition => ({
  ...{ instrumentIx, qtyLots, costTickLots: BigInt(qtyLots) * 100n },
});

test('both sides of a hedge are one position, and what is flat is none', () => {
  const long: VenuePosition = { ...at(10), positionSide: 'long' };
  const short: VenuePosition = { ...at(-4), positionSide: 'short' };
  assert.deepEqual(withNetPositions(account(long, short, at(3, 1), at(0, 2))).positions, [at(6), at(3, 1)]);
  assert.deepEqual(withNetPositions(account(at(4), at(-4))).positions, []);
});

test('an account is the same when money and positions are', () => {
  const one = account(at(1), at(2, 1));
  assert.ok(isSameAccount(one, { ...account(at(2, 1), at(1)), tsVenueUs: 9 }));
  assert.ok(!isSameAccount(one, { ...one, cashAtoms: 6n }));
  assert.ok(!isSameAccount(one, account(at(1))));
  assert.ok(!isSameAccount(one, account(at(1), at(3, 1))));
  assert.ok(!isSameAccount(one, account(at(1), at(2, 2))));
});
