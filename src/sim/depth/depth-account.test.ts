/** The ledger of a depth back-test is exact. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DepthAccount } from './depth-account.ts';

test('cash is what was sold less what was bought, fees are charged by liquidity and rounded up', () => {
  const account = new DepthAccount({ makerPpm: 200, takerPpm: 700 }, 1_000);
  account.applyFill(1, 617_001, 3, true);
  account.applyFill(-1, 617_003, 5, false);
  assert.equal(account.positionLots, -2);
  assert.equal(account.volumeLots, 8);
  assert.equal(account.cashAtoms, 1_000n * BigInt(5 * 617_003 - 3 * 617_001));
  // 1,851,003,000 x 200 ppm = 370,200.6 and 3,085,015,000 x 700 ppm = 2,159,510.5 atoms.
  assert.equal(account.feesAtoms, 370_201n + 2_159_511n);
  assert.deepEqual([account.fillCount, account.makerFillCount], [2, 1]);
  assert.equal(account.equityAtoms(617_000), account.cashAtoms - 2n * 617_000n * 1_000n - account.feesAtoms);
});

test('a rebate is received, rounded against the account', () => {
  const account = new DepthAccount({ makerPpm: -50, takerPpm: 700 }, 1);
  account.applyFill(1, 30_001, 1, true);
  assert.equal(account.feesAtoms, -1n, '1.50005 atoms would be due');
});

test('refuses fills of nothing and values that are no whole atoms', () => {
  const fees = { makerPpm: 0, takerPpm: 0 };
  assert.throws(() => new DepthAccount(fees, 0.5), { name: 'AssertionError' });
  const account = new DepthAccount(fees, 1);
  assert.throws(() => account.applyFill(1, 100, 0, true), { name: 'AssertionError' });
  assert.throws(() => account.applyFill(1, 0, 1, true), { name: 'AssertionError' });
});
