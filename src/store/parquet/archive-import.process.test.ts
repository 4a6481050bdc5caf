import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#core';
import type { HistoryKind } from '#store';
import { FileHistory } from '#store/files';
import { type DataSetId, type RowChunk, scaleChunk } from '#store/history';
import {
  candleCsv,
  chunkOf,
  FIVE_MINUTES_US,
  NEW_YEAR_US,
  rowsOf,
  writeData,
} from '../../../test/support/history-rows.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { ArchiveHistory, archiveTables } from './archive-history.ts';
import { type ImportOptions, importDataSets } from './archive-import.ts';
import { lockArchive } from './archive-lock.ts';
import type { ImportSource } from './archive-plan.ts';

const DAY_US = 86_400_000_000;

function idOf(kind: HistoryKind): DataSetId {
  return {
    venue: 'binance-usdm',
    symbol: 'BTC/USDT:X',
    kind,
    timeframeUs: kind === 'candles' ? FIVE_MINUTES_US : null,
  };
}

function sourceOf(label: string, chunk: RowChunk, tradeIds: ImportSource['tradeIds'] = null): ImportSource {
  const ts = chunk.columns[0]!;
  const { rowCount, priceDecimals, qtyDecimals } = chunk;
  const times = { firstTsUs: ts[0]!, lastTsUs: ts[rowCount - 1]! };
  return {
    label,
    tradeIds,
    recordCount: rowCount,
    ...times,
    priceDecimals,
    qtyDecimals,
    open: async function* () {
      yield chunk;
    },
  };
}

/** Bars from the `first` to before the `end`, `perDay` apart by a third of a month so that few bars make many partitions. */
function bars(first: number, end: number, close = 11): RowChunk {
  const rows = Array.from({ length: end - first }, (_, i) => [
    NEW_YEAR_US + (first + i) * 10 * DAY_US,
    10,
    12,
    9,
    close,
    first + i,
  ]);
  return chunkOf('candles', rows, { price: 1, qty: 2 });
}

async function take(
  dataDir: string,
  kind: HistoryKind,
  sources: readonly ImportSource[],
  options: Partial<ImportOptions> = {},
) {
  const [outcome] = await importDataSets(dataDir, [{ id: idOf(kind), sources }], {
    replace: false,
    dryRun: false,
    ...options,
  });
  assert.ok(outcome !== undefined);
  return outcome;
}

async function archived(dataDir: string): Promise<number[][]> {
  const [table] = await archiveTables(dataDir);
  assert.ok(table !== undefined);
  return rowsOf(table.read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
}

/** Returns the hash of every file of the archive but the lock's. */
function fingerprint(dataDir: string): Record<string, string> {
  const root = join(dataDir, 'archive');
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'));
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => [
        join(parentPath, name).slice(root.length),
        sha256Hex(readFileSync(join(parentPath, name))),
      ])
      .sort(),
  );
}

test('cuts by month, and gives the rows back', async (context) => {
  const dataDir = tempDir(context);
  const outcome = await take(dataDir, 'candles', [sourceOf('a', bars(0, 10))]);
  assert.deepEqual(
    [outcome.recordsNew, outcome.recordsKnown, outcome.recordCount, outcome.partitionsWritten],
    [10, 0, 10, 3],
  );
  const folder = join(dataDir, 'archive', 'binance-usdm', 'BTC%2FUSDT%3AX', 'candles', '5m');
  assert.deepEqual(readdirSync(folder), ['2024-01.parquet', '2024-02.parquet', '2024-03.parquet']);
  assert.deepEqual(await archived(dataDir), await rowsOf([bars(0, 10)]));
});

test('importing the same rows again changes nothing and says so', async (context) => {
  const dataDir = tempDir(context);
  await take(dataDir, 'candles', [sourceOf('a', bars(0, 10))]);
  const before = fingerprint(dataDir);
  const outcome = await take(dataDir, 'candles', [sourceOf('a', bars(3, 7)), sourceOf('b', bars(0, 10))]);
  assert.deepEqual(
    [outcome.recordsNew, outcome.recordsKnown, outcome.partitionsWritten, outcome.recordCount],
    [0, 10, 0, 10],
  );
  assert.deepEqual(fingerprint(dataDir), before);
});

test('the archive does not depend on the order or grouping of imports', async (context) => {
  const [a, b] = [join(tempDir(context), 'a'), join(tempDir(context), 'b')];
  await take(a, 'candles', [sourceOf('all', bars(0, 12))]);
  await take(b, 'candles', [sourceOf('late', bars(5, 12))]);
  await take(b, 'candles', [sourceOf('early', bars(0, 4)), sourceOf('middle', bars(3, 8))]);
  assert.deepEqual(fingerprint(b), fingerprint(a));
});

