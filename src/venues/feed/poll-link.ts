/**
 * Polled streams as tracks: they have no connection, so a link of their own delivers them, and the time since the last answer says whether they
 * are complete.
 */
import type { EpochUs } from '#core';
import type { StreamKind } from '#domain';
import type { LedgerBook } from './ledger-book.ts';
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

/** Loses and heals the polled tracks by the time of their last answer. */
export function checkPolled(
  tracks: readonly StreamTrack[],
  states: readonly PollState[],
  ledger: LedgerBook,
  nowUs: EpochUs,
): void {
  for (const track of tracks) {
    const state = states.find(({ stream }) => stream === track.stream);
    if (state === undefined) continue;
    const goodUs = STATES.has(track.stream) ? track.lastGoodUs : state.answeredUs;
    if (goodUs === 0) continue;
    const isLate = nowUs - goodUs > MISSED_INTERVALS * state.everyUs;
    if (!isLate && !track.isRight) ledger.heal(track, goodUs);
    else if (isLate && track.isRight) {
      const detail = `no answer for more than ${MISSED_INTERVALS} intervals of ${state.everyUs} us`;
      ledger.lose(track, { cause: 'stall', fromUs: goodUs, lostFromId: -1, lostToId: -1, detail });
    }
  }
}
