/** A map that keeps the newest entries only: what the server remembers of an endless run stays small. */
import { assert } from '#core';

/** Keeps at most `max` entries; the one that was set longest ago goes first. */
export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #max: number;

  constructor(max: number) {
    assert(max > 0, `a map keeps at least one entry, was ${max}`);
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns the value of a key. */
  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Sets a value and makes it the newest. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#max) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** Forgets a key. */
  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** Returns the values, oldest first, and forgets all. */
  takeAll(): V[] {
    const values = [...this.#entries.values()];
    this.#entries.clear();
    return values;
  }
}
