/**
 * Polled streams as tracks: they have no connection, so a link of their own delivers them, and the time since the last answer says whether they
 * are complete.
 */
import type { EpochUs } from '#core';
import type { StreamKind } from '#domain';
import type { BookSync } from './book-sync.ts';
import type { LedgerBook, Loss } from './ledger-book.ts';
import type { PollState } from './poller.ts';
import type { StreamTrack, TrackLink } from './stream-track.ts';

/** Streams of which every answer says something about every instrument. */
const STATES: ReadonlySet<StreamKind> = new Set(['quotes', 'mark-price', 'funding-rate', 'open-interest']);

/** A stream is not complete any more when so many intervals have passed without an answer. */
const MISSED_INTERVALS = 2.5;

/** What stands in for a connection. */
export const POLL_LINK: TrackLink = {
  serial: 0,
  lastGoodUs: 0,
  deliveredUs: 0,
  isLeaving: false,
  confirmedUs: () => 0,
  noteData: () => undefined,
  resubscribe: () => undefined,
};

/** What is done with the polled tracks. */
export interface PolledParts {
  readonly tracks: readonly StreamTrack[];
  readonly states: readonly PollState[];
  readonly ledger: LedgerBook;
  /** The book of a track, where it is one: it loses and heals by itself. */
  bookOf(track: StreamTrack): BookSync | undefined;
}

/** Loses and heals the polled tracks by the time of their last answer. */
export function checkPolled({ bookOf, ledger, states, tracks }: PolledParts, nowUs: EpochUs): void {
  for (const track of tracks) {
    const state = states.find(({ stream }) => stream === track.stream);
    if (state === undefined) continue;
    const book = bookOf(track);
    const isByData = book !== undefined || STATES.has(track.stream);
    const goodUs = isByData ? track.lastGoodUs : state.answeredUs;
    if (goodUs === 0) continue;
    const isLate = nowUs - goodUs > MISSED_INTERVALS * state.everyUs;
    if (!isLate && !track.isRight && book === undefined) ledger.heal(track, goodUs);
    else if (isLate && track.isRight) {
      const detail = `no answer for more than ${MISSED_INTERVALS} intervals of ${state.everyUs} us`;
      const loss: Loss = { cause: 'stall', fromUs: goodUs, lostFromId: -1, lostToId: -1, detail };
      if (book === undefined) ledger.lose(track, loss);
      else book.onStale(loss);
    }
  }
}
