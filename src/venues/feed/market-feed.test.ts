/** One fault at a time: the book is right again in bounded time, nobody else is disturbed, the ledger says what was lost and nothing more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, XylenError } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { FAKE_HOST, type FakeStyle } from './test/fake-venue.ts';
import { FeedWorld, MINUTE_US, SECOND_US, type WorldSettings } from './test/feed-world.ts';

const SEED = testSeed();
const STYLES: readonly FakeStyle[] = ['numbered', 'checked', 'counted'];

/** A feed that has come up and run for a while. */
function healthy(settings: Partial<WorldSettings> = {}): FeedWorld {
  const world = new FeedWorld({ seed: SEED, style: 'numbered', ...settings });
  world.feed.start();
  world.pass(SECOND_US);
  world.heal(30 * SECOND_US);
  world.pass(10 * SECOND_US);
  assert.deepEqual(world.takeEntries(), [], 'the first synchronisation is no loss');
  return world;
}

/** All streams of the first `count` symbols with that cause. */
function all(count: number, cause: string, streams = ['book', 'trades']): string[] {
  return Array.from({ length: count }, (_, i) => streams.map((stream) => `S${i} ${stream} ${cause}`))
    .flat()
    .sort();
}

function assertNoTradeTwice(world: FeedWorld): void {
  for (const ids of world.trades) assert.equal(new Set(ids).size, ids.length, 'no trade comes twice');
}

for (const style of STYLES) {
  test(`${style}: a feed comes up, keeps every book right and delivers every trade once`, () => {
    const world = healthy({ style });
    const before = world.trades.map((ids) => ids.at(-1) ?? 0);
    world.pass(MINUTE_US);
    assert.ok(world.isHealthy);
    assert.deepEqual(world.takeEntries(), []);
    for (const [ix, ids] of world.trades.entries()) {
      const first = ids.indexOf(before[ix]!);
      const expected = ids.slice(first).map((_, i) => before[ix]! + i);
      assert.deepEqual(ids.slice(first), expected, 'none is left out');
    }
    assert.ok(world.usableBookCount > 200);
    const status = world.feed.status();
    assert.deepEqual(status.refusals, []);
    assert.ok(status.lags.every(({ p50Us, p99Us }) => p50Us > 0 && p99Us < SECOND_US && p50Us <= p99Us));
    assert.ok(
      status.clock !== null && Math.abs(status.clock.offsetUs - 40_000) <= status.clock.roundTripUs / 2,
    );
    assert.equal(
      status.books.reduce((sum, { resyncCount }) => sum + resyncCount, 0),
      0,
    );
  });

  test(`${style}: a lost book message costs that one book, once`, () => {
    const world = healthy({ style });
    const resets = world.bookStates.length;
    loseChange(world, 1);
    world.pass(5 * SECOND_US);
    world.heal(20 * SECOND_US);
    const isCounted = style === 'counted';
    const cause = isCounted || style === 'numbered' ? 'sequence-gap' : 'checksum';
    // Streams of three symbols share a connection: where only the connection is numbered, nobody knows whose message it was.
    assert.deepEqual(world.takeEntries(), isCounted ? all(3, cause) : [`S1 book ${cause}`]);
    if (!isCounted) {
      const changes = world.bookStates.slice(resets);
      assert.ok(changes.length === 2 && changes.every((change) => change.startsWith('S1 ')), changes.join());
      assert.equal(
        world.feed.status().sockets.reduce((sum, { connectCount }) => sum + connectCount, 0),
        2,
      );
    }
  });
}

