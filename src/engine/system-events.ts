/** Numbers and writes the rows of `system_events`. */
import { type Checkpointable, stateRecord } from '#core';
import type { SystemEventRow } from '#store';
import type { Effect } from './effects.ts';

/** Where the rows go. */
interface Outlet {
  readonly nowUs: number;
  readonly isRecorded: boolean;
  emit(effect: Effect): void;
}

/** Writes what happened to the program itself. */
export class SystemEvents implements Checkpointable {
  readonly #outlet: Outlet;
  #count = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Writes one event. */
  add(
    eventType: string,
    severity: SystemEventRow['severity'],
    message: string,
    details: Readonly<Record<string, unknown>>,
  ): void {
    const eventId = ++this.#count;
    if (!this.#outlet.isRecorded) return;
    const row: SystemEventRow = {
      table: 'system_events',
      eventId,
      timestamp: this.#outlet.nowUs,
      eventType,
      severity,
      component: 'engine',
      message,
      details: JSON.stringify(details),
    };
    this.#outlet.emit({ kind: 'record', row });
  }

  saveState(): unknown {
    return { count: this.#count };
  }

  loadState(state: unknown): void {
    this.#count = Number(stateRecord(state, 'system events').count);
  }
}
