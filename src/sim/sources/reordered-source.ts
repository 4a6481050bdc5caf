/**
 * A recorded stream in the one order of events (`orderedUs` in `domain`): events come in order of arrival and leave in order of the moment at
 * which they count, with that moment as their venue time. What a live run saw a window behind the clock, its recording gives again.
 */
import { assert, type EpochUs, stateRecord } from '#core';
import type { MarketEvent } from '#domain';
import { EventOrder } from '../event-order.ts';
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
  readonly #waiting: EventOrder;
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
    this.#waiting = new EventOrder(options.windowUs, WINDOW_EVENTS_MAX);
  }

  next(): MarketEvent | undefined | Promise<MarketEvent | undefined> {
    while (!this.#isExhausted && this.#waiting.nextUs >= this.#horizonUs) {
      const event = this.#source.next();
      if (event instanceof Promise) return event.then((arrived) => this.#takeAndGoOn(arrived));
      this.#take(event);
    }
    const event = this.#waiting.pop();
    if (event === undefined) return undefined;
    const seenUs = Math.max(event.tsLocalUs, event.tsVenueUs + this.#options.feedLatencyUs);
    return seenUs === event.tsLocalUs ? event : { ...event, tsLocalUs: seenUs };
  }

  saveState(): unknown {
    return {
      waiting: this.#waiting.saveState(),
      horizonUs: this.#horizonUs,
      isExhausted: this.#isExhausted,
      source: this.#source.saveState(),
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'reordered source');
    this.#waiting.loadState(saved.waiting);
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
    const horizonUs = event.tsLocalUs - this.#options.windowUs;
    assert(horizonUs >= this.#horizonUs, 'a recorded stream is in order of arrival');
    this.#horizonUs = horizonUs;
    this.#waiting.push(event);
  }
}

/**
 * Returns the events of a source whose arrival times never decrease, in the one order of events. Not for candles that are matched against: they
 * unfold from their open on.
 */
export function reorderedSource(source: MarketSource, options: ReorderOptions): MarketSource {
  return new ReorderedSource(source, options);
}
