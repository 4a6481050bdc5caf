/** Collects rows record by record and hands them out as chunks. */
import { assert } from '#core';
import type { HistoryKind } from '../history-port.ts';
import { columnCount, type Decimals, KIND_BLOBS, type RowChunk } from './columns.ts';

/** A buffer with room for about `capacity` rows; it grows only for a record that does not fit. */
export class RowBuffer {
  readonly kind: HistoryKind;
  readonly decimals: Decimals;
  rowCount = 0;
  #columns: Float64Array[];
  #blobs: Uint8Array[][];
  #capacity: number;
  /** Bytes of all texts and bytes held. */
  blobBytes = 0;

  constructor(kind: HistoryKind, decimals: Decimals, capacity: number) {
    this.kind = kind;
    // A copy of the two: what is passed in may be a whole chunk.
    this.decimals = { priceDecimals: decimals.priceDecimals, qtyDecimals: decimals.qtyDecimals };
    this.#capacity = capacity;
    this.#columns = this.#allocate(capacity);
    this.#blobs = KIND_BLOBS[kind].map(() => []);
  }

  /** True when the next record may no longer fit. */
  get isFull(): boolean {
    return this.rowCount >= this.#capacity;
  }

  /** Appends the rows [`start`, `end`) of a chunk of the same scale; texts and bytes are not copied. */
  append(chunk: RowChunk, start: number, end: number): void {
    assert(
      chunk.priceDecimals === this.decimals.priceDecimals && chunk.qtyDecimals === this.decimals.qtyDecimals,
      'a buffer takes rows of its own scale',
    );
    const rowCount = this.rowCount + end - start;
    if (rowCount > this.#capacity) this.#enlarge(rowCount);
    for (let ix = 0; ix < this.#columns.length; ix++) {
      const source = chunk.columns[ix]!;
      const target = this.#columns[ix]!;
      for (let row = start, at = this.rowCount; row < end; row++, at++) target[at] = source[row]!;
    }
    this.#appendBlobs(chunk, start, end);
    this.rowCount = rowCount;
  }

  /** Returns the rows as a chunk that owns its arrays, and starts anew. */
  take(): RowChunk {
    const chunk = this.view();
    this.#columns = this.#allocate(this.#capacity);
    this.clear();
    return chunk;
  }

  /** Returns the rows as they lie here: valid until `clear` or the next `append`. */
  view(): RowChunk {
    const columns = this.#columns.map((values) => values.subarray(0, this.rowCount));
    const blobs = this.#blobs.length === 0 ? {} : { blobs: this.#blobs };
    return { kind: this.kind, rowCount: this.rowCount, ...this.decimals, columns, ...blobs };
  }

  /** Gives the memory back; rows may come again all the same. */
  release(): void {
    this.clear();
    this.#capacity = 0;
    this.#columns = this.#allocate(0);
  }

  /** Starts anew in the same memory. */
  clear(): void {
    this.#blobs = KIND_BLOBS[this.kind].map(() => []);
    this.rowCount = 0;
    this.blobBytes = 0;
  }

  #appendBlobs(chunk: RowChunk, start: number, end: number): void {
    for (let ix = 0; ix < this.#blobs.length; ix++) {
      const source = chunk.blobs?.[ix];
      assert(source !== undefined, `rows of ${this.kind} have their texts`);
      const target = this.#blobs[ix]!;
      for (let row = start; row < end; row++) {
        const blob = source[row]!;
        target.push(blob);
        this.blobBytes += blob.length;
      }
    }
  }

  #allocate(rows: number): Float64Array[] {
    return Array.from({ length: columnCount(this.kind) }, () => new Float64Array(rows));
  }

  #enlarge(rows: number): void {
    this.#capacity = Math.max(rows, this.#capacity * 2);
    const larger = this.#allocate(this.#capacity);
    for (let ix = 0; ix < larger.length; ix++) larger[ix]!.set(this.#columns[ix]!.subarray(0, this.rowCount));
    this.#columns = larger;
  }
}
