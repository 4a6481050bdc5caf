/**
 * Messages kept while a snapshot is awaited: a bounded queue that lays them one behind the other into blocks of numbers, so that a message of one
 * level costs 96 bytes and not a record of its own. Blocks come from a pool and go back to it: one re-sync after the other takes no new memory. One pool
 * may serve all books of a feed.
 */
import { assert } from '#core';
import { BookUpdate, type LevelBuffer } from './book-update.ts';

/** Numbers of a block: 32 KiB. A message that is longer has a block of its own, which no pool keeps. */
const BLOCK = 4096;
/** Blocks that a pool holds for later, unless told otherwise: 8 MiB. */
const KEPT_MAX_DEFAULT = 256;
/** Numbers of a message before its levels. */
const HEADER = 9;
/** Numbers of a level: price, quantity, its own sequence. */
const LEVEL = 3;

/** Blocks of numbers that are used over and over. */
export class UpdatePool {
  readonly #kept: Float64Array[] = [];
  readonly #keptMax: number;

  /** `keptMax` bounds the blocks held for later; those in use are bounded by the queues. */
  constructor(keptMax: number = KEPT_MAX_DEFAULT) {
    assert(Number.isInteger(keptMax) && keptMax >= 0, 'a pool has a bound');
    this.#keptMax = keptMax;
  }

  /** Blocks held for later. */
  get keptCount(): number {
    return this.#kept.length;
  }

  /** Returns a block of at least `length` numbers; what is in it is to be overwritten. */
  take(length: number): Float64Array {
    if (length > BLOCK) return new Float64Array(length);
    return this.#kept.pop() ?? new Float64Array(BLOCK);
  }

  /** Takes back a block that nobody reads any more. */
  give(block: Float64Array): void {
    if (block.length === BLOCK && this.#kept.length < this.#keptMax) this.#kept.push(block);
  }
}

/** A queue of copies of deltas, oldest first. */
export class UpdateBuffer {
  readonly #pool: UpdatePool;
  readonly #countMax: number;
  /** Blocks in use and where each ends; the queue begins at `#at` of the first one. */
  readonly #blocks: Float64Array[] = [];
  readonly #ends: number[] = [];
  #at = 0;
  #count = 0;
  /** The oldest message as it is read; made when it is needed for the first time. */
  #first: BookUpdate | null = null;
  #isFirstRead = false;

  /** `countMax` bounds the queue. */
  constructor(pool: UpdatePool, countMax: number) {
    assert(Number.isInteger(countMax) && countMax >= 1, 'a buffer of updates has a positive bound');
    this.#pool = pool;
    this.#countMax = countMax;
  }

  /** Updates in it. */
  get count(): number {
    return this.#count;
  }

  /** The oldest update, the same record every time and good until it is asked for again; `null` when the queue is empty. */
  get first(): BookUpdate | null {
    if (this.#count === 0) return null;
    this.#first ??= new BookUpdate();
    if (!this.#isFirstRead) readUpdate(this.#blocks[0]!, this.#at, this.#first);
    this.#isFirstRead = true;
    return this.#first;
  }

  /** Adds a copy of a delta; false when the oldest had to be given up for it. */
  push(update: BookUpdate): boolean {
    const isFull = this.#count === this.#countMax;
    if (isFull) this.shift();
    const length = lengthOf(update.bids.count, update.asks.count);
    let last = this.#blocks.length - 1;
    if (last < 0 || this.#ends[last]! + length > this.#blocks[last]!.length) {
      last = this.#blocks.push(this.#pool.take(length)) - 1;
      this.#ends.push(0);
    }
    writeUpdate(this.#blocks[last]!, this.#ends[last]!, update);
    this.#ends[last] = this.#ends[last]! + length;
    this.#count++;
    return !isFull;
  }

  /** Gives up the oldest update. */
  shift(): void {
    assert(this.#count > 0, 'an update is taken from a queue that has one');
    const block = this.#blocks[0]!;
    this.#at += lengthOf(block[this.#at + HEADER - 2]!, block[this.#at + HEADER - 1]!);
    this.#count--;
    this.#isFirstRead = false;
    if (this.#at === this.#ends[0]) this.#dropBlock();
  }

  /** Gives up all. */
  clear(): void {
    while (this.#blocks.length > 0) this.#dropBlock();
    this.#count = 0;
    this.#isFirstRead = false;
  }

  #dropBlock(): void {
    this.#pool.give(this.#blocks[0]!);
    this.#blocks.shift();
    this.#ends.shift();
    this.#at = 0;
  }
}

function lengthOf(bidCount: number, askCount: number): number {
  return HEADER + LEVEL * (bidCount + askCount);
}

function writeUpdate(block: Float64Array, at: number, update: BookUpdate): void {
  block[at] = update.instrumentIx;
  block[at + 1] = update.tsVenueUs;
  block[at + 2] = update.tsLocalUs;
  block[at + 3] = update.firstId;
  block[at + 4] = update.lastId;
  block[at + 5] = update.previousId;
  block[at + 6] = update.checksum;
  block[at + 7] = update.bids.count;
  block[at + 8] = update.asks.count;
  const end = writeLevels(block, at + HEADER, update.bids);
  writeLevels(block, end, update.asks);
}

function writeLevels(block: Float64Array, at: number, levels: LevelBuffer): number {
  let end = at;
  for (let i = 0; i < levels.count; i++) {
    block[end] = levels.priceTicks[i]!;
    block[end + 1] = levels.qtyLots[i]!;
    block[end + 2] = levels.sequence[i]!;
    end += LEVEL;
  }
  return end;
}

function readUpdate(block: Float64Array, at: number, update: BookUpdate): void {
  update.clear();
  update.instrumentIx = block[at]!;
  update.tsVenueUs = block[at + 1]!;
  update.tsLocalUs = block[at + 2]!;
  update.firstId = block[at + 3]!;
  update.lastId = block[at + 4]!;
  update.previousId = block[at + 5]!;
  update.checksum = block[at + 6]!;
  const end = readLevels(block, at + HEADER, block[at + 7]!, update.bids);
  readLevels(block, end, block[at + 8]!, update.asks);
}

function readLevels(block: Float64Array, at: number, count: number, levels: LevelBuffer): number {
  let end = at;
  for (let i = 0; i < count; i++) {
    const isTaken = levels.push(block[end]!, block[end + 1]!, block[end + 2]!);
    assert(isTaken, 'a kept message fits where it came from');
    end += LEVEL;
  }
  return end;
}
