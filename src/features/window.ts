/**
 * The last N doubles as one contiguous piece of memory, so that a kernel may loop over them without wrapping. Every value is kept twice,
 * `capacity` apart (`Ring` of core keeps one copy and wraps on each read; that costs three times as much in these loops).
 * All reductions run from the oldest value to the newest and start afresh each time: a result depends on the window alone, to the
 * bit, and never on what passed through before it.
 */
import { assert } from '#core';
import type { StateTape, Taped } from './state-tape.ts';

/** A sliding window of doubles; the full window is `values[start .. start + capacity)`, oldest first. */
export class Window implements Taped {
  readonly capacity: number;
  readonly values: Float64Array;
  #next = 0;
  #count = 0;

  constructor(capacity: number) {
    assert(
      Number.isInteger(capacity) && capacity > 0,
      `window length is a positive integer, was ${capacity}`,
    );
    this.capacity = capacity;
    this.values = new Float64Array(2 * capacity);
  }

  /** How many values are held. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.capacity;
  }

  /** Index of the oldest value in `values`. */
  get start(): number {
    return this.#count === this.capacity ? this.#next : 0;
  }

  /** The oldest value held; 0 when empty. */
  get oldest(): number {
    return this.values[this.start]!;
  }

  /** Adds a value; the oldest leaves a full window. Returns true when the window is full afterwards. */
  push(value: number): boolean {
    const next = this.#next;
    this.values[next] = value;
    this.values[next + this.capacity] = value;
    this.#next = next + 1 === this.capacity ? 0 : next + 1;
    if (this.#count < this.capacity) this.#count++;
    return this.#count === this.capacity;
  }

  /** Forgets all values. */
  clear(): void {
    this.#next = 0;
    this.#count = 0;
  }

  /** Returns the value `age` pushes ago, 0 = newest; `age` < `count`. */
  ago(age: number): number {
    return this.values[this.start + this.#count - 1 - age]!;
  }

  /** Returns the sum, oldest first. */
  sum(): number {
    const { values, start } = this;
    const end = start + this.#count;
    let sum = 0;
    for (let i = start; i < end; i++) sum += values[i]!;
    return sum;
  }

  /** Returns the mean, as oldest + mean of the differences to it: a constant window gives exactly its constant. */
  mean(): number {
    const { values, start } = this;
    const end = start + this.#count;
    const origin = values[start]!;
    let sum = 0;
    for (let i = start + 1; i < end; i++) sum += values[i]! - origin;
    return origin + sum / this.#count;
  }

  /** Returns the sum of squared differences to `centre` (second pass of a variance). */
  squaresAround(centre: number): number {
    const { values, start } = this;
    const end = start + this.#count;
    let sum = 0;
    for (let i = start; i < end; i++) {
      const difference = values[i]! - centre;
      sum += difference * difference;
    }
    return sum;
  }

  /** Returns the sum of absolute differences to `centre`. */
  distancesTo(centre: number): number {
    const { values, start } = this;
    const end = start + this.#count;
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.abs(values[i]! - centre);
    return sum;
  }

  tape(tape: StateTape): void {
    this.#next = tape.number(this.#next);
    this.#count = tape.number(this.#count);
    tape.numbers(this.values.subarray(0, this.capacity));
    this.values.copyWithin(this.capacity, 0, this.capacity);
  }
}
