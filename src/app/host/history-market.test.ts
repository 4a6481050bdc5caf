import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { silentProgress } from '#telemetry';
import { FILES_START_MS, writeFunding, writeTrends } from '../../../test/support/candle-files.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { type PreparedMarket, prepareHistoryMarket } from './history-market.ts';
import { openHistory } from './open-history.ts';

const DAYS = 4;
const START_US = FILES_START_MS * 1_000;

/** Two symbols with the same candles, and the funding files that `fund` writes. */
async function market(
  t: TestContext,
  fund: (dir: string) => readonly string[],
  range: { readonly fromUs?: number; readonly toUs?: number } = {},
): Promise<PreparedMarket> {
  const dir = tempDir(t);
  const bitcoin = writeTrends(dir, DAYS * 288, 3);
  const ether = join(dir, 'ETHUSDT_5m.csv');
  copyFileSync(bitcoin, ether);
  const symbols = ['BTCUSDT', 'ETHUSDT'];
  const history = await openHistory({
    paths: [bitcoin, ether, ...fund(dir)],
    venue: 'binance-usdm',
    symbols,
    specs: [],
    signal: t.signal,
    progress: silentProgress,
  });
  t.after(() => history.close());
  return prepareHistoryMarket(history, {
    venue: 'binance-usdm',
    symbols,
    fromUs: range.fromUs ?? null,
    toUs: range.toUs ?? null,
    timeframesUs: [5 * US_PER_MINUTE, US_PER_HOUR],
    feedLatencyUs: 0,
    reorderWindowUs: 250_000,
  });
}

test('funding of all symbols over all of the time is complete', async (t) => {
  const made = await market(t, (dir) => ['BTCUSDT', 'ETHUSDT'].map((name) => writeFunding(dir, name, DAYS)));
  assert.deepEqual([made.hasFunding, made.fundingMissing], [true, []]);
});

test('a symbol without funding, and funding that begins late or ends early, are named', async (t) => {
  const none = await market(t, () => []);
  assert.equal(none.hasFunding, false);
  assert.deepEqual(none.fundingMissing, ['BTCUSDT: no funding data', 'ETHUSDT: no funding data']);
  const partly = await market(t, (dir) => [writeFunding(dir, 'BTCUSDT', 2, 1)]);
  assert.equal(partly.hasFunding, true);
  assert.deepEqual(partly.fundingMissing, [
    'BTCUSDT: no funding data before 2024-01-02T00:00:00.000Z',
    'BTCUSDT: no funding data after 2024-01-03T16:00:00.000Z',
    'ETHUSDT: no funding data',
  ]);
});

test('what counts is the time that is traded; all that there is before it warms the features up', async (t) => {
  const range = { fromUs: START_US + 1.5 * US_PER_DAY, toUs: START_US + 2.5 * US_PER_DAY };
  const made = await market(t, (dir) => [writeFunding(dir, 'BTCUSDT', 2, 1)], range);
  assert.deepEqual(made.fundingMissing, ['ETHUSDT: no funding data']);
  assert.deepEqual([made.startUs, made.tradeFromUs, made.endUs], [START_US, range.fromUs, range.toUs]);
});

test('a range outside of the data and a symbol without candles are refused with what there is', async (t) => {
  const late = market(t, () => [], { fromUs: START_US + 99 * US_PER_DAY });
  await assert.rejects(late, { code: 'XY_DATA_INSUFFICIENT', message: /the data cover 2024-01-01T00:00/ });
});
