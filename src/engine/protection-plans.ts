/**
 * What protection positions are to have: each entry brings its own stop and target, and a position is protected as the entry wished that
 * filled last. A wish lives as long as its entry may fill, so that a position that was closed and is opened again by the rest of the
 * entry is protected again.
 */
import { type Checkpointable, stateRecord } from '#core';
import type { InstrumentIx } from '#domain';
import type { Protection } from './strategy.ts';

/** The wish for protection of one instrument's position, and the entry it belongs to. */
export interface ProtectionPlan extends Protection {
  readonly entryClientOrderId: string;
}

/** Keeps the wishes of entries and the plans of positions. */
export class ProtectionPlans implements Checkpointable {
  readonly #wishes = new Map<string, ProtectionPlan>();
  readonly #plans: (ProtectionPlan | null)[];

  constructor(instrumentCount: number) {
    this.#plans = Array.from({ length: instrumentCount }, () => null);
  }

  /** The plan of the open position, `null` when it has none. */
  of(instrumentIx: InstrumentIx): ProtectionPlan | null {
    return this.#plans[instrumentIx] ?? null;
  }

  /** Takes in an entry that wishes for protection. */
  add(entryClientOrderId: string, { stopTicks, targetTicks }: Protection): void {
    this.#wishes.set(entryClientOrderId, { stopTicks, targetTicks, entryClientOrderId });
  }

  /** Plans for a position that no entry of this run has wished for. */
  plan(instrumentIx: InstrumentIx, { stopTicks, targetTicks }: Protection): ProtectionPlan {
    const plan = { stopTicks, targetTicks, entryClientOrderId: '' };
    this.#plans[instrumentIx] = plan;
    return plan;
  }

  /** An entry filled and a position is open: it is protected as this entry wishes. What turned it around without a wish leaves none. */
  onEntryFill(entryClientOrderId: string, instrumentIx: InstrumentIx, isFlip: boolean): void {
    const wish = this.#wishes.get(entryClientOrderId);
    if (wish !== undefined) this.#plans[instrumentIx] = wish;
    else if (isFlip) this.#plans[instrumentIx] = null;
  }

  /** The position is gone; returns the plan that it had. */
  onFlat(instrumentIx: InstrumentIx): ProtectionPlan | null {
    const plan = this.of(instrumentIx);
    this.#plans[instrumentIx] = null;
    return plan;
  }

  /** An entry ended: it opens nothing any more. */
  onEntryEnd(entryClientOrderId: string): void {
    this.#wishes.delete(entryClientOrderId);
  }

  saveState(): unknown {
    return { wishes: [...this.#wishes], plans: structuredClone(this.#plans) };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'protection plans');
    this.#wishes.clear();
    for (const [id, plan] of saved.wishes as [string, ProtectionPlan][]) this.#wishes.set(id, { ...plan });
    const plans = structuredClone(saved.plans) as (ProtectionPlan | null)[];
    for (let ix = 0; ix < this.#plans.length; ix++) this.#plans[ix] = plans[ix] ?? null;
  }
}
