import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { BadHourRule, LedgerEntry } from '#domain';
import { TableHistory } from '#store/history';
import { candlesTable, ledgerTable } from '../../store/recording/test/hour-tables.ts';
import { type PreparedMarket, prepareHistoryMarket } from './history-market.ts';

const NAMES = { venue: 'binance-usdm', symbol: 'BTCUSDT' } as const;
const START_US = Date.UTC(2024, 4, 1) * 1_000;

/** A day of candles whose recorder did not run from 10:30 to 12:00. */
function market(mode: BadHourRule['mode'] | null, toUs: number | null = null): Promise<PreparedMarket> {
  const candles = candlesTable(NAMES, { bars: 288, barUs: 5 * US_PER_MINUTE, startUs: START_US });
  const down: LedgerEntry = {
    ...{ ...NAMES, stream: 'candles', cause: 'recorder-down', lostFromId: -1, lostToId: -1, detail: '' },
    ...{ fromUs: START_US + 10.5 * US_PER_HOUR, toUs: START_US + 12 * US_PER_HOUR },
  };
  return prepareHistoryMarket(new TableHistory([candles, ledgerTable(NAMES, [down])], []), {
    ...{
      venue: 'binance-usdm',
      symbols: ['BTCUSDT'],
      fromUs: null,
      toUs,
      feedLatencyUs: 0,
      reorderWindowUs: 250_000,
    },
    timeframesUs: [5 * US_PER_MINUTE],
    ...(mode === null ? {} : { badHours: { mode, staleMaxPct: 5 } }),
  });
}

test('a replay over hours that were recorded badly says so, or does not start', async () => {
  const words =
    'BTCUSDT: 2 recorded hours lack more than 5 %, the first 2024-05-01T10:00:00.000Z, the worst 100.0 %';
  assert.deepEqual((await market('weigh')).badHours, [words]);
  await assert.rejects(market('refuse'), (thrown: unknown) => {
    assert.ok(thrown instanceof Error && thrown.message.startsWith(words));
    assert.match(thrown.message, /set data\.bad_hours to weigh or ignore/);
    return true;
  });
});

test('hours outside of what is traded, and a rule that ignores them, change nothing', async () => {
  assert.deepEqual((await market('refuse', START_US + 10 * US_PER_HOUR)).badHours, []);
  assert.equal((await market('ignore')).badHours, undefined);
  assert.equal((await market(null)).badHours, undefined);
});