for (const style of STYLES) {
  test(`${style}: duplicates lose nothing and are told to nobody`, () => {
    const world = healthy({ style });
    for (const key of ['book:S0', 'trades:S1', 'book:S2', 'trades:S0']) {
      world.venue.hitNext('duplicate', key);
      world.pass(4 * SECOND_US);
    }
    assert.equal(world.venue.hits.length, 4);
    assert.ok(world.isHealthy);
    assert.deepEqual(world.takeEntries(), []);
    assertNoTradeTwice(world);
  });

  test(`${style}: a broken connection is one entry for each of its streams; other connections do not notice`, () => {
    const world = healthy({ style });
    const states = world.bookStates.length;
    world.network.breakSockets(FAKE_HOST, (turn) => turn === 0);
    world.pass(SECOND_US);
    world.heal(20 * SECOND_US);
    assert.deepEqual(world.takeEntries(), all(3, 'disconnect'));
    assert.ok(world.bookStates.slice(states).every((change) => !change.startsWith('S3')));
    assertNoTradeTwice(world);
  });

  test(`${style}: a half-open connection is found out by its silence and replaced`, () => {
    const world = healthy({ style });
    world.network.cutSockets(FAKE_HOST, (turn) => turn === 0);
    world.pass(15 * SECOND_US);
    const taken = world.heal(20 * SECOND_US);
    assert.deepEqual(world.takeEntries(), all(3, 'stall'), `healed after ${taken}`);
  });

  test(`${style}: after everything went down at once everything comes back`, () => {
    const world = healthy({ style, symbolCount: 12 });
    world.network.refuse(FAKE_HOST, world.nowUs + 20 * SECOND_US);
    world.network.breakSockets(FAKE_HOST);
    world.pass(25 * SECOND_US);
    world.heal(60 * SECOND_US);
    assert.deepEqual(world.takeEntries(), all(12, 'disconnect'));
    assert.equal(world.venue.socketCount, 4);
  });

  test(`${style}: a damaged book message costs what it may have held`, () => {
    const world = healthy({ style });
    world.venue.hitNext('damage', 'book:S1');
    world.pass(SECOND_US);
    world.heal(20 * SECOND_US);
    world.pass(15 * SECOND_US);
    const trades = ['S0', 'S1', 'S2'].map((symbol) => `${symbol} trades damaged-frame`);
    const expected = {
      numbered: ['S1 book sequence-gap', ...trades],
      // Nobody knows whose message it was, and the books have no numbers to tell.
      checked: all(3, 'damaged-frame'),
      counted: all(3, 'sequence-gap'),
    };
    assert.deepEqual(world.takeEntries(), expected[style].sort());
  });

  test(`${style}: a storm of damaged messages is one entry with a count`, () => {
    const world = healthy({ style });
    for (let i = 0; i < 8; i++) {
      world.venue.hitNext('damage', 'trades:S3');
      while (world.venue.isHitPending) world.pass(100_000);
    }
    world.pass(SECOND_US);
    const { length } = world.venue.hits;
    assert.equal(length, 8);
    world.heal(40 * SECOND_US);
    world.pass(15 * SECOND_US);
    const ofTrades = world.entries.filter(({ stream, symbol }) => stream === 'trades' && symbol === 'S3');
    if (style === 'counted') return;
    assert.equal(ofTrades.length, 1);
    assert.match(ofTrades[0]?.detail ?? '', new RegExp(`^${length} damaged messages`));
  });

  test(`${style}: a connection that has reached its age is replaced without losing anything`, () => {
    const world = healthy({ style, adapter: { limits: { lifeUs: 40 * SECOND_US } } });
    world.pass(4 * MINUTE_US);
    world.heal(20 * SECOND_US);
    assert.deepEqual(world.takeEntries(), []);
    const { length } = world.bookStates;
    assert.equal(length, 4, 'books never ceased to be usable');
    assertNoTradeTwice(world);
    for (const ids of world.trades) {
      const sorted = [...ids].sort((a, b) => a - b);
      assert.deepEqual(
        sorted,
        sorted.map((_, i) => sorted[0]! + i),
        'no trade is left out',
      );
    }
    const { sockets } = world.feed.status();
    assert.ok(sockets.every(({ connectCount }) => connectCount >= 6 && connectCount <= 8));
    assert.ok(world.venue.socketCount <= 2 * sockets.length);
  });

  test(`${style}: a venue that announces its end is left in time`, () => {
    const world = healthy({ style });
    world.venue.announceEnd();
    world.pass(8 * SECOND_US);
    world.venue.closeAll();
    world.pass(SECOND_US);
    world.heal(20 * SECOND_US);
    assert.equal(world.takeEntries().filter((entry) => !entry.endsWith('disconnect')).length, 0);
    assertNoTradeTwice(world);
  });

  test(`${style}: a connection that announces its end goes only when another one has everything`, () => {
    const world = healthy({ style });
    world.venue.announceEnd();
    world.pass(10 * SECOND_US);
    assert.ok(world.isHealthy, world.describe());
    assert.deepEqual(world.takeEntries(), []);
    assert.deepEqual(
      world.feed.status().sockets.map(({ connectCount }) => connectCount),
      [2, 2],
    );
    assert.equal(world.venue.socketCount, 2);
    assertNoTradeTwice(world);
  });

  test(`${style}: a subscription that is refused is reported and tried again until it is had`, () => {
    const world = new FeedWorld({ seed: SEED, style });
    world.venue.refuses.set('book:S1', world.nowUs + 30 * SECOND_US);
    world.venue.refuses.set('trades:S2', world.nowUs + 30 * SECOND_US);
    world.feed.start();
    world.pass(20 * SECOND_US);
    const status = world.feed.status();
    assert.deepEqual(status.refusals.map(({ stream, symbol }) => `${symbol} ${stream}`).sort(), [
      'S1 book',
      'S2 trades',
    ]);
    assert.deepEqual(
      status.books.map(({ isUsable }) => isUsable),
      [true, false, true, true],
    );
    assert.ok(world.notices.some(({ kind, subject }) => kind === 'refused' && subject === 'S1 book'));
    world.pass(15 * SECOND_US);
    world.heal(60 * SECOND_US);
    assert.deepEqual(world.takeEntries(), []);
    world.pass(10 * SECOND_US);
    assert.ok(world.trades[2]!.length > 0);
  });

  test(`${style}: a subscription that is confirmed and silent is a loss, and is tried elsewhere`, () => {
    const world = new FeedWorld({ seed: SEED, style });
    world.venue.mutes.set('book:S1', world.nowUs + 5 * SECOND_US);
    world.feed.start();
    world.pass(20 * SECOND_US);
    world.heal(60 * SECOND_US);
    assert.deepEqual(world.takeEntries(), ['S1 book stall']);
  });

  test(`${style}: a connection on which everything is confirmed and nothing comes is replaced`, () => {
    const world = new FeedWorld({ seed: SEED, style, symbolCount: 3 });
    for (const symbol of ['S0', 'S1', 'S2']) {
      for (const stream of ['book', 'trades'])
        world.venue.mutes.set(`${stream}:${symbol}`, world.nowUs + 4 * SECOND_US);
    }
    world.feed.start();
    world.pass(15 * SECOND_US);
    world.heal(60 * SECOND_US);
    assert.deepEqual(world.takeEntries(), all(3, 'stall'));
  });

  test(`${style}: subscriptions without an answer cost the connection, not the feed`, () => {
    const world = new FeedWorld({ seed: SEED, style });
    world.venue.answersSubscriptions = false;
    world.feed.start();
    world.pass(30 * SECOND_US);
    assert.equal(world.feed.status().books.filter(({ isUsable }) => isUsable).length, 0);
    world.venue.answersSubscriptions = true;
    world.heal(MINUTE_US);
    assert.deepEqual(world.takeEntries(), []);
  });

  test(`${style}: one subscription without an answer is tried elsewhere, the others stay`, () => {
    const world = new FeedWorld({ seed: SEED, style });
    world.venue.ignores.set('book:S1', world.nowUs + 20 * SECOND_US);
    world.feed.start();
    world.pass(15 * SECOND_US);
    assert.deepEqual(
      world.feed.status().refusals.map(({ stream, symbol }) => `${symbol} ${stream}`),
      ['S1 book'],
    );
    world.heal(60 * SECOND_US);
    assert.deepEqual(world.takeEntries(), []);
    assert.equal(world.bookStates.filter((state) => state.startsWith('S0')).length, 1);
  });

  test(`${style}: pings without an answer end a connection that is silent and replace one that delivers`, () => {
    const world = healthy({ style, adapter: { limits: { silenceUs: MINUTE_US } } });
    world.venue.answersPings = false;
    world.pass(12 * SECOND_US);
    world.venue.answersPings = true;
    world.heal(30 * SECOND_US);
    assert.deepEqual(world.takeEntries(), [], 'it still delivered');
    world.venue.stallAll();
    world.pass(12 * SECOND_US);
    world.heal(30 * SECOND_US);
    const entries = world.takeEntries();
    const unexpected = entries.filter((entry) => !all(4, 'stall').includes(entry));
    // A book whose numbers go on over the stall has lost nothing.
    const missing = all(4, 'stall', ['trades']).filter((entry) => !entries.includes(entry));
    assert.deepEqual([unexpected, missing], [[], []]);
  });

  test(`${style}: a feed that is stopped leaves nothing behind and says nothing more`, () => {
    for (const runUs of [0, 1_000, 3_000, 6_000, 20_000, 200_000, 500_000, 1_500_000, 5_000_000]) {
      const world = new FeedWorld({ seed: SEED, style, adapter: { hasToken: true } });
      world.feed.start();
      world.pass(runUs);
      world.feed.stop();
      const calls = world.callCount;
      world.feed.stop();
      world.pass(20 * SECOND_US);
      assert.equal(world.callCount, calls);
      assert.equal(world.transport.openCount, 0, `after ${runUs} us`);
      assert.equal(world.venue.socketCount, 0);
    }
  });
}

