/** Watches the order of trades: times never decrease, ids strictly increase. Both are what merging and gap detection stand on. */
import { formatIso } from '#core';
import type { RowFault } from './row-fault.ts';

/** The order of one stream of trades. */
export class TradeOrder {
  readonly #timeColumn: string;
  readonly #idColumn: string;
  #lastTsUs = -1;
  #lastId = -1;

  /** Takes the names of the columns, for messages. */
  constructor(timeColumn: string, idColumn: string) {
    this.#timeColumn = timeColumn;
    this.#idColumn = idColumn;
  }

  /** Returns why a trade may not come next, or `undefined`. */
  faultOf(tsUs: number, id: number): RowFault | undefined {
    if (id === this.#lastId) {
      return {
        check: 'duplicate',
        column: this.#idColumn,
        value: String(id),
        expected: 'an id not seen before',
      };
    }
    if (id < this.#lastId) {
      return {
        check: 'disorder',
        column: this.#idColumn,
        value: String(id),
        expected: `an id above ${this.#lastId}`,
      };
    }
    if (tsUs >= this.#lastTsUs) return undefined;
    const expected = `a time not before the row before (${formatIso(this.#lastTsUs)})`;
    return { check: 'disorder', column: this.#timeColumn, value: formatIso(tsUs), expected };
  }

  /** Remembers a trade that was taken. */
  take(tsUs: number, id: number): void {
    this.#lastTsUs = tsUs;
    this.#lastId = id;
  }
}
