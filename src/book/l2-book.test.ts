import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError, Prng } from '#core';
import type { Side } from '#domain';
import { L2Book } from './l2-book.ts';

const SEED = Number(process.env.SEED ?? 20261121);

/** The slow truth: prices in a map, sorted when asked. */
class NaiveBook {
  readonly levels: Record<Side, Map<number, number>> = { buy: new Map(), sell: new Map() };

  set(side: Side, price: number, lots: number): void {
    if (lots === 0) this.levels[side].delete(price);
    else this.levels[side].set(price, lots);
  }

  sorted(side: Side): [number, number][] {
    return [...this.levels[side]].sort((a, b) => (side === 'buy' ? b[0] - a[0] : a[0] - b[0]));
  }
}

function levelsOf(book: L2Book, side: Side): [number, number][] {
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
