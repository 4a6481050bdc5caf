/**
 * The impact model `consume` (M91): what own takers took from a level stays missing beyond its next update, because the recorded market knew nothing
 * of it, and comes back with a half-life. What it is not: a guess of how others react; levels recover alike.
 */
import { assert, type EpochUs, stateRecord } from '#core';
import type { Side } from '#domain';
import type { ImpactModel } from './impact-model.ts';

/** What is missing at one price. */
interface Hole {
  /** Taken since the level was told. */
  freshLots: number;
  /** Taken before that, as much as was still missing at `sinceUs`. */
  oldLots: number;
  sinceUs: EpochUs;
}

/** Holes kept a side; the one that is most nearly filled gives way. */
const HOLES_MAX = 16_384;
/** A hole of less than this part of a lot is forgotten. */
const FORGOTTEN_LOTS = 0.01;

/** Own orders consume the recorded book, which recovers: missing(t) = taken x 2^(-t / halfLife), t counted from the update after the taking. */
export class ConsumeImpact implements ImpactModel {
  readonly name: string = 'consume';
  readonly needsMarket: boolean = false;
  readonly #halfLifeUs: number;
  readonly #holes: Readonly<Record<Side, Map<number, Hole>>> = { buy: new Map(), sell: new Map() };

  /** `halfLifeUs` above 0. */
  constructor(halfLifeUs: number) {
    assert(halfLifeUs > 0 && Number.isFinite(halfLifeUs), 'a book recovers with a half-life above 0');
    this.#halfLifeUs = halfLifeUs;
  }

  freeLots(bookSide: Side, priceTicks: number, shownLots: number, nowUs: EpochUs): number {
    const hole = this.#holes[bookSide].get(priceTicks);
    if (hole === undefined) return shownLots;
    return Math.max(0, shownLots - hole.freshLots - Math.ceil(this.#missingLots(hole, nowUs)));
  }

  onTaken(bookSide: Side, priceTicks: number, lots: number, nowUs: EpochUs): void {
    const holes = this.#holes[bookSide];
    const hole = holes.get(priceTicks);
    if (hole !== undefined) {
      hole.freshLots += lots;
      return;
    }
    if (holes.size >= HOLES_MAX) this.#makeRoom(holes, nowUs);
    holes.set(priceTicks, { freshLots: lots, oldLots: 0, sinceUs: nowUs });
  }

  onLevel(bookSide: Side, priceTicks: number, nowUs: EpochUs): void {
    const holes = this.#holes[bookSide];
    const hole = holes.size === 0 ? undefined : holes.get(priceTicks);
    if (hole === undefined) return;
    this.#age(hole, nowUs);
    if (hole.oldLots < FORGOTTEN_LOTS) holes.delete(priceTicks);
  }

  onSnapshot(nowUs: EpochUs): void {
    for (const side of ['buy', 'sell'] as const) {
      for (const priceTicks of [...this.#holes[side].keys()]) this.onLevel(side, priceTicks, nowUs);
    }
  }

  onOwnFill(_side: Side, _lots: number, _nowUs: EpochUs): void {
    // Takings are told of one by one; makers use up prints, not levels.
  }

  onPrint(_lots: number, _nowUs: EpochUs): void {
    // Estimates nothing.
  }

  onMid(_midTicks: number, _nowUs: EpochUs): void {
    // Estimates nothing.
  }

  shiftTicks(_side: Side, _nowUs: EpochUs): number {
    return 0;
  }

  saveState(): unknown {
    const rows = (side: Side): readonly (readonly number[])[] =>
      [...this.#holes[side]].map(([ticks, { freshLots, oldLots, sinceUs }]) => [
        ticks,
        freshLots,
        oldLots,
        sinceUs,
      ]);
    return { buy: rows('buy'), sell: rows('sell') };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'impact');
    for (const side of ['buy', 'sell'] as const) {
      this.#holes[side].clear();
      for (const [ticks = 0, freshLots = 0, oldLots = 0, sinceUs = 0] of record[side] as readonly number[][])
        this.#holes[side].set(ticks, { freshLots, oldLots, sinceUs });
    }
  }

  #missingLots({ oldLots, sinceUs }: Hole, nowUs: EpochUs): number {
    return oldLots === 0 ? 0 : oldLots * 2 ** (-(nowUs - sinceUs) / this.#halfLifeUs);
  }

  /** The level was told anew: all that is missing begins to come back. */
  #age(hole: Hole, nowUs: EpochUs): void {
    hole.oldLots = this.#missingLots(hole, nowUs) + hole.freshLots;
    hole.freshLots = 0;
    hole.sinceUs = nowUs;
  }

  #makeRoom(holes: Map<number, Hole>, nowUs: EpochUs): void {
    let leastTicks = Number.NaN;
    let leastLots = Number.POSITIVE_INFINITY;
    for (const [ticks, hole] of holes) {
      const lots = hole.freshLots + this.#missingLots(hole, nowUs);
      if (lots >= leastLots) continue;
      leastLots = lots;
      leastTicks = ticks;
    }
    assert(holes.delete(leastTicks), 'a full account of holes has a smallest one');
  }
}
