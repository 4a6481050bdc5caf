/** A market source seen from a moment on: what happened before it has happened, unseen. */
import type { EpochUs } from '#core';
import type { MarketEvent } from '#domain';
import { learnedUs, type MarketSource, type SourceFeed } from '../source.ts';

class SourceFrom implements MarketSource {
  readonly feeds: readonly SourceFeed[];
  readonly #source: MarketSource;
  readonly #fromUs: EpochUs;

  constructor(source: MarketSource, fromUs: EpochUs) {
    this.feeds = source.feeds;
    this.#source = source;
    this.#fromUs = fromUs;
  }

  next(): MarketEvent | undefined | Promise<MarketEvent | undefined> {
    for (;;) {
      const event = this.#source.next();
      if (event instanceof Promise) return event.then((read) => (this.#isUnseen(read) ? this.next() : read));
      if (!this.#isUnseen(event)) return event;
    }
  }

  saveState(): unknown {
    return this.#source.saveState();
  }

  loadState(state: unknown): void {
    this.#source.loadState(state);
  }

  #isUnseen(event: MarketEvent | undefined): boolean {
    return event !== undefined && learnedUs(event) < this.#fromUs;
  }
}

/** Returns the source without the events that the venue learnt of before `fromUs`. */
export function sourceFrom(source: MarketSource, fromUs: EpochUs): MarketSource {
  return new SourceFrom(source, fromUs);
}
