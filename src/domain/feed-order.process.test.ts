import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, type ReorderWindow } from '#core';
import { testSeed } from '../../test/support/property.ts';
import type { FeedEvent } from './feed.ts';
import { FeedHash } from './feed-hash.ts';
import { EVENT_RANKS, feedReorderWindow } from './feed-order.ts';

const SEED = testSeed();
const KINDS = Object.keys(EVENT_RANKS) as FeedEvent['kind'][];

interface Times {
  readonly instrumentIx: number;
  readonly tsVenueUs: number;
  readonly tsLocalUs: number;
}

function eventOf(kind: FeedEvent['kind'], times: Times, n: number): FeedEvent {
  switch (kind) {
    case 'trade':
      return {
        kind,
        ...times,
        tradeId: n,
        priceTicks: 100 + n,
        qtyLots: 1,
        takerSide: n % 2 ? 'buy' : 'sell',
      };
    case 'book': {
      const ids = { firstUpdateId: n, lastUpdateId: n, previousUpdateId: n - 1 };
      return {
        kind,
        ...times,
        isSnapshot: false,
        ...ids,
        bids: Float64Array.of(n, 1),
        asks: Float64Array.of(),
      };
    }
    case 'quote':
      return { kind, ...times, updateId: n, bidTicks: 99, bidLots: 1, askTicks: 100, askLots: n };
    case 'candle':
      return {
        ...{ kind, ...times, timeframeUs: 60, openTsUs: times.tsVenueUs - 60, volumeLots: n },
        ...{ openTicks: 1, highTicks: 2, lowTicks: 1, closeTicks: 2 },
      };
    case 'book-order':
      return { kind, ...times, action: 'modify', side: 'sell', orderId: `o-${n}`, priceTicks: n, qtyLots: 2 };
    case 'liquidation':
      return { kind, ...times, side: 'sell', priceTicks: n, qtyLots: 3 };
    case 'mark-price':
      return { kind, ...times, markE8: n, indexE8: -1 };
    case 'funding-rate':
      return { kind, ...times, rateE12: -n, nextFundingUs: -1 };
    case 'funding':
      return { kind, ...times, rateE12: n };
    case 'open-interest':
      return { kind, ...times, openInterestLots: n };
  }
}

function arrivals(prng: Prng, count: number): FeedEvent[] {
  let tsLocalUs = 1_700_000_000_000_000;
  return Array.from({ length: count }, (_, n) => {
    tsLocalUs += prng.integer(1, 8_000);
    const lagUs = prng.uniform() < 0.02 ? prng.integer(-100_000, 900_000) : prng.integer(0, 120_000);
    const tsVenueUs = Math.floor((tsLocalUs - lagUs) / 1_000) * 1_000;
    return eventOf(
      KINDS[prng.integer(0, KINDS.length)]!,
      { instrumentIx: prng.integer(0, 4), tsVenueUs, tsLocalUs },
      n,
    );
  });
}

function hashOf(events: readonly FeedEvent[]): string {
  const hash = new FeedHash();
  for (const event of events) hash.add(event);
  return hash.hex();
}

test('at one moment what ends comes first, and the cause before its consequence', () => {
  const released: string[] = [];
  const window = feedReorderWindow((event) => released.push(event.kind));
  KINDS.toReversed().forEach((kind, at) => {
    window.push(eventOf(kind, { instrumentIx: 0, tsVenueUs: 1_000, tsLocalUs: 1_001 + at }, at));
  });
  window.flush();
  assert.deepEqual(released, [
    'funding',
    'candle',
    'liquidation',
    'trade',
    'book-order',
    'book',
    'quote',
    'mark-price',
    'funding-rate',
    'open-interest',
  ]);
});

test('changes of one book never overtake each other, those of another may', () => {
  const released: number[] = [];
  const window = feedReorderWindow((event) => released.push(event.tsLocalUs));
  const book = (instrumentIx: number, tsVenueUs: number, tsLocalUs: number): void =>
    window.push(eventOf('book', { instrumentIx, tsVenueUs, tsLocalUs }, 1));
  book(0, 5_000, 5_001);
  book(0, 4_000, 5_002);
  book(1, 4_500, 5_003);
  window.flush();
  assert.deepEqual(released, [5_003, 5_001, 5_002]);
});

