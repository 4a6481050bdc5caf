import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSeed } from '../../test/support/property.ts';
import { Prng } from './prng.ts';
import { type ReorderOptions, ReorderWindow } from './reorder-window.ts';

const SEED = testSeed();

interface Item {
  readonly arrivalUs: number;
  readonly timeUs: number;
  readonly rank: number;
  readonly lane: number;
}

interface Left {
  readonly item: Item;
  readonly isLate: boolean;
}

interface Bounds {
  readonly windowUs: number;
  readonly heldMax: number;
  readonly aheadMaxUs: number;
}

const BOUNDS: Bounds = { windowUs: 100, heldMax: 1_000, aheadMaxUs: 1_000 };
const LANES = 3;

function item(arrivalUs: number, timeUs: number, rank = 0, lane = -1): Item {
  return { arrivalUs, timeUs, rank, lane };
}

function optionsOf(bounds: Bounds, left: Left[]): ReorderOptions<Item> {
  return {
    ...bounds,
    lanesMax: LANES,
    arrivalUsOf: ({ arrivalUs }) => arrivalUs,
    timeUsOf: ({ timeUs }) => timeUs,
    rankOf: ({ rank }) => rank,
    laneOf: ({ lane }) => lane,
    release: (released, isLate) => left.push({ item: released, isLate }),
  };
}

function run(items: readonly Item[], bounds: Bounds = BOUNDS): Left[] {
  const left: Left[] = [];
  const window = new ReorderWindow(optionsOf(bounds, left));
  for (const each of items) window.push(each);
  window.flush();
  return left;
}

/** The rules, without a heap: everything held is searched at each step. */
function naive(items: readonly Item[], { windowUs, heldMax, aheadMaxUs }: Bounds): Left[] {
  interface Held {
    readonly item: Item;
    readonly key: readonly [number, number, number];
  }
  const left: Left[] = [];
  let held: Held[] = [];
  let places: Item[] = [];
  let highest: Held['key'] = [Number.NEGATIVE_INFINITY, 0, 0];
  const lanes = new Map<number, number>();
  const isBefore = (a: Held['key'], b: Held['key']): boolean =>
    a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];
  const releaseFirst = (): void => {
    const [place] = places;
    const first = held.find((each) => each.item === place);
    places = places.slice(1);
    if (first === undefined) return;
    const going = held.filter((each) => !isBefore(first.key, each.key));
    going.sort((a, b) => (isBefore(a.key, b.key) ? -1 : 1));
    held = held.filter((each) => isBefore(first.key, each.key));
    for (const each of going) left.push({ item: each.item, isLate: false });
    highest = first.key;
  };
  items.forEach((each, seq) => {
    while (places[0] !== undefined && places[0].arrivalUs + windowUs <= each.arrivalUs) releaseFirst();
    let timeUs = Math.min(each.timeUs, each.arrivalUs + aheadMaxUs);
    if (each.lane >= 0) {
      timeUs = Math.max(timeUs, lanes.get(each.lane) ?? timeUs);
      lanes.set(each.lane, timeUs);
    }
    const key = [timeUs, each.rank, seq] as const;
    if (places.length === heldMax) releaseFirst();
    if (isBefore(key, highest)) left.push({ item: each, isLate: true });
    else {
      held.push({ item: each, key });
      places.push(each);
      if (windowUs === 0) releaseFirst();
    }
  });
  while (places.length > 0) releaseFirst();
  return left;
}

/** Arrivals with lags, clock errors, equal times, and regressions within lanes. */
function arrivals(prng: Prng, count: number): Item[] {
  let arrivalUs = 1_000_000;
  return Array.from({ length: count }, () => {
    arrivalUs += prng.uniform() < 0.02 ? prng.integer(50, 400) : prng.integer(1, 20);
    const lagUs = prng.uniform() < 0.05 ? prng.integer(-2_000, 500) : prng.integer(0, 90);
    const timeUs = Math.floor((arrivalUs - lagUs) / 5) * 5;
    return item(arrivalUs, timeUs, prng.integer(0, 4), prng.integer(-4, LANES));
  });
}

test('R2 R3 items leave by their own time, then rank, then arrival, once the window has passed', () => {
  const left: Left[] = [];
  const window = new ReorderWindow(optionsOf(BOUNDS, left));
  const times = (): number[] => left.map((each) => each.item.timeUs);
  window.push(item(1_000, 950));
  window.push(item(1_010, 940, 1));
  window.push(item(1_020, 940, 0));
  window.push(item(1_030, 990));
  window.push(item(1_040, 940, 1));
  window.push(item(1_099, 1_098));
  assert.equal(left.length, 0);
  window.push(item(1_100, 1_099));
  assert.deepEqual(times(), [940, 940, 940, 950], 'what is smaller goes with it, before its own window');
  assert.deepEqual(
    left.map((each) => each.item.arrivalUs),
    [1_020, 1_010, 1_040, 1_000],
  );
  window.advance(1_130);
  assert.deepEqual(times(), [940, 940, 940, 950, 990]);
  window.flush();
  assert.deepEqual(times(), [940, 940, 940, 950, 990, 1_098, 1_099]);
  assert.equal(window.heldCount, 0);
});

