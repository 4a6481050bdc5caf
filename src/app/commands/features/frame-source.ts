/** Where the events of features come from: a capture or the archive look alike from here on. */
import type { EpochUs } from '#core';
import type { VenueId } from '#domain';
import type { FrameEvent } from '#features';

/** An instrument whose events a source tells. */
export interface FollowedInstrument {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Levels of a side that its book is kept up to date on; `null` = all. */
  readonly depth: number | null;
  /** Its trades are complete from then on, as far as its losses do not say otherwise; `null`: from the moment after the first one. */
  readonly completeFromUs: EpochUs | null;
}

/** Events in the order in which they arrived: `tsLocalUs` does not decrease from one to the next. */
export type ArrivalStream = AsyncIterator<readonly FrameEvent[], void>;

/** Events of some instruments. */
export interface FrameSource {
  /** `instrumentIx` of the events is the place in this list plus the number that the source was opened with. */
  readonly instruments: readonly FollowedInstrument[];
  /** Opens the streams, once. What they hold together is bounded, whatever the length. */
  streams(): readonly ArrivalStream[];
  /** What people should know of the events, once all have been told; plain data for `--json`. */
  report(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}
