/**
 * Moving averages. Each kernel takes one value per `push` and returns the average, NaN until it is defined. Seeds follow TA-Lib:
 * an EMA starts with the simple mean of its first `period` values. A NaN input (a predecessor that is not defined yet) changes nothing.
 */
import { assert } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** Simple moving average over the last `period` values. */
export class Sma implements Taped {
  readonly #window: Window;

  constructor(period: number) {
    this.#window = new Window(period);
  }

  push(value: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    return this.#window.push(value) ? this.#window.mean() : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
  }
}

/** An average with fixed weights, oldest first, that sum to 1 after scaling: WMA and triangular average are two sets of weights. */
export class WeightedAverage implements Taped {
  readonly #window: Window;
  readonly #weights: Float64Array;
  readonly #weightSum: number;

  constructor(weights: readonly number[]) {
    this.#window = new Window(weights.length);
    this.#weights = Float64Array.from(weights);
    this.#weightSum = weights.reduce((sum, weight) => sum + weight, 0);
    assert(this.#weightSum > 0, `weights have a positive sum, was ${this.#weightSum}`);
  }

  push(value: number): number {
    if (!this.#window.push(value)) return Number.NaN;
    const { values, start, capacity } = this.#window;
    let sum = 0;
    for (let i = 0; i < capacity; i++) sum += this.#weights[i]! * values[start + i]!;
    return sum / this.#weightSum;
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
  }
}

/** Returns the weights 1, 2, ..., `period` of a linearly weighted average. */
export function linearWeights(period: number): number[] {
  return Array.from({ length: period }, (_, i) => i + 1);
}

/** Returns the weights of a triangular average: 1, 2, ..., up and down again, `period` of them (the SMA of an SMA). */
export function triangularWeights(period: number): number[] {
  return Array.from({ length: period }, (_, i) => Math.min(i + 1, period - i));
}

/**
 * Exponential moving average, alpha = 2 / (period + 1), seeded with the mean of the first `period` values after `skipped` ones
 * (MACD and APO align a fast average with a slow one by skipping). Recursive: its value depends on where it started.
 */
export class Ema implements Taped {
  readonly #period: number;
  readonly #alpha: number;
  #toSkip: number;
  #seedCount = 0;
  #value = 0;

  constructor(period: number, skipped = 0) {
    assert(Number.isInteger(period) && period > 0, `period is a positive integer, was ${period}`);
    this.#period = period;
    this.#alpha = 2 / (period + 1);
    this.#toSkip = skipped;
  }

  push(value: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    if (this.#seedCount === this.#period) {
      this.#value += this.#alpha * (value - this.#value);
      return this.#value;
    }
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return Number.NaN;
    }
    this.#value += value;
    this.#seedCount++;
    if (this.#seedCount < this.#period) return Number.NaN;
    this.#value /= this.#period;
    return this.#value;
  }

  tape(tape: StateTape): void {
    this.#toSkip = tape.number(this.#toSkip);
    this.#seedCount = tape.number(this.#seedCount);
    this.#value = tape.number(this.#value);
  }
}

/** EMA of EMA of ... `depth` deep, each seeded by its predecessor's first `period` values; `levels[i]` is the latest of level i. */
export class EmaChain implements Taped {
  readonly levels: Float64Array;
  readonly #averages: readonly Ema[];

  constructor(period: number, depth: number) {
    this.#averages = Array.from({ length: depth }, () => new Ema(period));
    this.levels = new Float64Array(depth).fill(Number.NaN);
  }

  /** Feeds the first level and returns the deepest. */
  push(value: number): number {
    let level = value;
    for (let i = 0; i < this.#averages.length; i++) {
      level = this.#averages[i]!.push(level);
      this.levels[i] = level;
    }
    return level;
  }

  tape(tape: StateTape): void {
    for (const average of this.#averages) average.tape(tape);
    tape.numbers(this.levels);
  }
}

/** Double EMA: 2 EMA - EMA(EMA) (Mulloy 1994). */
export class Dema implements Taped {
  readonly #chain: EmaChain;

  constructor(period: number) {
    this.#chain = new EmaChain(period, 2);
  }

  push(value: number): number {
    const second = this.#chain.push(value);
    return 2 * this.#chain.levels[0]! - second;
  }

  tape(tape: StateTape): void {
    this.#chain.tape(tape);
  }
}

/** Triple EMA: 3 EMA - 3 EMA(EMA) + EMA(EMA(EMA)) (Mulloy 1994). */
export class Tema implements Taped {
  readonly #chain: EmaChain;

  constructor(period: number) {
    this.#chain = new EmaChain(period, 3);
  }

  push(value: number): number {
    const third = this.#chain.push(value);
    const levels = this.#chain.levels;
    return 3 * levels[0]! - 3 * levels[1]! + third;
  }

  tape(tape: StateTape): void {
    this.#chain.tape(tape);
  }
}

/** Tillson's T3: (1 + v) EMA - v EMA(EMA), applied three times, written out over six chained EMAs (Tillson 1998). */
export class T3 implements Taped {
  readonly #chain: EmaChain;
  readonly #weights: readonly [number, number, number, number];

  constructor(period: number, volumeFactor: number) {
    const v = volumeFactor;
    this.#chain = new EmaChain(period, 6);
    this.#weights = [-(v ** 3), 3 * v ** 2 + 3 * v ** 3, -6 * v ** 2 - 3 * v - 3 * v ** 3, (1 + v) ** 3];
  }

  push(value: number): number {
    const sixth = this.#chain.push(value);
    const levels = this.#chain.levels;
    const [w6, w5, w4, w3] = this.#weights;
    return w6 * sixth + w5 * levels[4]! + w4 * levels[3]! + w3 * levels[2]!;
  }

  tape(tape: StateTape): void {
    this.#chain.tape(tape);
  }
}

const KAMA_FAST = 2 / 3;
const KAMA_SLOW = 2 / 31;

/**
 * Kaufman's adaptive average: value += sc^2 (price - value) with sc between 2/31 and 2/3 by the efficiency ratio
 * |net change| / sum of |changes| over `period` bars. Starts from the close before the first full window (TA-Lib).
 */
export class Kama implements Taped {
  readonly #closes: Window;
  #value = Number.NaN;

  constructor(period: number) {
    this.#closes = new Window(period + 1);
  }

  push(close: number): number {
    if (!this.#closes.push(close)) return Number.NaN;
    const { values, start, capacity } = this.#closes;
    let path = 0;
    for (let i = start + 1; i < start + capacity; i++) path += Math.abs(values[i]! - values[i - 1]!);
    const net = close - values[start]!;
    const efficiency = path <= net || path === 0 ? 1 : Math.abs(net / path);
    const scale = efficiency * (KAMA_FAST - KAMA_SLOW) + KAMA_SLOW;
    if (Number.isNaN(this.#value)) this.#value = this.#closes.ago(1);
    this.#value += scale * scale * (close - this.#value);
    return this.#value;
  }

  tape(tape: StateTape): void {
    this.#closes.tape(tape);
    this.#value = tape.number(this.#value);
  }
}

/** Wilder's smoothing: the mean of the first `period` values, then (previous (period - 1) + value) / period. Recursive. */
export class WilderMean implements Taped {
  readonly #period: number;
  #seedCount = 0;
  #value = 0;

  constructor(period: number) {
    this.#period = period;
  }

  push(value: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    if (this.#seedCount === this.#period) {
      this.#value = (this.#value * (this.#period - 1) + value) / this.#period;
      return this.#value;
    }
    this.#value += value;
    this.#seedCount++;
    if (this.#seedCount < this.#period) return Number.NaN;
    this.#value /= this.#period;
    return this.#value;
  }

  tape(tape: StateTape): void {
    this.#seedCount = tape.number(this.#seedCount);
    this.#value = tape.number(this.#value);
  }
}
