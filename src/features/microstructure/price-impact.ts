/** Price impact of volume over the last N stretches of time (rows or bars): Kyle, Hasbrouck, Amihud. */
import { assert } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { type LineFit, RegressionWindow } from './regression-window.ts';

/**
 * Kyle's lambda: the slope of dP = a + lambda Q over the last N stretches, dP the change of the price, Q the signed volume of takers in it. Kyle,
 * "Continuous auctions and insider trading" (Econometrica 53, 1985); estimated as in Hasbrouck, "Empirical Market Microstructure" (2007). `NaN` before N
 * stretches and when Q did not move.
 */
export class KyleLambda implements Taped {
  readonly #pairs: RegressionWindow;

  constructor(stretches: number) {
    this.#pairs = new RegressionWindow(stretches);
  }

  /** Adds a stretch; units are the caller's, lambda is in price per volume. */
  push(priceChange: number, signedVolume: number): void {
    this.#pairs.push(signedVolume, priceChange);
  }

  /** Forgets all stretches. */
  clear(): void {
    this.#pairs.clear();
  }

  /** The slope. */
  get lambda(): number {
    return this.#pairs.isFull ? this.#pairs.fit().slope : Number.NaN;
  }

  /** The whole regression; `undefined` before N stretches. */
  get fit(): LineFit | undefined {
    return this.#pairs.isFull ? this.#pairs.fit() : undefined;
  }

  tape(tape: StateTape): void {
    this.#pairs.tape(tape);
  }
}

/**
 * Hasbrouck's lambda: slope through the origin of the log return on sign(Q) sqrt(|Q| p), Q the signed volume and p the last price of the stretch.
 * Hasbrouck, "Trading costs and returns for U.S. equities" (Journal of Finance 64, 2009), with the net volume of takers.
 */
export class HasbrouckLambda implements Taped {
  readonly #pairs: RegressionWindow;

  constructor(stretches: number) {
    this.#pairs = new RegressionWindow(stretches);
  }

  push(logReturn: number, signedVolume: number, price: number): void {
    this.#pairs.push(Math.sign(signedVolume) * Math.sqrt(Math.abs(signedVolume) * price), logReturn);
  }

  /** The slope; `NaN` before N stretches. */
  get lambda(): number {
    return this.#pairs.isFull ? this.#pairs.fit().slopeThroughOrigin : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#pairs.tape(tape);
  }
}

/**
 * Amihud's illiquidity: mean of |log return| / value traded over the last N stretches in which something was traded. Amihud, "Illiquidity and stock
 * returns" (Journal of Financial Markets 5, 2002).
 */
export class AmihudIlliquidity implements Taped {
  readonly #ratios: Window;

  constructor(stretches: number) {
    this.#ratios = new Window(stretches);
  }

  push(logReturn: number, valueTraded: number): void {
    assert(valueTraded > 0, 'a stretch without trades has no ratio');
    this.#ratios.push(Math.abs(logReturn) / valueTraded);
  }

  /** The mean; `NaN` before N stretches. */
  get value(): number {
    return this.#ratios.isFull ? this.#ratios.sum() / this.#ratios.capacity : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#ratios.tape(tape);
  }
}
