/** A position in a stream of chunks that moves record by record; awaits only when a chunk is used up. */
import { assert } from '#core';
import { type RowChunk, recordEnd } from './columns.ts';

/** Walks the records of a stream; `chunk`, `start` and `end` say where the present one lies. */
export class RecordCursor {
  readonly #iterator: AsyncIterator<RowChunk>;
  #chunk: RowChunk | undefined;
  start = 0;
  end = 0;

  constructor(rows: AsyncIterable<RowChunk>) {
    this.#iterator = rows[Symbol.asyncIterator]();
  }

  /** The chunk of the present record; only while the last `step` or `load` returned true. */
  get chunk(): RowChunk {
    assert(this.#chunk !== undefined, 'a cursor stands on a record');
    return this.#chunk;
  }

  /** Time of the present record, epoch us. */
  get tsUs(): number {
    return this.chunk.columns[0]![this.start]!;
  }

  /** Moves to the next record of this chunk; false when the chunk is used up and `load` is due. */
  step(): boolean {
    return this.#moveTo(this.end);
  }

  /** Moves to the first record of the next chunk that has any; false at the end of the stream. */
  async load(): Promise<boolean> {
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#chunk = undefined;
        return false;
      }
      this.#chunk = next.value;
      if (this.#moveTo(0)) return true;
    }
  }

  /** Leaves the rest of this chunk to the caller, who has taken it whole. */
  skipChunk(): void {
    this.end = this.chunk.rowCount;
  }

  /** Ends the stream early and lets its source close what it holds. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  #moveTo(row: number): boolean {
    const chunk = this.#chunk;
    if (chunk === undefined || row >= chunk.rowCount) return false;
    this.start = row;
    this.end = recordEnd(chunk, row);
    return true;
  }
}
