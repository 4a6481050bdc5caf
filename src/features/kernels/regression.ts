/** Least squares over a window: linear regression on time, correlation and beta of two series. All windowed, in two passes. */
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { ratioOrZero } from './ratio.ts';

/** The line through the last `period` values: `end` = its value at the newest, `slope` per bar, `forecast` = one bar further. */
export class LinearRegression implements Taped {
  readonly #window: Window;
  readonly #centre: number;
  readonly #timeSquares: number;
  end = Number.NaN;
  slope = Number.NaN;

  constructor(period: number) {
    this.#window = new Window(period);
    this.#centre = (period - 1) / 2;
    this.#timeSquares = (period * (period * period - 1)) / 12;
  }

  push(value: number): void {
    if (!this.#window.push(value)) return;
    const { values, start, capacity } = this.#window;
    const mean = this.#window.mean();
    let product = 0;
    for (let i = 0; i < capacity; i++) product += (i - this.#centre) * (values[start + i]! - mean);
    this.slope = product / this.#timeSquares;
    this.end = mean + this.slope * this.#centre;
  }

  get forecast(): number {
    return this.end + this.slope;
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
    this.end = tape.number(this.end);
    this.slope = tape.number(this.slope);
  }
}

/** Sums of products of two windows around their means. */
class Comoments implements Taped {
  readonly #xs: Window;
  readonly #ys: Window;
  xx = 0;
  xy = 0;
  yy = 0;

  constructor(period: number) {
    this.#xs = new Window(period);
    this.#ys = new Window(period);
  }

  /** Adds a pair; returns true when the windows are full and the sums are up to date. */
  push(x: number, y: number): boolean {
    this.#xs.push(x);
    if (!this.#ys.push(y)) return false;
    const meanX = this.#xs.mean();
    const meanY = this.#ys.mean();
    this.xx = this.#xs.squaresAround(meanX);
    this.yy = this.#ys.squaresAround(meanY);
    const start = this.#xs.start;
    let xy = 0;
    for (let i = start; i < start + this.#xs.capacity; i++) {
      xy += (this.#xs.values[i]! - meanX) * (this.#ys.values[i]! - meanY);
    }
    this.xy = xy;
    return true;
  }

  tape(tape: StateTape): void {
    this.#xs.tape(tape);
    this.#ys.tape(tape);
  }
}

/** Pearson's correlation of two series over `period` pairs; 0 when one of them does not move. */
export class Correlation implements Taped {
  readonly #moments: Comoments;

  constructor(period: number) {
    this.#moments = new Comoments(period);
  }

  push(x: number, y: number): number {
    if (!this.#moments.push(x, y)) return Number.NaN;
    return ratioOrZero(this.#moments.xy, Math.sqrt(this.#moments.xx) * Math.sqrt(this.#moments.yy));
  }

  tape(tape: StateTape): void {
    this.#moments.tape(tape);
  }
}

/** Beta: slope of the returns of the second series on those of the first over `period` returns; 0 when the first does not move. */
export class Beta implements Taped {
  readonly #moments: Comoments;
  #previousX = Number.NaN;
  #previousY = Number.NaN;

  constructor(period: number) {
    this.#moments = new Comoments(period);
  }

  push(x: number, y: number): number {
    const returnX = simpleReturn(x, this.#previousX);
    const returnY = simpleReturn(y, this.#previousY);
    this.#previousX = x;
    this.#previousY = y;
    if (Number.isNaN(returnX) || !this.#moments.push(returnX, returnY)) return Number.NaN;
    return ratioOrZero(this.#moments.xy, this.#moments.xx);
  }

  tape(tape: StateTape): void {
    this.#moments.tape(tape);
    this.#previousX = tape.number(this.#previousX);
    this.#previousY = tape.number(this.#previousY);
  }
}

function simpleReturn(value: number, previous: number): number {
  return previous === 0 ? 0 : (value - previous) / previous;
}
