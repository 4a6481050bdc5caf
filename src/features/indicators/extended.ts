/** Columns beyond TA-Lib: channels, VWAP, range volatilities, Supertrend, Ichimoku, volume and candle shape. */
import type { Bar } from '../bar.ts';
import { Ema, Sma } from '../kernels/averages.ts';
import { Lagged } from '../kernels/momentum.ts';
import { HighLow } from '../kernels/ranges.ts';
import { ratioOrZero } from '../kernels/ratio.ts';
import { Supertrend } from '../kernels/trend.ts';
import { Atr, GarmanKlass, Parkinson, RollingDeviation } from '../kernels/volatility.ts';
import { RollingVwap, SessionObv, SessionVwap } from '../kernels/volume.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { defineBarColumn, defineGroup, FRACTION, type IndicatorGroup, PRICE, VOLUME } from './group.ts';

/** Keltner channel: EMA of the close +- a multiple of ATR. */
class Keltner implements Taped {
  readonly middle = new Ema(20);
  readonly range = new Atr(10);

  tape(tape: StateTape): void {
    this.middle.tape(tape);
    this.range.tape(tape);
  }
}

const keltner = defineGroup(
  'recursive',
  [
    ['x_keltner_up_20_10_2', 'EMA 20 of close + 2 ATR 10', PRICE],
    ['x_keltner_lo_20_10_2', 'EMA 20 of close - 2 ATR 10', PRICE],
  ],
  () => new Keltner(),
  (kernel, bar, out, at) => {
    const middle = kernel.middle.push(bar.close);
    const range = kernel.range.push(bar);
    out[at] = middle + 2 * range;
    out[at + 1] = middle - 2 * range;
  },
);

/** The three ranges of Ichimoku, each value at the bar it is computed from (not shifted). */
class Ichimoku implements Taped {
  readonly tenkan = new HighLow(9);
  readonly kijun = new HighLow(26);
  readonly senkou = new HighLow(52);

  push(bar: Bar): void {
    this.tenkan.push(bar);
    this.kijun.push(bar);
    this.senkou.push(bar);
  }

  tape(tape: StateTape): void {
    this.tenkan.tape(tape);
    this.kijun.tape(tape);
    this.senkou.tape(tape);
  }
}

const ichimoku = defineGroup(
  'window',
  [
    ['x_ichi_tenkan_9', '(highest 9 + lowest 9) / 2', PRICE],
    ['x_ichi_kijun_26', '(highest 26 + lowest 26) / 2', PRICE],
    ['x_ichi_spanA_unshifted', '(tenkan + kijun) / 2', PRICE],
    ['x_ichi_spanB_52_unshifted', '(highest 52 + lowest 52) / 2', PRICE],
  ],
  () => new Ichimoku(),
  (kernel, bar, out, at) => {
    kernel.push(bar);
    out[at] = kernel.tenkan.middle;
    out[at + 1] = kernel.kijun.middle;
    out[at + 2] = (kernel.tenkan.middle + kernel.kijun.middle) / 2;
    out[at + 3] = kernel.senkou.middle;
  },
);

const donchian = defineGroup(
  'window',
  [
    ['x_donchian_up_20', 'highest high of 20 bars, this one included', PRICE],
    ['x_donchian_lo_20', 'lowest low of 20 bars, this one included', PRICE],
  ],
  () => new HighLow(20),
  (kernel, bar, out, at) => {
    kernel.push(bar);
    out[at] = kernel.highest;
    out[at + 1] = kernel.lowest;
  },
);

const supertrend = defineGroup(
  'recursive',
  [
    ['x_supertrend_10_3', 'the band in force: median price -+ 3 ATR 10, only tightening', PRICE],
    ['x_supertrend_dir', '+1 above the lower band, -1 below the upper one', 'sign'],
  ],
  () => new Supertrend(10, 3),
  (kernel, bar, out, at) => {
    kernel.push(bar);
    out[at] = kernel.value;
    out[at + 1] = kernel.direction;
  },
);

/** Mean and deviation of the z-score. */
class ZScore implements Taped {
  readonly mean = new Sma(20);
  readonly deviation = new RollingDeviation(20, 0);

  tape(tape: StateTape): void {
    this.mean.tape(tape);
    this.deviation.tape(tape);
  }
}

