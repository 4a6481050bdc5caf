/** The impact model `none` (M90). What it is not: blind to own orders; what they took is gone until the level is told anew (M29). */
import { type EpochUs, stateRecord } from '#core';
import type { Side } from '#domain';
import type { ImpactModel } from './impact-model.ts';

/** Own orders pay for the depth that they take and move nothing beyond it. */
export class NoImpact implements ImpactModel {
  readonly name = 'none';
  readonly needsMarket = false;
  /** Lots taken per price since the level was told; at most one entry per level ever taken from. */
  readonly #taken: Readonly<Record<Side, Map<number, number>>> = { buy: new Map(), sell: new Map() };

  freeLots(bookSide: Side, priceTicks: number, shownLots: number): number {
    const taken = this.#taken[bookSide];
    return taken.size === 0 ? shownLots : Math.max(0, shownLots - (taken.get(priceTicks) ?? 0));
  }

  onTaken(bookSide: Side, priceTicks: number, lots: number): void {
    const taken = this.#taken[bookSide];
    taken.set(priceTicks, (taken.get(priceTicks) ?? 0) + lots);
  }

  onLevel(bookSide: Side, priceTicks: number): void {
    const taken = this.#taken[bookSide];
    if (taken.size > 0) taken.delete(priceTicks);
  }

  onSnapshot(): void {
    this.#taken.buy.clear();
    this.#taken.sell.clear();
  }

  onOwnFill(): void {
    // Executions move nothing.
  }

  onPrint(_lots: number, _nowUs: EpochUs): void {
    // Estimates nothing.
  }

  onMid(_midTicks: number, _nowUs: EpochUs): void {
    // Estimates nothing.
  }

  shiftTicks(): number {
    return 0;
  }

  saveState(): unknown {
    return { buy: [...this.#taken.buy], sell: [...this.#taken.sell] };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'impact');
    for (const side of ['buy', 'sell'] as const) {
      this.#taken[side].clear();
      for (const [ticks, lots] of record[side] as readonly (readonly [number, number])[])
        this.#taken[side].set(ticks, lots);
    }
  }
}
