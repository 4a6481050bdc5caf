/**
 * Seeded schedules of faults: one after the other with the exact entries of each, and all over each other with what must hold whatever happens. That
 * times increase, that whoever applies what he is told has the keeper's book, and that a usable book is the venue's own, is checked by the world
 * itself at every call. `SEED=` chooses others, `RUNS=` more of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { LedgerEntry } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { FAKE_HOST, type FakeStyle, type RequestFault } from './test/fake-venue.ts';
import { FeedWorld, SECOND_US } from './test/feed-world.ts';

const SEED = testSeed();
const RUNS = Number(process.env.RUNS ?? 12);
const STYLES: readonly FakeStyle[] = ['numbered', 'checked', 'counted'];
const REQUEST_FAULTS: readonly RequestFault['kind'][] = [
  'limited',
  'banned',
  'unavailable',
  'slow',
  'old',
  'damaged',
  'no answer',
];
/** Symbols of one connection. */
const TOGETHER = 3;
const SYMBOLS = 6;

/** A fault, and the entries that it must give: all of them, or these and any of the others. */
interface Expectation {
  readonly name: string;
  readonly must: readonly string[];
  readonly may: readonly string[];
}

function symbolsOf(socket: number): string[] {
  return Array.from({ length: TOGETHER }, (_, i) => `S${socket * TOGETHER + i}`);
}

function entriesOf(symbols: readonly string[], cause: string, streams = ['book', 'trades']): string[] {
  return symbols.flatMap((symbol) => streams.map((stream) => `${symbol} ${stream} ${cause}`));
}

/** Lets one fault happen and returns what the ledger must say of it. */
function strike(world: FeedWorld, prng: Prng): Expectation {
  const { style } = world.venue;
  const socket = prng.integer(0, SYMBOLS / TOGETHER);
  const own = symbolsOf(socket);
  const symbol = own[prng.integer(0, TOGETHER)]!;
  const isCounted = style === 'counted';
  const lost = isCounted
    ? entriesOf(own, 'sequence-gap')
    : [`${symbol} book ${style === 'numbered' ? 'sequence-gap' : 'checksum'}`];
  const exactly = (name: string, must: readonly string[]): Expectation => ({ name, must, may: [] });
  switch (prng.integer(0, 9)) {
    case 0:
      world.venue.hitNext('drop', `book:${symbol}`);
      return exactly(`drop of ${symbol}`, lost);
    case 1:
      world.venue.hitNext('duplicate', `${prng.uniform() < 0.5 ? 'book' : 'trades'}:${symbol}`);
      return exactly(`duplicate of ${symbol}`, []);
    case 2:
      world.venue.hitNext('swap', `book:${symbol}`);
      // Two changes of one book that do not touch each other give the same sum in either order, but only after both.
      return { name: `swap of ${symbol}`, must: style === 'numbered' ? [] : [], may: lost };
    case 3: {
      world.venue.hitNext('damage', `book:${symbol}`);
      const trades = entriesOf(own, 'damaged-frame', ['trades']);
      if (isCounted) return exactly(`damage of ${symbol}`, lost);
      return exactly(
        `damage of ${symbol}`,
        style === 'checked' ? entriesOf(own, 'damaged-frame') : [...lost, ...trades],
      );
    }
    case 4:
      world.network.breakSockets(FAKE_HOST, (turn) => turn === 0);
      return { name: 'break', must: [], may: entriesOf([...symbolsOf(0), ...symbolsOf(1)], 'disconnect') };
    case 5:
      world.network.cutSockets(FAKE_HOST, (turn) => turn === 0);
      return { name: 'cut', must: [], may: entriesOf([...symbolsOf(0), ...symbolsOf(1)], 'stall') };
    case 6: {
      const kind = REQUEST_FAULTS[prng.integer(0, REQUEST_FAULTS.length)]!;
      world.venue.requestFault = { kind, untilUs: world.nowUs + prng.integer(1, 8) * SECOND_US };
      world.venue.hitNext('drop', `book:${symbol}`);
      return exactly(`drop of ${symbol} while requests are ${kind}`, lost);
    }
    case 7:
      world.venue.announceEnd();
      return exactly('announced end', []);
    default:
      world.network.delay(FAKE_HOST, prng.integer(1, 20) * 100_000, world.nowUs + 3 * SECOND_US);
      return exactly('slow network', []);
  }
}

