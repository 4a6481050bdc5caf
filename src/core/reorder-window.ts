/**
 * Merges items that arrive out of order into the order of their own time, within a bounded delay. What it is not: a clock. Nothing but the
 * sequence of arrivals decides the order, so a live run, its recording and a replay of it give the same one. The rules:
 *  R1  Items enter in the order of their arrival, which strictly increases.
 *  R2  The key of an item is (own time, rank, arrival). Items leave in the order of their keys, whatever they came from.
 *  R3  An item is due when the clock (the arrival of the newest item, or what `advance` tells) has reached its arrival + `windowUs`. It then
 *      leaves together with everything held that has a smaller key: nothing is held longer than `windowUs`. What is due leaves before
 *      a new item enters, so a tick of the clock between two arrivals changes when items leave and never in which order.
 *  R4  An item whose key is smaller than one that has left is late: it leaves at once with its own times, flagged, and is counted.
 *  R5  At most `heldMax` items are remembered; for one more the oldest by arrival leaves early, with everything of a smaller key. It is counted.
 *  R6  An item never overtakes an earlier one of its own lane: where its time is smaller than that one's, that one's counts. It is for
 *      streams with sequence numbers, whose order of arrival is the only right one.
 *  R7  A time further than `aheadMaxUs` beyond the arrival counts as that and is counted: else one wrong stamp of the far future would make all
 *      that follows late.
 * Invariants: what is not late leaves in strictly increasing keys; within a lane items leave in the order they came.
 */
import { assert } from './assert.ts';
import { type Checkpointable, stateRecord } from './checkpoint.ts';
import { SlotHeap } from './slot-heap.ts';

/** Ranks and sequence numbers share one double: rank x 2^48 + sequence. */
const RANK_UNIT = 2 ** 48;

/** One more than the largest rank. */
export const REORDER_RANKS_MAX = 16;

/** How to read an item, and the bounds. */
export interface ReorderOptions<T> {
  /** How long an item waits for those that arrive later and belong before it, in microseconds; 0 = not at all. */
  readonly windowUs: number;
  /** Bound on the items remembered (R5). */
  readonly heldMax: number;
  /** How far own times may lie beyond the arrival, e.g. because the clocks differ (R7). */
  readonly aheadMaxUs: number;
  /** Lanes are numbered [0, lanesMax). */
  readonly lanesMax: number;
  /** Returns when the item arrived. */
  readonly arrivalUsOf: (item: T) => number;
  /** Returns the time by which items are ordered. */
  readonly timeUsOf: (item: T) => number;
  /** Returns the order among items of equal time, an integer in [0, REORDER_RANKS_MAX). */
  readonly rankOf: (item: T) => number;
  /** Returns the lane within which order of arrival holds (R6); -1 = none. */
  readonly laneOf: (item: T) => number;
  /** Receives the items in order. An item is kept until then, so it must not be re-used by whoever pushed it. */
  readonly release: (item: T, isLate: boolean) => void;
}

/** What a window has counted. */
export interface ReorderCounts {
  readonly pushed: number;
  /** Left flagged (R4). */
  readonly late: number;
  /** Times the bound let the oldest go early (R5). */
  readonly early: number;
  /** Times of the far future that were cut (R7). */
  readonly ahead: number;
  /** Items whose time lay before that of their lane (R6). */
  readonly regressed: number;
}

interface SavedEntry {
  readonly item: unknown;
  readonly isHeld: boolean;
  readonly arrivalUs: number;
  readonly keyUs: number;
  readonly tie: number;
}

/** A bounded reorder window. What comes in order costs O(1) an item, what does not O(log held). */
export class ReorderWindow<T> implements Checkpointable {
  readonly #options: ReorderOptions<T>;
  /** Ring in order of arrival; an entry that has left keeps its place until those before it have left too. */
  readonly #items: (T | undefined)[];
  readonly #arrivalUs: Float64Array;
  readonly #keyUs: Float64Array;
  readonly #tie: Float64Array;
  readonly #isHeld: Uint8Array;
  #head = 0;
  #span = 0;
  #heldCount = 0;
  /** What came in order: a list of entries with increasing keys. */
  readonly #nextInRun: Int32Array;
  #runHead = 0;
  #runTail = 0;
  #runCount = 0;
  #runTailUs = Number.NEGATIVE_INFINITY;
  #runTailTie = -1;
  /** What came out of order. */
  readonly #heap: SlotHeap;
  readonly #laneUs: Float64Array;
  #clockUs = Number.NEGATIVE_INFINITY;
  #lastArrivalUs = Number.NEGATIVE_INFINITY;
  /** The largest key that has left. */
  #leftUs = Number.NEGATIVE_INFINITY;
  #leftTie = -1;
  #pushed = 0;
  #late = 0;
  #early = 0;
  #ahead = 0;
  #regressed = 0;