test('swapped book messages are a gap in the numbers, and the late one is no trouble', () => {
  const world = healthy();
  world.venue.hitNext('swap', 'book:S0');
  world.pass(3 * SECOND_US);
  world.heal(10 * SECOND_US);
  const [entry] = world.entries;
  assert.ok(entry !== undefined && entry.lostFromId > 1_000 && entry.lostToId >= entry.lostFromId);
  assert.ok(entry.toUs - entry.fromUs < 2 * SECOND_US, 'healed by the next snapshot');
  assert.deepEqual(world.takeEntries(), ['S0 book sequence-gap']);
});

test('a gap heals from what waited and one snapshot, within a round trip', () => {
  const world = healthy();
  const { snapshotCount } = world.venue;
  world.venue.hitNext('drop', 'book:S2');
  while (world.venue.isHitPending) world.pass(10_000);
  world.pass(3 * SECOND_US);
  assert.ok(world.isHealthy);
  assert.equal(world.venue.snapshotCount, snapshotCount + 1);
  const states = world.bookStates.slice(-2);
  assert.deepEqual(states, ['S2 not usable: sequence-gap', 'S2 usable: synchronised']);
});

for (const kind of ['limited', 'banned', 'unavailable', 'slow', 'old', 'damaged', 'no answer'] as const) {
  test(`snapshots that are ${kind} delay one book and nothing else`, () => {
    const world = healthy();
    world.venue.requestFault = { kind, untilUs: world.nowUs + 9 * SECOND_US };
    world.venue.hitNext('drop', 'book:S1');
    world.pass(8 * SECOND_US);
    const { books } = world.feed.status();
    assert.ok(books.every(({ isUsable, symbol }) => isUsable || symbol === 'S1'));
    const taken = world.heal(40 * SECOND_US);
    assert.ok(taken < 30 * SECOND_US, `${taken / SECOND_US} s`);
    assert.deepEqual(world.takeEntries(), ['S1 book sequence-gap']);
  });
}