const zScore = defineGroup(
  'recursive',
  [
    [
      'x_zscore_20_ddof0',
      '(close - mean) / population standard deviation over 20; no deviation at all: not defined',
      'deviations',
    ],
  ],
  () => new ZScore(),
  (kernel, bar, out, at) => {
    const distance = bar.close - kernel.mean.push(bar.close);
    const deviation = kernel.deviation.push(bar.close);
    out[at] = deviation === 0 ? Number.NaN : distance / deviation;
  },
);

const volume = defineGroup(
  'window',
  [
    ['volume', 'volume of the bar', VOLUME],
    ['volume_sma_20', 'mean of the last 20 volumes', VOLUME],
    ['volume_ratio_20', 'volume / volume_sma_20; nothing traded: not defined', FRACTION],
  ],
  () => new Sma(20),
  (kernel, bar, out, at) => {
    const mean = kernel.push(bar.volume);
    out[at] = bar.volume;
    out[at + 1] = mean;
    out[at + 2] = bar.volume / mean;
  },
);

/** Log returns and their rolling deviation. */
class ReturnDeviation implements Taped {
  readonly #deviation = new RollingDeviation(20, 1);
  #previousLog = Number.NaN;

  push(close: number): number {
    const previous = this.#previousLog;
    this.#previousLog = Math.log(close);
    return !Number.isNaN(previous) ? this.#deviation.push(this.#previousLog - previous) : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#deviation.tape(tape);
    this.#previousLog = tape.number(this.#previousLog);
  }
}

const realisedVolatility = defineGroup(
  'recursive',
  [['x_rvol_20_ddof1', 'sample standard deviation of 20 log returns of close', 'fraction per bar']],
  () => new ReturnDeviation(),
  (kernel, bar, out, at) => {
    out[at] = kernel.push(bar.close);
  },
);

function difference(name: string, of: 'close' | 'volume', lag: number, unit: string): IndicatorGroup {
  return defineGroup(
    'window',
    [[name, `${of} - ${of} ${lag} bars ago`, unit]],
    () => new Lagged(lag),
    (kernel, bar, out, at) => {
      out[at] = bar[of] - kernel.push(bar[of]);
    },
  );
}

/** The groups in column order. */
export const EXTENDED_GROUPS: readonly IndicatorGroup[] = [
  donchian,
  defineGroup(
    'window',
    [
      [
        'x_vwap_roll_20',
        'sum of typical price x volume / sum of volume over 20; nothing traded: not defined',
        PRICE,
      ],
    ],
    () => new RollingVwap(20),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar);
    },
  ),
  defineGroup(
    'session',
    [['x_vwap_session_utc', 'the same since 00:00 UTC', PRICE]],
    () => new SessionVwap(),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar);
    },
  ),
  keltner,
  realisedVolatility,
  zScore,
  defineGroup(
    'window',
    [['x_parkinson_20', 'root of mean ln(high / low)^2 / (4 ln 2) over 20', 'fraction per bar']],
    () => new Parkinson(20),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar);
    },
  ),
  defineGroup(
    'window',
    [
      [
        'x_garman_klass_20',
        'root of mean (ln(high / low)^2 / 2 - (2 ln 2 - 1) ln(close / open)^2) over 20',
        'fraction per bar',
      ],
    ],
    () => new GarmanKlass(20),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar);
    },
  ),
  supertrend,
  ichimoku,
  volume,
  defineBarColumn('body_ratio', '|close - open| / (high - low); flat: 0', FRACTION, (bar) =>
    ratioOrZero(Math.abs(bar.close - bar.open), bar.high - bar.low),
  ),
  defineBarColumn('upper_shadow', '(high - max(open, close)) / (high - low); flat: 0', FRACTION, (bar) =>
    ratioOrZero(bar.high - Math.max(bar.open, bar.close), bar.high - bar.low),
  ),
  defineBarColumn('lower_shadow', '(min(open, close) - low) / (high - low); flat: 0', FRACTION, (bar) =>
    ratioOrZero(Math.min(bar.open, bar.close) - bar.low, bar.high - bar.low),
  ),
  difference('mom_5', 'close', 5, PRICE),
  difference('mom_20', 'close', 20, PRICE),
  difference('volume_mom_5', 'volume', 5, VOLUME),
  difference('volume_mom_10', 'volume', 10, VOLUME),
  difference('volume_mom_20', 'volume', 20, VOLUME),
  defineGroup(
    'session',
    [['obv_session_utc', '+ volume after a rise of close, - after a fall, summed since 00:00 UTC', VOLUME]],
    () => new SessionObv(),
    (kernel, bar, out, at) => {
      kernel.push(bar);
      out[at] = kernel.value;
    },
  ),
];
