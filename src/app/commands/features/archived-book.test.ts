/** A book of the archive: what does not continue is not believed, what lies before the beginning leaves its book, losses stand where the ledger has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BookPolicy, DepthSequence, KucoinSequence, L2Book, Unnumbered } from '#book';
import type { BookEvent } from '#domain';
import type { FrameEvent } from '#features';
import { ArchivedBook, type ArchivedBookOptions } from './archived-book.ts';

const POLICY: BookPolicy = {
  newRule: () => new DepthSequence(),
  depth: null,
  checksum: null,
  bufferedMax: 100,
  crossedGraceUs: 1,
};
const FREE: BookPolicy = { ...POLICY, newRule: () => new Unnumbered(), depth: 2 };
const ALL: ArchivedBookOptions = {
  policy: POLICY,
  losses: [],
  windowUs: 10,
  toldFromUs: Number.NEGATIVE_INFINITY,
};

/** An event of a numbered book: it goes from `from` to `to`, linked to `from - 1`. */
function event(tsLocalUs: number, from: number, to: number, bids: number[], isSnapshot = false): BookEvent {
  return {
    kind: 'book',
    instrumentIx: 0,
    tsVenueUs: tsLocalUs - 5,
    tsLocalUs,
    isSnapshot,
    firstUpdateId: from,
    lastUpdateId: to,
    previousUpdateId: isSnapshot ? -1 : from - 1,
    bids: Float64Array.from(bids),
    asks: Float64Array.from(isSnapshot ? [200, 1] : []),
  };
}

function toldOf(events: readonly BookEvent[], options: Partial<ArchivedBookOptions> = {}): FrameEvent[] {
  const book = new ArchivedBook(7, { ...ALL, ...options });
  for (const one of events) book.take(one);
  book.end();
  return [...book.takeOut()];
}

/** What was told, in short: the ids of changes, and + or - with the moment for usable or not. */
function shortOf(told: readonly FrameEvent[]): readonly string[] {
  assert.ok(told.every(({ instrumentIx }) => instrumentIx === 7));
  return told.map((one) => {
    if (one.kind === 'feed-state') return `${one.isUsable ? '+' : '-'}${one.tsVenueUs}`;
    return one.kind === 'book'
      ? `${one.isSnapshot ? 's' : 'd'}${one.lastUpdateId}@${one.tsLocalUs}`
      : one.kind;
  });
}

test('a book is usable once a change has bridged its snapshot, and not after a hole', () => {
  const events = [
    event(100, 5, 9, [100, 1], true),
    event(110, 10, 12, [101, 1]),
    event(120, 14, 15, [102, 1]),
    event(130, 20, 20, [100, 1], true),
    event(140, 21, 22, [103, 1]),
  ];
  assert.deepEqual(shortOf(toldOf(events)), [
    '-99',
    's9@100',
    'd12@110',
    '+110',
    '-120',
    's20@130',
    'd22@140',
    '+140',
  ]);
});

test('changes that came before a snapshot and go beyond it are in the book when it comes', () => {
  const events = [
    event(100, 8, 9, [100, 1]),
    event(110, 10, 12, [101, 1]),
    event(120, 13, 14, [102, 1]),
    event(130, 11, 11, [100, 5], true),
  ];
  const told = toldOf(events);
  assert.deepEqual(shortOf(told), ['-99', 's11@130', 'd12@130', 'd14@130', '+130']);
  const last = told.findLast((one) => one.kind === 'book');
  assert.deepEqual(last?.kind === 'book' ? [...last.bids] : [], [102, 1]);
});

test('a loss of the ledger holds whatever the numbers say, and its beginning counts a window earlier', () => {
  const events = [
    event(100, 5, 9, [100, 1], true),
    event(110, 10, 12, [101, 1]),
    event(150, 13, 14, [102, 1]),
    event(300, 15, 16, [102, 2]),
  ];
  const losses = [
    { fromUs: 110, toUs: 150 },
    { fromUs: 200, toUs: 400 },
  ];
  assert.deepEqual(shortOf(toldOf(events, { losses })), [
    ...['-99', 's9@100', 'd12@110', '+110', '-100', 'd14@150', '+150', '-190', 'd16@300', '+400'],
  ]);
});

test('of what lies before the beginning one snapshot is told, cut as the venue cuts it', () => {
  const free = (tsLocalUs: number, bids: number[], isSnapshot: boolean): BookEvent => ({
    ...event(tsLocalUs, 0, -1, bids, isSnapshot),
    firstUpdateId: -1,
    previousUpdateId: -1,
  });
  const events = [
    free(100, [100, 1, 99, 1], true),
    free(110, [101, 4], false),
    free(120, [101, 0], false),
    free(200, [98, 3], false),
  ];
  const told = toldOf(events, { policy: FREE, toldFromUs: 150, losses: [{ fromUs: 105, toUs: 140 }] });
  assert.deepEqual(shortOf(told), ['-150', 's-1@150', '+150', 'd-1@200']);
  const [, snapshot] = told;
  const book = new L2Book();
  assert.ok(snapshot?.kind === 'book');
  book.applySnapshot(snapshot.bids, snapshot.asks);
  // 99 fell out of the two best levels when 101 came, and the venue did not say that it was still there.
  assert.deepEqual([book.levelCount('buy'), book.bestBidTicks, book.bestAskTicks], [1, 100, 200]);
  assert.deepEqual(shortOf(toldOf(events.slice(0, 2), { policy: FREE, toldFromUs: 150 })), [
    '-150',
    's-1@150',
    '+150',
  ]);
});

test('a book without the numbers that its venue gives is refused', () => {
  const bare = { ...event(100, 1, 1, [100, 1]), firstUpdateId: -1, lastUpdateId: -1 };
  assert.throws(() => toldOf([bare]), { code: 'XY_ROW_INVALID', message: /has no numbers/ });
});

test('a KuCoin message that overlaps its snapshot is in the book whole: its last word on a level holds', () => {
  const policy = { ...POLICY, newRule: () => new KucoinSequence() };
  const events = [event(100, 50, 50, [100, 3], true), event(110, 48, 53, [100, 5, 100, 3, 101, 7])];
  const told = toldOf(events, { policy });
  assert.deepEqual(shortOf(told), ['-99', 's50@100', 'd53@110', '+110']);
  const last = told.find((one) => one.kind === 'book' && !one.isSnapshot);
  assert.deepEqual(last?.kind === 'book' ? [...last.bids] : [], [100, 5, 100, 3, 101, 7]);
});
