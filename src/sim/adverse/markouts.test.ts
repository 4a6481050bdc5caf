/** What follows a fill is measured against it, once, and what cannot be measured is said (M104 to M106). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_SECOND } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { book, limit, order, play, print, testWorld } from '../test/market-builders.ts';
import { type MarkoutGroup, type MarkoutRow, Markouts, type StudiedFill } from './markouts.ts';

const SEED = testSeed();
const S = US_PER_SECOND;

function fillOf(changes: Partial<StudiedFill> = {}): StudiedFill {
  return {
    side: 'buy',
    isMaker: true,
    tsUs: 0,
    midTicks: 1000,
    joinedLots: 0,
    joinedOrders: Number.NaN,
    ...changes,
  };
}

function rowOf(rows: readonly MarkoutRow[], group: MarkoutGroup, horizonUs: number): MarkoutRow {
  const row = rows.find((one) => one.group === group && one.horizonUs === horizonUs);
  assert.ok(row !== undefined);
  return row;
}

test('M104 a falling market is against a buy and for a sell, in basis points of the mid at the fill', () => {
  for (const [side, sign] of [
    ['buy', 1],
    ['sell', -1],
  ] as const) {
    const markouts = new Markouts();
    markouts.onFill(fillOf({ side }));
    markouts.onTime(5 * S, 999);
    markouts.onTime(11 * S, 997);
    assert.equal(rowOf(markouts.rows(), 'maker', S).meanBps, sign * 10);
    assert.equal(rowOf(markouts.rows(), 'maker', 10 * S).meanBps, sign * 30);
  }
});

test('M104 the mid at the horizon is the last one up to it, events at the very moment included', () => {
  const markouts = new Markouts();
  markouts.onFill(fillOf());
  assert.equal(markouts.nextDueUs, S);
  // The first event at the horizon: what it does counts, so the horizon is looked at before the next later one.
  markouts.onTime(S, 1001);
  assert.equal(rowOf(markouts.rows(), 'maker', S).measured, 0);
  markouts.onTime(S + 1, 990);
  assert.equal(rowOf(markouts.rows(), 'maker', S).meanBps, 100);
});

test('M104 a fill without a mid price, or whose market was not seen so long, is counted and not measured', () => {
  const markouts = new Markouts();
  markouts.onFill(fillOf({ midTicks: Number.NaN, isMaker: false }));
  markouts.onFill(fillOf({ tsUs: 1 }));
  markouts.onTime(2 * S, Number.NaN);
  markouts.onFill(fillOf({ tsUs: 3 * S, isMaker: false }));
  const rows = markouts.rows();
  assert.deepEqual(rowOf(rows, 'taker', S), {
    group: 'taker',
    horizonUs: S,
    fills: 2,
    measured: 0,
    meanBps: null,
    lowBps: null,
    highBps: null,
  });
  const maker = rowOf(rows, 'maker', S);
  assert.deepEqual([maker.fills, maker.measured], [1, 0]);
});

test('M105 more than ten orders ahead at arrival are likely toxic: counted, or in prints of the mean size', () => {
  const markouts = new Markouts();
  const isToxic = (changes: Partial<StudiedFill>): boolean => markouts.isLikelyToxic(fillOf(changes));
  assert.deepEqual(
    [10, 11].map((joinedOrders) => isToxic({ joinedOrders, joinedLots: 1000 })),
    [false, true],
  );
  // Before the first print every lot counts as an order.
  assert.deepEqual(
    [10, 11].map((joinedLots) => isToxic({ joinedLots })),
    [false, true],
  );
  markouts.onPrint(2);
  markouts.onPrint(6);
  assert.deepEqual(
    [40, 41].map((joinedLots) => isToxic({ joinedLots })),
    [false, true],
  );
  assert.equal(isToxic({ isMaker: false, joinedLots: 1000 }), false);
  assert.equal(isToxic({ joinedLots: Number.NaN }), false);
  markouts.onFill(fillOf({ joinedLots: 41 }));
  markouts.onFill(fillOf({ joinedLots: 40 }));
  const groups = markouts.rows().filter(({ fills, horizonUs }) => fills > 0 && horizonUs === S);
  assert.deepEqual(
    groups.map(({ fills, group }) => [group, fills]),
    [
      ['maker', 2],
      ['maker-likely-toxic', 1],
      ['maker-other', 1],
    ],
  );
});

test('M106 the interval is that of the mean: 1.96 standard errors', () => {
  const markouts = new Markouts();
  for (const [at, mid] of [999, 998, 1001, 1000].entries()) {
    markouts.onFill(fillOf({ tsUs: at * 20 * S }));
    markouts.onTime(at * 20 * S + 15 * S, mid);
  }
  // Moves 10, 20, -10 and 0: mean 5, variance 500 / 3.
  const { highBps, lowBps, meanBps, measured } = rowOf(markouts.rows(), 'maker', S);
  assert.deepEqual([measured, meanBps], [4, 5]);
  const half = 1.959964 * Math.sqrt(500 / 3 / 4);
  assert.ok(Math.abs((lowBps ?? 0) - (5 - half)) < 1e-9 && Math.abs((highBps ?? 0) - (5 + half)) < 1e-9);
});

test(`M40 markouts go on after they were saved and loaded, and sums of two markets are their sums (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('markouts');
  const [whole, first, second, both] = [new Markouts(), new Markouts(), new Markouts(), new Markouts()];
  let piece = new Markouts();
  for (let at = 1; at < 400; at++) {
    const fill = fillOf({
      side: prng.uniform() < 0.5 ? 'buy' : 'sell',
      isMaker: prng.uniform() < 0.7,
      tsUs: at * S,
      joinedLots: prng.integer(0, 300),
    });
    const mid = prng.integer(950, 1050);
    for (const one of [whole, piece, at % 2 ? first : second, both]) {
      one.onTime(at * S, mid);
      one.onFill(fill);
    }
    for (const one of [first, second]) one.onTime(at * S, mid);
    if (at % 37 === 0) {
      const next = new Markouts();
      next.loadState(structuredClone(piece.saveState()));
      piece = next;
    }
  }
  assert.deepEqual(piece.rows(), whole.rows());
  first.add(second);
  const counts = (of: Markouts): unknown => of.rows().map(({ fills, measured }) => [fills, measured]);
  assert.deepEqual(counts(first), counts(both));
});

test('M104 the simulated venue measures its fills: makers from before the event that filled them', () => {
  const events = [
    book(0, true, [990, 50], [1010, 50]),
    // The maker is filled by the print; the mid is 1000 before it and 980 after the update that follows.
    print(2 * S, 990, 60, 'sell'),
    book(2 * S + 5, false, [990, 0, 970, 50], [1010, 0, 990, 50]),
    book(4 * S, false, [970, 10], []),
    book(20 * S, false, [970, 0, 980, 10], []),
    book(40 * S, false, [980, 11], []),
  ];
  const world = testWorld(events);
  const commands = [
    { afterUs: 1, submit: limit('m', 'buy', 990, { qtyLots: 10 }) },
    { afterUs: 5 * S, submit: order('t', { side: 'sell', qtyLots: 10 }) },
  ];
  play(world, commands);
  const rows = world.markouts();
  const maker = rowOf(rows, 'maker', S);
  assert.deepEqual([maker.fills, maker.measured, maker.meanBps], [1, 1, 200]);
  assert.equal(rowOf(rows, 'maker-likely-toxic', S).fills, 0);
  // Sold at a mid of 980, which stands still for ten seconds and more.
  const taker = rowOf(rows, 'taker', 10 * S);
  assert.deepEqual([taker.fills, taker.measured, taker.meanBps], [1, 1, 0]);
  const copy = testWorld(events);
  copy.loadState(structuredClone(world.saveState()));
  assert.deepEqual(copy.markouts(), rows);
});