test('while a ban is in force nothing at all is asked of the venue', () => {
  const world = healthy({ streams: ['book', 'open-interest'] });
  world.venue.requestFault = { kind: 'banned', untilUs: world.nowUs + MINUTE_US };
  world.venue.hitNext('drop', 'book:S1');
  world.pass(6 * SECOND_US);
  const { rest } = world.feed.status();
  assert.ok(rest.limitedCount >= 1 && rest.limitedUntilUs >= world.nowUs + 50 * SECOND_US);
  world.pass(50 * SECOND_US);
  assert.equal(world.feed.status().rest.requestCount, rest.requestCount);
  world.heal(60 * SECOND_US);
  const stalls = all(4, 'stall', ['open-interest']);
  assert.deepEqual(world.takeEntries(), ['S1 book sequence-gap', ...stalls].sort());
});

test('polled streams come on their interval and are a loss when the answers stop', () => {
  const world = healthy({ streams: ['book', 'open-interest'] });
  const before = [...world.interestCounts];
  world.pass(MINUTE_US);
  for (const [ix, count] of world.interestCounts.entries()) assert.equal(count - before[ix]!, 12);
  assert.deepEqual(world.takeEntries(), []);
  world.venue.requestFault = { kind: 'unavailable', untilUs: world.nowUs + 20 * SECOND_US };
  world.pass(30 * SECOND_US);
  assert.deepEqual(world.takeEntries(), all(4, 'stall', ['open-interest']));
});

