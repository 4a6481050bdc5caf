/** What one venue says in the bench, made once: the messages, as bytes and as text, the book before them and the book after them. */
import { assert } from '#core';
import type { SnapshotLevels } from '../../test/hostile/wire-protocol.ts';
import { type BookOutcome, FeedRun, outcomeOfLevels } from './feed-run.ts';
import type { VenueCase } from './venue-case.ts';

/** The messages of a venue; a new `FeedRun` of the same case and seed is where they go on from. */
export interface VenueScript {
  readonly venueCase: VenueCase;
  readonly seed: number;
  /** Messages with which the stream of the book began; empty where a snapshot comes by request. */
  readonly snapshotTexts: readonly string[];
  readonly before: SnapshotLevels;
  readonly frames: readonly Buffer[];
  readonly texts: readonly string[];
  /** The book at the end, as deep as the venue tells it. */
  readonly afterLevels: SnapshotLevels;
  readonly after: BookOutcome;
  readonly levelsMean: number;
  readonly bytesMean: number;
  readonly bytesMax: number;
}

/** Time between two messages by the venue's clock. */
const STAMP_US = 20;

/** Writes the messages of a case, each of which changes the book. */
export function writeScript(venueCase: VenueCase, seed: number): VenueScript {
  const run = new FeedRun(venueCase, seed);
  const { instrument, messageCount, under } = venueCase;
  const { venue } = run;
  const [book] = venue.books;
  const before = venue.snapshotOf(book);
  const snapshotTexts = venue.snapshotFrames.map(venueCase.spell);
  const prng = run.changes;
  const texts: string[] = [];
  let levels = 0;
  while (texts.length < messageCount) {
    venue.passTime(STAMP_US);
    const change = book.change(prng, venue.venueUs());
    const frames = venue.framesOf(change);
    texts.push(...frames.map(venueCase.spell));
    if (frames.length > 0) levels += change.levels.length;
  }
  run.finish(0);
  const depth = under.adapter.bookPolicy({ ...instrument, ix: 0, venue: under.venue }).depth;
  const shown = depth ?? Number.POSITIVE_INFINITY;
  const bids = book.levels('bid').slice(0, shown);
  const asks = book.levels('ask').slice(0, shown);
  const frames = texts.map((text) => Buffer.from(text));
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  return {
    ...{ venueCase, seed, snapshotTexts, before, frames, texts },
    afterLevels: { lastId: book.lastId, bids, asks },
    after: outcomeOfLevels(bids, asks),
    levelsMean: levels / texts.length,
    bytesMean: bytes / texts.length,
    bytesMax: frames.reduce((most, { length }) => Math.max(most, length), 0),
  };
}

/** Holds what a run came to against the truth. @throws AssertionError when they differ. */
export function checkOutcome(found: BookOutcome, { after, venueCase }: VenueScript): void {
  for (const key of ['bestBidTicks', 'bestAskTicks', 'bidLevels', 'askLevels', 'hash'] as const) {
    assert(
      found[key] === after[key],
      `the book of ${venueCase.under.venue} ends right: ${key} ${found[key]}, expected ${after[key]}`,
    );
  }
}
