/**
 * The high-water mark of an equity curve and the falls below it, exact in atoms, in flat memory.
 * A fall is measured from the mark in force when it happened; the deepest fraction and the longest time under water are kept.
 */
import { assert, type Checkpointable, type EpochUs, maxBig, minBig, stateRecord } from '#core';

/** Follows one equity curve; observations come in time order. */
export class DrawdownTracker implements Checkpointable {
  #highWaterAtoms: bigint;
  #highWaterTsUs: EpochUs;
  #troughAtoms: bigint;
  #maxDrawdown = 0;
  #longestUs = 0;

  /** Starts with `equityAtoms` > 0 as the first high-water mark. */
  constructor(tsUs: EpochUs, equityAtoms: bigint) {
    assert(equityAtoms > 0n, `equity at the start is positive, was ${equityAtoms} atoms`);
    this.#highWaterAtoms = equityAtoms;
    this.#highWaterTsUs = tsUs;
    this.#troughAtoms = equityAtoms;
  }

  /** Highest equity so far. */
  get highWaterAtoms(): bigint {
    return this.#highWaterAtoms;
  }

  /** Deepest fall so far as a fraction of the mark it fell from; above 1 when equity went below zero. */
  get maxDrawdown(): number {
    return this.#maxDrawdown;
  }

  /** Longest time from a high-water mark to the last observation below it. */
  get longestUs(): number {
    return this.#longestUs;
  }

  /** Returns how far `equityAtoms` lies below the high-water mark, as a fraction of the mark; 0 at or above it. */
  drawdownOf(equityAtoms: bigint): number {
    if (equityAtoms >= this.#highWaterAtoms) return 0;
    return Number(this.#highWaterAtoms - equityAtoms) / Number(this.#highWaterAtoms);
  }

  /** Takes the equity at a moment. */
  observe(tsUs: EpochUs, equityAtoms: bigint): void {
    if (equityAtoms >= this.#highWaterAtoms) {
      this.#highWaterAtoms = equityAtoms;
      this.#highWaterTsUs = tsUs;
      this.#troughAtoms = equityAtoms;
      return;
    }
    const underWaterUs = tsUs - this.#highWaterTsUs;
    if (underWaterUs > this.#longestUs) this.#longestUs = underWaterUs;
    if (equityAtoms < this.#troughAtoms) {
      this.#troughAtoms = equityAtoms;
      const drawdown = this.drawdownOf(equityAtoms);
      if (drawdown > this.#maxDrawdown) this.#maxDrawdown = drawdown;
    }
  }

  /** Moves the curve by money that came or went and is no result: the fall below the mark stays the same in atoms. */
  shift(amountAtoms: bigint): void {
    this.#highWaterAtoms = maxBig(1n, this.#highWaterAtoms + amountAtoms);
    this.#troughAtoms = minBig(this.#highWaterAtoms, this.#troughAtoms + amountAtoms);
  }

  saveState(): unknown {
    return {
      highWaterAtoms: this.#highWaterAtoms,
      highWaterTsUs: this.#highWaterTsUs,
      troughAtoms: this.#troughAtoms,
      maxDrawdown: this.#maxDrawdown,
      longestUs: this.#longestUs,
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'DrawdownTracker');
    this.#highWaterAtoms = saved.highWaterAtoms as bigint;
    this.#highWaterTsUs = saved.highWaterTsUs as number;
    this.#troughAtoms = saved.troughAtoms as bigint;
    this.#maxDrawdown = saved.maxDrawdown as number;
    this.#longestUs = saved.longestUs as number;
    assert(this.#highWaterAtoms >= this.#troughAtoms, 'high-water mark is not below its trough');
  }
}
