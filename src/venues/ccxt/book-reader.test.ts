import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate, L2Book } from '#book';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { BookReader } from './book-reader.ts';
import { CcxtFault } from './ccxt-fault.ts';

const SCALE = { priceDecimals: 2, qtyDecimals: 3 };
const SEED = testSeed();

function levels(side: ReadonlyMap<number, number>, sign: 1 | -1): number[][] {
  return [...side].sort((a, b) => sign * (a[0] - b[0])).map(([ticks, lots]) => [ticks / 100, lots / 1_000]);
}

test(`whoever applies the looks in order has the levels of the last one (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const reader = new BookReader(SCALE, 20);
  const update = new BookUpdate(64);
  const book = new L2Book();
  const [bids, asks] = [new Map<number, number>(), new Map<number, number>()];
  for (let look = 0; look < 3_000; look++) {
    for (let n = 0; n < prng.integer(0, 6); n++) {
      const isBid = prng.uniform() < 0.5;
      const ticks = isBid ? 10_000 - prng.integer(1, 40) : 10_000 + prng.integer(1, 40);
      const side = isBid ? bids : asks;
      if (prng.uniform() < 0.4) side.delete(ticks);
      else side.set(ticks, prng.integer(1, 1e6));
    }
    const shown = { bids: levels(bids, -1), asks: levels(asks, 1) };
    const hasChanged = reader.look(shown, update);
    assert.equal(update.isSnapshot, look === 0);
    if (hasChanged) assert.ok(book.applyUpdate(update));
    const wanted = [...bids].sort((a, b) => b[0] - a[0]).slice(0, 20);
    const found = Array.from({ length: book.levelCount('buy') }, (_, at) => [
      book.priceTicksAt('buy', at),
      book.qtyLotsAt('buy', at),
    ]);
    assert.deepEqual(found, wanted, `look ${look}`);
    assert.equal(book.levelCount('sell'), Math.min(20, asks.size));
  }
});

test('a look that shows nothing new says so', () => {
  const reader = new BookReader(SCALE, 5);
  const update = new BookUpdate(16);
  const book = { bids: [[1, 2]], asks: [[3, 4]] };
  assert.equal(reader.look(book, update), true);
  assert.equal(reader.look(book, update), false);
  reader.forget();
  assert.equal(reader.look(book, update), true);
  assert.equal(update.isSnapshot, true);
});

test('orders of one price are added up, levels of nothing are left out', () => {
  const reader = new BookReader(SCALE, 5);
  const update = new BookUpdate(16);
  reader.look(
    {
      bids: [],
      asks: [
        ['1.00', '0.5', 'id1'],
        [1, 0.25, 'id2'],
        ['1.01', '0'],
        [1.02, 1, 3],
      ],
    },
    update,
  );
  assert.deepEqual([...update.asks.priceTicks.slice(0, update.asks.count)], [100, 102]);
  assert.deepEqual([...update.asks.qtyLots.slice(0, update.asks.count)], [750, 1_000]);
});

test('a book that cannot be read is refused, and the look did not happen', () => {
  const reader = new BookReader(SCALE, 5);
  const update = new BookUpdate(16);
  const good = { bids: [[1, 1]], asks: [[2, 1]] };
  reader.look(good, update);
  for (const asks of [
    [[2.001, 1]],
    [[2, -1]],
    [['x', 1]],
    [[2]],
    [[]],
    [
      [3, 1],
      [2, 1],
    ],
    [[-2, 1]],
    [[0, 1]],
  ])
    assert.throws(() => reader.look({ bids: [], asks }, update), CcxtFault, JSON.stringify(asks));
  assert.equal(reader.look(good, update), false, 'nothing has changed since the last good look');
});
