/** Trend followers with memory: directional movement, parabolic SAR, Supertrend. All recursive. */
import type { Bar } from '../bar.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { WilderMean } from './averages.ts';
import { ratioOrZero } from './ratio.ts';
import { Atr, TrueRange } from './volatility.ts';

/** Wilder's running sum: the first `period` - 1 values added up, from then on sum - sum / period + value; NaN until that begins. */
class WilderSum implements Taped {
  readonly #period: number;
  #seedCount = 0;
  #sum = 0;

  constructor(period: number) {
    this.#period = period;
  }

  push(value: number): number {
    if (this.#seedCount < this.#period - 1) {
      this.#sum += value;
      this.#seedCount++;
      return Number.NaN;
    }
    this.#sum += value - this.#sum / this.#period;
    return this.#sum;
  }

  tape(tape: StateTape): void {
    this.#seedCount = tape.number(this.#seedCount);
    this.#sum = tape.number(this.#sum);
  }
}

/**
 * Directional movement (Wilder 1978): +DI, -DI (first at bar `period`), DX = 100 |+DI - -DI| / (+DI + -DI), ADX = Wilder mean of DX,
 * ADXR = mean of ADX and the one `period` - 1 bars before. Where nothing moves the DIs are 0 and DX and ADX keep their last value.
 */
export class Directional implements Taped {
  readonly #range = new TrueRange();
  readonly #ranges: WilderSum;
  readonly #rises: WilderSum;
  readonly #falls: WilderSum;
  readonly #average: WilderMean;
  readonly #averages: Window;
  #previousHigh = Number.NaN;
  #previousLow = Number.NaN;
  plusDi = Number.NaN;
  minusDi = Number.NaN;
  dx = Number.NaN;
  adx = Number.NaN;
  adxr = Number.NaN;

  constructor(period: number) {
    this.#ranges = new WilderSum(period);
    this.#rises = new WilderSum(period);
    this.#falls = new WilderSum(period);
    this.#average = new WilderMean(period);
    this.#averages = new Window(period);
  }

  push(bar: Bar): void {
    const range = this.#range.push(bar);
    const rise = bar.high - this.#previousHigh;
    const fall = this.#previousLow - bar.low;
    this.#previousHigh = bar.high;
    this.#previousLow = bar.low;
    if (Number.isNaN(range)) return;
    const rangeSum = this.#ranges.push(range);
    const riseSum = this.#rises.push(rise > 0 && rise > fall ? rise : 0);
    const fallSum = this.#falls.push(fall > 0 && fall > rise ? fall : 0);
    if (Number.isNaN(rangeSum)) return;
    this.plusDi = ratioOrZero(100 * riseSum, rangeSum);
    this.minusDi = ratioOrZero(100 * fallSum, rangeSum);
    this.#pushDx();
  }

