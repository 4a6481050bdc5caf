/** What the parts of the engine share while an event is handled. */
import type { EpochUs } from '#core';
import type { InstrumentIx } from '#domain';
import type { SystemEventRow } from '#store';
import type { Effect } from './effects.ts';

/** Why nothing but exits is allowed for a while. */
export type HoldCause = 'unknown' | 'difference' | 'silence' | 'violation';

/** The engine as its parts see it: the moment, and where effects go. */
export interface Desk {
  readonly nowUs: EpochUs;
  /** False when nobody keeps rows: then none is built. */
  readonly isRecorded: boolean;
  /** True when nothing but exits is allowed. */
  readonly isReduceOnlyMode: boolean;
  /** True when nothing but exits is allowed for one instrument. */
  isReduceOnlyOf(instrumentIx: InstrumentIx): boolean;
  /** Allows nothing but exits, for one instrument or for all (`null`), until the cause is gone; the figures stand in the record. */
  holdEntries(
    cause: HoldCause,
    instrumentIx: InstrumentIx | null,
    figures: Readonly<Record<string, unknown>>,
  ): void;
  emit(effect: Effect): void;
  systemEvent(
    eventType: string,
    severity: SystemEventRow['severity'],
    message: string,
    details: Readonly<Record<string, unknown>>,
  ): void;
}
