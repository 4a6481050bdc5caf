import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR } from '#core';
import type { HistoryKind, PartRows, RetentionPolicy } from '#store';
import { KIND_BLOBS, KIND_COLUMNS, partitionOf } from '#store/history';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { archiveTables } from './archive-history.ts';
import { importDataSets } from './archive-import.ts';
import { RecordedArchive } from './recorded-archive.ts';
import { applyRetention } from './recorded-retention.ts';

const NOW_US = Date.UTC(2024, 5, 1) * 1_000;
const DAY = (ago: number): number => NOW_US - ago * US_PER_DAY + US_PER_HOUR;

function part(kind: HistoryKind, symbol: string, tsUs: number): PartRows {
  const columns = KIND_COLUMNS[kind].map(({ role }) => Float64Array.of(role === 'code' ? 1 : tsUs));
  const blobs = KIND_BLOBS[kind].map(() => [Buffer.from('book')]);
  return {
    id: { venue: 'binance-usdm', symbol, kind, timeframeUs: null },
    ...{ partition: partitionOf(kind, tsUs).name, tradeIds: kind === 'trades' ? 'single' : null },
    ...{ priceDecimals: 0, qtyDecimals: 0, fromOffset: tsUs % 1e6, toOffset: (tsUs % 1e6) + 1, rowsHint: 1 },
    rows: () => [
      {
        kind,
        rowCount: 1,
        priceDecimals: 0,
        qtyDecimals: 0,
        columns,
        ...(blobs.length > 0 ? { blobs } : {}),
      },
    ],
  };
}

/** Records rows that are so many days old. */
async function recorded(context: TestContext, ages: readonly number[]): Promise<string> {
  const dataDir = tempDir(context);
  const archive = new RecordedArchive(dataDir);
  const kinds: readonly HistoryKind[] = ['trades', 'quotes', 'raw', 'ledger'];
  for (const kind of kinds) {
    const parts = ages.map((age) => part(kind, kind === 'raw' ? '_venue' : 'BTCUSDT', DAY(age)));
    await archive.writeParts('log', parts);
    await archive.compact(
      parts.map(({ id, partition }) => ({ id, partition })),
      'final',
    );
  }
  archive.close();
  return dataDir;
}

function days(dataDir: string, kind: HistoryKind): string[] {
  const folder = join(dataDir, 'archive', 'binance-usdm', kind === 'raw' ? '_venue' : 'BTCUSDT', kind);
  return existsSync(folder)
    ? readdirSync(folder)
        .map((name) => name.slice(0, 10))
        .sort()
    : [];
}

const POLICY: RetentionPolicy = {
  ...{ hotUs: 7 * US_PER_DAY, warmUs: 20 * US_PER_DAY, rawUs: 3 * US_PER_DAY },
  ...{ cold: 'keep', coldFolder: null },
};

test('hot and warm data stay, cold ones stay, go or move as the policy says; raw frames live shorter, the ledger for good', async (context) => {
  const ages = [1, 5, 15, 40];
  const dataDir = await recorded(context, ages);
  const kept = await applyRetention(dataDir, NOW_US, POLICY);
  assert.deepEqual(days(dataDir, 'raw'), ['2024-05-31']);
  assert.deepEqual(kept.deleted.length, 3);
  assert.deepEqual(days(dataDir, 'trades').length, 4);
  const { cold, hot, warm } = kept.tiers;
  assert.deepEqual([hot.files, warm.files, cold.files], [8, 4, 4]);

  const coldFolder = join(tempDir(context), 'cold');
  const moved = await applyRetention(dataDir, NOW_US, { ...POLICY, cold: 'move', coldFolder });
  assert.deepEqual([...moved.moved].sort(), [
    join(coldFolder, 'binance-usdm/BTCUSDT/quotes/2024-04-22.parquet'),
    join(coldFolder, 'binance-usdm/BTCUSDT/trades/2024-04-22.parquet'),
  ]);
  assert.ok(moved.moved.every((path) => existsSync(path)) && moved.bytesFreed > 0);
  assert.deepEqual(days(dataDir, 'trades'), ['2024-05-17', '2024-05-27', '2024-05-31']);
  assert.equal(days(dataDir, 'ledger').length, 4);

  await applyRetention(dataDir, NOW_US + 15 * US_PER_DAY, { ...POLICY, cold: 'delete' });
  assert.deepEqual(days(dataDir, 'quotes'), ['2024-05-27', '2024-05-31']);
  assert.equal((await archiveTables(dataDir)).find(({ id }) => id.kind === 'quotes')?.recordCount, 2);
  const nowhere = applyRetention(dataDir, NOW_US, { ...POLICY, cold: 'move' });
  await assert.rejects(nowhere, { code: 'XY_USAGE' });
});

test('what people imported is theirs to remove', async (context) => {
  const dataDir = await recorded(context, [40]);
  const { rows, ...facts } = part('trades', 'BTCUSDT', DAY(40) + 5);
  const columns =
    [...rows()][0]?.columns.map((column, ix) => (ix === 2 ? Float64Array.of(DAY(40) + 7) : column)) ?? [];
  await importDataSets(
    dataDir,
    [
      {
        id: facts.id,
        sources: [
          {
            ...{ label: 'a file', priceDecimals: 0, qtyDecimals: 0, tradeIds: 'single', recordCount: 1 },
            ...{ firstTsUs: DAY(40) + 5, lastTsUs: DAY(40) + 5 },
            async *open() {
              yield { kind: 'trades' as const, rowCount: 1, priceDecimals: 0, qtyDecimals: 0, columns };
            },
          },
        ],
      },
    ],
    { replace: false, dryRun: false },
  );
  const { deleted } = await applyRetention(dataDir, NOW_US, { ...POLICY, cold: 'delete' });
  assert.deepEqual(days(dataDir, 'trades'), ['2024-04-22']);
  assert.equal(deleted.length, 2, 'quotes and frames');
});
