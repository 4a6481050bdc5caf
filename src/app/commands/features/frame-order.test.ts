/** The order of events for features, against a naive one: sorted by moment, kind and arrival; and where word of a loss takes its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { EVENT_RANKS, orderedUs } from '#domain';
import type { FrameEvent } from '#features';
import { testSeed } from '../../../../test/support/property.ts';
import { mergeStreams } from './arrivals.ts';
import { FrameOrder } from './frame-order.ts';

const SEED = testSeed();
const WINDOW_US = 250_000;

/** Events of two instruments whose times lie before and after their arrival. */
function arrivals(prng: Prng, count: number): FrameEvent[] {
  let tsLocalUs = 1_000_000_000;
  return Array.from({ length: count }, (_, i): FrameEvent => {
    tsLocalUs += prng.integer(1, 60_000);
    const base = {
      instrumentIx: prng.integer(0, 2),
      tsLocalUs,
      tsVenueUs: tsLocalUs - prng.integer(-20_000, 400_000),
    };
    const ids = { firstUpdateId: i, lastUpdateId: i, previousUpdateId: -1 };
    const none = new Float64Array(0);
    switch (prng.integer(0, 4)) {
      case 0:
        return { kind: 'trade', ...base, tradeId: i, priceTicks: 1, qtyLots: 1, takerSide: 'buy' };
      case 1:
        return { kind: 'mark-price', ...base, markE8: i, indexE8: -1 };
      case 2:
        return { kind: 'open-interest', ...base, openInterestLots: i };
      default:
        return { kind: 'book', ...base, isSnapshot: false, ...ids, bids: none, asks: none };
    }
  });
}

function ordered(events: readonly FrameEvent[]): FrameEvent[] {
  const out: FrameEvent[] = [];
  const order = new FrameOrder(WINDOW_US, (event) => out.push(event));
  for (const event of events) order.push(event);
  order.flush();
  return out;
}

test(`events leave by the moment at which they count, then kind, then arrival; books keep their order (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('order');
  for (let round = 0; round < 30; round++) {
    const events = arrivals(prng, 300);
    const bookUs = [0, 0];
    const keyed = events.map((event, at) => {
      let us = orderedUs(event.tsVenueUs, event.tsLocalUs, WINDOW_US);
      if (event.kind === 'book') {
        us = Math.max(us, bookUs[event.instrumentIx] ?? 0);
        bookUs[event.instrumentIx] = us;
      }
      return { at, us, rank: EVENT_RANKS[event.kind as 'book'], event: { ...event, tsVenueUs: us } };
    });
    keyed.sort((a, b) => a.us - b.us || a.rank - b.rank || a.at - b.at);
    assert.deepEqual(
      ordered(events),
      keyed.map(({ event }) => event),
    );
  }
});

test('late events and events ahead of the clock are counted, word of a loss is not', () => {
  const base = { instrumentIx: 0, markE8: 1, indexE8: -1, kind: 'mark-price' } as const;
  const order = new FrameOrder(WINDOW_US, () => undefined);
  order.push({ ...base, tsLocalUs: 1_000_000, tsVenueUs: 1_000_001 });
  order.push({ ...base, tsLocalUs: 1_000_001, tsVenueUs: 1_000_001 - WINDOW_US });
  order.push({ ...base, tsLocalUs: 1_000_002, tsVenueUs: 1_000_001 - WINDOW_US });
  order.push({ kind: 'feed-state', instrumentIx: 0, tsLocalUs: 1_000_003, tsVenueUs: 5, isUsable: false });
  assert.deepEqual([order.eventCount, order.lateCount, order.aheadCount], [3, 1, 1]);
});

test('a loss counts from the moment it states, as far as nothing later has left, and never before a word that came earlier', () => {
  const mark = (tsLocalUs: number): FrameEvent => ({
    kind: 'mark-price',
    instrumentIx: 0,
    tsLocalUs,
    tsVenueUs: tsLocalUs,
    markE8: 1,
    indexE8: -1,
  });
  const state = (tsLocalUs: number, tsVenueUs: number, isUsable: boolean): FrameEvent => ({
    kind: 'feed-state',
    instrumentIx: 0,
    tsLocalUs,
    tsVenueUs,
    isUsable,
  });
  const lost = { kind: 'prints-lost', instrumentIx: 0, stream: 'trades', untilUs: 9_000_000 } as const;
  const told = ordered([
    mark(1_000_000),
    // Nothing was heard for eight seconds.
    { ...lost, tsLocalUs: 9_000_000, tsVenueUs: 1_000_000 },
    state(9_000_001, 1_000_000, false),
    mark(9_000_002),
    state(9_000_003, 9_000_003, true),
    state(9_000_004, 9_000_000, false),
  ]);
  const said = told.map((event) => [
    event.kind,
    event.tsVenueUs,
    event.kind === 'feed-state' && event.isUsable,
  ]);
  assert.deepEqual(said, [
    ['mark-price', 1_000_000, false],
    ['prints-lost', 1_000_000, false],
    ['feed-state', 1_000_000, false],
    ['mark-price', 9_000_002, false],
    ['feed-state', 9_000_003, true],
    ['feed-state', 9_000_003, false],
  ]);
});

async function* stream(
  batches: readonly (readonly FrameEvent[])[],
): AsyncGenerator<readonly FrameEvent[], void> {
  yield* batches;
}

test(`streams merge by arrival, however they are cut into batches (SEED=${SEED})`, async () => {
  const prng = new Prng(SEED).split('merge');
  for (let round = 0; round < 20; round++) {
    const events = arrivals(prng, 400);
    const lanes = Array.from({ length: 5 }, (): FrameEvent[][] => [[]]);
    for (const event of events) {
      const lane = lanes[prng.integer(0, 5)];
      if (prng.uniform() < 0.1) lane?.push([]);
      lane?.at(-1)?.push(event);
    }
    const merged: FrameEvent[] = [];
    for await (const batch of mergeStreams([...lanes.map((lane) => stream(lane)), stream([])]))
      merged.push(...batch);
    assert.deepEqual(merged, events);
  }
});
