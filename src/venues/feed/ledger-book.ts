/**
 * The gap ledger of a feed: one entry for each subscription and outage, written when the outage ends. What goes wrong while an outage is open belongs
 * to it. Of what was never told nothing can be lost: the first synchronisation is no loss.
 * Invariant: at most one outage of a track is open, and never of one that is right.
 */
import { assert, type EpochUs } from '#core';
import type { LedgerCause, LedgerEntry, VenueId } from '#domain';
import type { StreamTrack } from './stream-track.ts';

const DETAIL_CHARS_MAX = 200;

/** What was lost, as far as it is known at that moment. */
export interface Loss {
  readonly cause: LedgerCause;
  /** Local time of the last message that was surely good. */
  readonly fromUs: EpochUs;
  readonly lostFromId: number;
  readonly lostToId: number;
  readonly detail: string;
}

/** An outage that has not ended. */
export interface OpenOutage {
  readonly symbol: string;
  readonly stream: StreamTrack['stream'];
  readonly cause: LedgerCause;
  readonly fromUs: EpochUs;
  readonly detail: string;
  /** What went wrong since, on top of it. */
  readonly furtherCount: number;
}

interface Outage {
  readonly loss: Loss;
  furtherCount: number;
  furtherCause: LedgerCause | null;
}

/** Opens, ends and writes outages. */
export class LedgerBook {
  readonly #venue: VenueId;
  readonly #write: (entry: LedgerEntry) => void;
  readonly #open = new Map<StreamTrack, Outage>();
  readonly #counts = new Map<LedgerCause, number>();

  constructor(venue: VenueId, write: (entry: LedgerEntry) => void) {
    this.#venue = venue;
    this.#write = write;
  }

  /**
   * A track is not right any more. `isProven` is given where the venue has said that it delivers and does not, which is a loss even if
   * nothing of the track was told.
   */
  lose(track: StreamTrack, loss: Loss, isProven = false): void {
    track.isRight = false;
    if (!track.wasRight && !isProven) return;
    const open = this.#open.get(track);
    if (open === undefined) {
      this.#open.set(track, { loss, furtherCount: 0, furtherCause: null });
      return;
    }
    open.furtherCount++;
    open.furtherCause = loss.cause;
  }

  /** Something of a track was told, so that from now on it can lose, even before it is right. */
  onTold(track: StreamTrack): void {
    track.wasRight = true;
  }

  /** A track is right (again) from `toUs` on. */
  heal(track: StreamTrack, toUs: EpochUs): void {
    this.onTold(track);
    track.isRight = true;
    const outage = this.#open.get(track);
    if (outage === undefined) return;
    this.#open.delete(track);
    this.#enter(track, outage.loss, toUs, detailOf(outage));
  }

  /** Writes a loss that is over already; one that falls into an open outage belongs to that. */
  note(track: StreamTrack, loss: Loss, toUs: EpochUs): void {
    const open = this.#open.get(track);
    if (open === undefined) this.#enter(track, loss, toUs, loss.detail);
    else open.furtherCount++;
  }

  /** Writes all open outages as they stand: nobody will see their end. */
  closeAll(toUs: EpochUs): void {
    for (const [track, outage] of this.#open) {
      this.#enter(track, outage.loss, toUs, `${detailOf(outage)}; not over when the feed was stopped`);
    }
    this.#open.clear();
  }

  /** Outages that have not ended, oldest first. */
  get open(): readonly OpenOutage[] {
    return Array.from(this.#open, ([track, { loss, furtherCount }]) => ({
      symbol: track.symbol,
      stream: track.stream,
      cause: loss.cause,
      fromUs: loss.fromUs,
      detail: loss.detail,
      furtherCount,
    }));
  }

  /** How many entries of each cause were written. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #enter(track: StreamTrack, loss: Loss, toUs: EpochUs, detail: string): void {
    assert(loss.fromUs <= toUs, `an outage ends after it began: ${loss.fromUs} to ${toUs}`);
    this.#counts.set(loss.cause, (this.#counts.get(loss.cause) ?? 0) + 1);
    this.#write({
      venue: this.#venue,
      symbol: track.symbol,
      stream: track.stream,
      cause: loss.cause,
      fromUs: loss.fromUs,
      toUs,
      lostFromId: loss.lostFromId,
      lostToId: loss.lostToId,
      detail: detail.slice(0, DETAIL_CHARS_MAX),
    });
  }
}

function detailOf({ loss, furtherCount, furtherCause }: Outage): string {
  if (furtherCount === 0) return loss.detail;
  return `${loss.detail.slice(0, DETAIL_CHARS_MAX / 2)}; then ${furtherCount} more, last ${furtherCause}`;
}
