/** The touch of a replayed book follows the newest update (M51). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayBook } from './replay-book.ts';

function bookOf(
  bids: readonly (readonly [number, number])[],
  asks: readonly (readonly [number, number])[],
): ReplayBook {
  const book = new ReplayBook();
  for (const [priceTicks, lots] of bids) book.setBid(priceTicks, lots);
  for (const [priceTicks, lots] of asks) book.setAsk(priceTicks, lots);
  return book;
}

function touchOf(book: ReplayBook): readonly [number, number] {
  return [book.bestBidTicks, book.bestAskTicks];
}

function walked(
  book: ReplayBook,
  side: 'buy' | 'sell',
  limitTicks: number,
): readonly (readonly [number, number])[] {
  const levels: [number, number][] = [];
  book.walk(side, limitTicks, (priceTicks, lots) => {
    levels.push([priceTicks, lots]);
    return true;
  });
  return levels;
}

test('is empty at first: every price is marketable for nobody', () => {
  assert.deepEqual(touchOf(new ReplayBook()), [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test('returns what stood at a level before', () => {
  const book = bookOf([[100, 5]], [[101, 7]]);
  assert.deepEqual([book.setBid(100, 8), book.setBid(100, 0), book.setBid(100, 0)], [5, 8, 0]);
  assert.deepEqual([book.setAsk(101, 1), book.setAsk(102, 1)], [7, 0]);
});

test('a bid that crosses passes the asks at and below it (M51)', () => {
  const book = bookOf(
    [[100, 5]],
    [
      [101, 7],
      [102, 3],
      [104, 2],
    ],
  );
  book.setBid(102, 4);
  assert.deepEqual(touchOf(book), [102, 104]);
  assert.equal(book.lotsOf('sell', 101), 7, 'passed levels keep their quantity');
  assert.deepEqual(walked(book, 'sell', 110), [[104, 2]], 'and are not met');
});

test('an ask that crosses passes the bids at and above it (M51)', () => {
  const book = bookOf(
    [
      [100, 5],
      [99, 1],
      [97, 2],
    ],
    [[101, 7]],
  );
  book.setAsk(99, 4);
  assert.deepEqual(touchOf(book), [97, 99]);
  assert.deepEqual(walked(book, 'buy', 90), [[97, 2]]);
});

test('a side that was passed altogether is empty', () => {
  const book = bookOf([[100, 5]], [[101, 7]]);
  book.setBid(101, 1);
  assert.deepEqual(touchOf(book), [101, Number.POSITIVE_INFINITY]);
  assert.deepEqual(walked(book, 'sell', 200), []);
});

test('passed levels count again when the touch is brought back before them (M51)', () => {
  const book = bookOf(
    [[100, 5]],
    [
      [101, 7],
      [104, 2],
    ],
  );
  book.setBid(102, 4);
  book.setBid(102, 0);
  assert.deepEqual(touchOf(book), [100, 104], 'not by the other side going back');
  book.setAsk(101, 6);
  book.setAsk(101, 0);
  assert.deepEqual(touchOf(book), [100, 104]);
});

test('does not look beyond the worst price since a side was empty (M51)', () => {
  const book = bookOf(
    [
      [105, 1],
      [100, 2],
    ],
    [],
  );
  book.setAsk(103, 1);
  assert.deepEqual(touchOf(book), [100, 103]);
  book.setBid(100, 0);
  book.setBid(110, 1);
  book.setBid(110, 0);
  assert.equal(book.bestBidTicks, Number.NEGATIVE_INFINITY);
});

test('walks levels best first within the limit and stops when told', () => {
  const book = bookOf(
    [
      [100, 5],
      [98, 3],
    ],
    [
      [101, 7],
      [103, 1],
      [109, 4],
    ],
  );
  assert.deepEqual(walked(book, 'sell', 103), [
    [101, 7],
    [103, 1],
  ]);
  assert.deepEqual(walked(book, 'buy', 100), [[100, 5]]);
  let calls = 0;
  book.walk('sell', 200, () => {
    calls++;
    return false;
  });
  assert.equal(calls, 1);
});

test('is the same after its state was saved and loaded', () => {
  const book = bookOf(
    [[100, 5]],
    [
      [101, 7],
      [102, 3],
      [104, 2],
    ],
  );
  book.setBid(102, 4);
  const copy = new ReplayBook();
  copy.loadState(structuredClone(book.saveState()));
  for (const each of [book, copy]) each.setBid(102, 0);
  assert.deepEqual(touchOf(copy), touchOf(book));
  assert.deepEqual(copy.saveState(), book.saveState());
});
