/** What can be seen of a feed at a moment; the program that runs it turns this into metrics and screens. */
import type { BookKeeper } from '#book';
import type { InstrumentIx, VenueId } from '#domain';
import type { ClockReading } from '#net';
import type { LagStatus } from './event-router.ts';
import type { FeedSocketStatus } from './feed-socket.ts';
import type { OpenOutage } from './ledger-book.ts';
import type { Refusal } from './refusals.ts';
import type { RestGateStatus } from './rest-gate.ts';

/** One book. */
export interface BookStatus {
  readonly instrumentIx: InstrumentIx;
  readonly symbol: string;
  readonly isUsable: boolean;
  readonly reason: string;
  readonly lastUpdateId: number;
  /** Times it lost its trust and was synchronised anew. */
  readonly resyncCount: number;
  readonly counts: BookKeeper['counts'];
}

/** A feed. */
export interface FeedStatus {
  readonly venue: VenueId;
  readonly sockets: readonly FeedSocketStatus[];
  readonly books: readonly BookStatus[];
  /** Losses that have not ended. */
  readonly outages: readonly OpenOutage[];
  /** Entries of the ledger that were written, by cause. */
  readonly ledgerCounts: Readonly<Record<string, number>>;
  readonly refusals: readonly Refusal[];
  readonly lags: readonly LagStatus[];
  readonly duplicateCount: number;
  readonly rest: RestGateStatus;
  readonly snapshots: { readonly queued: number; readonly inFlight: number };
  /** Offset of the venue's clock; `null` = not measured. */
  readonly clock: ClockReading | null;
}