test('R4 what is older than what has left leaves at once, flagged and counted, with its own time', () => {
  const left: Left[] = [];
  const window = new ReorderWindow(optionsOf(BOUNDS, left));
  window.push(item(1_000, 990));
  window.push(item(1_200, 1_150));
  window.push(item(1_201, 980));
  assert.deepEqual(
    left.map((each) => [each.item.timeUs, each.isLate]),
    [
      [990, false],
      [980, true],
    ],
  );
  assert.deepEqual(window.counts, { pushed: 3, late: 1, early: 0, ahead: 0, regressed: 0 });
});

test('R5 a full window lets the oldest go, with everything before it', () => {
  const left: Left[] = [];
  const window = new ReorderWindow(optionsOf({ ...BOUNDS, heldMax: 3 }, left));
  window.push(item(1, 50));
  window.push(item(2, 40));
  window.push(item(3, 60));
  window.push(item(4, 30));
  assert.deepEqual(
    left.map((each) => [each.item.timeUs, each.isLate]),
    [
      [40, false],
      [50, false],
      [30, true],
    ],
  );
  assert.equal(window.counts.early, 1);
});

test('R6 within a lane nothing overtakes; a smaller time counts as that of its predecessor', () => {
  const left = run([item(1, 50, 0, 1), item(2, 40, 0, 1), item(3, 45, 0, 2), item(4, 45), item(5, 51, 0, 1)]);
  assert.deepEqual(
    left.map((each) => each.item.arrivalUs),
    [3, 4, 1, 2, 5],
  );
});

test('R7 one wrong stamp of the far future does not make late what follows', () => {
  const left = run([item(1_000, 9e15), item(1_200, 1_190), item(3_000, 2_990), item(3_200, 3_190)]);
  assert.equal(left.filter((each) => each.isLate).length, 1, 'only what lies within aheadMaxUs');
});

test('a window of no length hands items on as they come', () => {
  const left: Left[] = [];
  const window = new ReorderWindow(optionsOf({ ...BOUNDS, windowUs: 0 }, left));
  window.push(item(1, 1));
  window.push(item(2, 1));
  window.push(item(3, 0));
  assert.deepEqual(
    left.map((each) => each.isLate),
    [false, false, true],
  );
});

test('R1 arrivals that do not increase are a bug', () => {
  const window = new ReorderWindow(optionsOf(BOUNDS, []));
  window.push(item(5, 5));
  assert.throws(() => window.push(item(5, 6)), /strictly increase/);
  window.advance(20);
  assert.throws(() => window.push(item(10, 6)), /the clock was told/);
  assert.throws(() => window.push(item(30, Number.NaN)), /finite/);
});

test(`the order is that of the naive window (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('naive');
  for (let round = 0; round < 150; round++) {
    const items = arrivals(prng, 200);
    const bounds = {
      windowUs: prng.integer(0, 4) * 60,
      heldMax: prng.uniform() < 0.5 ? prng.integer(1, 20) : 500,
      aheadMaxUs: prng.integer(0, 300),
    };
    assert.deepEqual(run(items, bounds), naive(items, bounds));
  }
});

test(`what is not late leaves in increasing order, nothing is lost, nothing waits longer than the window (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('laws');
  for (let round = 0; round < 100; round++) {
    const items = arrivals(prng, 300).map((each) => ({ ...each, lane: -1 }));
    const left: Left[] = [];
    const window = new ReorderWindow(optionsOf({ ...BOUNDS, aheadMaxUs: 1e9 }, left));
    for (const each of items) {
      window.push(each);
      for (const waiting of items) {
        if (waiting.arrivalUs + BOUNDS.windowUs > each.arrivalUs) break;
        assert.ok(left.length > 0 && waiting.arrivalUs <= each.arrivalUs);
      }
      const dueCount = items.filter(({ arrivalUs }) => arrivalUs <= each.arrivalUs - BOUNDS.windowUs).length;
      assert.ok(left.length >= dueCount, 'all that is due has left');
    }
    window.flush();
    assert.equal(new Set(left.map((each) => each.item)).size, items.length);
    const inOrder = left.filter((each) => !each.isLate).map((each) => each.item);
    inOrder.slice(1).forEach((each, at) => {
      const before = inOrder[at]!;
      const isOrdered =
        before.timeUs !== each.timeUs
          ? before.timeUs < each.timeUs
          : before.rank !== each.rank
            ? before.rank < each.rank
            : before.arrivalUs < each.arrivalUs;
      assert.ok(isOrdered);
    });
  }
});

test(`ticks of the clock and checkpoints in the middle change nothing about the order (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('ticks');
  for (let round = 0; round < 100; round++) {
    const items = arrivals(prng, 200);
    const bounds = { ...BOUNDS, heldMax: prng.integer(2, 40) };
    const left: Left[] = [];
    let window = new ReorderWindow(optionsOf(bounds, left));
    items.forEach((each, at) => {
      window.push(each);
      const nextUs = items[at + 1]?.arrivalUs ?? each.arrivalUs + 1;
      if (prng.uniform() < 0.3) window.advance(prng.integer(each.arrivalUs - 5, nextUs + 1));
      if (prng.uniform() < 0.1) {
        const saved = structuredClone(window.saveState());
        const { counts, heldCount } = window;
        window = new ReorderWindow(optionsOf(bounds, left));
        window.loadState(saved);
        assert.deepEqual([window.counts, window.heldCount], [counts, heldCount]);
      }
    });
    window.flush();
    assert.deepEqual(left, run(items, bounds));
  }
});
