/**
 * A binary min-heap of timed items, ordered by (time, sequence of insertion): equal times leave in the order they came,
 * so that a run never depends on the heap's inner shape. Keys live in typed arrays, payloads in a plain one.
 */
import { assert } from './assert.ts';

/** A saved heap: entries in heap order. */
export interface TimedHeapState<T> {
  readonly nextSeq: number;
  readonly entries: readonly { readonly tsUs: number; readonly seq: number; readonly item: T }[];
}

/** A min-heap by time with stable order for equal times. */
export class TimedHeap<T> {
  #ts = new Float64Array(64);
  #seq = new Float64Array(64);
  #items: (T | undefined)[] = new Array(64).fill(undefined);
  #count = 0;
  #nextSeq = 0;
  readonly #countMax: number;

  /** `countMax` bounds the heap; pushing more is a bug of the caller. */
  constructor(countMax = 1_000_000) {
    this.#countMax = countMax;
  }

  /** How many items wait. */
  get count(): number {
    return this.#count;
  }

  /** Time of the earliest item; `Infinity` when empty. */
  get nextTsUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#ts[0]!;
  }

  /** Adds an item due at `tsUs`; O(log n). */
  push(tsUs: number, item: T): void {
    // The words only where they are needed: this is asked once an event.
    if (this.#count >= this.#countMax) assert(false, `heap holds at most ${this.#countMax} items`);
    assert(!Number.isNaN(tsUs), 'the time of a heap item is a number');
    if (this.#count === this.#ts.length) this.#grow();
    this.#place(this.#count++, tsUs, this.#nextSeq++, item);
  }

  /** Removes and returns the earliest item; `undefined` when empty. */
  pop(): T | undefined {
    if (this.#count === 0) return undefined;
    const top = this.#items[0];
    const last = --this.#count;
    const item = this.#items[last];
    const ts = this.#ts[last]!;
    const seq = this.#seq[last]!;
    this.#items[last] = undefined;
    if (last > 0) this.#sink(ts, seq, item as T);
    return top;
  }

  /** Returns the earliest item without removing it. */
  peek(): T | undefined {
    return this.#count === 0 ? undefined : this.#items[0];
  }

  /** Returns the content as plain data. */
  save(): TimedHeapState<T> {
    const entries = [];
    for (let i = 0; i < this.#count; i++) {
      entries.push({ tsUs: this.#ts[i]!, seq: this.#seq[i]!, item: this.#items[i] as T });
    }
    return { nextSeq: this.#nextSeq, entries };
  }

  /** Replaces the content by a saved one. */
  load(state: TimedHeapState<T>): void {
    this.#items.fill(undefined);
    this.#count = 0;
    for (const entry of state.entries) {
      if (this.#count === this.#ts.length) this.#grow();
      this.#place(this.#count++, entry.tsUs, entry.seq, entry.item);
    }
    this.#nextSeq = state.nextSeq;
  }

  #place(start: number, tsUs: number, seq: number, item: T): void {
    const ts = this.#ts;
    const seqs = this.#seq;
    const items = this.#items;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (ts[parent]! < tsUs || (ts[parent] === tsUs && seqs[parent]! < seq)) break;
      ts[i] = ts[parent]!;
      seqs[i] = seqs[parent]!;
      items[i] = items[parent];
      i = parent;
    }
    ts[i] = tsUs;
    seqs[i] = seq;
    items[i] = item;
  }

  #sink(tsUs: number, seq: number, item: T): void {
    const ts = this.#ts;
    const seqs = this.#seq;
    const items = this.#items;
    const count = this.#count;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= count) break;
      const right = child + 1;
      if (
        right < count &&
        (ts[right]! < ts[child]! || (ts[right] === ts[child] && seqs[right]! < seqs[child]!))
      )
        child = right;
      if (tsUs < ts[child]! || (tsUs === ts[child] && seq < seqs[child]!)) break;
      ts[i] = ts[child]!;
      seqs[i] = seqs[child]!;
      items[i] = items[child];
      i = child;
    }
    ts[i] = tsUs;
    seqs[i] = seq;
    items[i] = item;
  }

  #grow(): void {
    const size = this.#ts.length * 2;
    const ts = new Float64Array(size);
    const seq = new Float64Array(size);
    ts.set(this.#ts);
    seq.set(this.#seq);
    this.#ts = ts;
    this.#seq = seq;
    this.#items.length = size;
  }
}
