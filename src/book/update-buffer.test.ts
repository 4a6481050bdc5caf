import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { BookUpdate } from './book-update.ts';
import { UpdateBuffer, UpdatePool } from './update-buffer.ts';

const SEED = Number(process.env.SEED ?? 20261126);

test(`a buffer is a bounded queue of copies (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const pool = new UpdatePool();
  const buffer = new UpdateBuffer(pool, 300);
  const naive: number[] = [];
  const update = new BookUpdate();
  for (let i = 0; i < 20_000; i++) {
    // Filled and emptied in waves, so that it is full at times and its head wanders far.
    if (prng.uniform() < (i % 2000 < 1000 ? 0.7 : 0.3)) {
      update.clear();
      update.lastId = i;
      update.bids.push(i + 1, 1);
      assert.equal(buffer.push(update), naive.length < 300);
      if (naive.length === 300) naive.shift();
      naive.push(i);
    } else if (naive.length > 0) {
      buffer.shift();
      naive.shift();
    }
    assert.equal(buffer.count, naive.length);
    assert.equal(buffer.first?.lastId, naive[0]);
    if (buffer.first !== null) assert.equal(buffer.first.bids.priceTicks[0], buffer.first.lastId + 1);
  }
  buffer.clear();
  assert.equal(buffer.first, null);
  assert.ok(pool.keptCount <= 300, 'a queue uses no more records than it may hold');
});
