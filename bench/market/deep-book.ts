/**
 * A seeded book for benches, as deep as real ones: thousands of levels a side around a middle that wanders. Modelled on ten minutes of recorded depth
 * deltas of a large perpetual market, with the numbers measured there: levels of a change log-normal (median 34, mean 69), three in four of
 * them there already (ranks log-normal from the touch, median 246), the others new (distances log-normal, median 367 steps) or far away.
 *
 * Invariants: bid and ask never meet, also between the levels of one change taken in order; a change names a level once; a side is never empty.
 */
import { assert, type Prng } from '#core';
import {
  TrueBook,
  type TrueChange,
  type TrueInstrument,
  type TrueLevel,
} from '../../test/hostile/true-market.ts';

/** How a book looks. */
export interface BookShape {
  /** Levels of a side at the start. */
  readonly sideLevels: number;
  /** Ticks between two prices. */
  readonly stepTicks: number;
  /** Median of the levels of a change; 1 = every change has one. */
  readonly changeLevels: number;
  /** Median distance of levels that are named for the first time from the touch, in steps. */
  readonly newSteps: number;
  /** Median rank of levels that are there and change, counted from the touch. */
  readonly knownRank: number;
  /** Steps by which the middle moves at most. */
  readonly moveSteps: number;
  /** Id before the first change. */
  readonly startId: number;
}

type SideName = 'bid' | 'ask';

/** Sigma of the log-normal number of levels: the 90th percentile is 4.5 times the median, the 99th 16 times. */
const CHANGE_SIGMA = 1.18;
const CHANGE_LEVELS_MAX = 1_500;
const KNOWN_SHARE = 0.77;
const KNOWN_REMOVED_SHARE = 0.23;
const UNKNOWN_REMOVED_SHARE = 0.17;
/** Sigmas of the log-normal ranks and distances. */
const KNOWN_SIGMA = 1.5;
const NEW_SIGMA = 1.9;
/** Share of new levels that lie anywhere up to a hundred times the price. */
const FAR_SHARE = 0.05;
const FAR_FACTOR = 100;
/** At the start every second price near the touch has a level; beyond this rank levels lie further apart. */
const DENSE_LEVELS = 700;
/** A side is not thinned out below this. */
const SIDE_LEVELS_MIN = 20;
/** Share of its way from the start that the middle goes back at each move, on average: it must not eat up a side. */
const PULL = 0.02;
/** Decades that quantities span. */
const QTY_DECADES = 4.5;

/** A book whose levels are sorted at any time. */
export class DeepBook extends TrueBook {
  readonly #shape: BookShape;
  /** Prices of a side in steps, best first, counted so that they grow away from the touch: asks as they are, bids negated. */
  readonly #keys: Readonly<Record<SideName, number[]>> = { bid: [], ask: [] };
  readonly #start: number;
  #middle: number;

  constructor(instrument: TrueInstrument, shape: BookShape, prng: Prng) {
    super(instrument, prng);
    this.#shape = shape;
    this.#start = Math.round(instrument.midTicks / shape.stepTicks);
    this.#middle = this.#start;
    this.lastId = shape.startId;
    this.bids.clear();
    this.asks.clear();
    for (const side of ['bid', 'ask'] as const) {
      for (let i = 1; i <= shape.sideLevels; i++) {
        const steps = 2 * Math.floor(i * Math.sqrt(Math.max(1, i / DENSE_LEVELS))) - prng.integer(0, 2);
        this.#set(side, this.#middle + (side === 'bid' ? -steps : steps), this.#drawLots(prng), []);
      }
    }
  }

