import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '#core';
import { BookKeeper } from './book-keeper.ts';
import { BookUpdate } from './book-update.ts';
import { CountedSequence } from './counted-sequence.ts';
import { DepthSequence } from './depth-sequence.ts';
import { krakenChecksum } from './kraken-checksum.ts';
import { L2Book } from './l2-book.ts';
import type { BookPolicy } from './policy.ts';
import { Unnumbered } from './unnumbered.ts';
import { UpdatePool } from './update-buffer.ts';

type Pairs = readonly (readonly [number, number])[];

const POLICY: BookPolicy = {
  newRule: () => new DepthSequence(),
  depth: null,
  checksum: null,
  bufferedMax: 3,
  crossedGraceUs: 1000,
};

function update(of: Partial<BookUpdate>, bids: Pairs = [], asks: Pairs = []): BookUpdate {
  const { bids: _bids, asks: _asks, copyFrom: _copyFrom, clear: _clear, ...fields } = of;
  const out = Object.assign(new BookUpdate(), fields);
  for (const [priceTicks, qtyLots] of bids) out.bids.push(priceTicks, qtyLots);
  for (const [priceTicks, qtyLots] of asks) out.asks.push(priceTicks, qtyLots);
  return out;
}

function snapshot(lastId: number, bids: Pairs = [[10, 1]], asks: Pairs = [[12, 1]]): BookUpdate {
  return update({ isSnapshot: true, lastId }, bids, asks);
}

/** A delta of a spot stream. */
function delta(firstId: number, lastId: number, bids: Pairs = [], asks: Pairs = []): BookUpdate {
  return update({ firstId, lastId }, bids, asks);
}

/** A keeper and the last ids that it reported. */
function keeperOf(policy: Partial<BookPolicy> = {}): { keeper: BookKeeper; reported: number[] } {
  const reported: number[] = [];
  const keeper = new BookKeeper({ ...POLICY, ...policy }, ({ lastId }) => reported.push(lastId));
  return { keeper, reported };
}

function liveKeeper(policy: Partial<BookPolicy> = {}): { keeper: BookKeeper; reported: number[] } {
  const out = keeperOf(policy);
  out.keeper.startSync();
  assert.equal(out.keeper.onSnapshot(snapshot(100)), 'applied');
  assert.equal(out.keeper.onDelta(delta(101, 101)), 'applied');
  return out;
}

test('a book is cold, then syncing, and live once a delta has bridged its snapshot', () => {
  const { keeper, reported } = keeperOf();
  assert.equal(keeper.state, 'cold');
  assert.equal(keeper.isUsable, false);
  keeper.startSync();
  assert.equal(keeper.state, 'syncing');
  assert.equal(keeper.onDelta(delta(99, 100)), 'buffered');
  assert.equal(keeper.onDelta(delta(101, 103, [[11, 5]])), 'buffered');
  assert.equal(keeper.onSnapshot(snapshot(101)), 'applied');
  assert.equal(keeper.state, 'live');
  assert.ok(keeper.isUsable);
  assert.equal(keeper.book.bestBidTicks, 11);
  assert.deepEqual(reported, [101, 103]);
  assert.equal(keeper.lastUpdateId, 103);
  assert.equal(keeper.counts.dropped, 1);
});

test('a snapshot that nothing has bridged yet is not usable', () => {
  const { keeper } = keeperOf();
  keeper.startSync();
  assert.equal(keeper.onSnapshot(snapshot(100)), 'applied');
  assert.equal(keeper.state, 'syncing');
  assert.equal(keeper.isUsable, false);
  assert.equal(keeper.onDelta(delta(99, 100)), 'dropped');
  assert.equal(keeper.onDelta(delta(101, 102)), 'applied');
  assert.ok(keeper.isUsable);
});

test('a snapshot that does not reach the kept deltas is reported to nobody and the deltas stay', () => {
  const { keeper, reported } = keeperOf();
  keeper.startSync();
  keeper.onDelta(delta(105, 106));
  assert.equal(keeper.onSnapshot(snapshot(103)), 'too-old');
  assert.deepEqual(reported, []);
  assert.equal(keeper.bufferedCount, 1);
  assert.equal(keeper.onSnapshot(snapshot(104)), 'applied');
  assert.deepEqual(reported, [104, 106]);
});

test('a delta beyond an unbridged snapshot asks for another one and is kept for it', () => {
  const { keeper, reported } = keeperOf();
  keeper.startSync();
  keeper.onSnapshot(snapshot(100));
  assert.equal(keeper.onDelta(delta(103, 104)), 'too-old');
  assert.equal(keeper.onSnapshot(snapshot(102)), 'applied');
  assert.deepEqual(reported, [100, 102, 104]);
  assert.ok(keeper.isUsable);
});

