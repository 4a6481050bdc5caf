/**
 * The invented book of one synthetic symbol: levels around a middle that moves, with sizes that live on until they are taken, left behind or
 * drawn anew. It tells its changes as a venue does. Invariants: never crossed, both sides filled, update ids without a gap.
 */
import { assert, type Prng, type PrngState, stateRecord } from '#core';
import type { BookEvent, Side } from '#domain';

/** A change of the book, without times. */
export type BookChange = Pick<
  BookEvent,
  'isSnapshot' | 'firstUpdateId' | 'lastUpdateId' | 'previousUpdateId' | 'bids' | 'asks'
>;

/** Levels kept on each side. */
const LEVELS = 40;
/** Distance of two levels as a share of the price. */
const STEP_SHARE = 0.00002;
/** A level holds this share of a minute's volume in the mean. */
const LEVEL_VOLUME_SHARE = 0.05;
/** Levels of a step whose size is drawn anew. */
const REDRAWN = 3;

/** Price levels that follow a middle. */
export class InventedBook {
  readonly #prng: Prng;
  readonly #meanLots: number;
  readonly #stepTicks: number;
  #bids = new Map<number, number>();
  #asks = new Map<number, number>();
  #midTicks = Number.NaN;
  #updateId = 0;
  readonly #changedBids = new Map<number, number>();
  readonly #changedAsks = new Map<number, number>();

  constructor(prng: Prng, volumeLotsPerMinute: number, priceTicks: number) {
    this.#prng = prng;
    this.#meanLots = Math.max(2, volumeLotsPerMinute * LEVEL_VOLUME_SHARE);
    this.#stepTicks = Math.max(1, Math.round(priceTicks * STEP_SHARE));
  }

  /** True once there is somebody to trade with. */
  get isFilled(): boolean {
    return !Number.isNaN(this.#midTicks);
  }

  /** Where the middle was put last. */
  get midTicks(): number {
    return this.#midTicks;
  }

  /** Takes at most `wishLots` from the best level that a taker of `side` meets; what is left of it is at least one lot. */
  take(side: Side, wishLots: number): { readonly priceTicks: number; readonly qtyLots: number } {
    const [levels, changed] =
      side === 'buy' ? [this.#asks, this.#changedAsks] : [this.#bids, this.#changedBids];
    const priceTicks = bestOf(levels, side === 'sell');
    const lots = levels.get(priceTicks);
    assert(lots !== undefined && lots > 0, 'a filled book has a best level');
    const qtyLots = Math.min(wishLots, Math.max(1, lots - 1));
    const left = Math.max(1, lots - qtyLots);
    levels.set(priceTicks, left);
    changed.set(priceTicks, left);
    return { priceTicks, qtyLots };
  }

  /** Puts the middle to a price; returns what has changed since the last call, `null` when nothing has. */
  moveTo(midTicks: number): BookChange | null {
    this.#midTicks = midTicks;
    const isSnapshot = this.#updateId === 0;
    const belowSlot = Math.ceil(midTicks / this.#stepTicks) - 1;
    this.#settle(this.#bids, this.#changedBids, belowSlot, -1);
    this.#settle(this.#asks, this.#changedAsks, belowSlot + 1, 1);
    const count = this.#changedBids.size + this.#changedAsks.size;
    if (count === 0) return null;
    const previousUpdateId = this.#updateId;
    this.#updateId += count;
    const change: BookChange = {
      isSnapshot,
      firstUpdateId: previousUpdateId + 1,
      lastUpdateId: this.#updateId,
      previousUpdateId,
      bids: flat(this.#changedBids, true),
      asks: flat(this.#changedAsks, false),
    };
    this.#changedBids.clear();
    this.#changedAsks.clear();
    return change;
  }

  save(): unknown {
    return {
      prng: [...this.#prng.save()],
      bids: [...this.#bids],
      asks: [...this.#asks],
      midTicks: this.#midTicks,
      updateId: this.#updateId,
    };
  }

  load(state: unknown): void {
    const record = stateRecord(state, 'invented book');
    this.#prng.load(record.prng as PrngState);
    this.#bids = new Map(record.bids as readonly (readonly [number, number])[]);
    this.#asks = new Map(record.asks as readonly (readonly [number, number])[]);
    this.#midTicks = record.midTicks as number;
    this.#updateId = record.updateId as number;
    this.#changedBids.clear();
    this.#changedAsks.clear();
  }

  /** Removes what lies outside of the window that begins at a slot and runs in a direction, fills it, and redraws some levels. */
  #settle(
    levels: Map<number, number>,
    changed: Map<number, number>,
    firstSlot: number,
    direction: 1 | -1,
  ): void {
    for (const ticks of [...levels.keys()]) {
      const depth = (ticks / this.#stepTicks - firstSlot) * direction;
      if (depth >= 0 && depth < LEVELS) continue;
      levels.delete(ticks);
      changed.set(ticks, 0);
    }
    const redrawn = Array.from({ length: REDRAWN }, () => this.#prng.integer(0, LEVELS));
    for (let depth = 0; depth < LEVELS; depth++) {
      const ticks = (firstSlot + depth * direction) * this.#stepTicks;
      if (ticks <= 0) break;
      if (levels.has(ticks) && !redrawn.includes(depth)) continue;
      const lots = Math.max(1, Math.round(this.#meanLots * this.#prng.exponential(1)));
      levels.set(ticks, lots);
      changed.set(ticks, lots);
    }
  }
}

function bestOf(levels: ReadonlyMap<number, number>, isHighest: boolean): number {
  let best = Number.NaN;
  for (const ticks of levels.keys()) {
    if (Number.isNaN(best) || (isHighest ? ticks > best : ticks < best)) best = ticks;
  }
  return best;
}

/** Levels best first, removals among them. */
function flat(levels: ReadonlyMap<number, number>, isDescending: boolean): Float64Array {
  const sorted = [...levels].sort(([a], [b]) => (isDescending ? b - a : a - b));
  return Float64Array.from(sorted.flat());
}
