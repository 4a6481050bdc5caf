/** A position in a stream of batches that awaits only when a batch is used up: a promise a row would be most of the work. */

/** Walks the items of a stream of arrays. */
export class BatchCursor<T> {
  readonly #iterator: AsyncIterator<readonly T[]>;
  #batch: readonly T[] = [];
  #ix = 0;

  constructor(batches: AsyncIterable<readonly T[]>) {
    this.#iterator = batches[Symbol.asyncIterator]();
  }

  /** The present item; `undefined` before the first `load`, when `step` returned false, and at the end. */
  get item(): T | undefined {
    return this.#batch[this.#ix];
  }

  /** Moves to the next item of the batch; false when the batch is used up and `load` is due. */
  step(): boolean {
    this.#ix++;
    return this.#ix < this.#batch.length;
  }

  /** Moves to the first item of the next batch that has any; false at the end of the stream. */
  async load(): Promise<boolean> {
    this.#ix = 0;
    for (;;) {
      const next = await this.#iterator.next();
      this.#batch = next.done === true ? [] : next.value;
      if (next.done === true || this.#batch.length > 0) return next.done !== true;
    }
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
