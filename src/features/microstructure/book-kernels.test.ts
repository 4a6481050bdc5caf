import assert from 'node:assert/strict';
import { test } from 'node:test';
import { L2Book } from '#book';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { loadTape, saveTape } from '../state-tape.ts';
import {
  bandImbalance,
  depthImbalance,
  fadingImbalance,
  micropriceGapBps,
  micropriceTicks,
  spreadBps,
} from './book-shape.ts';
import { isOpenBook } from './book-view.ts';
import { CrossVenue } from './cross-venue.ts';
import { OrderFlow } from './order-flow.ts';
import { QueuePosition } from './queue-position.ts';

const SEED = testSeed();

function bookOf(bids: readonly number[], asks: readonly number[]): L2Book {
  const book = new L2Book();
  book.applySnapshot(Float64Array.from(bids), Float64Array.from(asks));
  return book;
}

/** Bid 9,999 x 3, 9,998 x 5; ask 10,001 x 1, 10,005 x 7. */
const BOOK = bookOf([9_999, 3, 9_998, 5], [10_001, 1, 10_005, 7]);

test('spread, microprice and imbalances of a small book, by hand', () => {
  assert.equal(spreadBps(BOOK), 2);
  assert.equal(micropriceTicks(BOOK), (10_001 * 3 + 9_999 * 1) / 4);
  assert.equal(micropriceGapBps(BOOK), (10_000 * 0.5) / 10_000);
  assert.equal(depthImbalance(BOOK, 1), 0.5);
  assert.equal(depthImbalance(BOOK, 2), (8 - 8) / 16);
  assert.ok(Number.isNaN(depthImbalance(BOOK, 3)), 'a side has fewer levels');
  assert.equal(fadingImbalance(BOOK, 2, 0), 0);
  const weight = Math.exp(-1);
  assert.equal(fadingImbalance(BOOK, 2, 1), (2 + weight * -2) / (4 + weight * 12));
});

test('a band takes what lies within it, its edges included', () => {
  assert.equal(bandImbalance(BOOK, 0.5), 0, 'nothing within');
  assert.equal(bandImbalance(BOOK, 1), (3 - 1) / 4);
  assert.equal(bandImbalance(BOOK, 2), (8 - 1) / 9);
  assert.equal(bandImbalance(BOOK, 4.999), (8 - 1) / 9);
  assert.equal(bandImbalance(BOOK, 5), 0);
});

test('half a book has no middle', () => {
  const half = bookOf([9_999, 3], []);
  assert.equal(isOpenBook(half), false);
  for (const value of [spreadBps(half), micropriceTicks(half), bandImbalance(half, 5)]) {
    assert.ok(Number.isNaN(value));
  }
  assert.equal(isOpenBook(bookOf([10_001, 1], [10_001, 1])), false, 'a crossed book is not open');
});

test(`the microprice lies between bid and ask, imbalances within [-1, 1], the gap agrees with both (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('shape');
  for (let round = 0; round < 500; round++) {
    const book = randomBook(prng, 8);
    const [bid, ask] = [book.priceTicksAt('buy', 0), book.priceTicksAt('sell', 0)];
    const micro = micropriceTicks(book);
    assert.ok(micro > bid && micro < ask);
    const mid = (bid + ask) / 2;
    assert.ok(Math.abs(micropriceGapBps(book) - (1e4 * (micro - mid)) / mid) < 1e-9);
    for (const value of [depthImbalance(book, 5), bandImbalance(book, 40), fadingImbalance(book, 5, 0.3)]) {
      assert.ok(value >= -1 && value <= 1);
    }
  }
});

test('order flow: each term by hand', () => {
  const flowFrom = (before: L2Book, after: L2Book): number => {
    const flow = new OrderFlow(1);
    assert.equal(flow.push(before), false);
    assert.equal(flow.push(after), true);
    return flow.flowLots[0]!;
  };
  const start = bookOf([100, 10], [102, 20]);
  assert.equal(flowFrom(start, bookOf([100, 13], [102, 20])), 3, 'more is bid');
  assert.equal(flowFrom(start, bookOf([100, 10], [102, 26])), -6, 'more is offered');
  assert.equal(flowFrom(start, bookOf([101, 4], [102, 20])), 4, 'a better bid counts whole');
  assert.equal(flowFrom(start, bookOf([99, 4], [102, 20])), -10, 'the bid that has gone counts whole');
  assert.equal(flowFrom(start, bookOf([100, 10], [101, 5])), -5, 'a better offer');
  assert.equal(flowFrom(start, bookOf([100, 10], [103, 5])), 20, 'the offer that has gone');
  assert.equal(flowFrom(start, bookOf([], [102, 20])), -10, 'no bid is the worst bid');
  assert.equal(flowFrom(bookOf([100, 10], []), start), -20);
});

test('order flow has no flow to the first state, nor after a reset', () => {
  const flow = new OrderFlow(2);
  flow.push(BOOK);
  flow.reset();
  assert.equal(flow.push(bookOf([100, 1], [101, 1])), false);
  assert.deepEqual([...flow.flowLots], [0, 0]);
});

test(`order flow of deeper levels equals the formula written out, and continues after a checkpoint (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('flow');
  const levels = 4;
  let flow = new OrderFlow(levels);
  let before: L2Book | undefined;
  for (let round = 0; round < 300; round++) {
    const book = randomBook(prng, 6);
    flow.push(book);
    for (let k = 0; k < levels && before !== undefined; k++) {
      const [pb, qb] = [book.priceTicksAt('buy', k), book.qtyLotsAt('buy', k)];
      const [pa, qa] = [book.priceTicksAt('sell', k), book.qtyLotsAt('sell', k)];
      const [pb0, qb0] = [before.priceTicksAt('buy', k), before.qtyLotsAt('buy', k)];
      const [pa0, qa0] = [before.priceTicksAt('sell', k), before.qtyLotsAt('sell', k)];
      const bids = (pb >= pb0 ? qb : 0) - (pb <= pb0 ? qb0 : 0);
      const asks = (pa <= pa0 ? qa : 0) - (pa >= pa0 ? qa0 : 0);
      assert.equal(flow.flowLots[k], bids - asks);
    }
    before = book;
    if (round % 50 === 0) {
      const saved = saveTape(flow);
      flow = new OrderFlow(levels);
      loadTape(flow, saved);
    }
  }
});

