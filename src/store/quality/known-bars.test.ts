/** The bars of the shared data that are known to be wrong, and how they are found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSourceFile, readRows } from '#store/files';
import type { RowChunk } from '#store/history';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { BarChecks } from './bar-checks.ts';
import { checkAgainstCoarser } from './coarser-check.ts';
import { FindingList } from './finding.ts';

const FIVE_MINUTES_US = 300_000_000;

async function* rowsOf(folder: string, name: string): AsyncGenerator<RowChunk> {
  const file = await openSourceFile(sharedPath('data', 'binance-usdm', folder, name));
  yield* readRows(file, { kind: 'candles', timeframeUs: null, symbol: null });
}

const CASES = [
  [
    'BTCUSDT_5m_2023-2024.csv.gz',
    'BTCUSDT_15m_2023-2025H1.csv.gz',
    [
      '2023-11-10T15:00',
      '2024-03-27T12:15',
      '2024-03-27T12:30',
      '2024-03-28T10:30',
      '2024-03-28T11:00',
      '2024-03-28T11:45',
      '2024-03-28T12:30',
    ],
  ],
  ['BTCUSDT_5m_2025H1.csv.gz', 'BTCUSDT_15m_2023-2025H1.csv.gz', ['2025-01-29T01:30']],
  ['ETHUSDT_5m_2025H1.csv.gz', 'ETHUSDT_15m_2023-2025H1.csv.gz', ['2025-01-29T01:30']],
] as const;

for (const [finer, coarser, expected] of CASES) {
  test(`finds the unfinished bars of ${finer}, and no other, by its 15m bars`, {
    skip: skipWithoutShared,
  }, async () => {
    const findings = new FindingList();
    await checkAgainstCoarser(
      { timeframeUs: FIVE_MINUTES_US, rows: rowsOf('candles-5m', finer) },
      { timeframeUs: 3 * FIVE_MINUTES_US, rows: rowsOf('candles-15m', coarser) },
      findings,
    );
    const windows = findings.listed.map(({ text }) => / at (\S+):00\.000Z/.exec(text)?.[1]);
    assert.deepEqual(windows, expected);
  });
}

test('finds the outage of 2023-09-12, the crash of 2023-08-17 and few seams in a year and a half', {
  skip: skipWithoutShared,
}, async () => {
  const findings = new FindingList();
  const checks = new BarChecks(FIVE_MINUTES_US, findings);
  for await (const chunk of rowsOf('candles-5m', 'LTCUSDT_5m_2023-2024.csv.gz')) checks.add(chunk);
  checks.finish();
  const texts = (check: string): string[] =>
    findings.listed.filter((finding) => finding.check === check).map(({ text }) => text);
  assert.deepEqual(texts('zero_volume'), ['3 bars without volume from 2023-09-12T08:35:00.000Z']);
  const crash = 'bar 2023-08-17T21:40:00.000Z has a log return of -0.2166';
  assert.ok(texts('outlier').some((text) => text.startsWith(crash)));
  assert.ok(texts('seam').some((text) => text.startsWith('bar 2023-11-10T15:10:00.000Z')));
  assert.ok(texts('seam').length < 30);
  assert.equal(checks.statistics.gapCount, 0);
});
