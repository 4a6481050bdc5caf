/** What the parts of the engine share while an event is handled. */
import type { EpochUs } from '#core';
import type { SystemEventRow } from '#store';
import type { Effect } from './effects.ts';

/** The engine as its parts see it: the moment, and where effects go. */
export interface Desk {
  readonly nowUs: EpochUs;
  /** False when nobody keeps rows: then none is built. */
  readonly isRecorded: boolean;
  /** True when nothing but exits is allowed. */
  readonly isReduceOnlyMode: boolean;
  emit(effect: Effect): void;
  systemEvent(
    eventType: string,
    severity: SystemEventRow['severity'],
    message: string,
    details: Readonly<Record<string, unknown>>,
  ): void;
}