test('rows that disagree are refused with time and both values, and nothing of the call is taken', async (context) => {
  const dataDir = tempDir(context);
  await take(dataDir, 'candles', [sourceOf('a', bars(0, 6))]);
  const before = fingerprint(dataDir);
  const other = [sourceOf('new.csv', bars(6, 9)), sourceOf('bad.csv', bars(5, 6, 12))];
  await assert.rejects(take(dataDir, 'candles', other), {
    code: 'XY_IMPORT_CONFLICT',
    message:
      'binance-usdm BTC/USDT:X candles 5m at 2024-02-20T00:00:00.000Z: the archive has close 1.1, bad.csv has 1.2',
  });
  assert.deepEqual(fingerprint(dataDir), before);
  const outcome = await take(dataDir, 'candles', other, { replace: true });
  assert.deepEqual([outcome.recordsNew, outcome.recordsKnown, outcome.recordsReplaced], [3, 0, 1]);
  assert.equal((await archived(dataDir))[5]?.[4], 12);
});

test('a dry run finds the same and writes nothing', async (context) => {
  const dataDir = tempDir(context);
  const outcome = await take(dataDir, 'candles', [sourceOf('a', bars(0, 10))], { dryRun: true });
  assert.deepEqual([outcome.recordsNew, outcome.partitionsWritten], [10, 3]);
  assert.deepEqual(fingerprint(dataDir), {});
});

test('a finer import scales the whole data set, once, and its content stays the same', async (context) => {
  const [a, b] = [join(tempDir(context), 'a'), join(tempDir(context), 'b')];
  await take(a, 'candles', [sourceOf('coarse', bars(0, 6))]);
  const hashOf = async (dataDir: string): Promise<string> => {
    const history = await ArchiveHistory.open(dataDir);
    return history.contentHash([
      { venue: 'binance-usdm', symbol: 'BTC/USDT:X', kind: 'candles', toUs: NEW_YEAR_US + 60 * DAY_US },
    ]);
  };
  const before = await hashOf(a);
  const fine = scaleChunk(bars(9, 12), { priceDecimals: 3, qtyDecimals: 2 });
  const outcome = await take(a, 'candles', [sourceOf('fine', fine)]);
  assert.deepEqual([outcome.priceDecimals, outcome.qtyDecimals], [3, 2]);
  assert.deepEqual((await archived(a))[0], [NEW_YEAR_US, 1_000, 1_200, 900, 1_100, 0]);
  assert.equal(await hashOf(a), before);
  await take(b, 'candles', [sourceOf('fine', fine)]);
  await take(b, 'candles', [sourceOf('coarse', bars(0, 6))]);
  assert.deepEqual(fingerprint(b), fingerprint(a));
  assert.equal((await take(a, 'candles', [sourceOf('coarse', bars(0, 6))])).partitionsWritten, 0);
});

test('trades lie by day; aggregates and single trades do not mix', async (context) => {
  const dataDir = tempDir(context);
  const rows = [0, 1, 2].map((i) => [NEW_YEAR_US + i * (DAY_US / 2), NEW_YEAR_US + i, 100 + i, 5, 1, 1]);
  const outcome = await take(dataDir, 'trades', [sourceOf('a', chunkOf('trades', rows), 'aggregate')]);
  assert.deepEqual([outcome.partitionsWritten, outcome.barsMissing], [2, null]);
  const single = chunkOf('trades', [[NEW_YEAR_US + 5 * DAY_US, NEW_YEAR_US, 999, 5, 1, 1]]);
  await assert.rejects(
    take(dataDir, 'trades', [sourceOf('b', single, 'single')]),
    /aggregate trades, b has single ones/,
  );
});

test('another recording of the same stretch is refused, or with replace takes the whole stretch over', async (context) => {
  const dataDir = tempDir(context);
  const recording = (shiftUs: number, ids: readonly number[]): RowChunk =>
    chunkOf(
      'trades',
      ids.map((id) => [NEW_YEAR_US + id * 1_000 + shiftUs, NEW_YEAR_US + id * 1_000, id, 5, 1, 1]),
    );
  await take(dataDir, 'trades', [sourceOf('a', recording(0, [1, 2, 3, 4, 5, 6]), 'single')]);
  const other = sourceOf('b', recording(300, [3, 4, 5]), 'single');
  await assert.rejects(take(dataDir, 'trades', [other]), {
    code: 'XY_IMPORT_CONFLICT',
    message: /two recordings of the same time do not agree/,
  });
  const outcome = await take(dataDir, 'trades', [other], { replace: true });
  assert.deepEqual([outcome.recordsNew, outcome.recordsReplaced, outcome.recordCount], [3, 3, 6]);
  assert.deepEqual(
    (await archived(dataDir)).map(([ts, , id]) => [id, (ts ?? 0) - NEW_YEAR_US]),
    [
      [1, 1_000],
      [2, 2_000],
      [3, 3_300],
      [4, 4_300],
      [5, 5_300],
      [6, 6_000],
    ],
  );
});