  tape(tape: StateTape): void {
    for (const part of [this.#range, this.#ranges, this.#rises, this.#falls, this.#average, this.#averages]) {
      part.tape(tape);
    }
    this.#previousHigh = tape.number(this.#previousHigh);
    this.#previousLow = tape.number(this.#previousLow);
    this.plusDi = tape.number(this.plusDi);
    this.minusDi = tape.number(this.minusDi);
    this.dx = tape.number(this.dx);
    this.adx = tape.number(this.adx);
    this.adxr = tape.number(this.adxr);
  }

  #pushDx(): void {
    const sum = this.plusDi + this.minusDi;
    if (sum !== 0) this.dx = (100 * Math.abs(this.plusDi - this.minusDi)) / sum;
    else if (Number.isNaN(this.dx)) this.dx = 0;
    this.adx = this.#average.push(this.dx);
    if (!Number.isNaN(this.adx) && this.#averages.push(this.adx))
      this.adxr = (this.adx + this.#averages.oldest) / 2;
  }
}

/**
 * Parabolic stop and reverse (Wilder 1978): sar += af (extreme - sar); af grows by `step` with each new extreme up to `stepMax`; the
 * stop never enters the range of the last two bars. The first direction is down when the second bar's low falls by more than its high rises.
 */
export class Sar implements Taped {
  readonly #step: number;
  readonly #stepMax: number;
  #barCount = 0;
  #isLong = 1;
  #sar = 0;
  #extreme = 0;
  #factor = 0;
  #previousHigh = 0;
  #previousLow = 0;

  constructor(step: number, stepMax: number) {
    this.#step = step;
    this.#stepMax = stepMax;
  }

  push(bar: Bar): number {
    this.#barCount = Math.min(this.#barCount + 1, 3);
    if (this.#barCount === 2) this.#start(bar);
    const sar = this.#barCount === 1 ? Number.NaN : this.#advance(bar.high, bar.low);
    this.#previousHigh = bar.high;
    this.#previousLow = bar.low;
    return sar;
  }

  tape(tape: StateTape): void {
    this.#barCount = tape.number(this.#barCount);
    this.#isLong = tape.number(this.#isLong);
    this.#sar = tape.number(this.#sar);
    this.#extreme = tape.number(this.#extreme);
    this.#factor = tape.number(this.#factor);
    this.#previousHigh = tape.number(this.#previousHigh);
    this.#previousLow = tape.number(this.#previousLow);
  }

  /** The second bar decides the direction; the stop starts at the first bar's other end. */
  #start(bar: Bar): void {
    const fall = this.#previousLow - bar.low;
    this.#isLong = fall > 0 && fall > bar.high - this.#previousHigh ? 0 : 1;
    this.#sar = this.#isLong === 1 ? this.#previousLow : this.#previousHigh;
    this.#extreme = this.#isLong === 1 ? bar.high : bar.low;
    this.#factor = this.#step;
    this.#previousHigh = bar.high;
    this.#previousLow = bar.low;
  }

  /** Returns this bar's stop and prepares the next one. */
  #advance(high: number, low: number): number {
    const isHit = this.#isLong === 1 ? low <= this.#sar : high >= this.#sar;
    if (isHit) {
      this.#isLong = 1 - this.#isLong;
      this.#sar = this.#outsideOf(this.#extreme, high, low);
      this.#factor = this.#step;
      this.#extreme = this.#isLong === 1 ? high : low;
    }
    const sar = this.#sar;
    const isNewExtreme = this.#isLong === 1 ? high > this.#extreme : low < this.#extreme;
    if (isNewExtreme) {
      this.#extreme = this.#isLong === 1 ? high : low;
      this.#factor = Math.min(this.#factor + this.#step, this.#stepMax);
    }
    this.#sar = this.#outsideOf(sar + this.#factor * (this.#extreme - sar), high, low);
    return sar;
  }

  /** Moves a stop out of the range of this bar and the one before: below it when long, above it when short. */
  #outsideOf(stop: number, high: number, low: number): number {
    return this.#isLong === 1
      ? Math.min(stop, this.#previousLow, low)
      : Math.max(stop, this.#previousHigh, high);
  }
}

/**
 * Supertrend: bands (high + low) / 2 +- factor x ATR that only tighten while the close stays inside; the direction turns when the close
 * passes the opposite band. Starts with direction +1 on the first bar that has an ATR.
 */
export class Supertrend implements Taped {
  readonly #atr: Atr;
  readonly #factor: number;
  #upper = Number.NaN;
  #lower = Number.NaN;
  #previousClose = Number.NaN;
  value = Number.NaN;
  direction = Number.NaN;

  constructor(atrPeriod: number, factor: number) {
    this.#atr = new Atr(atrPeriod);
    this.#factor = factor;
  }

  push(bar: Bar): void {
    const width = this.#factor * this.#atr.push(bar);
    if (!Number.isNaN(width)) this.#update(bar, (bar.high + bar.low) / 2, width);
    this.#previousClose = bar.close;
  }

  tape(tape: StateTape): void {
    this.#atr.tape(tape);
    this.#upper = tape.number(this.#upper);
    this.#lower = tape.number(this.#lower);
    this.#previousClose = tape.number(this.#previousClose);
    this.value = tape.number(this.value);
    this.direction = tape.number(this.direction);
  }

  #update(bar: Bar, middle: number, width: number): void {
    const upper = middle + width;
    const lower = middle - width;
    if (Number.isNaN(this.direction)) {
      this.direction = 1;
      this.#upper = upper;
      this.#lower = lower;
    } else {
      if (upper < this.#upper || this.#previousClose > this.#upper) this.#upper = upper;
      if (lower > this.#lower || this.#previousClose < this.#lower) this.#lower = lower;
      if (this.direction === 1 && bar.close < this.#lower) this.direction = -1;
      else if (this.direction === -1 && bar.close > this.#upper) this.direction = 1;
    }
    this.value = this.direction === 1 ? this.#lower : this.#upper;
  }
}
