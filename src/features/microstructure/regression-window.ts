/** Ordinary least squares over the last N pairs, from the window afresh each time: y = a + b x + error. */
import { assert } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** A fitted line. `NaN` throughout when x did not move. */
export interface LineFit {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance of y that the line explains, in [0, 1]; `NaN` when y did not move. */
  readonly r2: number;
  /** Standard error of the slope under equal variances. */
  readonly slopeError: number;
  /** slope / slopeError. */
  readonly slopeT: number;
  /** Slope of the line through the origin. */
  readonly slopeThroughOrigin: number;
}

/** A window of pairs; `fit` costs O(N). */
export class RegressionWindow implements Taped {
  readonly #x: Window;
  readonly #y: Window;

  constructor(pairsMax: number) {
    assert(pairsMax >= 3, 'a line and its error need at least three pairs');
    this.#x = new Window(pairsMax);
    this.#y = new Window(pairsMax);
  }

  get isFull(): boolean {
    return this.#x.isFull;
  }

  push(x: number, y: number): void {
    this.#x.push(x);
    this.#y.push(y);
  }

  /** Forgets all pairs. */
  clear(): void {
    this.#x.clear();
    this.#y.clear();
  }

  /** Returns the line through all pairs held; call it with at least three. */
  fit(): LineFit {
    const n = this.#x.count;
    assert(n >= 3, 'a line is fitted to at least three pairs');
    const meanX = this.#x.mean();
    const meanY = this.#y.mean();
    const sxx = this.#x.squaresAround(meanX);
    const syy = this.#y.squaresAround(meanY);
    const sxy = this.#products(meanX, meanY);
    const slope = sxx > 0 ? sxy / sxx : Number.NaN;
    const residual = Math.max(0, syy - slope * sxy);
    const slopeError = Math.sqrt(residual / (n - 2) / sxx);
    return {
      slope,
      intercept: meanY - slope * meanX,
      r2: syy > 0 ? 1 - residual / syy : Number.NaN,
      slopeError,
      slopeT: slope / slopeError,
      slopeThroughOrigin: this.#products(0, 0) / this.#x.squaresAround(0),
    };
  }

  tape(tape: StateTape): void {
    this.#x.tape(tape);
    this.#y.tape(tape);
  }

  #products(centreX: number, centreY: number): number {
    const { start, values: x } = this.#x;
    const y = this.#y.values;
    const end = start + this.#x.count;
    let sum = 0;
    for (let i = start; i < end; i++) sum += (x[i]! - centreX) * (y[i]! - centreY);
    return sum;
  }
}
