/** Kernels over highs and lows: stochastics, Williams %R, Donchian and Ichimoku middles, Aroon, CCI, ultimate oscillator, candle shape. */
import type { Bar } from '../bar.ts';
import { Extreme } from '../extreme.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { Sma } from './averages.ts';
import { isNearlyEqual, ratioOrZero } from './ratio.ts';

/** Highest high and lowest low of the last `period` bars, this one included (Donchian). */
export class HighLow implements Taped {
  readonly #highs: Extreme;
  readonly #lows: Extreme;
  highest = Number.NaN;
  lowest = Number.NaN;

  constructor(period: number) {
    this.#highs = new Extreme(period, 1);
    this.#lows = new Extreme(period, -1);
  }

  push(bar: Bar): void {
    this.highest = this.#highs.push(bar.high);
    this.lowest = this.#lows.push(bar.low);
  }

  /** Middle of the range. */
  get middle(): number {
    return (this.highest + this.lowest) / 2;
  }

  /** Where `price` lies in the range, 0 = at the low, 1 = at the high; 0 when the range is flat. */
  position(price: number): number {
    return this.isFlat ? 0 : (price - this.lowest) / (this.highest - this.lowest);
  }

  /** True when high and low of the whole window are one price, up to rounding. */
  get isFlat(): boolean {
    return isNearlyEqual(this.highest, this.lowest);
  }

  tape(tape: StateTape): void {
    this.#highs.tape(tape);
    this.#lows.tape(tape);
    this.highest = tape.number(this.highest);
    this.lowest = tape.number(this.lowest);
  }
}

/**
 * Stochastic oscillator (Lane): raw %K = 100 (close - lowest) / (highest - lowest); %K = SMA of it over `smoothing` (1 = the fast
 * stochastic), %D = SMA of %K over `dPeriod`. Both lines become defined together (TA-Lib). A flat window gives 0.
 */
export class Stochastic implements Taped {
  readonly #range: HighLow;
  readonly #slowing: Sma;
  readonly #average: Sma;
  k = Number.NaN;
  d = Number.NaN;

  constructor(kPeriod: number, smoothing: number, dPeriod: number) {
    this.#range = new HighLow(kPeriod);
    this.#slowing = new Sma(smoothing);
    this.#average = new Sma(dPeriod);
  }

  push(bar: Bar): void {
    this.#range.push(bar);
    const k = this.#slowing.push(100 * this.#range.position(bar.close));
    this.d = this.#average.push(k);
    this.k = !Number.isNaN(this.d) ? k : Number.NaN;
  }

  /** True when the window of %K is one price: its 0 then means "no information". */
  get isFlat(): boolean {
    return this.#range.isFlat;
  }

  tape(tape: StateTape): void {
    this.#range.tape(tape);
    this.#slowing.tape(tape);
    this.#average.tape(tape);
    this.k = tape.number(this.k);
    this.d = tape.number(this.d);
  }
}

/** Aroon (Chande 1995): 100 (period - bars since the extreme) / period over `period` + 1 bars; of equal extremes the latest counts. */
export class Aroon implements Taped {
  readonly #period: number;
  readonly #highs: Extreme;
  readonly #lows: Extreme;
  up = Number.NaN;
  down = Number.NaN;

  constructor(period: number) {
    this.#period = period;
    this.#highs = new Extreme(period + 1, 1);
    this.#lows = new Extreme(period + 1, -1);
  }

  push(bar: Bar): void {
    const highest = this.#highs.push(bar.high);
    this.#lows.push(bar.low);
    if (Number.isNaN(highest)) return;
    this.up = (100 * (this.#period - this.#highs.age)) / this.#period;
    this.down = (100 * (this.#period - this.#lows.age)) / this.#period;
  }

  tape(tape: StateTape): void {
    this.#highs.tape(tape);
    this.#lows.tape(tape);
    this.up = tape.number(this.up);
    this.down = tape.number(this.down);
  }
}

/** Returns the typical price (high + low + close) / 3. */
export function typicalPrice(bar: Bar): number {
  return (bar.high + bar.low + bar.close) / 3;
}

/** A mean deviation of this part of the mean is rounding, not movement. */
const NEGLIGIBLE = 1e-14;

/** Commodity channel index (Lambert): (typical - mean) / (0.015 x mean absolute deviation) over `period` bars; constant window: 0. */
export class Cci implements Taped {
  readonly #window: Window;

  constructor(period: number) {
    this.#window = new Window(period);
  }

  push(bar: Bar): number {
    const typical = typicalPrice(bar);
    if (!this.#window.push(typical)) return Number.NaN;
    const mean = this.#window.mean();
    const deviation = this.#window.distancesTo(mean) / this.#window.capacity;
    return deviation <= NEGLIGIBLE * Math.abs(mean) ? 0 : (typical - mean) / (0.015 * deviation);
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
  }
}

/** Buying pressure and true range sums of one of the ultimate oscillator's three windows. */
class PressureWindow implements Taped {
  readonly #pressures: Window;
  readonly #ranges: Window;

  constructor(period: number) {
    this.#pressures = new Window(period);
    this.#ranges = new Window(period);
  }

  push(pressure: number, range: number): number {
    this.#pressures.push(pressure);
    if (!this.#ranges.push(range)) return Number.NaN;
    return ratioOrZero(this.#pressures.sum(), this.#ranges.sum());
  }

  tape(tape: StateTape): void {
    this.#pressures.tape(tape);
    this.#ranges.tape(tape);
  }
}

/**
 * Ultimate oscillator (Williams 1985): 100 (4 a + 2 b + c) / 7, where a, b, c are buying pressure / true range over the short, middle
 * and long window; buying pressure = close - min(low, previous close).
 */
export class UltimateOscillator implements Taped {
  readonly #short: PressureWindow;
  readonly #middle: PressureWindow;
  readonly #long: PressureWindow;
  #previousClose = Number.NaN;

  constructor(shortPeriod: number, middlePeriod: number, longPeriod: number) {
    this.#short = new PressureWindow(shortPeriod);
    this.#middle = new PressureWindow(middlePeriod);
    this.#long = new PressureWindow(longPeriod);
  }

  push(bar: Bar): number {
    const previous = this.#previousClose;
    this.#previousClose = bar.close;
    if (Number.isNaN(previous)) return Number.NaN;
    const low = Math.min(bar.low, previous);
    const pressure = bar.close - low;
    const range = Math.max(bar.high, previous) - low;
    const short = this.#short.push(pressure, range);
    const middle = this.#middle.push(pressure, range);
    return (100 * (4 * short + 2 * middle + this.#long.push(pressure, range))) / 7;
  }

  tape(tape: StateTape): void {
    this.#short.tape(tape);
    this.#middle.tape(tape);
    this.#long.tape(tape);
    this.#previousClose = tape.number(this.#previousClose);
  }
}
