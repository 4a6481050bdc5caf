/**
 * A binary min-heap of slot numbers by (key, tie), for `ReorderWindow`. Keys lie beside the slots, so that comparing touches nothing else.
 * Invariant: ties are distinct, so the order in which slots leave does not depend on the heap's shape.
 */

/** A min-heap of at most `countMax` slots; push and pop are O(log n) and allocate nothing. */
export class SlotHeap {
  readonly #us: Float64Array;
  readonly #ties: Float64Array;
  readonly #slots: Int32Array;
  #count = 0;

  constructor(countMax: number) {
    this.#us = new Float64Array(countMax);
    this.#ties = new Float64Array(countMax);
    this.#slots = new Int32Array(countMax);
  }

  get count(): number {
    return this.#count;
  }

  /** The smallest key; `Infinity` when empty. */
  get topUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#us[0]!;
  }

  /** The tie of the smallest entry; not to be asked of an empty heap. */
  get topTie(): number {
    return this.#ties[0]!;
  }

  /** Adds a slot; the caller keeps the bound. */
  push(keyUs: number, tie: number, slot: number): void {
    this.#climb(this.#count++, keyUs, tie, slot);
  }

  /** Removes the smallest entry and returns its slot; not to be asked of an empty heap. */
  pop(): number {
    const slot = this.#slots[0]!;
    const last = --this.#count;
    if (last > 0) this.#sink(this.#us[last]!, this.#ties[last]!, this.#slots[last]!);
    return slot;
  }

  clear(): void {
    this.#count = 0;
  }

  #climb(start: number, keyUs: number, tie: number, slot: number): void {
    const us = this.#us;
    const ties = this.#ties;
    const slots = this.#slots;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (us[parent]! < keyUs || (us[parent] === keyUs && ties[parent]! < tie)) break;
      us[i] = us[parent]!;
      ties[i] = ties[parent]!;
      slots[i] = slots[parent]!;
      i = parent;
    }
    us[i] = keyUs;
    ties[i] = tie;
    slots[i] = slot;
  }

  /** Fills the place at the top: the hole goes down to a leaf along the smaller children, then the entry climbs from there. */
  #sink(keyUs: number, tie: number, slot: number): void {
    const us = this.#us;
    const ties = this.#ties;
    const slots = this.#slots;
    const count = this.#count;
    let i = 0;
    let child = 1;
    while (child < count) {
      const right = child + 1;
      if (
        right < count &&
        (us[right]! < us[child]! || (us[right] === us[child] && ties[right]! < ties[child]!))
      )
        child = right;
      us[i] = us[child]!;
      ties[i] = ties[child]!;
      slots[i] = slots[child]!;
      i = child;
      child = 2 * i + 1;
    }
    this.#climb(i, keyUs, tie, slot);
  }
}
