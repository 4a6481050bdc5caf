/** Several streams of arrivals as one, by time of arrival. What is held is a batch a stream; equal times stand in a fixed order. */
import { TimedHeap } from '#core';
import type { FrameEvent } from '#features';
import type { ArrivalStream } from './frame-source.ts';

const BATCH_EVENTS = 4_096;

/** A stream and how far it has been read. */
class Head {
  readonly #stream: ArrivalStream;
  #batch: readonly FrameEvent[] = [];
  #at = 0;

  constructor(stream: ArrivalStream) {
    this.#stream = stream;
  }

  /** The event that comes next; there is one after `load` has said so. */
  get next(): FrameEvent | undefined {
    return this.#batch[this.#at];
  }

  /** Moves on within what is held; false when more is to be loaded. */
  step(): boolean {
    this.#at++;
    return this.#at < this.#batch.length;
  }

  /** Reads on; false at the end of the stream. */
  async load(): Promise<boolean> {
    for (;;) {
      const answer = await this.#stream.next();
      this.#at = 0;
      this.#batch = answer.done === true ? [] : answer.value;
      if (answer.done === true) return false;
      if (this.#batch.length > 0) return true;
    }
  }
}

/** Yields the events of all streams in order of arrival, in batches. */
export async function* mergeStreams(
  streams: readonly ArrivalStream[],
): AsyncGenerator<readonly FrameEvent[]> {
  const waiting = new TimedHeap<Head>(Math.max(1, streams.length));
  const wait = (head: Head): void => {
    if (head.next !== undefined) waiting.push(head.next.tsLocalUs, head);
  };
  for (const stream of streams) {
    const head = new Head(stream);
    if (await head.load()) wait(head);
  }
  let batch: FrameEvent[] = [];
  for (let head = waiting.pop(); head !== undefined; head = waiting.pop()) {
    if (head.next !== undefined) batch.push(head.next);
    if (batch.length >= BATCH_EVENTS) {
      yield batch;
      batch = [];
    }
    if (head.step() || (await head.load())) wait(head);
  }
  if (batch.length > 0) yield batch;
}