for (const style of STYLES) {
  test(`${style}: faults one by one leave exactly their entries (seed ${SEED}, ${RUNS} runs)`, () => {
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + run;
      const prng = new Prng(seed).split('faults');
      const world = new FeedWorld({ seed, style, symbolCount: SYMBOLS });
      world.feed.start();
      world.pass(SECOND_US);
      world.heal(30 * SECOND_US);
      for (let i = 0; i < 5; i++) {
        world.pass(prng.integer(0, 3 * SECOND_US));
        const { must, may, name } = strike(world, prng);
        while (world.venue.isHitPending) world.pass(100_000);
        world.pass(12 * SECOND_US);
        world.heal(45 * SECOND_US);
        world.pass(11 * SECOND_US);
        world.heal(45 * SECOND_US);
        const entries = world.takeEntries();
        const what = `seed ${seed}: ${name}: ${entries.join()}`;
        assert.equal(new Set(entries).size, entries.length, `${what}: one entry for a stream and outage`);
        assert.ok(
          must.every((entry) => entries.includes(entry)),
          `${what}: expected ${must.join()}`,
        );
        assert.ok(
          entries.every((entry) => must.includes(entry) || may.includes(entry)),
          what,
        );
      }
      assertCalm(world);
    }
  });

  test(`${style}: faults over faults are all survived, and what is missing is in the ledger (seed ${SEED}, ${RUNS} runs)`, () => {
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + 1_000 + run;
      const world = storm(seed, style);
      assertCalm(world);
      assertTradesAccounted(world, `seed ${seed}`);
    }
  });
}

test(`equal seeds give equal calls through any storm (seed ${SEED})`, () => {
  for (const style of STYLES) assert.equal(storm(SEED, style).logHash, storm(SEED, style).logHash);
});

/** A minute of everything at once, and the peace after it. */
function storm(seed: number, style: FakeStyle): FeedWorld {
  const prng = new Prng(seed).split('storm');
  const limits = { lifeUs: prng.uniform() < 0.5 ? 25 * SECOND_US : null };
  const world = new FeedWorld({
    seed,
    style,
    symbolCount: SYMBOLS,
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
  const key = `${prng.uniform() < 0.7 ? 'book' : 'trades'}:S${prng.integer(0, SYMBOLS)}`;
  const isMeant = (): boolean => prng.uniform() < 0.5;
  switch (prng.integer(0, 13)) {
    case 0:
    case 1:
      venue.hitNext('drop', `book:S${prng.integer(0, SYMBOLS)}`);
      return;
    case 2:
      venue.hitNext(prng.uniform() < 0.5 ? 'duplicate' : 'damage', key);
      return;
    case 3:
      venue.hitNext('swap', `book:S${prng.integer(0, SYMBOLS)}`);
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
      venue.mutes.set(key, untilUs);
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

/** Nothing has grown: no request, no socket and no timer is left over. */
function assertCalm(world: FeedWorld): void {
  const { snapshots, sockets } = world.feed.status();
  assert.deepEqual(snapshots, { queued: 0, inFlight: 0 });
  assert.ok(sockets.length <= 2 + 4, `${sockets.length} sockets`);
  assert.ok(sockets.every(({ states }) => states.length <= 4));
  assert.ok(world.transport.openCount < 40, `${world.transport.openCount} things open`);
  for (const ids of world.trades) assert.equal(new Set(ids).size, ids.length, 'no trade comes twice');
}

/** Every trade that the venue told and the feed did not deliver lies within an entry of its stream. */
function assertTradesAccounted(world: FeedWorld, what: string): void {
  const latencyUs = 3 * SECOND_US;
  for (const [ix, ids] of world.trades.entries()) {
    const entries = world.entries.filter(({ stream, symbol }) => stream === 'trades' && symbol === `S${ix}`);
    const had = new Set(ids);
    const covers = (entry: LedgerEntry, atUs: number): boolean =>
      entry.fromUs <= atUs + latencyUs && entry.toUs >= atUs;
    for (let id = Math.min(...ids); id <= Math.max(...ids); id++) {
      const atUs = world.venue.symbols[ix]!.tradeTimes[id]!;
      if (had.has(id) || entries.some((entry) => covers(entry, atUs))) continue;
      assert.fail(`${what}: trade ${id} of S${ix} at ${atUs} is missing and not in the ledger`);
    }
  }
}
