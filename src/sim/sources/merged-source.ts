/**
 * Several market sources as one: in the order in which the venue learns of their events, or in the order in which they arrived. Equal moments
 * stand in the order of the sources.
 */
import { assert, type EpochUs, stateRecord } from '#core';
import type { MarketEvent } from '#domain';
import { learnedUs, type MarketSource, type SourceFeed } from '../source.ts';

/** Sources that may be merged; each event is chosen by looking at every head. */
export const SOURCES_MAX = 1024;

/** The head of a source: `undefined` = not read, `null` = exhausted. */
type Head = MarketEvent | null | undefined;

class MergedSource implements MarketSource {
  readonly feeds: readonly SourceFeed[];
  readonly #sources: readonly MarketSource[];
  readonly #timeOf: (event: MarketEvent) => EpochUs;
  readonly #heads: Head[];
  readonly #headUs: Float64Array;
  /** The source whose head is gone; -1 = look at all. */
  #emptyIx = -1;

  constructor(sources: readonly MarketSource[], timeOf: (event: MarketEvent) => EpochUs) {
    assert(
      sources.length <= SOURCES_MAX,
      `at most ${SOURCES_MAX} sources are merged, were ${sources.length}`,
    );
    this.#sources = sources;
    this.#timeOf = timeOf;
    this.feeds = sources.flatMap((source) => source.feeds);
    this.#heads = sources.map(() => undefined);
    this.#headUs = new Float64Array(sources.length);
  }

  next(): MarketEvent | undefined | Promise<MarketEvent | undefined> {
    const pending = this.#emptyIx >= 0 ? this.#read(this.#emptyIx) : this.#readAll();
    if (pending !== undefined) return pending.then(() => this.#take());
    return this.#take();
  }

  saveState(): unknown {
    return {
      heads: structuredClone(this.#heads),
      sources: this.#sources.map((source) => source.saveState()),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'merged source');
    const heads = structuredClone(record.heads) as Head[];
    const saved = record.sources as readonly unknown[];
    assert(saved.length === this.#sources.length, 'a saved merge has the same sources');
    for (const [ix, source] of this.#sources.entries()) {
      source.loadState(saved[ix]);
      this.#setHead(ix, heads[ix]);
    }
    this.#emptyIx = -1;
  }

  #take(): MarketEvent | undefined {
    const headUs = this.#headUs;
    let first = 0;
    for (let ix = 1; ix < headUs.length; ix++) if (headUs[ix]! < headUs[first]!) first = ix;
    const head = this.#heads[first];
    if (head === null || head === undefined) return undefined;
    this.#setHead(first, undefined);
    this.#emptyIx = first;
    return head;
  }

  #readAll(): Promise<unknown> | undefined {
    const waits: Promise<void>[] = [];
    for (const [ix, head] of this.#heads.entries()) {
      const wait = head === undefined ? this.#read(ix) : undefined;
      if (wait !== undefined) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  #read(ix: number): Promise<void> | undefined {
    if (this.#heads[ix] !== undefined) return undefined;
    const next = this.#sources[ix]!.next();
    if (next instanceof Promise) return next.then((event) => this.#setHead(ix, event ?? null));
    this.#setHead(ix, next ?? null);
    return undefined;
  }

  #setHead(ix: number, head: Head): void {
    this.#heads[ix] = head;
    this.#headUs[ix] = head === null || head === undefined ? Number.POSITIVE_INFINITY : this.#timeOf(head);
  }
}

/** Merges sources by time; at equal moments the earlier source in the list comes first (put marks before funding before candles). */
export function mergeSources(sources: readonly MarketSource[]): MarketSource {
  return sources.length === 1 ? sources[0]! : new MergedSource(sources, learnedUs);
}

/** Merges recorded streams by the time at which their events arrived, as one program received them. */
export function mergeArrivals(sources: readonly MarketSource[]): MarketSource {
  return sources.length === 1 ? sources[0]! : new MergedSource(sources, (event) => event.tsLocalUs);
}
