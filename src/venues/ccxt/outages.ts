/**
 * The gap ledger of a feed of ccxt: one entry for each stream and outage, written when it ends. What was never right cannot lose anything. Invariant: at most
 * one outage of a stream is open, and only after the stream was right.
 */
import { assert, type EpochUs } from '#core';
import type { LedgerCause, LedgerEntry, StreamKind, VenueId } from '#domain';
import type { OpenOutage } from '../feed/index.ts';

const DETAIL_CHARS_MAX = 200;
const NO_ID = -1;

/** A stream as the ledger sees it. */
export interface OutageTrack {
  readonly symbol: string;
  readonly stream: StreamKind;
  /** Local time of the last good message. */
  lastGoodUs: EpochUs;
  wasRight: boolean;
}

interface Outage {
  readonly cause: LedgerCause;
  readonly fromUs: EpochUs;
  readonly detail: string;
  furtherCount: number;
}

/** Opens, ends and writes outages. */
export class Outages {
  readonly #venue: VenueId;
  readonly #write: (entry: LedgerEntry) => void;
  readonly #open = new Map<OutageTrack, Outage>();
  readonly #counts = new Map<LedgerCause, number>();

  constructor(venue: VenueId, write: (entry: LedgerEntry) => void) {
    this.#venue = venue;
    this.#write = write;
  }

  /** The stream is not right any more; what goes wrong while it is not belongs to the first loss. */
  lose(track: OutageTrack, cause: LedgerCause, detail: string): void {
    if (!track.wasRight) return;
    const open = this.#open.get(track);
    if (open === undefined)
      this.#open.set(track, { cause, fromUs: track.lastGoodUs, detail, furtherCount: 0 });
    else open.furtherCount++;
  }

  /** The stream is right (again) from `toUs` on. */
  heal(track: OutageTrack, toUs: EpochUs): void {
    track.wasRight = true;
    const open = this.#open.get(track);
    if (open === undefined) return;
    this.#open.delete(track);
    this.#enter(track, open, toUs, '');
  }

  /** One message was lost and the stream goes on. */
  note(track: OutageTrack, cause: LedgerCause, detail: string, toUs: EpochUs): void {
    const outage = { cause, fromUs: Math.min(track.lastGoodUs, toUs), detail, furtherCount: 0 };
    if (!this.#open.has(track)) this.#enter(track, outage, toUs, '');
  }

  /** Writes all open outages as they stand. */
  closeAll(toUs: EpochUs): void {
    for (const [track, outage] of this.#open)
      this.#enter(track, outage, toUs, '; not over when the feed was stopped');
    this.#open.clear();
  }

  /** Outages that have not ended, oldest first. */
  get open(): readonly OpenOutage[] {
    return Array.from(this.#open, ([{ stream, symbol }, outage]) => ({ symbol, stream, ...outage }));
  }

  /** How many entries of each cause were written. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #enter({ stream, symbol }: OutageTrack, outage: Outage, toUs: EpochUs, end: string): void {
    const { cause, detail, fromUs, furtherCount } = outage;
    assert(fromUs <= toUs, `an outage ends after it began: ${fromUs} to ${toUs}`);
    this.#counts.set(cause, (this.#counts.get(cause) ?? 0) + 1);
    const more = furtherCount === 0 ? '' : `; then ${furtherCount} more`;
    const kept = detail.slice(0, DETAIL_CHARS_MAX - more.length - end.length);
    this.#write({
      venue: this.#venue,
      symbol,
      stream,
      cause,
      fromUs,
      toUs,
      lostFromId: NO_ID,
      lostToId: NO_ID,
      detail: kept + more + end,
    });
  }
}
