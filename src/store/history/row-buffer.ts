/** Collects rows record by record and hands them out as chunks. */
import { assert } from '#core';
import type { HistoryKind } from '../history-port.ts';
import { columnCount, type Decimals, type RowChunk } from './columns.ts';

/** A buffer with room for about `capacity` rows; it grows only for a record that does not fit. */
export class RowBuffer {
  readonly kind: HistoryKind;
  readonly decimals: Decimals;
  rowCount = 0;
  #columns: Float64Array[];
  #capacity: number;

  constructor(kind: HistoryKind, decimals: Decimals, capacity: number) {
    this.kind = kind;
    // A copy of the two: what is passed in may be a whole chunk.
    this.decimals = { priceDecimals: decimals.priceDecimals, qtyDecimals: decimals.qtyDecimals };
    this.#capacity = capacity;
    this.#columns = this.#allocate(capacity);
  }

  /** True when the next record may no longer fit. */
  get isFull(): boolean {
    return this.rowCount >= this.#capacity;
  }

  /** Appends the rows [`start`, `end`) of a chunk of the same scale. */
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
    this.rowCount = rowCount;
  }

  /** Returns the rows as a chunk that owns its arrays, and starts anew. */
  take(): RowChunk {
    const columns = this.#columns.map((values) => values.subarray(0, this.rowCount));
    const chunk: RowChunk = { kind: this.kind, rowCount: this.rowCount, ...this.decimals, columns };
    this.#columns = this.#allocate(this.#capacity);
    this.rowCount = 0;
    return chunk;
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