test('a gap gives the book up, names what is lost and keeps the delta that showed it', () => {
  const { keeper, reported } = liveKeeper();
  assert.equal(keeper.onDelta(delta(105, 106)), 'gap');
  assert.equal(keeper.state, 'syncing');
  assert.equal(keeper.book.levelCount('buy'), 0);
  assert.equal(keeper.counts.gaps, 1);
  const loss = keeper.lastLoss;
  assert.deepEqual([loss?.cause, loss?.lostFromId, loss?.lostToId], ['sequence-gap', 102, 104]);
  assert.match(loss?.detail ?? '', /after 101, found 105 to 106/);
  assert.equal(keeper.onSnapshot(snapshot(104)), 'applied');
  assert.deepEqual(reported, [100, 101, 104, 106]);
  assert.equal(keeper.counts.resyncs, 1);
});

test('a gap among the kept deltas leaves those behind it for the next snapshot', () => {
  const { keeper, reported } = keeperOf();
  keeper.startSync();
  for (const [first, last] of [
    [101, 102],
    [105, 106],
    [107, 107],
  ] as const) {
    keeper.onDelta(delta(first, last));
  }
  assert.equal(keeper.onSnapshot(snapshot(100)), 'gap');
  assert.equal(keeper.bufferedCount, 2);
  assert.equal(keeper.counts.gaps, 1);
  assert.deepEqual([keeper.lastLoss?.lostFromId, keeper.lastLoss?.lostToId], [103, 104]);
  assert.equal(keeper.book.levelCount('buy'), 0);
  assert.equal(keeper.onSnapshot(snapshot(106)), 'applied');
  assert.deepEqual(reported, [100, 102, 106, 107]);
  assert.equal(keeper.isUsable, true);
});

test('a repeated delta and a snapshot older than the book are dropped', () => {
  const { keeper, reported } = liveKeeper();
  assert.equal(keeper.onDelta(delta(101, 101, [[11, 9]])), 'dropped');
  assert.equal(keeper.onSnapshot(snapshot(99)), 'dropped');
  assert.deepEqual(reported, [100, 101]);
  assert.ok(keeper.isUsable);
  assert.equal(keeper.counts.dropped, 2);
});

test('a full buffer gives up its oldest delta, says so, and a snapshot must reach the others', () => {
  const { keeper } = keeperOf();
  keeper.startSync();
  for (let id = 101; id <= 103; id++) assert.equal(keeper.onDelta(delta(id, id)), 'buffered');
  assert.equal(keeper.onDelta(delta(104, 104)), 'overflow');
  assert.equal(keeper.bufferedCount, 3);
  assert.equal(keeper.onSnapshot(snapshot(100)), 'too-old');
  assert.equal(keeper.onSnapshot(snapshot(101)), 'applied');
  assert.equal(keeper.lastUpdateId, 104);
});

test('a new start forgets the book and what was kept', () => {
  const { keeper } = liveKeeper();
  keeper.onDelta(delta(200, 201));
  keeper.startSync();
  assert.equal(keeper.bufferedCount, 0);
  assert.equal(keeper.state, 'syncing');
  keeper.onDelta(delta(8, 9));
  assert.equal(keeper.onSnapshot(snapshot(7)), 'applied');
  assert.equal(keeper.lastUpdateId, 9);
});

test('a level that is none gives the whole book up as damaged', () => {
  for (const [priceTicks, qtyLots] of [
    [0, 1],
    [-5, 1],
    [10, -1],
    [10, 2 ** 53],
    [10.5, 1],
    [Number.NaN, 1],
    [11, Number.NaN],
  ] as const) {
    const { keeper, reported } = liveKeeper();
    assert.equal(keeper.onDelta(delta(102, 102, [[9, 1]], [[priceTicks, qtyLots]])), 'gap');
    assert.equal(keeper.lastLoss?.cause, 'damaged-frame');
    assert.equal(keeper.counts.damaged, 1);
    assert.equal(keeper.counts.gaps, 0);
    assert.equal(keeper.isUsable, false);
    assert.equal(keeper.bufferedCount, 0);
    assert.deepEqual(reported, [100, 101]);
  }
  const { keeper } = liveKeeper();
  assert.equal(keeper.onDelta(delta(103, 102)), 'gap');
  assert.equal(keeper.lastLoss?.cause, 'damaged-frame');
});

test('levels that the snapshot holds already by their own number are left out of the bridging delta', () => {
  const { keeper } = keeperOf();
  keeper.startSync();
  const bridging = delta(99, 103);
  bridging.bids.push(10, 0, 99);
  bridging.bids.push(9, 0, 103);
  bridging.asks.push(12, 7, 100);
  bridging.asks.push(13, 3, 102);
  keeper.onDelta(bridging);
  keeper.onSnapshot(
    snapshot(
      100,
      [
        [10, 1],
        [9, 1],
      ],
      [[12, 1]],
    ),
  );
  assert.equal(keeper.book.qtyLotsOf('buy', 10), 1);
  assert.equal(keeper.book.qtyLotsOf('buy', 9), 0);
  assert.equal(keeper.book.qtyLotsOf('sell', 12), 1);
  assert.equal(keeper.book.qtyLotsOf('sell', 13), 3);
});

