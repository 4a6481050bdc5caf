/**
 * A market source over chunks (columns or arrays of events) that are opened from the start whenever a position is restored: the state is the
 * number of events handed out, and loading skips that many. Chunks may come at once or by promises.
 */
import { assert, stateRecord } from '#core';
import type { MarketEvent } from '#domain';
import type { MarketSource, SourceFeed } from '../source.ts';

/** Opens a fresh pass over the chunks, in order, from the first one. */
export type OpenChunks<C> = () => Iterable<C> | AsyncIterable<C>;

/** How a chunk becomes events. */
export interface ChunkReader<C> {
  readonly feed: SourceFeed;
  readonly open: OpenChunks<C>;
  readonly countOf: (chunk: C) => number;
  readonly eventAt: (chunk: C, row: number) => MarketEvent;
}

type Pull<C> = () => IteratorResult<C> | Promise<IteratorResult<C>>;

/** Events of one feed, chunk by chunk; holds one chunk at a time. */
export class ChunkSource<C> implements MarketSource {
  readonly feeds: readonly SourceFeed[];
  readonly #reader: ChunkReader<C>;
  #pull: Pull<C> | undefined;
  #chunk: C | undefined;
  #row = 0;
  #rowCount = 0;
  #takenCount = 0;
  #skipCount = 0;
  #isDone = false;

  constructor(reader: ChunkReader<C>) {
    this.#reader = reader;
    this.feeds = [reader.feed];
  }

  next(): MarketEvent | undefined | Promise<MarketEvent | undefined> {
    while (this.#row === this.#rowCount) {
      if (this.#isDone) return undefined;
      this.#pull ??= pullOf(this.#reader.open());
      const result = this.#pull();
      if (result instanceof Promise) {
        return result.then((chunk) => {
          this.#take(chunk);
          return this.next();
        });
      }
      this.#take(result);
    }
    this.#takenCount++;
    return this.#reader.eventAt(this.#chunk as C, this.#row++);
  }

  saveState(): unknown {
    return { takenCount: this.#takenCount };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'chunk source');
    this.#takenCount = record.takenCount as number;
    this.#skipCount = this.#takenCount;
    this.#pull = undefined;
    this.#chunk = undefined;
    this.#row = 0;
    this.#rowCount = 0;
    this.#isDone = false;
  }

  #take(result: IteratorResult<C>): void {
    if (result.done === true) {
      assert(
        this.#skipCount === 0,
        `a source is as long as when it was saved, ${this.#skipCount} events are missing`,
      );
      this.#isDone = true;
      this.#chunk = undefined;
      this.#row = 0;
      this.#rowCount = 0;
      return;
    }
    this.#chunk = result.value;
    this.#rowCount = this.#reader.countOf(result.value);
    this.#row = Math.min(this.#skipCount, this.#rowCount);
    this.#skipCount -= this.#row;
  }
}

function pullOf<C>(chunks: Iterable<C> | AsyncIterable<C>): Pull<C> {
  if (Symbol.asyncIterator in chunks) {
    const iterator = chunks[Symbol.asyncIterator]();
    return () => iterator.next();
  }
  const iterator = chunks[Symbol.iterator]();
  return () => iterator.next();
}
