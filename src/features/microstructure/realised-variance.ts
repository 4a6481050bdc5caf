/**
 * Realised volatility of log returns at equal steps of time. Realised variance: sum of squares; Andersen, Bollerslev, Diebold, Labys, "The distribution
 * of realized exchange rate volatility" (JASA 96, 2001). Bipower variation: (pi / 2) sum of |r_i| |r_i-1|, which a single jump hardly moves;
 * Barndorff-Nielsen, Shephard, "Power and bipower variation with stochastic volatility and jumps" (Journal of Financial Econometrics 2,
 * 2004). Nothing is scaled to a year.
 */
import { assert } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** Variances of the last N returns. */
export class RealisedVariance implements Taped {
  readonly #returns: Window;
  #last = Number.NaN;

  constructor(returnCount: number) {
    assert(returnCount >= 2, 'bipower variation needs two returns');
    this.#returns = new Window(returnCount);
  }

  /** Forgets all returns and the last price. */
  clear(): void {
    this.#returns.clear();
    this.#last = Number.NaN;
  }

  /** Adds the price at the next step, in any unit. `NaN` = not known: what came before counts no more. */
  push(price: number): void {
    if (!(price > 0)) this.#returns.clear();
    else if (this.#last > 0) this.#returns.push(Math.log(price / this.#last));
    this.#last = price;
  }

  /** sqrt(sum of r^2) over the window, a fraction; `NaN` before N returns. */
  get volatility(): number {
    return this.#returns.isFull ? Math.sqrt(this.#returns.squaresAround(0)) : Number.NaN;
  }

  /** sqrt of the bipower variation over the window, a fraction; `NaN` before N returns. */
  get bipowerVolatility(): number {
    if (!this.#returns.isFull) return Number.NaN;
    const { capacity, start, values } = this.#returns;
    let sum = 0;
    for (let i = start + 1; i < start + capacity; i++) sum += Math.abs(values[i]!) * Math.abs(values[i - 1]!);
    return Math.sqrt((Math.PI / 2) * sum);
  }

  tape(tape: StateTape): void {
    this.#returns.tape(tape);
    this.#last = tape.number(this.#last);
  }
}
