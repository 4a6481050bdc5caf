/**
 * Market events that wait for their place in the one order of events: by the moment at which they count (`orderedUs`), then by kind as
 * `EVENT_RANKS` has it, then by arrival; changes of a book never overtake each other. What lies before the horizon (the newest arrival less the
 * window) is settled: nothing that is still to come counts before it. Without a clock, and the same however the events were cut into pieces.
 */
import {
  assert,
  type Checkpointable,
  type EpochUs,
  stateRecord,
  TimedHeap,
  type TimedHeapState,
} from '#core';
import { EVENT_RANKS, type InstrumentIx, isLate, type MarketEvent, orderedUs } from '#domain';

/** Kinds of market events by rank; a feed's state follows what it is about. */
const KIND_RANKS: Readonly<Record<MarketEvent['kind'], number>> = {
  funding: EVENT_RANKS.funding,
  candle: EVENT_RANKS.candle,
  trade: EVENT_RANKS.trade,
  'book-order': EVENT_RANKS['book-order'],
  book: EVENT_RANKS.book,
  mark: EVENT_RANKS['mark-price'],
  'feed-state': EVENT_RANKS['open-interest'],
};
const RANKS = [...new Set(Object.values(KIND_RANKS))].sort((a, b) => a - b);

/** Events in waiting. */
export class EventOrder implements Checkpointable {
  readonly #windowUs: number;
  readonly #countMax: number;
  /** One heap a rank: at equal moments the first that has one. */
  readonly #heaps: readonly TimedHeap<MarketEvent>[];
  readonly #bookUs = new Map<InstrumentIx, EpochUs>();
  #count = 0;
  #lateCount = 0;
  #aheadCount = 0;

  /** `countMax` bounds what may wait. */
  constructor(windowUs: number, countMax: number) {
    assert(windowUs > 0 && countMax > 0, 'window and bound of an event order are positive');
    this.#windowUs = windowUs;
    this.#countMax = countMax;
    this.#heaps = RANKS.map(() => new TimedHeap<MarketEvent>(countMax));
  }

  /** Events that wait. */
  get count(): number {
    return this.#count;
  }

  /** True when no more can be taken. */
  get isFull(): boolean {
    return this.#count === this.#countMax;
  }

  /** Events that came later than the window: they count as having happened a window before they came. */
  get lateCount(): number {
    return this.#lateCount;
  }

  /** Events with a venue time after their arrival: the two clocks differ; they count when they came. */
  get aheadCount(): number {
    return this.#aheadCount;
  }

  /** When the next event counts; `Infinity` when none waits. */
  get nextUs(): EpochUs {
    let nextUs = Number.POSITIVE_INFINITY;
    for (const heap of this.#heaps) nextUs = Math.min(nextUs, heap.nextTsUs);
    return nextUs;
  }

  /** Takes an event as it came. */
  push(event: MarketEvent): void {
    const { tsLocalUs, tsVenueUs } = event;
    let atUs = orderedUs(tsVenueUs, tsLocalUs, this.#windowUs);
    if (isLate(tsVenueUs, tsLocalUs, this.#windowUs)) this.#lateCount++;
    else if (atUs < tsVenueUs) this.#aheadCount++;
    if (event.kind === 'book' || event.kind === 'book-order') {
      atUs = Math.max(atUs, this.#bookUs.get(event.instrumentIx) ?? 0);
      this.#bookUs.set(event.instrumentIx, atUs);
    }
    const heap = this.#heaps[RANKS.indexOf(KIND_RANKS[event.kind])];
    assert(heap !== undefined, 'every kind has its rank');
    heap.push(atUs, atUs === tsVenueUs ? event : { ...event, tsVenueUs: atUs });
    this.#count++;
  }

  /** Removes and returns the next event, its venue time the moment at which it counts; `undefined` when none waits. */
  pop(): MarketEvent | undefined {
    const nextUs = this.nextUs;
    const heap = this.#heaps.find((one) => one.nextTsUs === nextUs);
    const event = heap?.pop();
    if (event !== undefined) this.#count--;
    return event;
  }

  saveState(): unknown {
    return {
      heaps: this.#heaps.map((heap) => structuredClone(heap.save())),
      bookUs: [...this.#bookUs],
      counts: [this.#lateCount, this.#aheadCount],
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'event order');
    const heaps = saved.heaps as readonly TimedHeapState<MarketEvent>[];
    assert(heaps.length === this.#heaps.length, 'a saved event order has the same kinds');
    this.#count = 0;
    this.#heaps.forEach((heap, ix) => {
      const entries = heaps[ix];
      assert(entries !== undefined, 'every heap was saved');
      heap.load(structuredClone(entries));
      this.#count += heap.count;
    });
    this.#bookUs.clear();
    for (const [ix, us] of saved.bookUs as readonly (readonly [number, number])[]) this.#bookUs.set(ix, us);
    [this.#lateCount, this.#aheadCount] = saved.counts as [number, number];
  }
}