test('every attempt asks for a token of its own, and a failing token request is no storm', () => {
  const world = healthy({ adapter: { hasToken: true } });
  assert.equal(world.venue.tokenCount, 2);
  world.venue.requestFault = { kind: 'unavailable', untilUs: world.nowUs + 30 * SECOND_US };
  const { requestCount } = world.feed.status().rest;
  world.network.breakSockets(FAKE_HOST);
  world.pass(29 * SECOND_US);
  assert.ok(world.feed.status().rest.requestCount - requestCount < 40);
  world.heal(90 * SECOND_US);
  assert.equal(world.venue.tokenCount, 4);
  assert.deepEqual(world.takeEntries(), all(4, 'disconnect'));
});

test('connections are opened at the pace of the venue', () => {
  const world = new FeedWorld({
    seed: SEED,
    style: 'checked',
    symbolCount: 30,
    adapter: { limits: { connectEveryUs: 2 * SECOND_US } },
  });
  const opened: number[] = [];
  world.onCall = (name) => {
    if (name === 'notice' && world.notices.at(-1)?.kind === 'connected') opened.push(world.nowUs);
  };
  world.feed.start();
  world.pass(30 * SECOND_US);
  world.network.breakSockets(FAKE_HOST);
  world.pass(30 * SECOND_US);
  assert.equal(opened.length, 20);
  for (const [i, atUs] of opened.slice(1).entries()) assert.ok(atUs - opened[i]! > 1_900_000);
});

test('a connection that breaks in the middle of its hand-over costs nothing that the next one had already', () => {
  for (let delayUs = 0; delayUs < 3 * SECOND_US; delayUs += 137_000) {
    for (const style of STYLES) {
      const world = healthy({ style });
      world.venue.announceEnd();
      world.pass(delayUs);
      world.network.breakSockets(FAKE_HOST, (turn) => turn < 2);
      world.pass(SECOND_US);
      world.heal(30 * SECOND_US);
      const entries = world.takeEntries();
      assert.equal(new Set(entries).size, entries.length, 'one entry for each stream at most');
      assert.ok(
        entries.every((entry) => entry.endsWith('disconnect')),
        entries.join(),
      );
      assertNoTradeTwice(world);
      const missing = missingTrades(world);
      const noted = new Set(
        entries.filter((entry) => entry.includes('trades')).map((entry) => entry.slice(0, 2)),
      );
      assert.ok(
        missing.every((symbol) => noted.has(symbol)),
        `${style} ${delayUs}: ${missing} in ${entries}`,
      );
    }
  }
});

