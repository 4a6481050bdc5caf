/** What was missing in the data stands on the card of the result (M108). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedStateEvent, MarketEvent } from '#domain';
import { book, candle, play, print, START_US, testWorld } from './test/market-builders.ts';

function gapsOf(events: readonly MarketEvent[]): readonly string[] {
  const world = testWorld(events);
  play(world, []);
  const copy = testWorld(events);
  copy.loadState(structuredClone(world.saveState()));
  assert.deepEqual(copy.gaps(), world.gaps());
  return world.gaps().map(({ key, value }) => `${key}: ${value}`);
}

const state = (afterUs: number, isUsable: boolean): FeedStateEvent => ({
  kind: 'feed-state',
  instrumentIx: 0,
  tsVenueUs: START_US + afterUs,
  tsLocalUs: START_US + afterUs,
  isUsable,
});

test('M108 bars that never came are counted', () => {
  const bar = [1000, 1001, 999, 1000, 50] as const;
  assert.deepEqual(gapsOf([0, 1, 2].map((at) => candle(at, bar))), ['gaps.sim:AAAUSDT: 0 bars missing']);
  assert.deepEqual(gapsOf([0, 1, 4, 6].map((at) => candle(at, bar))), ['gaps.sim:AAAUSDT: 3 bars missing']);
});

test('M108 silences and outages of a feed are told, and late events', () => {
  const events = [
    book(0, true, [990, 5], [1010, 5]),
    print(1_000_000, 1000, 1, 'buy'),
    state(2_000_000, false),
    state(2_500_000, false),
    state(5_000_000, true),
    book(7_000_000, false, [990, 6], []),
    print(6_000_000, 1000, 1, 'buy'),
  ];
  assert.deepEqual(gapsOf(events), [
    'gaps.sim:AAAUSDT: longest silence 6s, feed not usable 1 times, 3s in all',
    'late-events: 1',
  ]);
});
