/**
 * Levels of one side far from the touch, however far and however sparse: a sorted map from key to quantity. Keys ascend towards the better
 * price. They lie in blocks of at most 64, the blocks in an array, so that a change moves at most one block's worth wherever it falls.
 *
 * Invariants: keys strictly ascend over all blocks; no block is empty; two neighbours that fit into half a block are one.
 */
import { assert } from '#core';

const BLOCK = 64;
/** Neighbours that together hold no more are joined. */
const JOINED_MAX = BLOCK / 2;
const BLOCKS_START = 1;

/** A sorted map of levels. */
export class LevelBlocks {
  /** Levels in it. */
  count = 0;
  #keys = new Float64Array(BLOCKS_START * BLOCK);
  #lots = new Float64Array(BLOCKS_START * BLOCK);
  /** Levels in the block of that slot. */
  #sizes = new Uint8Array(BLOCKS_START);
  /** Slots of the blocks in ascending order of their keys. */
  #order = new Int32Array(BLOCKS_START);
  /** The greatest key of each block, in the same order: what a search reads first. */
  #lasts = new Float64Array(BLOCKS_START);
  #blockCount = 0;
  #freeSlots = new Int32Array(BLOCKS_START);
  #freeCount = 0;
  #slotsUsed = 0;
  /** What the last seek found: place in `#order`, and in the block. */
  #place = 0;
  #at = 0;

  /** Bytes of its arrays. */
  get byteLength(): number {
    const index =
      this.#sizes.byteLength + this.#order.byteLength + this.#lasts.byteLength + this.#freeSlots.byteLength;
    return this.#keys.byteLength + this.#lots.byteLength + index;
  }

  /** The best (greatest) key; `NaN` when it is empty. */
  get best(): number {
    if (this.count === 0) return Number.NaN;
    return this.#lasts[this.#blockCount - 1]!;
  }

  /** The worst (least) key; `NaN` when it is empty. */
  get worst(): number {
    return this.count === 0 ? Number.NaN : this.#keys[this.#order[0]! * BLOCK]!;
  }

  /** Returns the quantity at a key; 0 when there is no level. */
  lotsOf(key: number): number {
    return this.#seek(key) ? this.#lots[this.#at]! : 0;
  }

