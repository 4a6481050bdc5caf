/**
 * Rows of a file that does not have them in order: held until its end, then handed out sorted. What a file says twice is taken once when it says
 * the same, and not at all when it does not: nobody knows which is right. Bounded; such files hold a day.
 */
import { formatIso } from '#core';

/** Rows that are good one by one and cannot be held or handed out together; the reader adds which file. */
export class HeldRowsDamage extends Error {
  override readonly name = 'HeldRowsDamage';
}

/** A row while it is held. */
export interface HeldRow {
  /** What the rows of the data set are ordered by, epoch us. */
  readonly tsUs: number;
  /** Tells rows of one time apart. */
  readonly key: number;
  /** Plain integers, as the parser set them. */
  readonly values: readonly number[];
}

/** Most rows of such a file: a day of bands every five seconds. */
export const HELD_ROWS_MAX = 400_000;

/** Names under which rows are counted that are left out. */
export const LEFT_OUT = {
  twice: 'rows that say it again',
  disputed: 'rows of a moment that is told twice with different values',
} as const;

/** Collects rows and hands them out in order. */
export class HeldRows {
  readonly #counts: Map<string, number>;
  #rows: HeldRow[] = [];
  #next = 0;
  #isSorted = false;

  /** `counts` is where rows are counted that are left out. */
  constructor(counts: Map<string, number>) {
    this.#counts = counts;
  }

  /** Takes a row. @throws HeldRowsDamage when there are too many */
  add(row: HeldRow): void {
    if (this.#rows.length === HELD_ROWS_MAX)
      throw new HeldRowsDamage(`its rows must be sorted, and there are more than ${HELD_ROWS_MAX} of them`);
    this.#rows.push(row);
  }

  /** Returns the next row in order, `undefined` after the last. */
  take(): HeldRow | undefined {
    if (!this.#isSorted) this.#rows.sort((a, b) => a.tsUs - b.tsUs || a.key - b.key);
    this.#isSorted = true;
    for (;;) {
      const row = this.#rows[this.#next];
      if (row === undefined) return undefined;
      const same = this.#sameAs(row);
      this.#next += same.length;
      const isDisputed = same.some((other) => other.values.some((value, ix) => value !== row.values[ix]));
      if (isDisputed) this.count(LEFT_OUT.disputed, same.length);
      else {
        if (same.length > 1) this.count(LEFT_OUT.twice, same.length - 1);
        return row;
      }
    }
  }

  /** Counts rows that are left out. */
  count(name: string, rows = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + rows);
  }

  /** Returns the fault of a row whose number does not fit the decimals that others need. */
  tooLarge(row: HeldRow): HeldRowsDamage {
    return new HeldRowsDamage(
      `a number of ${formatIso(row.tsUs)} is too large for the decimals of the others`,
    );
  }

  #sameAs(row: HeldRow): readonly HeldRow[] {
    let end = this.#next + 1;
    while (this.#rows[end]?.tsUs === row.tsUs && this.#rows[end]?.key === row.key) end++;
    return this.#rows.slice(this.#next, end);
  }
}