test('books without numbers are fetched again from time to time, without a pause and one after the other', () => {
  const world = healthy({ style: 'checked', adapter: { resyncEveryUs: 20 * SECOND_US } });
  const { length } = world.bookStates;
  const snapshotsUs: number[] = [];
  const fakeSnapshots = countSnapshots(world);
  world.onCall = () => {
    if (fakeSnapshots() > snapshotsUs.length) snapshotsUs.push(world.nowUs);
  };
  world.pass(2 * MINUTE_US);
  assert.equal(world.bookStates.length, length, 'usable all the time');
  assert.deepEqual(world.takeEntries(), []);
  assert.ok(snapshotsUs.length >= 4 * 6 && snapshotsUs.length <= 4 * 13, `${snapshotsUs.length} snapshots`);
});

test('a book that does not come right on its connection is tried on another one, alone', () => {
  const world = healthy({ style: 'checked' });
  const { length } = world.bookStates;
  world.venue.mutes.set('book:S1', world.nowUs + 80 * SECOND_US);
  loseChange(world, 1);
  world.pass(60 * SECOND_US);
  assert.ok(world.notices.some(({ kind, subject }) => kind === 'connected' && subject === 'public-0+1'));
  world.heal(2 * MINUTE_US);
  assert.deepEqual(world.takeEntries(), ['S1 book checksum']);
  assert.ok(world.bookStates.slice(length).every((state) => state.startsWith('S1')));
});

test('sockets for refused subscriptions come home with the next connection of the plan', () => {
  const world = new FeedWorld({ seed: SEED, style: 'checked' });
  world.venue.refuses.set('book:S1', world.nowUs + 10 * SECOND_US);
  world.feed.start();
  world.pass(20 * SECOND_US);
  world.heal(30 * SECOND_US);
  assert.equal(world.feed.status().sockets.length, 3);
  world.venue.announceEnd();
  world.pass(15 * SECOND_US);
  world.heal(30 * SECOND_US);
  assert.deepEqual(
    world.feed.status().sockets.map(({ name }) => name),
    ['public-0', 'public-1'],
  );
  assert.equal(world.venue.socketCount, 2);
  assert.deepEqual(world.takeEntries(), []);
});

test('however many subscriptions were refused at different times, all of them are had in the end', () => {
  const limits = { streamsMax: 1, connectEveryUs: 50_000 };
  const world = new FeedWorld({
    seed: SEED,
    style: 'checked',
    symbolCount: 8,
    streams: ['book'],
    adapter: { limits },
  });
  for (let i = 0; i < 8; i++) {
    world.venue.refuses.set(`book:S${i}`, world.nowUs + (i < 5 ? 8 : 40 + 3 * i) * SECOND_US);
  }
  world.feed.start();
  world.pass(35 * SECOND_US);
  assert.equal(world.feed.status().refusals.length, 3);
  world.pass(60 * SECOND_US);
  world.heal(2 * MINUTE_US);
  world.pass(2 * MINUTE_US);
  assert.ok(world.isHealthy);
  assert.equal(world.venue.socketCount, 8);
  assert.deepEqual(world.takeEntries(), []);
});

test('a listener may stop the feed from any call', () => {
  for (const name of ['raw', 'book', 'trade', 'state', 'notice', 'ledger']) {
    const world = new FeedWorld({ seed: SEED, style: 'checked' });
    let isStopped = false;
    world.onCall = (called) => {
      assert.ok(!isStopped || called === 'ledger', `${called} after the feed was stopped in ${name}`);
      if (called !== name) return;
      world.feed.stop();
      isStopped = true;
    };
    world.feed.start();
    world.pass(2 * SECOND_US);
    world.network.breakSockets(FAKE_HOST);
    world.pass(20 * SECOND_US);
    assert.ok(isStopped, name);
    assert.equal(world.transport.openCount, 0);
  }
});

