/**
 * Trade-flow imbalance over the last N trades: sum of signed quantity / sum of quantity, in [-1, 1], the sign that of the taker. Cont, Kukanov,
 * Stoikov (2014) call the numerator trade imbalance. Sums are integers, so that nothing drifts however long it runs.
 */
import { assert } from '#core';
import type { Side } from '#domain';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** The flow of the last `tradesMax` trades. */
export class TradeFlow implements Taped {
  readonly #signed: Window;
  readonly #tradesMin: number;
  #signedLots = 0;
  #lots = 0;

  /** `tradesMin`: how many trades make a value; all of them unless told otherwise. */
  constructor(tradesMax: number, tradesMin: number = tradesMax) {
    assert(
      tradesMin >= 1 && tradesMin <= tradesMax,
      'a trade flow needs at least one trade, at most its window',
    );
    this.#signed = new Window(tradesMax);
    this.#tradesMin = tradesMin;
  }

  /** Adds a trade and returns the imbalance; `NaN` before `tradesMin` trades. */
  push(qtyLots: number, takerSide: Side): number {
    const signedLots = takerSide === 'buy' ? qtyLots : -qtyLots;
    if (this.#signed.isFull) {
      this.#signedLots -= this.#signed.oldest;
      this.#lots -= Math.abs(this.#signed.oldest);
    }
    this.#signed.push(signedLots);
    this.#signedLots += signedLots;
    this.#lots += qtyLots;
    return this.value;
  }

  /** The imbalance; `NaN` before `tradesMin` trades. */
  get value(): number {
    return this.#signed.count < this.#tradesMin ? Number.NaN : this.#signedLots / this.#lots;
  }

  tape(tape: StateTape): void {
    this.#signed.tape(tape);
    this.#signedLots = tape.number(this.#signedLots);
    this.#lots = tape.number(this.#lots);
  }
}
