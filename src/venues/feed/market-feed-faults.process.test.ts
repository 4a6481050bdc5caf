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
import { FAKE_HOST, type FakeStyle } from './test/fake-venue.ts';
import { FeedWorld, SECOND_US } from './test/feed-world.ts';
import { REQUEST_FAULTS, STORM_SYMBOLS, storm, TOGETHER } from './test/storm.ts';

const SEED = testSeed();
const RUNS = Number(process.env.RUNS ?? 6);
const STYLES: readonly FakeStyle[] = ['numbered', 'checked', 'counted'];
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
  const socket = prng.integer(0, STORM_SYMBOLS / TOGETHER);
  const own = symbolsOf(socket);
  const symbol = own[prng.integer(0, TOGETHER)]!;
  const isCounted = style === 'counted';
  const lost = isCounted
    ? entriesOf(own, 'sequence-gap')
    : [`${symbol} book ${style === 'numbered' ? 'sequence-gap' : 'checksum'}`];
  const exactly = (name: string, must: readonly string[]): Expectation => ({ name, must, may: [] });
  // A sum does not show the loss of a message that changed nothing.
  const doubtful = (name: string): Expectation => ({
    name,
    must: style === 'checked' ? [] : lost,
    may: lost,
  });
  switch (prng.integer(0, 9)) {
    case 0:
      world.venue.hitNext('drop', `book:${symbol}`);
      return doubtful(`drop of ${symbol}`);
    case 1:
      world.venue.hitNext('duplicate', `${prng.uniform() < 0.5 ? 'book' : 'trades'}:${symbol}`);
      return exactly(`duplicate of ${symbol}`, []);
    case 2:
      world.venue.hitNext('swap', `book:${symbol}`);
      return doubtful(`swap of ${symbol}`);
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
      return doubtful(`drop of ${symbol} while requests are ${kind}`);
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
      const world = new FeedWorld({ seed, style, symbolCount: STORM_SYMBOLS });
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
      world.feed.stop();
      assertTradesAccounted(world, `seed ${seed}`);
      if (style === 'numbered') assertChangesAccounted(world, `seed ${seed}`);
    }
  });
}

test(`equal seeds give equal calls through any storm (seed ${SEED})`, () => {
  for (const style of STYLES) assert.equal(storm(SEED, style).logHash, storm(SEED, style).logHash);
});

/** Nothing has grown: no request, no socket and no timer is left over. */
function assertCalm(world: FeedWorld): void {
  const { snapshots, sockets } = world.feed.status();
  assert.deepEqual(snapshots, { queued: 0, inFlight: 0 });
  assert.ok(sockets.length <= 2 + 4, `${sockets.length} sockets`);
  assert.ok(sockets.every(({ states }) => states.length <= 4));
  assert.ok(world.transport.openCount < 40, `${world.transport.openCount} things open`);
  for (const ids of world.trades) assert.equal(new Set(ids).size, ids.length, 'no trade comes twice');
}

/** What is under way for that long is delivered late and not lost. */
const LATENCY_US = 3 * SECOND_US;

/** Every trade that the venue told and the feed did not deliver lies within an entry of its stream. */
function assertTradesAccounted(world: FeedWorld, what: string): void {
  for (const [ix, ids] of world.trades.entries()) {
    const had = new Set(ids);
    for (let id = Math.min(...ids); id <= Math.max(...ids); id++) {
      const atUs = world.venue.symbols[ix]!.tradeTimes[id]!;
      if (!had.has(id)) assertAccounted(world, 'trades', ix, atUs, `${what}: trade ${id}`);
    }
  }
}

/** Every change of a book that was not delivered lies within an entry of it. */
function assertChangesAccounted(world: FeedWorld, what: string): void {
  for (const [ix, had] of world.changeIds.entries()) {
    // Until then the book was cold.
    const first = world.firstUsableIds[ix]!;
    const last = Math.max(...had);
    for (const [id, atUs] of world.venue.symbols[ix]!.idTimes) {
      const isLost = id > first && id < last && !had.has(id);
      if (isLost) assertAccounted(world, 'book', ix, atUs, `${what}: change ${id}`);
    }
  }
}

function assertAccounted(world: FeedWorld, stream: string, ix: number, atUs: number, what: string): void {
  // It may have been under way on the slower of two connections when the feed was stopped.
  if (atUs > world.nowUs - LATENCY_US) return;
  const covers = (entry: LedgerEntry): boolean =>
    entry.stream === stream &&
    entry.symbol === `S${ix}` &&
    entry.fromUs <= atUs + LATENCY_US &&
    entry.toUs >= atUs;
  assert.ok(world.entries.some(covers), `${what} of S${ix} at ${atUs} is missing and not in the ledger`);
}