test('Q1 Q2 Q3 an order joins at the back; prints take from the front, cancels are believed only when they must be', () => {
  const queue = new QueuePosition('buy');
  assert.ok(Number.isNaN(queue.aheadLots));
  queue.onBook(bookOf([100, 50], [102, 9]));
  assert.deepEqual([queue.aheadLots, queue.aheadShare], [50, 1]);
  queue.onTrade(100, 20, 'sell');
  assert.equal(queue.aheadLots, 30);
  queue.onTrade(102, 20, 'buy');
  assert.equal(queue.aheadLots, 30, 'a buyer takes from the other side');
  queue.onBook(bookOf([100, 80], [102, 9]));
  assert.deepEqual([queue.aheadLots, queue.aheadShare], [30, 30 / 80], 'who came later stands behind');
  queue.onBook(bookOf([100, 40], [102, 9]));
  assert.equal(queue.aheadLots, 30);
  queue.onBook(bookOf([100, 10], [102, 9]));
  assert.equal(queue.aheadLots, 10, 'the level holds no more');
  queue.onBook(bookOf([101, 7], [102, 9]));
  assert.equal(queue.aheadLots, 7, 'another best price, another order');
});

test('Q4 what is filled joins anew', () => {
  for (const print of [
    [102, 10],
    [103, 1],
  ] as const) {
    const queue = new QueuePosition('sell');
    queue.onBook(bookOf([100, 50], [102, 9]));
    queue.onTrade(102, 9, 'buy');
    assert.equal(queue.aheadLots, 0, 'at the front, not filled');
    queue.onTrade(print[0], print[1], 'buy');
    assert.ok(Number.isNaN(queue.aheadShare));
    queue.onBook(bookOf([100, 50], [102, 6]));
    assert.deepEqual([queue.aheadLots, queue.aheadShare], [6, 1]);
  }
});

test(`the estimate of the queue never exceeds what is displayed nor grows while the price stands (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('queue');
  const queue = new QueuePosition('buy');
  let lots = 500;
  queue.onBook(bookOf([100, lots], [102, 9]));
  let last = queue.aheadLots;
  for (let i = 0; i < 400; i++) {
    if (prng.uniform() < 0.3) queue.onTrade(100, prng.integer(1, 3), 'sell');
    lots = Math.max(1, lots + prng.integer(-8, 8));
    queue.onBook(bookOf([100, lots], [102, 9]));
    if (queue.aheadShare === 1) last = queue.aheadLots;
    assert.ok(queue.aheadLots <= lots && queue.aheadLots <= last);
    last = queue.aheadLots;
  }
});

test('two venues whose ticks differ are compared in one unit', () => {
  // 100.00 / 100.02 here, 100.100 / 100.110 there.
  const here = bookOf([10_000, 1], [10_002, 1]);
  const there = bookOf([100_100, 1], [100_110, 1]);
  const venues = new CrossVenue(2, 3);
  assert.ok(Math.abs(venues.gapBps(here, there) - (1e4 * (100.01 - 100.105)) / 100.105) < 1e-9);
  assert.ok(Math.abs(venues.edgeBps(here, there) - (1e4 * (100.1 - 100.02)) / 100.105) < 1e-9);
  assert.ok(venues.edgeBps(here, bookOf([100_000, 1], [100_020, 1])) < 0, 'nothing to be had');
});

function randomBook(prng: Prng, levels: number): L2Book {
  const book = new L2Book();
  let bid = prng.integer(9_990, 10_000);
  let ask = bid + prng.integer(1, 6);
  for (let i = 0; i < levels; i++) {
    book.setLevel('buy', bid, prng.integer(1, 40));
    book.setLevel('sell', ask, prng.integer(1, 40));
    bid -= prng.integer(1, 4);
    ask += prng.integer(1, 4);
  }
  return book;
}
