import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { BookUpdate } from './book-update.ts';
import { UpdateBuffer, UpdatePool } from './update-buffer.ts';

const SEED = Number(process.env.SEED ?? 20261126);

function randomUpdate(prng: Prng, id: number): BookUpdate {
  const update = new BookUpdate();
  update.instrumentIx = 3;
  update.tsVenueUs = id * 10;
  update.tsLocalUs = id * 10 + 1;
  update.firstId = id;
  update.lastId = id + 1;
  update.previousId = id - 1;
  update.checksum = 7;
  const levels = prng.uniform() < 0.01 ? 3000 : prng.integer(0, 30);
  for (let i = 0; i < levels; i++) {
    const side = prng.uniform() < 0.5 ? update.bids : update.asks;
    side.push(prng.integer(1, 1e9), prng.integer(0, 1e9), prng.integer(0, 3));
  }
  return update;
}

function plainOf(update: BookUpdate | null): unknown {
  if (update === null) return null;
  const { bids, asks, ...fields } = update;
  return [fields, ...[bids, asks].map(levelsOf)];
}

function levelsOf({ count, priceTicks, qtyLots, sequence }: BookUpdate['bids']): number[][] {
  return [priceTicks, qtyLots, sequence].map((values) => [...values.subarray(0, count)]);
}

test(`a buffer is a bounded queue of copies (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const buffer = new UpdateBuffer(new UpdatePool(), 300);
  const naive: unknown[] = [];
  for (let i = 1; i < 6000; i++) {
    // Filled and emptied in waves, so that it is full at times and empty at others.
    if (prng.uniform() < (i % 2000 < 1000 ? 0.8 : 0.2)) {
      const update = randomUpdate(prng, i);
      assert.equal(buffer.push(update), naive.length < 300);
      if (naive.length === 300) naive.shift();
      naive.push(plainOf(update));
    } else if (naive.length > 0) {
      buffer.shift();
      naive.shift();
    }
    assert.equal(buffer.count, naive.length);
    assert.deepEqual(plainOf(buffer.first), naive[0] ?? null);
  }
  buffer.clear();
  assert.equal(plainOf(buffer.first), null);
  const update = randomUpdate(prng, 9);
  buffer.push(update);
  assert.deepEqual(plainOf(buffer.first), plainOf(update));
});

test('a queue gives its blocks back, one pool serves many, and it holds no more than its bound', () => {
  const prng = new Prng(SEED);
  const pool = new UpdatePool(2);
  const buffers = Array.from({ length: 4 }, () => new UpdateBuffer(pool, 1000));
  for (const buffer of buffers) for (let i = 0; i < 40; i++) buffer.push(randomUpdate(prng, i + 1));
  for (const buffer of buffers) buffer.clear();
  assert.equal(pool.keptCount, 2);
  buffers[0]?.push(randomUpdate(prng, 1));
  assert.equal(pool.keptCount, 1);
  buffers[0]?.shift();
  assert.equal(pool.keptCount, 2);
});

test('a message longer than a block has its own, which is not held', () => {
  const pool = new UpdatePool();
  const buffer = new UpdateBuffer(pool, 3);
  const update = new BookUpdate();
  for (let i = 1; i <= 5000; i++) update.bids.push(i, 1);
  buffer.push(update);
  assert.equal(buffer.first?.bids.count, 5000);
  buffer.shift();
  assert.equal(pool.keptCount, 0);
});
