/** Totals per row over the last rows, side by side. A hole makes everything before it count no more: a sum is of whole rows in a row, or `NaN`. */
import { assert } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** A few totals a row, added up during the row. */
export class RowTotals implements Taped {
  /** The totals of the row that is being made. */
  readonly current: Float64Array;
  readonly #windows: readonly Window[];

  constructor(columnCount: number, rowsMax: number) {
    this.current = new Float64Array(columnCount);
    this.#windows = Array.from({ length: columnCount }, () => new Window(rowsMax));
  }

  /** Ends the row; `isWhole` false = something of it is missing. */
  end(isWhole: boolean): void {
    this.#windows.forEach((window, i) => {
      if (isWhole) window.push(this.current[i]!);
      else window.clear();
    });
    this.current.fill(0);
  }

  /** Forgets all rows, and what the current one has so far. */
  clear(): void {
    for (const window of this.#windows) window.clear();
    this.current.fill(0);
  }

  /** Returns the sum of a total over the last `rows` rows, oldest first; `NaN` when there are not as many. */
  sum(columnIndex: number, rows: number): number {
    const window = this.#windows[columnIndex];
    assert(window !== undefined && rows <= window.capacity, 'the total and as many rows are kept');
    if (window.count < rows) return Number.NaN;
    const { values } = window;
    const end = window.start + window.count;
    let sum = 0;
    for (let i = end - rows; i < end; i++) sum += values[i]!;
    return sum;
  }

  tape(tape: StateTape): void {
    tape.numbers(this.current);
    for (const window of this.#windows) window.tape(tape);
  }
}
