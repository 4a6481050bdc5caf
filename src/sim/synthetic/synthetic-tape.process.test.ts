import assert from 'node:assert/strict';
import { test } from 'node:test';
import { L2Book } from '#book';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { MarketEvent } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { SYNTHETIC_SYMBOLS } from './symbols.ts';
import { SyntheticTape } from './synthetic-tape.ts';

const START_US = 1_700_006_400_000_000;
const SEED = testSeed();

function tape(seed = SEED): SyntheticTape {
  return new SyntheticTape({
    symbols: SYNTHETIC_SYMBOLS,
    startUs: START_US,
    tapeFromUs: START_US + 5 * US_PER_MINUTE,
    endUs: START_US + 10 * US_PER_MINUTE,
    barUs: US_PER_MINUTE,
    stepUs: 100_000,
    seed,
    feedLatencyUs: 0,
  });
}

function take(source: SyntheticTape, count = Number.POSITIVE_INFINITY): MarketEvent[] {
  const events: MarketEvent[] = [];
  for (let event = source.next(); event !== undefined; event = source.next()) {
    events.push(event);
    if (events.length >= count) break;
  }
  return events;
}

test(`a tape tells history as summaries, then prints, books and marks in order of time (seed ${SEED})`, () => {
  const events = take(tape());
  const fromUs = START_US + 5 * US_PER_MINUTE;
  assert.equal(events.filter(({ kind }) => kind === 'candle').length, 5 * SYNTHETIC_SYMBOLS.length);
  const fine = events.filter(({ kind }) => kind !== 'candle');
  assert.ok(fine.every(({ tsVenueUs }) => tsVenueUs >= fromUs));
  for (const [at, event] of fine.entries())
    assert.ok(event.tsVenueUs >= (fine[at - 1]?.tsVenueUs ?? 0), 'time never goes back');
  const prints = fine.flatMap((event) =>
    event.kind === 'trade' && event.instrumentIx === 0 ? [event.tradeId] : [],
  );
  assert.deepEqual(
    prints,
    prints.map((_, at) => at + 1),
  );
  assert.ok(prints.length > 300);
});

test(`its books are never crossed or empty, their ids have no gap, and prints stand at the touch (seed ${SEED})`, () => {
  const book = new L2Book();
  let lastId = 0;
  for (const event of take(tape())) {
    if (event.instrumentIx !== 1) continue;
    if (event.kind === 'trade') {
      const touch = event.takerSide === 'buy' ? book.bestAskTicks : book.bestBidTicks;
      assert.equal(event.priceTicks, touch);
      assert.ok(event.qtyLots <= book.qtyLotsOf(event.takerSide === 'buy' ? 'sell' : 'buy', touch));
    }
    if (event.kind !== 'book') continue;
    assert.deepEqual([event.previousUpdateId, event.firstUpdateId], [lastId, lastId + 1]);
    lastId = event.lastUpdateId;
    if (event.isSnapshot) book.applySnapshot(event.bids, event.asks);
    else book.applyDelta(event.bids, event.asks);
    assert.ok(book.bestBidTicks < book.bestAskTicks);
    assert.deepEqual([book.levelCount('buy'), book.levelCount('sell')], [40, 40]);
  }
});

test('equal seeds give equal tapes, also across a saved state', () => {
  const [first, second] = [tape(3), tape(3)];
  const begin = take(first, 20_000);
  assert.deepEqual(take(second, 20_000), begin);
  const resumed = tape(4);
  resumed.loadState(first.saveState());
  assert.deepEqual(take(resumed), take(first));
  assert.notDeepEqual(take(tape(5), 2_000), begin.slice(0, 2_000));
});

test('the rate of the next settlement is known before it settles', () => {
  const source = new SyntheticTape({
    symbols: SYNTHETIC_SYMBOLS.slice(0, 1),
    startUs: START_US,
    tapeFromUs: START_US + 30 * US_PER_HOUR,
    endUs: START_US + 30 * US_PER_HOUR,
    barUs: US_PER_MINUTE,
    stepUs: 100_000,
    seed: 1,
    feedLatencyUs: 0,
  });
  let shown = source.fundingE12(0);
  let settled = 0;
  for (const event of take(source)) {
    if (event.kind !== 'funding') continue;
    settled++;
    if (settled === 1) assert.equal(event.rateE12, shown);
  }
  shown = source.fundingE12(0);
  assert.ok(settled >= 3 && Number.isSafeInteger(shown));
});