test('one import at a time; a reader is not disturbed', async (context) => {
  const dataDir = tempDir(context);
  await take(dataDir, 'candles', [sourceOf('a', bars(0, 3))]);
  const lock = lockArchive(dataDir);
  await assert.rejects(take(dataDir, 'candles', [sourceOf('b', bars(3, 6))]), {
    code: 'XY_STORE_FAILED',
    message: new RegExp(`another program is writing to .*\\(process ${process.pid}\\)`),
  });
  assert.equal((await archived(dataDir)).length, 3);
  lock.release();
  assert.equal((await take(dataDir, 'candles', [sourceOf('b', bars(3, 6))])).recordsNew, 3);
});

test('an interrupted import leaves no trace in the archive', async (context) => {
  const dataDir = tempDir(context);
  await take(dataDir, 'candles', [sourceOf('a', bars(0, 3))]);
  const before = fingerprint(dataDir);
  const controller = new AbortController();
  const onProgress = (label: string): void => {
    if (label === 'writing') controller.abort();
  };
  await assert.rejects(
    take(dataDir, 'candles', [sourceOf('b', bars(0, 12))], { signal: controller.signal, onProgress }),
    { code: 'XY_INTERRUPTED' },
  );
  assert.deepEqual(await archived(dataDir), await rowsOf([bars(0, 3)]));
  const visible = Object.fromEntries(
    Object.entries(fingerprint(dataDir)).filter(([path]) => !path.includes('.staging')),
  );
  assert.deepEqual(visible, before);
  const outcome = await take(dataDir, 'candles', [sourceOf('b', bars(0, 12))]);
  assert.equal(outcome.recordsNew, 9);
  assert.ok(!existsSync(join(dataDir, 'archive', '.staging')));
});

test('a reader notices when the file under it was exchanged', async (context) => {
  const dataDir = tempDir(context);
  await take(dataDir, 'candles', [sourceOf('a', bars(0, 3))]);
  const [table] = await archiveTables(dataDir);
  await take(dataDir, 'candles', [sourceOf('b', bars(0, 3, 12))], { replace: true });
  assert.ok(table !== undefined);
  await assert.rejects(rowsOf(table.read(0, Number.POSITIVE_INFINITY)), {
    code: 'XY_STORE_FAILED',
    message: /changed by an import/,
  });
});

test('a file that lies in the wrong folder is not taken for data', async (context) => {
  const dataDir = tempDir(context);
  await take(dataDir, 'candles', [sourceOf('a', bars(0, 3))]);
  const folder = join(dataDir, 'archive', 'binance-usdm', 'BTC%2FUSDT%3AX', 'candles', '5m');
  writeFileSync(join(folder, '2023-01.parquet'), readFileSync(join(folder, '2024-01.parquet')));
  await assert.rejects(archiveTables(dataDir), /wrong place/);
});

test('file and archive of it have one content hash', async (context) => {
  const folder = tempDir(context);
  const path = writeData(folder, 'x.csv.gz', candleCsv(20_000));
  const files = await FileHistory.open([path], { venue: 'sim', symbols: ['XUSDT'] });
  const chunks: RowChunk[] = [];
  for await (const {
    rowCount,
    openTsUs,
    openTicks,
    highTicks,
    lowTicks,
    closeTicks,
    volumeLots,
  } of files.candles({ venue: 'sim', symbol: 'XUSDT' })) {
    chunks.push({
      kind: 'candles',
      rowCount,
      priceDecimals: 1,
      qtyDecimals: 3,
      columns: [openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots],
    });
  }
  const [first] = chunks;
  assert.ok(first !== undefined);
  const source = {
    ...sourceOf('x', first),
    lastTsUs: files.infos[0]!.toUs - 1,
    async *open() {
      yield* chunks;
    },
  };
  const id: DataSetId = { venue: 'sim', symbol: 'XUSDT', kind: 'candles', timeframeUs: FIVE_MINUTES_US };
  await importDataSets(folder, [{ id, sources: [source] }], { replace: false, dryRun: false });
  const archive = await ArchiveHistory.open(folder);
  const range = { fromUs: NEW_YEAR_US + 7 * FIVE_MINUTES_US, toUs: NEW_YEAR_US + 19_000 * FIVE_MINUTES_US };
  for (const query of [
    { venue: 'sim', symbol: 'XUSDT', kind: 'candles' },
    { venue: 'sim', symbol: 'XUSDT', kind: 'candles', ...range },
  ] as const) {
    assert.equal(await archive.contentHash([query]), await files.contentHash([query]));
  }
});
