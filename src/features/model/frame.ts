/**
 * What is known of one timeframe: the last bar, the kernels that depend on a window (one set, whatever the day), and the recursive kernels
 * (one instance for each day that is being served or warmed up, by the anchor rule).
 */
import { assert, US_PER_DAY } from '#core';
import type { Bar } from '../bar.ts';
import { Ema } from '../kernels/averages.ts';
import { GainLoss, Macd } from '../kernels/momentum.ts';
import { HighLow, Stochastic } from '../kernels/ranges.ts';
import { Directional } from '../kernels/trend.ts';
import { Atr, MeanDeviation, RealisedVolatility } from '../kernels/volatility.ts';
import { MoneyFlow } from '../kernels/volume.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** Longest lag of closes and volumes that a feature looks back. */
const LAG_MAX = 20;

/** The recursive kernels of one timeframe, started at one anchor. */
export class Recursions implements Taped {
  readonly rsi14 = new GainLoss(14);
  readonly rsi28 = new GainLoss(28);
  readonly macdLine = new Macd(12, 26, 9);
  readonly atr14 = new Atr(14);
  readonly directional14 = new Directional(14);
  readonly #ema9 = new Ema(9);
  readonly #ema20 = new Ema(20);
  readonly #ema50 = new Ema(50);
  readonly #ema200 = new Ema(200);
  /** Bars since the anchor. */
  barCount = 0;
  ema9 = Number.NaN;
  ema20 = Number.NaN;
  ema50 = Number.NaN;
  ema200 = Number.NaN;
  atr = Number.NaN;

  push(bar: Bar): void {
    this.rsi14.push(bar.close);
    this.rsi28.push(bar.close);
    this.macdLine.push(bar.close);
    this.directional14.push(bar);
    this.atr = this.atr14.push(bar);
    this.ema9 = this.#ema9.push(bar.close);
    this.ema20 = this.#ema20.push(bar.close);
    this.ema50 = this.#ema50.push(bar.close);
    this.ema200 = this.#ema200.push(bar.close);
    this.barCount++;
  }

  tape(tape: StateTape): void {
    const parts = [this.rsi14, this.rsi28, this.macdLine, this.atr14, this.directional14];
    for (const part of [...parts, this.#ema9, this.#ema20, this.#ema50, this.#ema200]) part.tape(tape);
    this.barCount = tape.number(this.barCount);
    this.ema9 = tape.number(this.ema9);
    this.ema20 = tape.number(this.ema20);
    this.ema50 = tape.number(this.ema50);
    this.ema200 = tape.number(this.ema200);
    this.atr = tape.number(this.atr);
  }
}

/** The windowed kernels of one timeframe. */
export class Windows implements Taped {
  readonly closes = new Window(LAG_MAX + 1);
  readonly volumes = new Window(LAG_MAX);
  readonly closes20 = new MeanDeviation(20);
  readonly closes50 = new MeanDeviation(50);
  readonly range20 = new HighLow(20);
  readonly stochastic = new Stochastic(14, 3, 3);
  readonly moneyFlow14 = new MoneyFlow(14);
  readonly #volatility = new RealisedVolatility(20);
  /** Realised volatility per bar, sample standard deviation of 20 log returns. */
  volatility20 = Number.NaN;

  push(bar: Bar): void {
    this.closes.push(bar.close);
    this.volumes.push(bar.volume);
    this.closes20.push(bar.close);
    this.closes50.push(bar.close);
    this.range20.push(bar);
    this.stochastic.push(bar);
    this.moneyFlow14.push(bar);
    this.volatility20 = this.#volatility.push(bar.close);
  }

  tape(tape: StateTape): void {
    const windows = [this.closes, this.volumes, this.closes20, this.closes50];
    for (const part of [...windows, this.range20, this.stochastic, this.moneyFlow14, this.#volatility]) {
      part.tape(tape);
    }
    this.volatility20 = tape.number(this.volatility20);
  }
}

/** One timeframe of one instrument. */
export class Frame implements Taped {
  /** The bar that closed last; the frame's owner keeps it alive. */
  readonly bar: Bar;
  readonly windows = new Windows();
  readonly #warmupUs: number;
  readonly #barsMin: number;
  #dataFromUs: number;
  /** Instance of day D in slot D modulo their number; a slot's day is NaN while it is empty. */
  readonly #instances: Recursions[];
  readonly #days: Float64Array;

  /** `bar` is where the closed bars appear; `dataFromUs` is the open of the first source bar: no instance anchored before it is started. */
  constructor(
    bar: Bar,
    rule: { readonly warmupUs: number; readonly barsMin: number; readonly dataFromUs: number },
  ) {
    this.bar = bar;
    this.#warmupUs = rule.warmupUs;
    this.#barsMin = rule.barsMin;
    this.#dataFromUs = rule.dataFromUs;
    const slotCount = Math.ceil(rule.warmupUs / US_PER_DAY) + 2;
    this.#instances = Array.from({ length: slotCount }, () => new Recursions());
    this.#days = new Float64Array(slotCount).fill(Number.NaN);
  }

  /** Takes the bar that has just appeared in `bar`. */
  push(): void {
    this.windows.push(this.bar);
    const { openTsUs } = this.bar;
    const firstDay = Math.floor(openTsUs / US_PER_DAY);
    const lastDay = Math.floor((openTsUs + this.#warmupUs) / US_PER_DAY);
    for (let day = firstDay; day <= lastDay; day++) {
      if (day * US_PER_DAY - this.#warmupUs < this.#dataFromUs) continue;
      const slot = day % this.#days.length;
      if (this.#days[slot] !== day) {
        this.#instances[slot] = new Recursions();
        this.#days[slot] = day;
      }
      this.#instances[slot]!.push(this.bar);
    }
  }

  /** Returns the instance that serves decision bars opening on `day`; `undefined` while the data do not reach back far enough for it. */
  recursionsOf(day: number): Recursions | undefined {
    const slot = day % this.#days.length;
    if (this.#days[slot] !== day) return undefined;
    const instance = this.#instances[slot]!;
    return instance.barCount >= this.#barsMin ? instance : undefined;
  }

  tape(tape: StateTape): void {
    this.windows.tape(tape);
    this.#dataFromUs = tape.number(this.#dataFromUs);
    const slotCount = tape.number(this.#days.length);
    assert(slotCount === this.#days.length, `saved frame has ${this.#days.length} slots, was ${slotCount}`);
    tape.numbers(this.#days);
    for (let slot = 0; slot < slotCount; slot++) {
      if (!Number.isNaN(this.#days[slot]!)) this.#instances[slot]!.tape(tape);
    }
  }
}
