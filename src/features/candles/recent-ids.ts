/**
 * The ids seen last, to recognise what a venue sends twice. Two hash tables of `idsMax` ids: when the newer is full it becomes the older, so at least
 * the last `idsMax` ids are known, at most twice as many, and nothing is ever removed one by one.
 */
import { assert } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';

const EMPTY = -1;

/** A bounded memory of ids (integers of at least 0). */
export class RecentIds implements Taped {
  readonly #idsMax: number;
  readonly #mask: number;
  #newer: Float64Array;
  #older: Float64Array;
  #count = 0;

  constructor(idsMax: number) {
    assert(Number.isInteger(idsMax) && idsMax >= 1, `idsMax is a positive integer, was ${idsMax}`);
    let size = 4;
    while (size < 2 * idsMax) size *= 2;
    this.#idsMax = idsMax;
    this.#mask = size - 1;
    this.#newer = new Float64Array(size).fill(EMPTY);
    this.#older = new Float64Array(size).fill(EMPTY);
  }

  has(id: number): boolean {
    return (
      this.#newer[this.#slotOf(this.#newer, id)] === id || this.#older[this.#slotOf(this.#older, id)] === id
    );
  }

  /** Remembers an id that is not there. */
  add(id: number): void {
    if (this.#count === this.#idsMax) {
      [this.#newer, this.#older] = [this.#older, this.#newer];
      this.#newer.fill(EMPTY);
      this.#count = 0;
    }
    this.#newer[this.#slotOf(this.#newer, id)] = id;
    this.#count++;
  }

  tape(tape: StateTape): void {
    this.#count = tape.number(this.#count);
    tape.numbers(this.#newer);
    tape.numbers(this.#older);
  }

  /** Returns where `id` is or belongs; a table is at most half full. */
  #slotOf(table: Float64Array, id: number): number {
    const high = Math.floor(id / 0x100000000);
    let slot = (Math.imul(id ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 7) & this.#mask;
    while (table[slot] !== EMPTY && table[slot] !== id) slot = (slot + 1) & this.#mask;
    return slot;
  }
}