test('open losses are written down when the feed is stopped', () => {
  const world = healthy();
  world.network.refuse(FAKE_HOST, world.nowUs + MINUTE_US);
  world.network.breakSockets(FAKE_HOST);
  world.pass(10 * SECOND_US);
  assert.equal(world.feed.status().outages.length, 8);
  assert.equal(world.entries.length, 0);
  world.feed.stop();
  assert.ok(world.entries.every(({ detail }) => detail.includes('not over when the feed was stopped')));
  assert.deepEqual(world.takeEntries(), all(4, 'disconnect'));
});

test('a book that stays crossed is given up and fetched again, a moment of it is only not used', () => {
  const world = healthy({ symbolCount: 1, streams: ['book'] });
  world.venue.symbols[0]!.cross(world.nowUs);
  while (world.bookStates.at(-1) !== 'S0 not usable: bid at or above ask') world.pass(10_000);
  world.venue.symbols[0]!.uncross();
  world.pass(2 * SECOND_US);
  assert.ok(world.isHealthy);
  assert.deepEqual(world.takeEntries(), []);
  world.venue.symbols[0]!.cross(world.nowUs);
  world.pass(4 * SECOND_US);
  world.venue.symbols[0]!.uncross();
  world.heal(30 * SECOND_US);
  assert.deepEqual(world.takeEntries(), ['S0 book crossed']);
});

test('equal seeds give equal calls, other seeds others', () => {
  const hashOf = (seed: number): string => {
    const world = new FeedWorld({
      seed,
      style: 'numbered',
      adapter: { hasToken: true },
      streams: ['book', 'trades', 'open-interest'],
    });
    world.feed.start();
    world.pass(5 * SECOND_US);
    world.venue.hitNext('drop', 'book:S1');
    world.network.breakSockets(FAKE_HOST, (turn) => turn === 1);
    world.pass(20 * SECOND_US);
    return world.logHash;
  };
  assert.equal(hashOf(SEED), hashOf(SEED));
  assert.notEqual(hashOf(SEED), hashOf(SEED + 1));
});

test('a stream that the venue does not offer is refused in words, a second start is a bug', () => {
  assert.throws(
    () => new FeedWorld({ seed: SEED, style: 'numbered', streams: ['liquidations'] }),
    (error) =>
      error instanceof XylenError &&
      error.code === 'XY_USAGE' &&
      /offers, found liquidations/.test(error.message),
  );
  const world = new FeedWorld({ seed: SEED, style: 'numbered' });
  world.feed.start();
  assert.throws(() => world.feed.start(), AssertionError);
});

/** Drops messages of a book until one was missed: the next message may undo what a lost one did, and then nothing was lost. */
function loseChange(world: FeedWorld, ix: number): void {
  const isUsable = (): boolean => world.feed.status().books[ix]?.isUsable === true;
  for (let i = 0; i < 10 && isUsable(); i++) {
    world.venue.hitNext('drop', `book:S${ix}`);
    const untilUs = world.nowUs + 5 * SECOND_US;
    while (isUsable() && world.nowUs < untilUs) world.pass(1_000);
  }
  assert.ok(!isUsable(), 'a lost message is noticed');
}

/** Symbols of which a trade between the first and the last that were delivered is missing. */
function missingTrades(world: FeedWorld): string[] {
  return world.trades.flatMap((ids, ix) => {
    const span = Math.max(...ids) - Math.min(...ids) + 1;
    return span === new Set(ids).size ? [] : [`S${ix}`];
  });
}

function countSnapshots(world: FeedWorld): () => number {
  const { snapshotsSeen } = world;
  return () => world.snapshotsSeen - snapshotsSeen;
}
