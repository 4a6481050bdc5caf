/** Levels of one message, few or many, come into the order of their numbers, and those of one number stay as they came. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LevelBuffer } from '#book';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { sortBySequence } from './level-order.ts';

const SEED = testSeed();
const LEVELS_MAX = 200;

test(`levels of any count are sorted as a stable sort of their rows would (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('level order');
  for (let count = 0; count < LEVELS_MAX; count++) {
    const rows = Array.from({ length: count }, (_, at) => [
      at + 1,
      prng.integer(0, 9),
      prng.integer(0, count),
    ]);
    const levels = new LevelBuffer(LEVELS_MAX);
    for (const [price = 0, qty = 0, sequence = 0] of rows) levels.push(price, qty, sequence);
    sortBySequence(levels);
    const found = Array.from({ length: levels.count }, (_, at) => [
      levels.priceTicks[at],
      levels.qtyLots[at],
      levels.sequence[at],
    ]);
    assert.deepEqual(
      found,
      rows.toSorted(([, , a = 0], [, , b = 0]) => a - b),
    );
  }
});
