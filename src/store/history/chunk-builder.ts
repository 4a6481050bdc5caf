/**
 * Builds chunks row by row while the decimals are still unknown: the scale of a chunk grows with the finest number in it, and rows
 * already there are scaled up. A row counts only after `endRow`, so a row refused half-way leaves nothing behind but scale.
 */
import { assert, POW10 } from '#core';
import type { HistoryKind } from '../history-port.ts';
import { CHUNK_ROWS_MAX, columnCount, KIND_COLUMNS, type RowChunk } from './columns.ts';
import type { DecimalScan } from './decimal-scan.ts';

/** A growing chunk of one kind. */
export class ChunkBuilder {
  readonly kind: HistoryKind;
  rowCount = 0;
  #columns: Float64Array[];
  #capacity = CHUNK_ROWS_MAX;
  readonly #decimals = { price: 0, qty: 0 };
  readonly #columnsOf: { readonly price: readonly number[]; readonly qty: readonly number[] };

  constructor(kind: HistoryKind) {
    this.kind = kind;
    const specs = KIND_COLUMNS[kind];
    const of = (role: string): number[] => specs.flatMap((spec, ix) => (spec.role === role ? [ix] : []));
    this.#columnsOf = { price: of('price'), qty: of('qty') };
    this.#columns = this.#allocate();
  }

  /** True when the chunk holds as many rows as a chunk should; one record more may still be added. */
  get isFull(): boolean {
    return this.rowCount >= CHUNK_ROWS_MAX;
  }

  /** Sets a plain integer of the open row. */
  set(columnIx: number, value: number): void {
    this.#columns[columnIx]![this.rowCount] = value;
  }

  /** Reads back a value of the open row, in the chunk's present scale. */
  at(columnIx: number): number {
    return this.#columns[columnIx]![this.rowCount]!;
  }

  /**
   * Sets a price or quantity of the open row; false when its scale would push it, or a number already there, out of the safe
   * integers.
   */
  setScaled(role: 'price' | 'qty', columnIx: number, scan: DecimalScan): boolean {
    if (scan.decimals > this.#decimals[role] && !this.#grow(role, scan.decimals)) return false;
    const value = scan.units * POW10[this.#decimals[role] - scan.decimals]!;
    if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) return false;
    this.#columns[columnIx]![this.rowCount] = value;
    return true;
  }

  /** Takes the open row in. */
  endRow(): void {
    this.rowCount++;
    if (this.rowCount === this.#capacity) this.#enlarge();
  }

  /** Drops the rows from `rowCount` on and what was set of the open one: a record refused half-way. */
  dropFrom(rowCount: number): void {
    assert(rowCount <= this.rowCount, 'only rows that exist are dropped');
    for (const values of this.#columns) values.fill(0, rowCount, this.rowCount + 1);
    this.rowCount = rowCount;
  }

  /** Returns the rows so far and starts anew. */
  take(): RowChunk {
    const { price, qty } = this.#decimals;
    const rowCount = this.rowCount;
    const columns = this.#columns.map((values) => values.subarray(0, rowCount));
    this.#capacity = CHUNK_ROWS_MAX;
    this.#columns = this.#allocate();
    this.rowCount = 0;
    this.#decimals.price = 0;
    this.#decimals.qty = 0;
    return { kind: this.kind, rowCount, priceDecimals: price, qtyDecimals: qty, columns };
  }

  #allocate(): Float64Array[] {
    return Array.from({ length: columnCount(this.kind) }, () => new Float64Array(this.#capacity + 1));
  }

  #enlarge(): void {
    this.#capacity *= 2;
    this.#columns = this.#columns.map((values) => {
      const larger = new Float64Array(this.#capacity + 1);
      larger.set(values);
      return larger;
    });
  }

  #grow(role: 'price' | 'qty', decimals: number): boolean {
    const factor = POW10[decimals - this.#decimals[role]]!;
    const limit = Number.MAX_SAFE_INTEGER / factor;
    const columns = this.#columnsOf[role].map((ix) => this.#columns[ix]!);
    // The open row counts too: some of its numbers may already be set.
    for (const values of columns) {
      for (let row = 0; row <= this.rowCount; row++) if (Math.abs(values[row]!) > limit) return false;
    }
    for (const values of columns) for (let row = 0; row <= this.rowCount; row++) values[row]! *= factor;
    this.#decimals[role] = decimals;
    return true;
  }
}
