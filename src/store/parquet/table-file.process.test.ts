import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ParquetWriter } from 'hyparquet-writer';
import { BOOK, type DataSetId, type RowChunk, sliceRows } from '#store/history';
import { chunkOf, rowsOf } from '../../../test/support/history-rows.ts';
import { propertySettings } from '../../../test/support/property.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { FILE_HASH_BLANK, FILE_HASH_KEY, FileByteWriter } from './parquet-codec.ts';
import { ROW_GROUP_ROWS, TableReader, TableWriter } from './table-file.ts';

const CANDLES: DataSetId = {
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  kind: 'candles',
  timeframeUs: 300_000_000,
};
const BOOKS: DataSetId = { venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'book', timeframeUs: null };

function write(path: string, id: DataSetId, chunks: readonly RowChunk[]) {
  const [first] = chunks;
  assert.ok(first !== undefined);
  const writer = new TableWriter(path, id, first, null);
  for (const chunk of chunks) writer.add(chunk);
  return writer.finish();
}

async function read(path: string, fromUs?: number, toUs?: number): Promise<RowChunk[]> {
  const reader = await TableReader.open(path);
  const chunks: RowChunk[] = [];
  for await (const chunk of reader.read(fromUs, toUs)) chunks.push(chunk);
  reader.close();
  return chunks;
}

/** Compares long lists of rows; a failed `deepEqual` of them would draw a difference for minutes. */
function assertSameRows(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): void {
  assert.equal(actual.length, expected.length);
  const at = actual.findIndex((row, ix) => row.join() !== expected[ix]?.join());
  assert.ok(at < 0, `row ${at} is ${actual[at]?.join()}, expected ${expected[at]?.join()}`);
}

const SAFE = Number.MAX_SAFE_INTEGER;

test('gives back every safe integer it was given', async (context) => {
  const path = join(tempDir(context), 'x.parquet');
  const value = fc.oneof(
    fc.integer({ min: -SAFE, max: SAFE }),
    fc.constantFrom(0, 1, -1, SAFE, -SAFE, 2 ** 32, 2 ** 31, -(2 ** 32)),
    fc.nat({ max: 100 }),
  );
  const row = fc.array(value, { minLength: 5, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 300 }), async (rows) => {
      const timed = rows.map((values, ix) => [ix * 7, ...values]);
      write(path, CANDLES, [chunkOf('candles', timed)]);
      assert.deepEqual(await rowsOf(await read(path)), timed);
    }),
    propertySettings(60),
  );
});

test('writes the same bytes whatever the chunks, over many row groups', async (context) => {
  const folder = tempDir(context);
  const rows = Array.from({ length: ROW_GROUP_ROWS + 5_000 }, (_, i) => [
    i,
    10 + (i % 3),
    15,
    5,
    10,
    i % 100,
  ]);
  const whole = chunkOf('candles', rows, { price: 1, qty: 3 });
  const meta = write(join(folder, 'a.parquet'), CANDLES, [whole]);
  const cuts = [0, 1, 8_192, 60_000, 65_536, 65_537, rows.length];
  const parts = cuts.slice(1).map((end, ix) => sliceRows(whole, cuts[ix]!, end));
  assert.deepEqual(write(join(folder, 'b.parquet'), CANDLES, parts), meta);
  assert.ok(readFileSync(join(folder, 'a.parquet')).equals(readFileSync(join(folder, 'b.parquet'))));
  const chunks = await read(join(folder, 'a.parquet'));
  assert.ok(chunks.every(({ rowCount }) => rowCount <= 8_192));
  assertSameRows(await rowsOf(chunks), rows);
  const reader = await TableReader.open(join(folder, 'a.parquet'));
  assert.deepEqual(reader.meta, meta);
  reader.close();
});

test('reads a range of times without the rest', async (context) => {
  const path = join(tempDir(context), 'x.parquet');
  write(path, CANDLES, [
    chunkOf(
      'candles',
      Array.from({ length: 20_000 }, (_, i) => [i * 10, 1, 1, 1, 1, 0]),
    ),
  ]);
  const rows = await rowsOf(await read(path, 95_000, 95_030));
  assert.deepEqual(
    rows.map(([ts]) => ts),
    [95_000, 95_010, 95_020],
  );
  assert.deepEqual(await read(path, 200_000), []);
});

test('never splits a book event, neither in row groups nor in chunks', async (context) => {
  const path = join(tempDir(context), 'x.parquet');
  const rows: number[][] = [];
  for (let event = 0; rows.length < ROW_GROUP_ROWS + 30_000; event++) {
    const levels = event % 100 === 0 ? 9_000 : 1 + (event % 37);
    for (let level = 0; level < levels; level++)
      rows.push([
        event,
        event,
        event,
        event,
        event - 1,
        0,
        level,
        level % 2 === 0 ? 1 : -1,
        100 + level,
        level,
      ]);
  }
  const meta = write(path, BOOKS, [chunkOf('book', rows)]);
  const chunks = await read(path);
  for (const { columns } of chunks) assert.equal(columns[BOOK.levelIx]![0], 0);
  assertSameRows(await rowsOf(chunks), rows);
  assert.equal(meta.recordCount, rows.filter((row) => row[BOOK.levelIx] === 0).length);
});

test('a damaged file is named, wherever the damage is', async (context) => {
  const folder = tempDir(context);
  const path = join(folder, 'x.parquet');
  write(path, CANDLES, [
    chunkOf(
      'candles',
      Array.from({ length: 3_000 }, (_, i) => [i * 10, 10 + (i % 7), 20, 5, 11, i]),
    ),
  ]);
  const bytes = readFileSync(path);
  const damagedPath = join(folder, 'damaged.parquet');
  const outcome = async (damaged: Uint8Array): Promise<string> => {
    writeFileSync(damagedPath, damaged);
    try {
      return `read ${(await rowsOf(await read(damagedPath))).length}`;
    } catch (thrown) {
      assert.ok(thrown instanceof Error && thrown.message.includes(damagedPath), String(thrown));
      return String(Reflect.get(thrown, 'code'));
    }
  };
  for (const length of [0, 4, 100, bytes.length - 1])
    assert.equal(await outcome(bytes.subarray(0, length)), 'XY_FILE_DAMAGED');
  for (let at = 0; at < bytes.length; at += 131) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 0xff;
    assert.equal(await outcome(flipped), 'XY_FILE_DAMAGED', `flipped at ${at}`);
  }
});

test('refuses a file of another schema version and one that is not of the archive', async (context) => {
  const path = join(tempDir(context), 'x.parquet');
  const parquet = (version: string): void => {
    const writer = new ParquetWriter({
      writer: new FileByteWriter(path),
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'a', type: 'INT32', repetition_type: 'REQUIRED' },
      ],
      kvMetadata: [
        { key: FILE_HASH_KEY, value: FILE_HASH_BLANK },
        { key: 'xylen.schema_version', value: version },
      ].slice(0, version === '' ? 1 : 2),
    });
    writer.write({ columnData: [{ name: 'a', data: Int32Array.of(1, 2) }] });
    writer.finish();
  };
  parquet('2');
  await assert.rejects(TableReader.open(path), {
    code: 'XY_STORE_SCHEMA',
    message: /has schema version 2, this program reads 1/,
  });
  parquet('');
  await assert.rejects(TableReader.open(path), { code: 'XY_FILE_DAMAGED' });
});
