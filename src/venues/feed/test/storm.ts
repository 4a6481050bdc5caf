/** A minute in which everything goes wrong at once, from one seed. */
import assert from 'node:assert/strict';
import { Prng } from '#core';
import { FAKE_HOST, type FakeStyle, type RequestFault } from './fake-venue.ts';
import { FeedWorld, SECOND_US } from './feed-world.ts';

export const REQUEST_FAULTS: readonly RequestFault['kind'][] = [
  'limited',
  'banned',
  'unavailable',
  'slow',
  'old',
  'damaged',
  'no answer',
];
/** Symbols of one connection. */
export const TOGETHER = 3;
export const STORM_SYMBOLS = 6;

/** A minute of everything at once, and the peace after it. */
export function storm(seed: number, style: FakeStyle): FeedWorld {
  const prng = new Prng(seed).split('storm');
  const limits = { lifeUs: prng.uniform() < 0.5 ? 25 * SECOND_US : null };
  const world = new FeedWorld({
    seed,
    style,
    symbolCount: STORM_SYMBOLS,
    adapter: { limits, hasToken: prng.uniform() < 0.5, resyncEveryUs: 15 * SECOND_US },
  });
  world.feed.start();
  const endUs = world.nowUs + 60 * SECOND_US;
  while (world.nowUs < endUs) {
    world.pass(Math.round(prng.exponential(1.5 * SECOND_US)));
    harm(world, prng, endUs);
  }
  world.venue.answersPings = true;
  world.venue.answersSubscriptions = true;
  if (limits.lifeUs === null) world.heal(120 * SECOND_US);
  else settle(world);
  return world;
}

/** Connections of a short life are always being replaced: all is well when books and ledger are. */
function settle(world: FeedWorld): void {
  const endUs = world.nowUs + 120 * SECOND_US;
  for (;;) {
    const { books, outages, refusals } = world.feed.status();
    if (books.every(({ isUsable }) => isUsable) && outages.length === 0 && refusals.length === 0) return;
    assert.ok(world.nowUs < endUs, world.describe());
    world.pass(100_000);
  }
}

function harm(world: FeedWorld, prng: Prng, endUs: number): void {
  const { network, nowUs, venue } = world;
  const untilUs = Math.min(endUs, nowUs + prng.integer(1, 12) * SECOND_US);
  const key = `${prng.uniform() < 0.7 ? 'book' : 'trades'}:S${prng.integer(0, STORM_SYMBOLS)}`;
  const isMeant = (): boolean => prng.uniform() < 0.5;
  switch (prng.integer(0, 13)) {
    case 0:
    case 1:
      venue.hitNext('drop', `book:S${prng.integer(0, STORM_SYMBOLS)}`);
      return;
    case 2:
      venue.hitNext(prng.uniform() < 0.5 ? 'duplicate' : 'damage', key);
      return;
    case 3:
      venue.hitNext('swap', `book:S${prng.integer(0, STORM_SYMBOLS)}`);
      return;
    case 4:
      network.breakSockets(FAKE_HOST, isMeant);
      return;
    case 5:
      network.cutSockets(FAKE_HOST, isMeant);
      return;
    case 6:
      venue.refuses.set(key, untilUs);
      network.breakSockets(FAKE_HOST, isMeant);
      return;
    case 7:
      // Trades that are confirmed and never come look like a quiet market: no protocol tells.
      venue.mutes.set(`book:S${prng.integer(0, STORM_SYMBOLS)}`, untilUs);
      network.breakSockets(FAKE_HOST, isMeant);
      return;
    case 8:
      venue.requestFault = { kind: REQUEST_FAULTS[prng.integer(0, REQUEST_FAULTS.length)]!, untilUs };
      return;
    case 9:
      venue.announceEnd();
      return;
    case 10:
      venue.answersPings = !venue.answersPings;
      return;
    case 11:
      network.delay(FAKE_HOST, prng.integer(1, 20) * 100_000, untilUs);
      return;
    default:
      if (prng.uniform() < 0.5) network.refuse(FAKE_HOST, untilUs);
      else network.lose(FAKE_HOST, untilUs);
  }
}