  override levels(side: SideName): readonly (readonly [ticks: number, lots: number])[] {
    return this.#keys[side].map((key) => {
      const ticks = Math.abs(key) * this.#shape.stepTicks;
      return [ticks, this.#lots(side).get(ticks) ?? 0];
    });
  }

  override change(prng: Prng, tsUs: number): TrueChange {
    const levels: TrueLevel[] = [];
    const named = new Set<string>();
    const wanted = this.#drawCount(prng);
    if (wanted > 1 || prng.uniform() < 0.1) this.#moveMiddle(prng, levels, named);
    while (levels.length < wanted) this.#changeLevel(prng, levels, named);
    const firstId = this.lastId + 1;
    const previousId = this.lastId;
    this.lastId += levels.length;
    return { kind: 'change', book: this, levels, firstId, lastId: this.lastId, previousId, tsUs };
  }

  #drawCount(prng: Prng): number {
    const { changeLevels } = this.#shape;
    if (changeLevels === 1) return 1;
    const count = Math.round(changeLevels * Math.exp(CHANGE_SIGMA * prng.normal()));
    return Math.min(CHANGE_LEVELS_MAX, Math.max(1, count));
  }

  #drawLots(prng: Prng): number {
    const decades = this.instrument.qtyDecimals - 2 + prng.uniform() * QTY_DECADES;
    return Math.max(1, Math.floor(10 ** decades));
  }

  /** What the middle passes is removed first, then the touch follows it. */
  #moveMiddle(prng: Prng, levels: TrueLevel[], named: Set<string>): void {
    const { moveSteps } = this.#shape;
    const pull = Math.round((this.#start - this.#middle) * PULL);
    this.#middle += prng.integer(-moveSteps, moveSteps + 1) + Math.max(-moveSteps, Math.min(moveSteps, pull));
    for (const side of ['bid', 'ask'] as const) {
      const keys = this.#keys[side];
      const limit = side === 'bid' ? -this.#middle : this.#middle;
      for (let best = keys[0]; best !== undefined && best <= limit; best = keys[0]) {
        named.add(`${side}${Math.abs(best)}`);
        this.#set(side, Math.abs(best), 0, levels);
      }
    }
    for (const side of ['bid', 'ask'] as const) {
      const steps = this.#middle + (side === 'bid' ? -1 : 1);
      named.add(`${side}${steps}`);
      this.#set(side, steps, this.#drawLots(prng), levels);
    }
  }

  #changeLevel(prng: Prng, levels: TrueLevel[], named: Set<string>): void {
    const side = prng.uniform() < 0.5 ? 'bid' : 'ask';
    const keys = this.#keys[side];
    const isKnown = prng.uniform() < KNOWN_SHARE;
    const steps = isKnown ? this.#drawKnown(prng, side) : this.#drawNew(prng, side);
    const name = `${side}${steps}`;
    if (steps < 1 || named.has(name)) return;
    named.add(name);
    const removedShare = isKnown ? KNOWN_REMOVED_SHARE : UNKNOWN_REMOVED_SHARE;
    const isRemoval = prng.uniform() < removedShare && keys.length > SIDE_LEVELS_MIN;
    this.#set(side, steps, isRemoval ? 0 : this.#drawLots(prng), levels);
  }

  #drawKnown(prng: Prng, side: SideName): number {
    const keys = this.#keys[side];
    const rank = Math.floor(this.#shape.knownRank * Math.exp(KNOWN_SIGMA * prng.normal()));
    return Math.abs(keys[rank < keys.length ? rank : prng.integer(0, keys.length)] ?? 0);
  }

  #drawNew(prng: Prng, side: SideName): number {
    const sign = side === 'bid' ? -1 : 1;
    if (prng.uniform() < FAR_SHARE) {
      const factor = FAR_FACTOR ** prng.uniform();
      const far = Math.floor(side === 'bid' ? this.#middle / factor : this.#middle * factor);
      if (far !== this.#middle) return far;
    }
    const steps = 1 + Math.floor(this.#shape.newSteps * Math.exp(NEW_SIGMA * prng.normal()));
    return this.#middle + sign * Math.min(steps, Math.floor(this.#middle / 2));
  }

  #set(side: SideName, steps: number, lots: number, levels: TrueLevel[]): void {
    const ticks = steps * this.#shape.stepTicks;
    const key = side === 'bid' ? -steps : steps;
    const keys = this.#keys[side];
    const at = placeOf(keys, key);
    const isKnown = keys[at] === key;
    if (lots === 0) {
      if (isKnown) keys.splice(at, 1);
      this.#lots(side).delete(ticks);
    } else {
      assert(side === 'bid' ? steps < this.#middle : steps > this.#middle, 'bid and ask never meet');
      if (!isKnown) keys.splice(at, 0, key);
      this.#lots(side).set(ticks, lots);
    }
    levels.push({ side, ticks, lots });
  }

  #lots(side: SideName): Map<number, number> {
    return side === 'bid' ? this.bids : this.asks;
  }
}

/** Returns the first place whose key is not smaller. */
function placeOf(keys: readonly number[], key: number): number {
  let lower = 0;
  let upper = keys.length;
  while (lower < upper) {
    const middle = (lower + upper) >> 1;
    if ((keys[middle] ?? 0) < key) lower = middle + 1;
    else upper = middle;
  }
  return lower;
}
