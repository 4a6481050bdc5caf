/**
 * A market maker on the recorded BTCUSDT depth comes to what hftbacktest 2.4.4 made of the same one (M44 to M55, M130 to M133): asked every 100 ms, one
 * post-only order of 0.010 at each touch while the position is within 0.1, 5 ms each way, `power_prob_2`, fees 0.0002 and 0.0007 of the value.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantLatency, DepthBacktest, queueModelOf, TouchMaker } from '#sim';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import { readEvents } from './event-file.ts';

test('steps, orders, fills, position, cash and fees', { skip: skipWithoutShared }, async () => {
  const queue = queueModelOf('power_prob_2');
  assert.ok(queue !== undefined);
  const backtest = new DepthBacktest({
    trader: new TouchMaker({ qtyLots: 10, positionLotsMax: 100 }),
    stepUs: 100_000,
    queue,
    exchange: 'no-partial',
    latency: constantLatency(5_000, 5_000),
    fees: { makerPpm: 200, takerPpm: 700 },
    // One lot of 0.001 at one tick of 0.1, in units of 1e-10 USDT.
    atomsPerTickLot: 1_000_000,
  });
  const reading = { signal: new AbortController().signal };
  await readEvents(sharedPath('golden', 'fills', 'events.csv.gz'), (chunk) => backtest.play(chunk), reading);
  backtest.finish();
  const { account, orderCount } = backtest.desk;
  assert.equal(backtest.eventCount, 466_571);
  assert.deepEqual([backtest.stepCount, orderCount, account.fillCount], [3_446, 882, 465]);
  assert.deepEqual([account.volumeLots, account.positionLots], [4_650, -10]);
  assert.equal(Number(account.cashAtoms) / 1e10, 590.545);
  assert.equal((Number(account.feesAtoms) / 1e10).toFixed(6), '57.396275');
});
