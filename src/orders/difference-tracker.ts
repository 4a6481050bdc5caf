/**
 * Which differences with the venue count: a message on its way looks like one for a moment, so a difference has to stand unchanged in several looks in a
 * row. Pure; bounded by what one look can show.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import type { ReconcileAction } from './reconcile.ts';

/** Counts looks in a row that show the same difference, with the same figures. */
export class DifferenceTracker implements Checkpointable {
  readonly #looksMin: number;
  #looks = new Map<string, number>();

  /** `looksMin` = looks in a row after which a difference counts, >= 1. */
  constructor(looksMin: number) {
    assert(Number.isSafeInteger(looksMin) && looksMin >= 1, `looks are counted from 1, was ${looksMin}`);
    this.#looksMin = looksMin;
  }

  /** Takes what a look showed; returns the differences that count. Those that it did not show are forgotten. */
  observe(differences: readonly ReconcileAction[]): readonly ReconcileAction[] {
    const looks = new Map<string, number>();
    const counting: ReconcileAction[] = [];
    for (const difference of differences) {
      const key = differenceKey(difference);
      const count = Math.min(this.#looksMin, (this.#looks.get(key) ?? 0) + 1);
      looks.set(key, count);
      if (count >= this.#looksMin) counting.push(difference);
    }
    this.#looks = looks;
    return counting;
  }

  /** Something was done about a difference: it has to show itself anew. */
  forget(difference: ReconcileAction): void {
    this.#looks.delete(differenceKey(difference));
  }

  saveState(): unknown {
    return { looks: [...this.#looks] };
  }

  loadState(state: unknown): void {
    this.#looks = new Map(stateRecord(state, 'difference tracker').looks as [string, number][]);
  }
}

/** Returns what makes a difference the same as one seen before: whom it is about, and its figures. */
export function differenceKey(difference: ReconcileAction): string {
  switch (difference.kind) {
    case 'apply-input':
      return `${difference.kind} ${difference.clientOrderId} ${difference.input}`;
    case 'send':
      return `${difference.kind} ${difference.order.request.clientOrderId}`;
    case 'fetch-fills':
      return `${difference.kind} ${difference.clientOrderId} ${difference.missingLots}`;
    case 'cancel':
      return `${difference.kind} ${difference.clientOrderId}`;
    case 'foreign-order':
      return `${difference.kind} ${difference.venueOrder.instrumentIx} ${difference.venueOrder.clientOrderId} ${difference.venueOrder.venueOrderId}`;
    case 'position-mismatch':
      return `${difference.kind} ${difference.instrumentIx} ${difference.localLots} ${difference.venueLots}`;
    case 'balance-mismatch':
      // Both sides may move together, by funding that both book: what differs is the same difference.
      return `${difference.kind} ${difference.venueAtoms - difference.localAtoms}`;
  }
}
