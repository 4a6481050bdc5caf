/**
 * Volume-weighted average price since 00:00 UTC by the venue's time: sum(p q) / sum(q), exact sums, one division. Berkowitz, Logue, Noser, "The total
 * cost of transactions on the NYSE" (Journal of Finance 43, 1988).
 */
import { type EpochUs, US_PER_DAY, utcDay } from '#core';
import { ExactSum } from '../exact-sum.ts';
import type { StateTape, Taped } from '../state-tape.ts';

/** The average of one UTC day after the other. A day of which trades may be missing has none. */
export class SessionVwap implements Taped {
  readonly #quote = new ExactSum();
  #lots = 0;
  #day = -1;
  #wholeFromUs: EpochUs;

  /** Trades are complete from `wholeFromUs` on: days that begin before have no average. */
  constructor(wholeFromUs: EpochUs) {
    this.#wholeFromUs = wholeFromUs;
  }

  /** Adds a trade. One of an earlier day than the last is not counted: its session is over. */
  push(tsVenueUs: EpochUs, priceTicks: number, qtyLots: number): void {
    const day = utcDay(tsVenueUs);
    if (day < this.#day) return;
    this.#begin(day);
    this.#quote.addProduct(priceTicks, qtyLots);
    this.#lots += qtyLots;
  }

  /** Trades up to `untilUs` may be missing: days that begin before have no average. */
  lost(untilUs: EpochUs): void {
    this.#wholeFromUs = Math.max(this.#wholeFromUs, untilUs);
  }

  /** Returns the average in ticks of the day that `nowUs` lies in; `NaN` before its first trade and when the day is not whole. */
  at(nowUs: EpochUs): number {
    const isWhole = this.#day * US_PER_DAY >= this.#wholeFromUs;
    return isWhole && utcDay(nowUs) === this.#day && this.#lots > 0
      ? this.#quote.toNumber() / this.#lots
      : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#quote.tape(tape);
    this.#lots = tape.number(this.#lots);
    this.#day = tape.number(this.#day);
    this.#wholeFromUs = tape.number(this.#wholeFromUs);
  }

  #begin(day: number): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#quote.clear();
    this.#lots = 0;
  }
}
