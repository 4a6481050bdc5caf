import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError, Prng } from '#core';
import type { Side } from '#domain';
import { BookUpdate } from './book-update.ts';
import { fuzzBook } from './l2-book.fuzz.ts';
import { L2Book } from './l2-book.ts';
import { NaiveBook } from './test/naive-book.ts';

const SEED = Number(process.env.SEED ?? 20261121);

function levelsOf(book: L2Book, side: Side): (readonly [number, number])[] {
  return Array.from({ length: book.levelCount(side) }, (_, i) => [
    book.priceTicksAt(side, i),
    book.qtyLotsAt(side, i),
  ]);
}

const update = fc.tuple(
  fc.constantFrom<Side>('buy', 'sell'),
  fc.integer({ min: 1, max: 60 }),
  fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
);

test('a book equals a naive one after any updates', () => {
  fc.assert(
    fc.property(fc.array(update, { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (updates, limit) => {
      const book = new L2Book();
      const naive = new NaiveBook();
      for (const [side, price, lots] of updates) {
        book.setLevel(side, price, lots);
        naive.set(side, price, lots);
      }
      for (const side of ['buy', 'sell'] as const) {
        const sorted = naive.sorted(side);
        assert.deepEqual(levelsOf(book, side), sorted);
        const top = sorted.slice(0, 3).reduce((sum, level) => sum + level[1], 0);
        assert.equal(book.depthLots(side, 3), top);
        const within = sorted.filter(([price]) => (side === 'buy' ? price >= limit : price <= limit));
        assert.equal(
          book.depthLotsWithin(side, limit),
          within.reduce((sum, level) => sum + level[1], 0),
        );
        assert.equal(book.qtyLotsOf(side, limit), naive.levels[side].get(limit) ?? 0);
      }
      const bid = naive.sorted('buy')[0]?.[0] ?? Number.NaN;
      const ask = naive.sorted('sell')[0]?.[0] ?? Number.NaN;
      assert.equal(book.bestBidTicks, bid);
      assert.equal(book.bestAskTicks, ask);
      assert.equal(book.isCrossed, bid >= ask);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('a book of thousands of levels stays sorted far from the touch', () => {
  const prng = new Prng(SEED);
  const book = new L2Book();
  const naive = new NaiveBook();
  for (let i = 0; i < 20_000; i++) {
    const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const price = prng.integer(1, 5_000);
    const lots = prng.uniform() < 0.2 ? 0 : prng.integer(1, 100);
    book.setLevel(side, price, lots);
    naive.set(side, price, lots);
  }
  assert.deepEqual(levelsOf(book, 'buy'), naive.sorted('buy'));
  assert.deepEqual(levelsOf(book, 'sell'), naive.sorted('sell'));
});

test('a snapshot replaces the book, a delta changes single levels', () => {
  const book = new L2Book();
  book.applySnapshot(Float64Array.of(99, 5, 98, 7), Float64Array.of(102, 1, 101, 4));
  book.applyDelta(Float64Array.of(99, 0, 97, 2), Float64Array.of(101, 9, 105, 0));
  assert.deepEqual(levelsOf(book, 'buy'), [
    [98, 7],
    [97, 2],
  ]);
  assert.deepEqual(levelsOf(book, 'sell'), [
    [101, 9],
    [102, 1],
  ]);
  book.applySnapshot(Float64Array.of(50, 1), Float64Array.of(51, 1));
  assert.deepEqual(levelsOf(book, 'buy'), [[50, 1]]);
});

test('a full side gives up its worst level for a better one and refuses a worse one', () => {
  const book = new L2Book(3);
  for (const price of [10, 11, 12]) book.setLevel('buy', price, 1);
  book.setLevel('buy', 9, 1);
  assert.deepEqual(
    levelsOf(book, 'buy').map(([price]) => price),
    [12, 11, 10],
  );
  book.setLevel('buy', 13, 1);
  assert.deepEqual(
    levelsOf(book, 'buy').map(([price]) => price),
    [13, 12, 11],
  );
});

test('a level without a price, with a negative quantity or without its pair is a bug', () => {
  const book = new L2Book();
  assert.throws(() => book.setLevel('buy', 0, 1), AssertionError);
  assert.throws(() => book.setLevel('sell', 5, -1), AssertionError);
  assert.throws(() => book.setLevel('sell', Number.NaN, 1), AssertionError);
  assert.throws(() => book.applyDelta(Float64Array.of(1), new Float64Array()), AssertionError);
});

test('an empty side has no price and no quantity', () => {
  const book = new L2Book();
  assert.ok(Number.isNaN(book.bestBidTicks));
  assert.ok(Number.isNaN(book.priceTicksAt('sell', 0)));
  assert.equal(book.qtyLotsAt('sell', 0), 0);
  assert.equal(book.isCrossed, false);
});

test('a book restored from its saved state goes on as the saved one', () => {
  const prng = new Prng(SEED);
  const book = new L2Book();
  const step = (target: L2Book, price: number, lots: number): void =>
    target.setLevel(price % 2 ? 'buy' : 'sell', price, lots);
  for (let i = 0; i < 500; i++) step(book, prng.integer(1, 800), prng.integer(0, 5));
  const copy = new L2Book();
  copy.setLevel('buy', 3, 3);
  const saved = book.saveState();
  copy.loadState(structuredClone(saved));
  for (let i = 0; i < 500; i++) {
    const price = prng.integer(1, 800);
    const lots = prng.integer(0, 5);
    step(book, price, lots);
    step(copy, price, lots);
  }
  assert.deepEqual(copy.saveState(), book.saveState());
  assert.notDeepEqual(saved, book.saveState());
});

test(`a fast book answers as a naive one does to random markets (SEED=${SEED})`, () => {
  const figures = fuzzBook(SEED, 150_000);
  assert.equal(figures.levelUpdates, 150_000);
  assert.ok(figures.markets >= 5 && figures.reloads > 10 && figures.comparisons > 500);
});

test('a message is applied as a whole, in the order received', () => {
  const book = new L2Book();
  const update = new BookUpdate();
  update.isSnapshot = true;
  update.bids.push(10, 5);
  update.bids.push(9, 5);
  update.asks.push(11, 5);
  assert.equal(book.applyUpdate(update), true);
  update.clear();
  update.bids.push(10, 0);
  update.bids.push(10, 2);
  assert.equal(book.applyUpdate(update), true);
  assert.deepEqual(levelsOf(book, 'buy'), [
    [10, 2],
    [9, 5],
  ]);
});

test('levels that the book has reached by their own number are left out', () => {
  const book = new L2Book();
  const update = new BookUpdate();
  update.bids.push(10, 5, 7);
  update.bids.push(9, 5, 8);
  update.bids.push(8, 5);
  assert.equal(book.applyUpdate(update, 7), true);
  assert.deepEqual(levelsOf(book, 'buy'), [
    [9, 5],
    [8, 5],
  ]);
});

test('a message with a level that is none is refused', () => {
  for (const [priceTicks, qtyLots] of [
    [0, 1],
    [-3, 1],
    [1.5, 1],
    [10, -1],
    [10, 0.5],
    [2 ** 53, 1],
    [10, 2 ** 53],
  ] as const) {
    for (const side of ['bids', 'asks'] as const) {
      const update = new BookUpdate();
      for (let i = 1; i < 100; i++) update[side].push(i, 1);
      update[side].push(priceTicks, qtyLots);
      const book = new L2Book();
      // Again and again, so that it is refused wherever the side keeps its levels by then.
      for (let i = 0; i < 5; i++) {
        assert.equal(book.applyUpdate(update), false, `${priceTicks} x ${qtyLots}`);
      }
      assert.equal(book.levelCount(side === 'bids' ? 'buy' : 'sell'), 99);
    }
  }
});

test('a cut keeps the best levels of each side', () => {
  const book = new L2Book();
  for (let i = 0; i < 20; i++) {
    book.setLevel('buy', 1000 - i * 7, 1);
    book.setLevel('sell', 1001 + i * 7, 1);
  }
  book.truncate(2);
  assert.deepEqual(levelsOf(book, 'buy'), [
    [1000, 1],
    [993, 1],
  ]);
  assert.deepEqual(levelsOf(book, 'sell'), [
    [1001, 1],
    [1008, 1],
  ]);
  book.truncate(0);
  assert.equal(book.levelCount('buy'), 0);
});

test(`a book of a thousand levels a side is small, dense or sparse (SEED=${SEED})`, () => {
  for (const stepTicks of [1, 5, 20, 200, 100_000]) {
    const prng = new Prng(SEED);
    const book = new L2Book();
    let middle = 3_000_000_000;
    for (let i = 0; i < 40_000; i++) {
      middle += prng.integer(-1, 2) * stepTicks;
      const distance = Math.floor(-Math.log(1 - prng.uniform()) * 1500);
      book.setLevel('buy', middle - (1 + distance) * stepTicks, prng.integer(0, 3));
      book.setLevel('sell', middle + distance * stepTicks, prng.integer(0, 3));
      book.truncate(1000);
      assert.ok(book.byteLength <= 150_000, `${book.byteLength} bytes at steps of ${stepTicks}`);
    }
    assert.ok(book.levelCount('buy') > 900);
  }
});