  constructor(options: ReorderOptions<T>) {
    const { windowUs, heldMax, aheadMaxUs, lanesMax } = options;
    assert(windowUs >= 0 && aheadMaxUs >= 0, 'a reorder window has durations of at least 0');
    assert(Number.isInteger(heldMax) && heldMax >= 1, `heldMax is a positive integer, was ${heldMax}`);
    assert(Number.isInteger(lanesMax) && lanesMax >= 0, `lanesMax is a whole number, was ${lanesMax}`);
    this.#options = options;
    this.#items = new Array<T | undefined>(heldMax).fill(undefined);
    this.#arrivalUs = new Float64Array(heldMax);
    this.#keyUs = new Float64Array(heldMax);
    this.#tie = new Float64Array(heldMax);
    this.#isHeld = new Uint8Array(heldMax);
    this.#nextInRun = new Int32Array(heldMax);
    this.#heap = new SlotHeap(heldMax);
    this.#laneUs = new Float64Array(lanesMax).fill(Number.NEGATIVE_INFINITY);
  }

  /** How many items wait. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /** What was counted since the beginning. */
  get counts(): ReorderCounts {
    return {
      pushed: this.#pushed,
      late: this.#late,
      early: this.#early,
      ahead: this.#ahead,
      regressed: this.#regressed,
    };
  }

