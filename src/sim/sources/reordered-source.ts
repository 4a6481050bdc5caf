/**
 * A recorded stream in the one order of events (`orderedUs` in `domain`): events come in order of arrival and leave in order of the moment at
 * which they count, with that moment as their venue time. What a live run saw a window behind the clock, its recording gives again.
 */
import { assert, type EpochUs, stateRecord, TimedHeap, type TimedHeapState } from '#core';
import { type MarketEvent, orderedUs } from '#domain';
import type { MarketSource, SourceFeed } from '../source.ts';

/** Events that may lie within one window; more are a fault of the data. */
const WINDOW_EVENTS_MAX = 1_000_000;

/** How a recorded stream is told. */
export interface ReorderOptions {
  /** How late an event may come and still take its place by venue time. */
  readonly windowUs: number;
  /** The least time from a venue to the trader; recorded receive times that are later stand. */
  readonly feedLatencyUs: number;
}

class ReorderedSource implements MarketSource {
  readonly feeds: readonly SourceFeed[];
  readonly #source: MarketSource;
  readonly #options: ReorderOptions;
  readonly #waiting = new TimedHeap<MarketEvent>(WINDOW_EVENTS_MAX);
  /** Nothing that is still to come counts before it. */
  #horizonUs = Number.NEGATIVE_INFINITY;
  #isExhausted = false;

  constructor(source: MarketSource, options: ReorderOptions) {
    assert(
      options.windowUs > 0 && options.feedLatencyUs >= 0,
      'a window is positive, a latency not negative',
    );
    this.feeds = source.feeds;
    this.#source = source;
    this.#options = options;
  }

  next(): MarketEvent | undefined | Promise<MarketEvent | undefined> {
    while (!this.#isExhausted && this.#waiting.nextTsUs >= this.#horizonUs) {
      const event = this.#source.next();
      if (event instanceof Promise) return event.then((arrived) => this.#takeAndGoOn(arrived));
      this.#take(event);
    }
    return this.#waiting.pop();
  }

  saveState(): unknown {
    return {
      waiting: structuredClone(this.#waiting.save()),
      horizonUs: this.#horizonUs,
      isExhausted: this.#isExhausted,
      source: this.#source.saveState(),
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'reordered source');
    this.#waiting.load(structuredClone(saved.waiting) as TimedHeapState<MarketEvent>);
    this.#horizonUs = saved.horizonUs as EpochUs;
    this.#isExhausted = saved.isExhausted === true;
    this.#source.loadState(saved.source);
  }

  #takeAndGoOn(event: MarketEvent | undefined): MarketEvent | undefined | Promise<MarketEvent | undefined> {
    this.#take(event);
    return this.next();
  }

  #take(event: MarketEvent | undefined): void {
    if (event === undefined) {
      this.#isExhausted = true;
      return;
    }
    const { feedLatencyUs, windowUs } = this.#options;
    const { tsLocalUs } = event;
    const horizonUs = tsLocalUs - windowUs;
    assert(horizonUs >= this.#horizonUs, 'a recorded stream is in order of arrival');
    this.#horizonUs = horizonUs;
    const atUs = orderedUs(event.tsVenueUs, tsLocalUs, windowUs);
    const seenUs = Math.max(tsLocalUs, atUs + feedLatencyUs);
    const isAsCame = atUs === event.tsVenueUs && seenUs === tsLocalUs;
    this.#waiting.push(atUs, isAsCame ? event : { ...event, tsVenueUs: atUs, tsLocalUs: seenUs });
  }
}

/**
 * Returns the events of a source whose arrival times never decrease, in the one order of events. Not for candles that are matched against: they
 * unfold from their open on.
 */
export function reorderedSource(source: MarketSource, options: ReorderOptions): MarketSource {
  return new ReorderedSource(source, options);
}
