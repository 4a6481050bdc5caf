import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf } from '../../../test/support/history-rows.ts';
import { ChunkBuilder } from './chunk-builder.ts';
import { BAR, BOOK, CHUNK_ROWS_MAX } from './columns.ts';
import { DecimalScan } from './decimal-scan.ts';

function addBar(builder: ChunkBuilder, tsUs: number, prices: readonly string[], volume: string): boolean {
  const scan = new DecimalScan();
  builder.set(BAR.ts, tsUs);
  const isTaken = [...prices, volume].every((text, ix) => {
    assert.equal(scan.scan(text), undefined);
    return builder.setScaled(ix === 4 ? 'qty' : 'price', ix + 1, scan);
  });
  if (isTaken) builder.endRow();
  return isTaken;
}

test('scales earlier rows and the open one up when a finer number comes', async () => {
  const builder = new ChunkBuilder('candles');
  assert.ok(addBar(builder, 1, ['10', '12', '9', '11'], '5'));
  assert.ok(addBar(builder, 2, ['11', '12.5', '10.25', '11'], '0.001'));
  const chunk = builder.take();
  assert.deepEqual([chunk.priceDecimals, chunk.qtyDecimals], [2, 3]);
  assert.deepEqual(await rowsOf([chunk]), [
    [1, 1_000, 1_200, 900, 1_100, 5_000],
    [2, 1_100, 1_250, 1_025, 1_100, 1],
  ]);
});

test('refuses a scale that would push a number out of the safe integers, and keeps what it has', async () => {
  const builder = new ChunkBuilder('candles');
  assert.ok(addBar(builder, 1, ['1', '1', '1', '1'], '9007199254740991'));
  assert.equal(addBar(builder, 2, ['1', '1', '1', '1'], '0.1'), false);
  builder.dropFrom(1);
  assert.ok(addBar(builder, 3, ['1', '1', '1', '1'], '2'));
  assert.deepEqual(await rowsOf([builder.take()]), [
    [1, 1, 1, 1, 1, 9_007_199_254_740_991],
    [3, 1, 1, 1, 1, 2],
  ]);
});

test('holds one record longer than a chunk', () => {
  const builder = new ChunkBuilder('book');
  for (let level = 0; level < 3 * CHUNK_ROWS_MAX; level++) {
    builder.set(BOOK.tsLocal, 7);
    builder.set(BOOK.levelIx, level);
    builder.endRow();
  }
  const chunk = builder.take();
  assert.equal(chunk.rowCount, 3 * CHUNK_ROWS_MAX);
  assert.equal(chunk.columns[BOOK.levelIx]![3 * CHUNK_ROWS_MAX - 1], 3 * CHUNK_ROWS_MAX - 1);
});