  /** Returns the next key below this one; `NaN` when there is none. */
  below(key: number): number {
    if (this.count === 0) return Number.NaN;
    this.#seek(key);
    const first = this.#order[this.#place]! * BLOCK;
    if (this.#at > first) return this.#keys[this.#at - 1]!;
    return this.#place === 0 ? Number.NaN : this.#lasts[this.#place - 1]!;
  }

  /** Sets the quantity at a key, 0 removes; returns by how many the levels changed: 1, 0 or -1. */
  set(key: number, qtyLots: number): number {
    if (this.#seek(key)) {
      if (qtyLots > 0) {
        this.#lots[this.#at] = qtyLots;
        return 0;
      }
      this.#remove();
      return -1;
    }
    if (qtyLots === 0) return 0;
    this.#insert(key, qtyLots);
    return 1;
  }

  /** Forgets all levels and keeps the memory. */
  clear(): void {
    this.count = 0;
    this.#blockCount = 0;
    this.#freeCount = 0;
    this.#slotsUsed = 0;
  }

  /** Gives back memory that is far more than needed; only right after a `clear` and a filling in ascending order. */
  trim(): void {
    const slots = this.#blockCount + (this.#blockCount >> 1) + 1;
    if (this.#sizes.length <= slots * 2) return;
    assert(this.#slotsUsed === this.#blockCount, 'a level map is trimmed while its blocks lie in order');
    this.#resize(slots);
  }

  /** Writes its levels with `lower` <= key < `upper` in ascending order from `at` on; returns the place behind the last one. */
  copyTo(keys: Float64Array, lots: Float64Array, at: number, lower: number, upper: number): number {
    let out = at;
    for (let place = 0; place < this.#blockCount; place++) {
      const first = this.#order[place]! * BLOCK;
      const end = first + this.#sizes[this.#order[place]!]!;
      for (let i = first; i < end; i++) {
        const key = this.#keys[i]!;
        if (key < lower || key >= upper) continue;
        keys[out] = key;
        lots[out] = this.#lots[i]!;
        out++;
      }
    }
    return out;
  }

  /** Finds the block and place where `key` is or belongs; true when it is there. The last block takes what is above all. */
  #seek(key: number): boolean {
    const keys = this.#keys;
    const lasts = this.#lasts;
    let lower = 0;
    let upper = this.#blockCount - 1;
    while (lower < upper) {
      const middle = (lower + upper) >> 1;
      if (lasts[middle]! < key) lower = middle + 1;
      else upper = middle;
    }
    this.#place = lower;
    if (this.#blockCount === 0) return false;
    const slot = this.#order[lower]!;
    let from = slot * BLOCK;
    const end = from + this.#sizes[slot]!;
    let to = end;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (keys[middle]! < key) from = middle + 1;
      else to = middle;
    }
    this.#at = from;
    return from < end && keys[from] === key;
  }

  /** Inserts at the place that the last seek found. */
  #insert(key: number, qtyLots: number): void {
    if (this.#blockCount === 0) {
      this.#at = this.#takeSlot(0) * BLOCK;
      this.#place = 0;
    } else if (this.#sizes[this.#order[this.#place]!] === BLOCK) this.#makeRoom(key);
    const slot = this.#order[this.#place]!;
    const end = slot * BLOCK + this.#sizes[slot]!;
    for (let i = end; i > this.#at; i--) {
      this.#keys[i] = this.#keys[i - 1]!;
      this.#lots[i] = this.#lots[i - 1]!;
    }
    this.#keys[this.#at] = key;
    this.#lots[this.#at] = qtyLots;
    this.#sizes[slot] = this.#sizes[slot]! + 1;
    this.#lasts[this.#place] = this.#keys[end]!;
    this.count++;
  }

  /** Removes the level that the last seek found. */
  #remove(): void {
    const slot = this.#order[this.#place]!;
    const end = slot * BLOCK + this.#sizes[slot]! - 1;
    for (let i = this.#at; i < end; i++) {
      this.#keys[i] = this.#keys[i + 1]!;
      this.#lots[i] = this.#lots[i + 1]!;
    }
    this.#sizes[slot] = this.#sizes[slot]! - 1;
    this.count--;
    if (this.#sizes[slot] === 0) {
      this.#dropBlock(this.#place);
      return;
    }
    this.#lasts[this.#place] = this.#keys[end - 1]!;
    if (!this.#join(this.#place)) this.#join(this.#place - 1);
  }

  /** Makes room for `key` in the full block that the last seek found; a run of sorted levels fills whole blocks. */
  #makeRoom(key: number): void {
    const first = this.#order[this.#place]! * BLOCK;
    const isBehindAll = this.#at === first + BLOCK;
    if (isBehindAll || (this.#place === 0 && this.#at === first)) {
      if (isBehindAll) this.#place++;
      this.#at = this.#takeSlot(this.#place) * BLOCK;
      return;
    }
    this.#split();
    this.#seek(key);
  }

  /** Halves the full block of the last seek. */
  #split(): void {
    const slot = this.#order[this.#place]!;
    const other = this.#takeSlot(this.#place + 1);
    const half = BLOCK / 2;
    this.#keys.copyWithin(other * BLOCK, slot * BLOCK + half, slot * BLOCK + BLOCK);
    this.#lots.copyWithin(other * BLOCK, slot * BLOCK + half, slot * BLOCK + BLOCK);
    this.#sizes[slot] = half;
    this.#sizes[other] = BLOCK - half;
    this.#lasts[this.#place] = this.#keys[slot * BLOCK + half - 1]!;
    this.#lasts[this.#place + 1] = this.#keys[other * BLOCK + half - 1]!;
  }

  /** Joins the block at `place` with its better neighbour when both are small; false when they stay apart. */
  #join(place: number): boolean {
    if (place < 0 || place + 1 >= this.#blockCount) return false;
    const slot = this.#order[place]!;
    const other = this.#order[place + 1]!;
    const size = this.#sizes[slot]!;
    if (size + this.#sizes[other]! > JOINED_MAX) return false;
    const from = other * BLOCK;
    this.#keys.copyWithin(slot * BLOCK + size, from, from + this.#sizes[other]!);
    this.#lots.copyWithin(slot * BLOCK + size, from, from + this.#sizes[other]!);
    this.#sizes[slot] = size + this.#sizes[other]!;
    this.#lasts[place] = this.#lasts[place + 1]!;
    this.#dropBlock(place + 1);
    return true;
  }

  /** Gives memory to a new, empty block at `place` of the order and returns its slot. */
  #takeSlot(place: number): number {
    if (this.#freeCount === 0 && this.#slotsUsed === this.#sizes.length) this.#grow();
    const slot = this.#freeCount > 0 ? this.#freeSlots[--this.#freeCount]! : this.#slotsUsed++;
    this.#order.copyWithin(place + 1, place, this.#blockCount);
    this.#lasts.copyWithin(place + 1, place, this.#blockCount);
    this.#order[place] = slot;
    this.#sizes[slot] = 0;
    this.#blockCount++;
    return slot;
  }

  #dropBlock(place: number): void {
    this.#freeSlots[this.#freeCount++] = this.#order[place]!;
    this.#order.copyWithin(place, place + 1, this.#blockCount);
    this.#lasts.copyWithin(place, place + 1, this.#blockCount);
    this.#blockCount--;
  }

  #grow(): void {
    this.#resize(this.#sizes.length * 2);
  }

  #resize(slots: number): void {
    const used = Math.min(slots, this.#sizes.length);
    this.#keys = resized(this.#keys, used * BLOCK, slots * BLOCK);
    this.#lots = resized(this.#lots, used * BLOCK, slots * BLOCK);
    this.#lasts = resized(this.#lasts, used, slots);
    const sizes = new Uint8Array(slots);
    const order = new Int32Array(slots);
    const freeSlots = new Int32Array(slots);
    sizes.set(this.#sizes.subarray(0, used));
    order.set(this.#order.subarray(0, used));
    freeSlots.set(this.#freeSlots.subarray(0, used));
    this.#sizes = sizes;
    this.#order = order;
    this.#freeSlots = freeSlots;
  }
}

function resized(values: Float64Array, used: number, length: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(length);
  out.set(values.subarray(0, used));
  return out;
}
