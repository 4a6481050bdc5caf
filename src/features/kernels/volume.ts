/** Kernels that weigh prices with volume: OBV, accumulation/distribution, money flow, VWAP. */
import { US_PER_DAY } from '#core';
import type { Bar } from '../bar.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { typicalPrice } from './ranges.ts';
import { isNearlyEqual, ratioOrZero } from './ratio.ts';

/** On-balance volume (Granville) as TA-Lib has it: starts at the first bar's volume, then + volume after a rise, - after a fall. */
export class Obv implements Taped {
  #previousClose = Number.NaN;
  #sum = 0;

  push(bar: Bar): number {
    const isFirst = Number.isNaN(this.#previousClose);
    if (isFirst || bar.close > this.#previousClose) this.#sum += bar.volume;
    else if (bar.close < this.#previousClose) this.#sum -= bar.volume;
    this.#previousClose = bar.close;
    return this.#sum;
  }

  tape(tape: StateTape): void {
    this.#previousClose = tape.number(this.#previousClose);
    this.#sum = tape.number(this.#sum);
  }
}

/**
 * On-balance volume of the UTC day: 0 at 00:00, then + or - volume by the close against the close of the bar before (that of the
 * day before for the day's first bar; the very first bar has none and counts 0). |value| <= `volume`, the day's volume so far.
 */
export class SessionObv implements Taped {
  #day = Number.NaN;
  #previousClose = Number.NaN;
  value = 0;
  volume = 0;

  push(bar: Bar): void {
    const day = Math.floor(bar.openTsUs / US_PER_DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.value = 0;
      this.volume = 0;
    }
    this.volume += bar.volume;
    if (bar.close > this.#previousClose) this.value += bar.volume;
    else if (bar.close < this.#previousClose) this.value -= bar.volume;
    this.#previousClose = bar.close;
  }

  tape(tape: StateTape): void {
    this.#day = tape.number(this.#day);
    this.#previousClose = tape.number(this.#previousClose);
    this.value = tape.number(this.value);
    this.volume = tape.number(this.volume);
  }
}

/**
 * Accumulation/distribution line (Chaikin): sum of volume x ((close - low) - (high - close)) / (high - low), and its oscillator
 * ADOSC = EMA fast - EMA slow of the line, both EMAs started at the line's first value, defined from bar slow - 1 (TA-Lib).
 */
export class Accumulation implements Taped {
  readonly #fastAlpha: number;
  readonly #slowAlpha: number;
  readonly #barCountMin: number;
  #barCount = 0;
  #fast = 0;
  #slow = 0;
  line = 0;
  oscillator = Number.NaN;

  constructor(fastPeriod: number, slowPeriod: number) {
    this.#fastAlpha = 2 / (fastPeriod + 1);
    this.#slowAlpha = 2 / (slowPeriod + 1);
    this.#barCountMin = slowPeriod;
  }

  push(bar: Bar): void {
    const range = bar.high - bar.low;
    if (range > 0) this.line += ((bar.close - bar.low - (bar.high - bar.close)) / range) * bar.volume;
    if (this.#barCount === 0) {
      this.#fast = this.line;
      this.#slow = this.line;
    } else {
      this.#fast += this.#fastAlpha * (this.line - this.#fast);
      this.#slow += this.#slowAlpha * (this.line - this.#slow);
    }
    if (this.#barCount < this.#barCountMin) this.#barCount++;
    if (this.#barCount === this.#barCountMin) this.oscillator = this.#fast - this.#slow;
  }

  tape(tape: StateTape): void {
    this.#barCount = tape.number(this.#barCount);
    this.#fast = tape.number(this.#fast);
    this.#slow = tape.number(this.#slow);
    this.line = tape.number(this.line);
    this.oscillator = tape.number(this.oscillator);
  }
}

/**
 * Money flow index: 100 x positive flow / (positive + negative flow) over `period` bars, flow = typical price x volume, its side by the
 * change of the typical price; a change within rounding belongs to neither side. No flow at all gives 0.
 */
export class MoneyFlow implements Taped {
  readonly #positive: Window;
  readonly #negative: Window;
  #previous = Number.NaN;
  mfi = Number.NaN;
  /** True when no flow has a side: the 0 of `mfi` then means "no information". */
  isFlat = true;

  constructor(period: number) {
    this.#positive = new Window(period);
    this.#negative = new Window(period);
  }

  push(bar: Bar): void {
    const typical = typicalPrice(bar);
    const previous = this.#previous;
    this.#previous = typical;
    if (Number.isNaN(previous)) return;
    const flow = isNearlyEqual(typical, previous) ? 0 : typical * bar.volume;
    this.#negative.push(typical < previous ? flow : 0);
    if (!this.#positive.push(typical > previous ? flow : 0)) return;
    const positive = this.#positive.sum();
    const total = positive + this.#negative.sum();
    this.mfi = ratioOrZero(100 * positive, total);
    this.isFlat = total === 0;
  }

  tape(tape: StateTape): void {
    this.#positive.tape(tape);
    this.#negative.tape(tape);
    this.#previous = tape.number(this.#previous);
    this.mfi = tape.number(this.mfi);
    this.isFlat = tape.number(this.isFlat ? 1 : 0) === 1;
  }
}

/** Volume-weighted average of the typical price over the last `period` bars; NaN when nothing was traded in them. */
export class RollingVwap implements Taped {
  readonly #flows: Window;
  readonly #volumes: Window;

  constructor(period: number) {
    this.#flows = new Window(period);
    this.#volumes = new Window(period);
  }

  push(bar: Bar): number {
    this.#volumes.push(bar.volume);
    if (!this.#flows.push(typicalPrice(bar) * bar.volume)) return Number.NaN;
    return this.#flows.sum() / this.#volumes.sum();
  }

  tape(tape: StateTape): void {
    this.#flows.tape(tape);
    this.#volumes.tape(tape);
  }
}

/** Volume-weighted average of the typical price since 00:00 UTC; NaN until something was traded on the day. */
export class SessionVwap implements Taped {
  #day = Number.NaN;
  #flow = 0;
  #volume = 0;

  push(bar: Bar): number {
    const day = Math.floor(bar.openTsUs / US_PER_DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.#flow = 0;
      this.#volume = 0;
    }
    this.#flow += typicalPrice(bar) * bar.volume;
    this.#volume += bar.volume;
    return this.#flow / this.#volume;
  }

  tape(tape: StateTape): void {
    this.#day = tape.number(this.#day);
    this.#flow = tape.number(this.#flow);
    this.#volume = tape.number(this.#volume);
  }
}
