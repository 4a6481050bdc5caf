/** The place in the queue against a recorded order-by-order market (LOBSTER sample of AAPL): real orders are executed when nothing is ahead of them (M96). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { OrderLiquidity } from './order-liquidity.ts';
import type { SimOrder } from './sim-order.ts';
import { bookOrder } from './test/market-builders.ts';

const PATH = sharedPath('data', 'equity-l3', 'lobster', 'AAPL_2012-06-21_message_10_first999.csv');
const KIND = { add: 1, reduce: 2, leave: 3, execute: 4 } as const;
const UNITS_PER_TICK = 100;

test('an own order right behind a real one has nothing ahead when that one has been executed, and not before', {
  skip: skipWithoutShared,
}, () => {
  const liquidity = new OrderLiquidity();
  /** An own order behind each real one, by the id of that one. */
  const shadows = new Map<string, SimOrder>();
  const left = new Map<string, number>();
  let executed = 0;
  let waited = 0;
  const rows = readFileSync(PATH, 'utf8').trim().split(/\r?\n/);
  for (const [at, row] of rows.entries()) {
    const [, kind = 0, idNumber = 0, lots = 0, price = 0, direction = 0] = row.split(',').map(Number);
    const id = String(idNumber);
    const side = direction === 1 ? 'buy' : 'sell';
    const ticks = price / UNITS_PER_TICK;
    const us = at + 1;
    if (kind === KIND.add) {
      left.set(id, lots);
      liquidity.onEvent(bookOrder(us, id, side, ticks, lots), [...shadows.values()], us);
      const shadow = {
        seq: us,
        clientOrderId: id,
        side,
        priceTicks: ticks,
        phase: 'resting',
        queueAheadLots: 0,
      } as SimOrder;
      liquidity.join(shadow);
      shadows.set(id, shadow);
      continue;
    }
    const rest = (left.get(id) ?? 0) - lots;
    const own = shadows.get(id);
    // Orders from before the file and hidden ones are not known.
    if (own === undefined) continue;
    if (kind === KIND.execute) {
      const ahead = own.queueAheadLots;
      assert.equal(ahead, left.get(id), `row ${us}: nobody but the executed order stands ahead`);
      for (const other of shadows.values()) {
        if (other.side !== side || other.priceTicks !== ticks) continue;
        const isBehind = other.queueAheadLots > 0;
        const reached = liquidity.reachedLots(other, lots, lots, us);
        assert.equal(
          reached,
          isBehind ? 0 : lots,
          `row ${us}: the print is that order's, who stands behind gets nothing`,
        );
      }
      executed++;
    }
    left.set(id, rest);
    liquidity.onEvent(
      bookOrder(us, id, side, ticks, rest, rest === 0 ? 'delete' : 'modify'),
      [...shadows.values()],
      us,
    );
    if (kind === KIND.execute && rest === 0) {
      assert.equal(own.queueAheadLots, 0);
      if ((own.joinedOrders ?? 0) > 1) waited++;
    }
    if (rest === 0) shadows.delete(id);
    liquidity.onLeft([...shadows.values()]);
  }
  assert.ok(
    executed > 30 && waited >= 1,
    `${executed} executions, ${waited} of orders that had waited behind others`,
  );
});