  /** Takes the next arrival; what is due leaves first. */
  push(item: T): void {
    const { aheadMaxUs, arrivalUsOf, heldMax, rankOf, release, timeUsOf, windowUs } = this.#options;
    const arrivalUs = arrivalUsOf(item);
    if (!(arrivalUs > this.#lastArrivalUs))
      assert(false, `arrivals strictly increase: ${arrivalUs} after ${this.#lastArrivalUs}`);
    if (!(arrivalUs >= this.#clockUs))
      assert(false, `the clock was told ${this.#clockUs} before an arrival at ${arrivalUs}`);
    this.advance(arrivalUs);
    this.#lastArrivalUs = arrivalUs;
    let timeUs = timeUsOf(item);
    const rank = rankOf(item);
    if (!(timeUs - timeUs === 0)) assert(false, `the time of an item is a finite number, was ${timeUs}`);
    if (!(rank >= 0 && rank < REORDER_RANKS_MAX))
      assert(false, `ranks lie in [0, ${REORDER_RANKS_MAX}), was ${rank}`);
    if (timeUs > arrivalUs + aheadMaxUs) {
      timeUs = arrivalUs + aheadMaxUs;
      this.#ahead++;
    }
    const keyUs = this.#keyInLane(this.#options.laneOf(item), timeUs);
    const tie = rank * RANK_UNIT + this.#pushed++;
    if (this.#span === heldMax) {
      this.#early++;
      this.#releaseHead();
    }
    if (keyUs < this.#leftUs || (keyUs === this.#leftUs && tie < this.#leftTie)) {
      this.#late++;
      release(item, true);
      return;
    }
    this.#sortIn(this.#append(item, arrivalUs, keyUs, tie), keyUs, tie);
    if (windowUs === 0) this.#releaseHead();
  }

  /** Tells the time by the clock of arrivals, at most that of the next arrival: what is due leaves (R3). A time that has passed changes nothing. */
  advance(clockUs: number): void {
    if (clockUs <= this.#clockUs) return;
    this.#clockUs = clockUs;
    const dueUs = clockUs - this.#options.windowUs;
    while (this.#span > 0 && this.#arrivalUs[this.#head]! <= dueUs) this.#releaseHead();
  }

  /** Lets everything go, in order: the end of the stream. */
  flush(): void {
    while (this.#span > 0) this.#releaseHead();
  }

  saveState(): unknown {
    const entries: SavedEntry[] = [];
    for (let i = 0; i < this.#span; i++) {
      const slot = (this.#head + i) % this.#options.heldMax;
      const isHeld = this.#isHeld[slot] === 1;
      entries.push({
        item: isHeld ? this.#items[slot] : null,
        isHeld,
        arrivalUs: this.#arrivalUs[slot]!,
        keyUs: this.#keyUs[slot]!,
        tie: this.#tie[slot]!,
      });
    }
    const numbers = [this.#clockUs, this.#lastArrivalUs, this.#leftUs, this.#leftTie];
    const counts = [this.#pushed, this.#late, this.#early, this.#ahead, this.#regressed];
    return { entries, laneUs: this.#laneUs.slice(), numbers: [...numbers, ...counts] };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'reorder window');
    const entries = record.entries as readonly SavedEntry[];
    const laneUs = record.laneUs as Float64Array;
    assert(entries.length <= this.#options.heldMax, 'a saved reorder window fits the bound');
    assert(laneUs.length === this.#laneUs.length, 'a saved reorder window has the same lanes');
    this.#items.fill(undefined);
    this.#head = 0;
    this.#span = 0;
    this.#heldCount = 0;
    this.#runCount = 0;
    this.#heap.clear();
    this.#laneUs.set(laneUs);
    for (const { arrivalUs, isHeld, item, keyUs, tie } of entries) {
      const slot = this.#append(isHeld ? (item as T) : undefined, arrivalUs, keyUs, tie);
      if (isHeld) this.#sortIn(slot, keyUs, tie);
      else this.#isHeld[slot] = 0;
    }
    const numbers = record.numbers as readonly number[];
    assert(numbers.length === 9, 'a saved reorder window has nine numbers');
    [this.#clockUs, this.#lastArrivalUs, this.#leftUs, this.#leftTie] = numbers as [
      number,
      number,
      number,
      number,
    ];
    [this.#pushed, this.#late, this.#early, this.#ahead, this.#regressed] = numbers.slice(4) as [
      number,
      number,
      number,
      number,
      number,
    ];
  }

  /** Rule R6. */
  #keyInLane(lane: number, timeUs: number): number {
    if (lane < 0) return timeUs;
    if (!(lane < this.#laneUs.length)) assert(false, `lanes lie in [0, ${this.#laneUs.length}), was ${lane}`);
    const beforeUs = this.#laneUs[lane]!;
    if (timeUs < beforeUs) {
      this.#regressed++;
      return beforeUs;
    }
    this.#laneUs[lane] = timeUs;
    return timeUs;
  }

  #append(item: T | undefined, arrivalUs: number, keyUs: number, tie: number): number {
    const { heldMax } = this.#options;
    let slot = this.#head + this.#span;
    if (slot >= heldMax) slot -= heldMax;
    this.#items[slot] = item;
    this.#arrivalUs[slot] = arrivalUs;
    this.#keyUs[slot] = keyUs;
    this.#tie[slot] = tie;
    this.#span++;
    return slot;
  }

  /** Puts an entry into the run when it continues it, else into the heap. */
  #sortIn(slot: number, keyUs: number, tie: number): void {
    this.#heldCount++;
    this.#isHeld[slot] = 1;
    const isNext =
      this.#runCount === 0 ||
      keyUs > this.#runTailUs ||
      (keyUs === this.#runTailUs && tie > this.#runTailTie);
    if (!isNext) {
      this.#heap.push(keyUs, tie, slot);
      return;
    }
    if (this.#runCount++ === 0) this.#runHead = slot;
    else this.#nextInRun[this.#runTail] = slot;
    this.#runTail = slot;
    this.#runTailUs = keyUs;
    this.#runTailTie = tie;
  }

  /** Frees the oldest place: lets its item go, after everything of a smaller key. */
  #releaseHead(): void {
    const head = this.#head;
    while (this.#isHeld[head] === 1) this.#releaseSmallest();
    this.#head = head + 1 === this.#options.heldMax ? 0 : head + 1;
    this.#span--;
  }

  #releaseSmallest(): void {
    const slot = this.#takeSmallest();
    const item = this.#items[slot] as T;
    this.#leftUs = this.#keyUs[slot]!;
    this.#leftTie = this.#tie[slot]!;
    this.#items[slot] = undefined;
    this.#isHeld[slot] = 0;
    this.#heldCount--;
    this.#options.release(item, false);
  }

  #takeSmallest(): number {
    const heap = this.#heap;
    if (this.#runCount === 0) return heap.pop();
    const slot = this.#runHead;
    const keyUs = this.#keyUs[slot]!;
    if (heap.topUs < keyUs || (heap.topUs === keyUs && heap.topTie < this.#tie[slot]!)) return heap.pop();
    this.#runHead = this.#nextInRun[slot]!;
    this.#runCount--;
    return slot;
  }
}
