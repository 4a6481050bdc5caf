/** Volatility: true range and its average, bands built on it, standard deviation and its relatives, range-based estimators. */
import type { Bar } from '../bar.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { WilderMean } from './averages.ts';

/** True range: max(high, previous close) - min(low, previous close); NaN on the first bar. */
export class TrueRange implements Taped {
  #previousClose = Number.NaN;

  push(bar: Bar): number {
    const previous = this.#previousClose;
    this.#previousClose = bar.close;
    return Math.max(bar.high, previous) - Math.min(bar.low, previous);
  }

  tape(tape: StateTape): void {
    this.#previousClose = tape.number(this.#previousClose);
  }
}

/** Average true range (Wilder 1978), first defined at bar `period`: the first bar has no true range. Recursive. */
export class Atr implements Taped {
  readonly #range = new TrueRange();
  readonly #mean: WilderMean;

  constructor(period: number) {
    this.#mean = new WilderMean(period);
  }

  push(bar: Bar): number {
    return this.#mean.push(this.#range.push(bar));
  }

  tape(tape: StateTape): void {
    this.#range.tape(tape);
    this.#mean.tape(tape);
  }
}

/**
 * Mean and population standard deviation of the last `period` values, in two passes over the window (a one-pass variance loses all
 * digits at small prices). A constant window gives exactly 0. Bollinger bands are mean +- 2 deviations.
 */
export class MeanDeviation implements Taped {
  readonly #window: Window;
  mean = Number.NaN;
  variance = Number.NaN;
  deviation = Number.NaN;

  constructor(period: number) {
    this.#window = new Window(period);
  }

  push(value: number): void {
    if (!this.#window.push(value)) return;
    this.mean = this.#window.mean();
    this.variance = this.#window.squaresAround(this.mean) / this.#window.capacity;
    this.deviation = Math.sqrt(this.variance);
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
    this.mean = tape.number(this.mean);
    this.variance = tape.number(this.variance);
    this.deviation = tape.number(this.deviation);
  }
}

/** Below this part of what it was before, a sum of squares has at most three digits left and is computed afresh. */
const CANCELLED = 1e3 * Number.EPSILON;

/**
 * Standard deviation kept up to date by Welford's update with compensated means, one value in and one out, and computed afresh when
 * cancellation has eaten it: the rolling deviation of the reference columns (pandas), whose rounding decides whether a flat window has
 * a deviation of 0 (its z-score is not defined) or a remainder (its z-score is 0). Recursive in its last digits, so model features do
 * not use it: theirs are `MeanDeviation` and `RealisedVolatility`.
 */
export class RollingDeviation implements Taped {
  readonly #window: Window;
  readonly #freedomLost: number;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #addedError = 0;
  #removedError = 0;
  #isCancelled = false;

  /** `freedomLost` is 0 for the population's deviation, 1 for the sample's. */
  constructor(period: number, freedomLost: 0 | 1) {
    this.#window = new Window(period);
    this.#freedomLost = freedomLost;
  }

  /** Returns the deviation, NaN until the window is full; a sum of squares that rounding took below 0 counts as 0. */
  push(value: number): number {
    const window = this.#window;
    if (window.isFull) this.#remove(window.oldest);
    window.push(value);
    this.#add(value);
    if (this.#isCancelled) this.#recompute();
    if (!window.isFull) return Number.NaN;
    return Math.sqrt(Math.max(this.#squares, 0) / (this.#count - this.#freedomLost));
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
    this.#count = tape.number(this.#count);
    this.#mean = tape.number(this.#mean);
    this.#squares = tape.number(this.#squares);
    this.#addedError = tape.number(this.#addedError);
    this.#removedError = tape.number(this.#removedError);
  }

  #add(value: number): void {
    this.#count++;
    const mean = this.#mean - this.#addedError;
    const exact = value - this.#addedError;
    const delta = exact - this.#mean;
    this.#addedError = delta + this.#mean - exact;
    this.#mean += delta / this.#count;
    this.#updateSquares(this.#squares + (value - mean) * (value - this.#mean));
  }

  #remove(value: number): void {
    this.#count--;
    const mean = this.#mean - this.#removedError;
    const exact = value - this.#removedError;
    const delta = exact - this.#mean;
    this.#removedError = delta + this.#mean - exact;
    this.#mean -= delta / this.#count;
    this.#updateSquares(this.#squares - (value - mean) * (value - this.#mean));
  }

  #updateSquares(squares: number): void {
    if (this.#squares * CANCELLED > squares) this.#isCancelled = true;
    this.#squares = squares;
  }

  #recompute(): void {
    this.#count = 0;
    this.#mean = 0;
    this.#squares = 0;
    const { values, start, count } = this.#window;
    for (let i = start; i < start + count; i++) this.#add(values[i]!);
    this.#isCancelled = false;
  }
}

/** Realised volatility per bar: sample standard deviation (n - 1) of the last `period` log returns of the close. */
export class RealisedVolatility implements Taped {
  readonly #returns: Window;
  #previousLog = Number.NaN;

  constructor(period: number) {
    this.#returns = new Window(period);
  }

  push(close: number): number {
    const previous = this.#previousLog;
    this.#previousLog = Math.log(close);
    if (Number.isNaN(previous) || !this.#returns.push(this.#previousLog - previous)) return Number.NaN;
    return Math.sqrt(this.#returns.squaresAround(this.#returns.mean()) / (this.#returns.capacity - 1));
  }

  tape(tape: StateTape): void {
    this.#returns.tape(tape);
    this.#previousLog = tape.number(this.#previousLog);
  }
}

/** Root of the mean of `period` per-bar variance estimates; NaN when that mean is negative. */
class RootMean implements Taped {
  readonly #window: Window;

  constructor(period: number) {
    this.#window = new Window(period);
  }

  push(value: number): number {
    return this.#window.push(value) ? Math.sqrt(this.#window.sum() / this.#window.capacity) : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
  }
}

/** Parkinson's volatility (1980): root of mean ln(high / low)^2 / (4 ln 2). */
export class Parkinson implements Taped {
  readonly #root: RootMean;

  constructor(period: number) {
    this.#root = new RootMean(period);
  }

  push(bar: Bar): number {
    return this.#root.push(Math.log(bar.high / bar.low) ** 2 / (4 * Math.LN2));
  }

  tape(tape: StateTape): void {
    this.#root.tape(tape);
  }
}

/** Garman-Klass volatility (1980): root of mean (ln(high / low)^2 / 2 - (2 ln 2 - 1) ln(close / open)^2). */
export class GarmanKlass implements Taped {
  readonly #root: RootMean;

  constructor(period: number) {
    this.#root = new RootMean(period);
  }

  push(bar: Bar): number {
    const range = Math.log(bar.high / bar.low);
    const body = Math.log(bar.close / bar.open);
    return this.#root.push(0.5 * range * range - (2 * Math.LN2 - 1) * body * body);
  }

  tape(tape: StateTape): void {
    this.#root.tape(tape);
  }
}
