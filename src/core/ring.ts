/** A fixed window of the last N doubles; the oldest is overwritten. */
import { assert } from './assert.ts';

/** A saved ring. */
export interface RingState {
  readonly values: Float64Array;
  readonly start: number;
  readonly count: number;
}

/** The last `capacity` doubles, oldest first; `push` is O(1) and allocates nothing. */
export class Ring {
  readonly capacity: number;
  readonly #values: Float64Array;
  #start = 0;
  #count = 0;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, `capacity is a positive integer, was ${capacity}`);
    this.capacity = capacity;
    this.#values = new Float64Array(capacity);
  }

  /** How many values are held, at most `capacity`. */
  get count(): number {
    return this.#count;
  }

  /** True when the next `push` drops a value. */
  get isFull(): boolean {
    return this.#count === this.capacity;
  }

  /** Adds a value and returns the one that fell out (`NaN` when none did). */
  push(value: number): number {
    if (this.#count < this.capacity) {
      let slot = this.#start + this.#count;
      if (slot >= this.capacity) slot -= this.capacity;
      this.#values[slot] = value;
      this.#count++;
      return Number.NaN;
    }
    const dropped = this.#values[this.#start]!;
    this.#values[this.#start] = value;
    this.#start = this.#start + 1 === this.capacity ? 0 : this.#start + 1;
    return dropped;
  }

  /** Returns the value at `index`, 0 = oldest; `NaN` outside [0, count). */
  at(index: number): number {
    if (index < 0 || index >= this.#count) return Number.NaN;
    const slot = this.#start + index;
    return this.#values[slot >= this.capacity ? slot - this.capacity : slot]!;
  }

  /** Returns the value `age` pushes ago, 0 = newest; `NaN` when not held. */
  ago(age: number): number {
    return this.at(this.#count - 1 - age);
  }

  /** Forgets everything. */
  clear(): void {
    this.#start = 0;
    this.#count = 0;
  }

  /** Returns the content as plain data (a copy). */
  save(): RingState {
    return { values: this.#values.slice(), start: this.#start, count: this.#count };
  }

  /** Replaces the content by a saved one of the same capacity. */
  load(state: RingState): void {
    assert(
      state.values.length === this.capacity,
      `saved ring has capacity ${this.capacity}, was ${state.values.length}`,
    );
    this.#values.set(state.values);
    this.#start = state.start;
    this.#count = state.count;
  }
}
