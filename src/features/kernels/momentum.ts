/** Momentum of one price series: RSI, CMO, differences over a lag, MACD and its relatives, TRIX, StochRSI. NaN until defined. */

import { Extreme } from '../extreme.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { Ema, EmaChain, Sma, WilderMean } from './averages.ts';
import { isNearlyEqual, ratioOrZero } from './ratio.ts';

/**
 * Wilder's average gain G and average loss L over `period` changes (Wilder 1978), the common ground of RSI = 100 G / (G + L) and
 * CMO = 100 (G - L) / (G + L). A price that does not move gives 0 for both, as TA-Lib does; `isFlat` tells that 0 from a fall.
 */
export class GainLoss implements Taped {
  readonly #gains: WilderMean;
  readonly #losses: WilderMean;
  #previous = Number.NaN;
  #gain = Number.NaN;
  #loss = Number.NaN;

  constructor(period: number) {
    this.#gains = new WilderMean(period);
    this.#losses = new WilderMean(period);
  }

  push(close: number): void {
    const change = close - this.#previous;
    this.#previous = close;
    this.#gain = this.#gains.push(change < 0 ? 0 : change);
    this.#loss = this.#losses.push(change > 0 ? 0 : -change);
  }

  /** RSI in [0, 100]. */
  get rsi(): number {
    return ratioOrZero(100 * this.#gain, this.#gain + this.#loss);
  }

  /** Chande's momentum oscillator in [-100, 100], with Wilder's smoothing as TA-Lib has it. */
  get cmo(): number {
    return ratioOrZero(100 * (this.#gain - this.#loss), this.#gain + this.#loss);
  }

  /** True when nothing has moved: the 0 of `rsi` then means "no information". */
  get isFlat(): boolean {
    return this.#gain + this.#loss === 0;
  }

  tape(tape: StateTape): void {
    this.#gains.tape(tape);
    this.#losses.tape(tape);
    this.#previous = tape.number(this.#previous);
    this.#gain = tape.number(this.#gain);
    this.#loss = tape.number(this.#loss);
  }
}

/** The value `lag` pushes ago: MOM, ROC and returns are built on it. */
export class Lagged implements Taped {
  readonly #window: Window;

  constructor(lag: number) {
    this.#window = new Window(lag + 1);
  }

  /** Takes the newest value and returns the one `lag` before it, NaN until there is one. */
  push(value: number): number {
    return this.#window.push(value) ? this.#window.oldest : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
  }
}

/** Where the fast one of two averages is seeded: with the first bars of the stream, or late, to become defined with the slow one. */
export type FastSeed = 'first bars' | 'aligned with slow';

/** Fast EMA minus slow EMA, defined with the slow one: `difference` is APO, `percent` is PPO = 100 difference / slow. */
export class EmaDifference implements Taped {
  readonly #fast: Ema;
  readonly #slow: Ema;
  difference = Number.NaN;
  percent = Number.NaN;

  constructor(fastPeriod: number, slowPeriod: number, fastSeed: FastSeed) {
    this.#fast = new Ema(fastPeriod, fastSeed === 'first bars' ? 0 : slowPeriod - fastPeriod);
    this.#slow = new Ema(slowPeriod);
  }

  push(close: number): void {
    const fast = this.#fast.push(close);
    const slow = this.#slow.push(close);
    this.difference = fast - slow;
    this.percent = ratioOrZero(100 * this.difference, slow);
  }

  tape(tape: StateTape): void {
    this.#fast.tape(tape);
    this.#slow.tape(tape);
    this.difference = tape.number(this.difference);
    this.percent = tape.number(this.percent);
  }
}

/**
 * MACD (Appel): line = EMA fast - EMA slow, seeded to become defined together; signal = EMA of the line; histogram = line - signal. All
 * three start with the signal, as in TA-Lib.
 */
export class Macd implements Taped {
  readonly #line: EmaDifference;
  readonly #signal: Ema;
  line = Number.NaN;
  signal = Number.NaN;
  histogram = Number.NaN;

  constructor(fastPeriod: number, slowPeriod: number, signalPeriod: number) {
    this.#line = new EmaDifference(fastPeriod, slowPeriod, 'aligned with slow');
    this.#signal = new Ema(signalPeriod);
  }

  push(close: number): void {
    this.#line.push(close);
    this.signal = this.#signal.push(this.#line.difference);
    this.line = !Number.isNaN(this.signal) ? this.#line.difference : Number.NaN;
    this.histogram = this.line - this.signal;
  }

  tape(tape: StateTape): void {
    this.#line.tape(tape);
    this.#signal.tape(tape);
    this.line = tape.number(this.line);
    this.signal = tape.number(this.signal);
    this.histogram = tape.number(this.histogram);
  }
}

/** TRIX: percent change of a triple EMA against its value one bar before. */
export class Trix implements Taped {
  readonly #chain: EmaChain;
  readonly #previous = new Lagged(1);

  constructor(period: number) {
    this.#chain = new EmaChain(period, 3);
  }

  push(close: number): number {
    const average = this.#chain.push(close);
    if (Number.isNaN(average)) return Number.NaN;
    const previous = this.#previous.push(average);
    return previous === 0 ? 0 : (average / previous - 1) * 100;
  }

  tape(tape: StateTape): void {
    this.#chain.tape(tape);
    this.#previous.tape(tape);
  }
}

/** StochRSI of TA-Lib: the fast stochastic %K of the RSI over `kPeriod` and its simple average %D; both start together. */
export class StochRsi implements Taped {
  readonly #gainLoss: GainLoss;
  readonly #highs: Extreme;
  readonly #lows: Extreme;
  readonly #average: Sma;
  k = Number.NaN;
  d = Number.NaN;

  constructor(rsiPeriod: number, kPeriod: number, dPeriod: number) {
    this.#gainLoss = new GainLoss(rsiPeriod);
    this.#highs = new Extreme(kPeriod, 1);
    this.#lows = new Extreme(kPeriod, -1);
    this.#average = new Sma(dPeriod);
  }

  push(close: number): void {
    this.#gainLoss.push(close);
    const rsi = this.#gainLoss.rsi;
    if (Number.isNaN(rsi)) return;
    const high = this.#highs.push(rsi);
    const low = this.#lows.push(rsi);
    if (Number.isNaN(high)) return;
    const raw = isNearlyEqual(high, low) ? 0 : (100 * (rsi - low)) / (high - low);
    this.d = this.#average.push(raw);
    this.k = !Number.isNaN(this.d) ? raw : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#gainLoss.tape(tape);
    this.#highs.tape(tape);
    this.#lows.tape(tape);
    this.#average.tape(tape);
    this.k = tape.number(this.k);
    this.d = tape.number(this.d);
  }
}