test('a crossed book is not usable and given away after its grace', () => {
  const { keeper } = liveKeeper();
  const crossing = delta(102, 102, [[12, 4]]);
  crossing.tsLocalUs = 5000;
  assert.equal(keeper.onDelta(crossing), 'applied');
  assert.equal(keeper.state, 'live');
  assert.equal(keeper.isUsable, false);
  assert.equal(keeper.counts.crossed, 1);
  assert.equal(keeper.checkCrossed(6000), false);
  assert.equal(keeper.checkCrossed(6001), true);
  keeper.onDelta(delta(103, 103, [[12, 0]]));
  assert.ok(keeper.isUsable);
  assert.equal(keeper.checkCrossed(9000), false);
});

const SUMMED: Partial<BookPolicy> = {
  newRule: () => new Unnumbered(),
  depth: 2,
  checksum: krakenChecksum,
};

function summed(of: BookUpdate, bids: Pairs, asks: Pairs): BookUpdate {
  const book = new L2Book();
  book.applyDelta(Float64Array.from(bids.flat()), Float64Array.from(asks.flat()));
  of.checksum = krakenChecksum(book);
  return of;
}

test('a sum is verified after the cut to the depth of the subscription', () => {
  const { keeper } = keeperOf(SUMMED);
  keeper.startSync();
  const first = update({ isSnapshot: true }, [[10, 1]], [[12, 1]]);
  assert.equal(keeper.onSnapshot(summed(first, [[10, 1]], [[12, 1]])), 'applied');
  assert.equal(keeper.state, 'live');
  const bids: Pairs = [
    [9, 2],
    [11, 3],
  ];
  const view: Pairs = [
    [11, 3],
    [10, 1],
  ];
  assert.equal(keeper.onDelta(summed(update({}, bids), view, [[12, 1]])), 'applied');
  assert.equal(keeper.book.levelCount('buy'), 2);
  assert.equal(keeper.lastUpdateId, -1);
});

test('a wrong sum gives the book up; what follows is dropped until the snapshot comes on the stream', () => {
  const { keeper } = keeperOf(SUMMED);
  keeper.startSync();
  assert.equal(keeper.onDelta(update({}, [[9, 9]])), 'dropped');
  const first = summed(snapshot(-1), [[10, 1]], [[12, 1]]);
  keeper.onSnapshot(first);
  assert.equal(keeper.onDelta(update({ checksum: 77 }, [[9, 9]])), 'checksum');
  assert.equal(keeper.state, 'syncing');
  assert.equal(keeper.lastLoss?.cause, 'checksum');
  assert.match(keeper.lastLoss?.detail ?? '', /expected checksum 77, found \d+/);
  assert.equal(keeper.counts.checksumFailures, 1);
  assert.equal(keeper.bufferedCount, 0);
  assert.equal(keeper.onDelta(update({}, [[9, 9]])), 'dropped');
  assert.equal(keeper.onSnapshot(first), 'applied');
  assert.equal(keeper.counts.resyncs, 1);
  const wrong = snapshot(-1);
  wrong.checksum = 1;
  assert.equal(keeper.onSnapshot(wrong), 'checksum');
  assert.equal(keeper.isUsable, false);
});

test('a numbered delta that a sum disagrees with is kept for the next snapshot', () => {
  const { keeper } = keeperOf({ newRule: () => new CountedSequence(), checksum: krakenChecksum });
  keeper.startSync();
  assert.equal(keeper.onSnapshot(snapshot(5)), 'applied');
  const next = delta(6, 6, [[11, 1]]);
  next.checksum = 1;
  assert.equal(keeper.onDelta(next), 'checksum');
  assert.equal(keeper.bufferedCount, 1);
  assert.equal(keeper.onSnapshot(snapshot(5)), 'checksum');
  assert.equal(keeper.bufferedCount, 1);
  assert.equal(keeper.onSnapshot(snapshot(6)), 'applied');
  assert.equal(keeper.bufferedCount, 0);
});

test('a snapshot is taken for one and a delta for one', () => {
  const { keeper } = keeperOf();
  assert.throws(() => keeper.onDelta(snapshot(5)), AssertionError);
  assert.throws(() => keeper.onSnapshot(delta(5, 6)), AssertionError);
});

test('one re-sync after the other uses the same memory', () => {
  const pool = new UpdatePool();
  const policy = { ...POLICY, bufferedMax: 2000 };
  const keeper = new BookKeeper(policy, () => {}, pool);
  const kept: number[] = [];
  for (let round = 1; round <= 20; round++) {
    const base = round * 10_000;
    keeper.startSync();
    for (let i = 1; i <= 1500; i++) keeper.onDelta(delta(base + i, base + i, [[10, i]]));
    assert.equal(keeper.onSnapshot(snapshot(base)), 'applied');
    assert.equal(keeper.lastUpdateId, base + 1500);
    kept.push(pool.keptCount);
  }
  assert.deepEqual(new Set(kept), new Set([kept[0]]));
});
