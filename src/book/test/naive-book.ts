/** The slow truth that books are held against: prices in a map, sorted when asked; every rule said once, in the plainest way. */
import type { Side } from '#domain';
import type { BookUpdate } from '../book-update.ts';

/** One level: price in ticks, quantity in lots. */
export type NaiveLevel = readonly [priceTicks: number, qtyLots: number];

/** A book without any speed. */
export class NaiveBook {
  readonly levels: Record<Side, Map<number, number>> = { buy: new Map(), sell: new Map() };
  readonly #levelsMax: number;

  constructor(levelsMax: number = Number.POSITIVE_INFINITY) {
    this.#levelsMax = levelsMax;
  }

  /** Sets a level; false when it is none. A full side gives up its worst level for a better one and refuses a worse one. */
  set(side: Side, priceTicks: number, qtyLots: number): boolean {
    const levels = this.levels[side];
    if (!Number.isSafeInteger(priceTicks) || priceTicks <= 0) return false;
    if (!Number.isSafeInteger(qtyLots) || qtyLots < 0) return false;
    if (qtyLots === 0) levels.delete(priceTicks);
    else if (levels.has(priceTicks) || levels.size < this.#levelsMax) levels.set(priceTicks, qtyLots);
    else {
      const worst = side === 'buy' ? Math.min(...levels.keys()) : Math.max(...levels.keys());
      if (side === 'buy' ? priceTicks < worst : priceTicks > worst) return true;
      levels.delete(worst);
      levels.set(priceTicks, qtyLots);
    }
    return true;
  }

  /** Applies a message as `L2Book.applyUpdate` does. */
  apply(update: BookUpdate, afterSequence = -1): boolean {
    if (update.isSnapshot) this.clear();
    for (const [side, buffer] of [['buy', update.bids] as const, ['sell', update.asks] as const]) {
      for (let i = 0; i < buffer.count; i++) {
        const sequence = buffer.sequence[i]!;
        if (sequence > 0 && sequence <= afterSequence) continue;
        if (!this.set(side, buffer.priceTicks[i]!, buffer.qtyLots[i]!)) return false;
      }
    }
    return true;
  }

  /** Keeps the best `count` levels of each side. */
  truncate(count: number): void {
    for (const side of ['buy', 'sell'] as const) {
      for (const [priceTicks] of this.sorted(side).slice(count)) this.levels[side].delete(priceTicks);
    }
  }

  clear(): void {
    this.levels.buy.clear();
    this.levels.sell.clear();
  }

  /** Levels of a side, best first. */
  sorted(side: Side): NaiveLevel[] {
    return [...this.levels[side]].sort((a, b) => (side === 'buy' ? b[0] - a[0] : a[0] - b[0]));
  }

  /** Quantity of the best `count` levels. */
  depthLots(side: Side, count: number): number {
    return this.sorted(side)
      .slice(0, count)
      .reduce((sum, level) => sum + level[1], 0);
  }

  /** Quantity at a limit or better. */
  depthLotsWithin(side: Side, limitTicks: number): number {
    return this.sorted(side)
      .filter(([priceTicks]) => (side === 'buy' ? priceTicks >= limitTicks : priceTicks <= limitTicks))
      .reduce((sum, level) => sum + level[1], 0);
  }
}