test('an event that came later than the window is flagged and keeps its own times', () => {
  const released: [number, boolean][] = [];
  const window = feedReorderWindow((event, isLate) => released.push([event.tsVenueUs, isLate]), {
    windowUs: 100,
  });
  const trade = (tsVenueUs: number, tsLocalUs: number): void =>
    window.push(eventOf('trade', { instrumentIx: 0, tsVenueUs, tsLocalUs }, 1));
  trade(990, 1_000);
  trade(1_150, 1_200);
  trade(1_099, 1_201);
  trade(5_000, 1_202);
  window.flush();
  assert.deepEqual(released, [
    [990, false],
    [1_099, true],
    [1_150, false],
    [5_000, false],
  ]);
});

/** Feeds in pieces with ticks and restarts in between, as a live run would. */
function liveHash(
  events: readonly FeedEvent[],
  prng: Prng,
): { readonly hash: string; readonly late: number } {
  const hash = new FeedHash();
  let late = 0;
  const release = (event: FeedEvent, isLate: boolean): void => {
    hash.add(event);
    if (isLate) late++;
  };
  let window: ReorderWindow<FeedEvent> = feedReorderWindow(release);
  let at = 0;
  while (at < events.length) {
    const end = Math.min(events.length, at + prng.integer(1, 40));
    for (; at < end; at++) window.push(events[at]!);
    const nextUs = events[at]?.tsLocalUs;
    if (nextUs !== undefined && prng.uniform() < 0.5) window.advance(nextUs - prng.integer(0, 3));
    if (prng.uniform() < 0.2) {
      const [savedWindow, savedHash] = structuredClone([window.saveState(), hash.saveState()]);
      window = feedReorderWindow(release);
      window.loadState(savedWindow);
      hash.loadState(savedHash);
    }
  }
  window.flush();
  return { hash: hash.hex(), late };
}

test(`live in pieces with restarts, recorded and replayed at once: one order, by hash (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('feed order');
  for (let round = 0; round < 20; round++) {
    const events = arrivals(prng, 1_500);
    const replayed: FeedEvent[] = [];
    const window = feedReorderWindow((event) => replayed.push(event));
    for (const event of events) window.push(event);
    window.flush();
    assert.equal(replayed.length, events.length);
    const live = liveHash(events, prng);
    assert.equal(live.hash, hashOf(replayed));
    assert.ok(live.late > 0, 'the arrivals have late ones');
    assert.notEqual(hashOf(replayed), hashOf(events), 'and some out of order');
  }
});

test(`one changed field of one event changes the hash; equal events hash alike (SEED=${SEED})`, () => {
  const events = arrivals(new Prng(SEED).split('fields'), 400);
  const whole = hashOf(events);
  assert.equal(hashOf(structuredClone(events)), whole);
  assert.match(whole, /^[0-9a-f]{64}$/);
  const seen = new Set<FeedEvent['kind']>();
  events.forEach((event, at) => {
    if (seen.has(event.kind)) return;
    seen.add(event.kind);
    for (const [key, value] of Object.entries(event)) {
      if (key === 'kind') continue;
      const changed = { ...event, [key]: changedValue(value) };
      assert.notEqual(hashOf(events.with(at, changed)), whole, `${event.kind}.${key}`);
    }
  });
  assert.equal(seen.size, KINDS.length);
});

test('the hash may be read in the middle and does not depend on it', () => {
  const events = arrivals(new Prng(SEED).split('middle'), 3_000);
  const hash = new FeedHash();
  for (const event of events) {
    hash.add(event);
    if (event.tsLocalUs % 50 === 0) hash.hex();
  }
  assert.equal(hash.hex(), hashOf(events));
  assert.equal(hash.count, events.length);
});

function changedValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (value instanceof Float64Array) return Float64Array.of(...value, 7);
  if (value === 'buy') return 'sell';
  if (value === 'sell') return 'buy';
  return value === 'modify' ? 'delete' : `${String(value)}x`;
}
