/** The small parts of a feed: order of events, states of a socket, lag, duplicates, pace, ledger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate } from '#book';
import { AssertionError, Prng } from '#core';
import type { LedgerEntry } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { SimulatedNetwork } from '../../net/simulated/index.ts';
import { DamageLog } from './damage-log.ts';
import { EventStamp } from './event-stamp.ts';
import { HandOverBuffer } from './hand-over-buffer.ts';
import { LagHistogram } from './lag-histogram.ts';
import { LedgerBook, type Loss } from './ledger-book.ts';
import { Notices } from './notices.ts';
import { RecentPrints } from './recent-prints.ts';
import { Refusals } from './refusals.ts';
import { SENDS_MAX, SendQueue } from './send-queue.ts';
import { isOpenState, nextSocketState } from './socket-state.ts';
import { StreamTrack, type TrackLink } from './stream-track.ts';
import { FeedWorld } from './test/feed-world.ts';

const SEED = testSeed();

function trackOf(symbol: string, ix = 0, stream: 'book' | 'trades' = 'trades'): StreamTrack {
  const instrument = {
    ix,
    venue: 'sim',
    symbol,
    wireSymbol: symbol,
    priceDecimals: 0,
    qtyDecimals: 0,
  } as const;
  return new StreamTrack({ instrument, stream, timeframeUs: null });
}

function lossOf(fromUs: number, detail = 'lost'): Loss {
  return { cause: 'disconnect', fromUs, lostFromId: -1, lostToId: -1, detail };
}

test('stamps follow the clock and never stand still or go back', () => {
  const stamp = new EventStamp();
  assert.deepEqual(
    [10, 10, 10, 5, 20, 13].map((nowUs) => stamp.next(nowUs)),
    [10, 11, 12, 13, 20, 21],
  );
  assert.equal(stamp.lastUs, 21);
  assert.throws(() => stamp.next(1.5), AssertionError);
});

test('a connection goes through its states and never comes back', () => {
  let state = nextSocketState('waiting', 'connect');
  for (const step of [
    'opened',
    'data',
    'answered',
    'data',
    'answered',
    'replaced',
    'data',
    'ended',
  ] as const) {
    state = nextSocketState(state, step);
  }
  assert.equal(state, 'stopped');
  assert.equal(nextSocketState('stopped', 'ended'), 'stopped');
  for (const step of ['connect', 'opened', 'data', 'answered', 'replaced'] as const) {
    assert.throws(() => nextSocketState('stopped', step), AssertionError);
  }
  assert.throws(() => nextSocketState('waiting', 'opened'), AssertionError);
  assert.equal(nextSocketState('open', 'data'), 'open', 'data before the answer do not confirm');
  const open = (
    ['waiting', 'connecting', 'open', 'confirmed', 'live', 'draining', 'stopped'] as const
  ).filter(isOpenState);
  assert.deepEqual(open, ['open', 'confirmed', 'live', 'draining']);
});

test(`lag quantiles are within a bucket of the sorted lags (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  const lag = new LagHistogram(1_000_000);
  const values: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    const value = Math.round(prng.exponential(20_000));
    values.push(value);
    lag.add(value, i);
  }
  values.sort((a, b) => a - b);
  for (const share of [0.5, 0.9, 0.99, 1]) {
    const exact = values[Math.ceil(values.length * share) - 1]!;
    const found = lag.quantileUs(share);
    assert.ok(found >= exact && found <= exact * 1.2 + 1, `${share}: ${found} for ${exact}`);
  }
});

test('lags are forgotten after two windows, and a venue whose clock runs ahead counts as 0', () => {
  const lag = new LagHistogram(1_000);
  assert.equal(lag.quantileUs(0.5), -1);
  lag.add(-50, 0);
  assert.equal(lag.quantileUs(0.99), 0);
  lag.add(100, 1_500);
  assert.equal(lag.count, 2);
  lag.add(100, 2_600);
  assert.equal(lag.count, 2, 'the first window is gone');
  lag.add(2 ** 60, 9_000);
  assert.equal(lag.count, 1, 'both are gone after a silence');
});

test('a print that comes twice is known again, prints of one message are not', () => {
  const recent = new RecentPrints(4);
  assert.ok(recent.take(7, 1));
  assert.ok(recent.take(7, 1), 'one message may give one id to several prints');
  assert.ok(!recent.take(7, 2));
  for (const key of [8, 9, 10]) assert.ok(recent.take(key, 3));
  assert.ok(!recent.take(8, 4));
  assert.ok(recent.take(3, 4), 'an older id is new when it was not seen');
  for (const key of [11, 12, 13]) assert.ok(recent.take(key, 5));
  assert.ok(recent.take(8, 6), 'memory is bounded');
});

test('messages leave in order at the pace of the venue, pings first', () => {
  const network = new SimulatedNetwork(new Prng(SEED), 1_000);
  const sent: string[] = [];
  const queue = new SendQueue(network.openTransport(), 100, (text) =>
    sent.push(`${network.nowUs()} ${text}`),
  );
  assert.ok(queue.push(['a', 'b', 'c']));
  queue.pushFirst('ping');
  network.run(1_150);
  assert.deepEqual(sent, ['1000 a', '1100 ping']);
  network.run(2_000);
  assert.ok(queue.push(['d']));
  assert.deepEqual(sent.slice(2), ['1200 b', '1300 c', '2000 d']);
  assert.ok(!queue.push(new Array<string>(SENDS_MAX + 1).fill('x')));
  queue.push(['e']);
  queue.stop();
  network.run(9_000);
  assert.equal(sent.length, 5);
  assert.equal(network.waitingCount, 0, 'nothing is left behind');
});

test('an outage is one entry from its first sign to its end; what was never right loses nothing', () => {
  const entries: LedgerEntry[] = [];
  const ledger = new LedgerBook('sim', (entry) => entries.push(entry));
  const track = trackOf('A');
  ledger.lose(track, lossOf(5));
  assert.equal(ledger.open.length, 0);
  ledger.heal(track, 10);
  assert.equal(entries.length, 0, 'the first synchronisation is no loss');
  ledger.lose(track, { ...lossOf(20, 'closed with 1006'), lostFromId: 3, lostToId: 4 });
  ledger.lose(track, lossOf(25));
  ledger.note(track, lossOf(26), 27);
  assert.equal(ledger.open[0]?.furtherCount, 2);
  ledger.heal(track, 30);
  ledger.note(track, lossOf(40, 'one'), 41);
  ledger.lose(track, lossOf(50));
  ledger.closeAll(60);
  ledger.closeAll(61);
  assert.deepEqual(
    entries.map(({ fromUs, toUs }) => [fromUs, toUs]),
    [
      [20, 30],
      [40, 41],
      [50, 60],
    ],
  );
  assert.deepEqual([entries[0]?.lostFromId, entries[0]?.lostToId], [3, 4]);
  assert.match(entries[0]?.detail ?? '', /closed with 1006; then 2 more/);
  assert.match(entries[2]?.detail ?? '', /not over/);
  assert.deepEqual(ledger.counts, { disconnect: 3 });
});

test('what was told can be lost before it is right', () => {
  const entries: LedgerEntry[] = [];
  const ledger = new LedgerBook('sim', (entry) => entries.push(entry));
  const track = trackOf('A');
  ledger.onTold(track);
  assert.equal(track.isRight, false);
  ledger.lose(track, lossOf(5));
  ledger.heal(track, 9);
  assert.deepEqual([entries.length, entries[0]?.fromUs, entries[0]?.toUs], [1, 5, 9]);
});

test('a loss that the venue itself reveals is one even before the first good message', () => {
  const entries: LedgerEntry[] = [];
  const ledger = new LedgerBook('sim', (entry) => entries.push(entry));
  const track = trackOf('A');
  ledger.lose(track, lossOf(5), true);
  ledger.heal(track, 9);
  assert.deepEqual([entries.length, entries[0]?.fromUs, entries[0]?.toUs], [1, 5, 9]);
});

test('damages that come close together are one storm with a count', () => {
  const log = new DamageLog(1_000);
  const link: TrackLink & { lastGoodUs: number } = {
    serial: 1,
    lastGoodUs: 90,
    deliveredUs: 0,
    isLeaving: false,
    confirmedUs: () => 0,
    noteData: () => undefined,
    resubscribe: () => undefined,
  };
  const over: string[] = [];
  const flush = (nowUs: number, isForced = false): void =>
    log.flush(
      nowUs,
      () => isForced,
      (_, { detail, fromUs }, toUs) => over.push(`${fromUs}-${toUs} ${detail}`),
    );
  for (const nowUs of [100, 200, 900]) log.add(link, 'not JSON', nowUs);
  flush(1_800);
  assert.deepEqual(over, []);
  flush(1_900);
  link.lastGoodUs = 2_000;
  log.add(link, 'cut', 2_100);
  flush(2_101, true);
  flush(9_999, true);
  assert.deepEqual(over, [
    '90-900 3 damaged messages, the first: not JSON',
    '2000-2100 a damaged message: cut',
  ]);
});

test('a hand-over goes on where the book stands, or not at all', () => {
  const buffer = new HandOverBuffer(3);
  const push = (firstId: number, lastId: number, previousId: number): void => {
    const update = new BookUpdate();
    Object.assign(update, { firstId, lastId, previousId });
    buffer.push(update);
  };
  for (const id of [11, 12, 13, 14]) push(id, id, id - 1);
  assert.equal(buffer.count, 3, 'bounded');
  assert.ok(!buffer.continues(10) && buffer.continues(11));
  buffer.dropThrough(12);
  assert.ok(buffer.continues(12) && !buffer.continues(13) && !buffer.continues(-1));
  assert.deepEqual(
    buffer.take().map(({ lastId }) => lastId),
    [13, 14],
  );
  push(20, 25, -1);
  assert.ok(
    buffer.continues(22) && buffer.continues(19) && !buffer.continues(18),
    'without links the range counts',
  );
  buffer.dropThrough(25);
  assert.equal(buffer.count, 0);
});

test('a refused subscription is due again after a growing pause, together with all that wait', () => {
  const refusals = new Refusals(new Prng(SEED), 30_000_000);
  const [a, b] = [trackOf('A'), trackOf('B', 1)];
  refusals.add(a, 'no', 0);
  refusals.add(b, 'no', 0);
  assert.equal(refusals.list.length, 2);
  assert.deepEqual(refusals.due(2_000_000), [a, b]);
  refusals.assign(a, 'extra');
  assert.ok(refusals.mayTry(a, 'extra') && !refusals.mayTry(a, 'public-0'));
  assert.deepEqual(refusals.due(2_000_000), [b]);
  refusals.delete(b);
  refusals.add(a, 'no again', 5_000_000);
  assert.deepEqual([refusals.list.length, refusals.list[0]?.count], [1, 2]);
  assert.ok(!refusals.mayTry(a, 'extra'));
  for (let i = 0; i < 40; i++) refusals.add(a, 'no', 0);
  assert.ok((refusals.list[0]?.retryUs ?? 0) < 30_000_000);
});

test('a storm of notices is told by its beginning and a count', () => {
  const world = new FeedWorld({ seed: SEED, style: 'numbered' });
  const notices = new Notices(world, 3, 1_000);
  for (let i = 0; i < 10; i++) notices.tell('damaged', 'x', `${i}`, 0);
  notices.tell('damaged', 'x', 'later', 1_000);
  assert.deepEqual(
    world.notices.map(({ message, suppressed }) => `${message} ${suppressed}`),
    ['0 0', '1 0', '2 0', 'later 7'],
  );
});
