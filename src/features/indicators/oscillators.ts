/** Oscillators and statistics, as TA-Lib 0.8 computes them: stochastics, CCI, MFI, ROC, Aroon, SAR, regression, cycle period. */
import type { Bar } from '../bar.ts';
import { DominantCycle } from '../kernels/cycle.ts';
import { EmaDifference, GainLoss, Lagged, StochRsi, Trix } from '../kernels/momentum.ts';
import { Aroon, Cci, HighLow, Stochastic, typicalPrice, UltimateOscillator } from '../kernels/ranges.ts';
import { ratioOrZero } from '../kernels/ratio.ts';
import { Beta, Correlation, LinearRegression } from '../kernels/regression.ts';
import { Sar } from '../kernels/trend.ts';
import { MeanDeviation } from '../kernels/volatility.ts';
import { MoneyFlow } from '../kernels/volume.ts';
import type { Taped } from '../state-tape.ts';
import { defineBarColumn, defineGroup, FRACTION, type IndicatorGroup, PERCENT, PRICE } from './group.ts';

function stochastic(
  names: readonly [string, string],
  kPeriod: number,
  smoothing: number,
  dPeriod: number,
): IndicatorGroup {
  const raw = `100 (close - lowest ${kPeriod}) / (highest ${kPeriod} - lowest ${kPeriod})`;
  return defineGroup(
    'window',
    [
      [names[0], smoothing === 1 ? `${raw}; flat: 0` : `SMA ${smoothing} of ${raw}; flat: 0`, PERCENT],
      [names[1], `SMA ${dPeriod} of ${names[0]}`, PERCENT],
    ],
    () => new Stochastic(kPeriod, smoothing, dPeriod),
    (kernel, bar, out, at) => {
      kernel.push(bar);
      out[at] = kernel.k;
      out[at + 1] = kernel.d;
    },
  );
}

const stochRsi = defineGroup(
  'recursive',
  [
    ['stochrsi_k', '100 x position of rsi_14 in its range of 14 bars; flat: 0', PERCENT],
    ['stochrsi_d', 'SMA 3 of stochrsi_k', PERCENT],
  ],
  () => new StochRsi(14, 14, 3),
  (kernel, bar, out, at) => {
    kernel.push(bar.close);
    out[at] = kernel.k;
    out[at + 1] = kernel.d;
  },
);

/** A column that one kernel computes from the bar. */
function barKernel<K extends Taped & { push(bar: Bar): number }>(
  memory: 'window' | 'recursive',
  column: readonly [string, string, string],
  make: () => K,
): IndicatorGroup {
  return defineGroup(memory, [column], make, (kernel, bar, out, at) => {
    out[at] = kernel.push(bar);
  });
}

function cci(period: number): IndicatorGroup {
  const formula = `(typical - SMA) / (0.015 x mean absolute deviation) over ${period}; flat: 0`;
  return barKernel('window', [`cci_${period}`, formula, 'index'], () => new Cci(period));
}

const change = defineGroup(
  'window',
  [
    ['roc_10', '100 (close / close 10 bars ago - 1)', PERCENT],
    ['rocp_10', 'close / close 10 bars ago - 1', FRACTION],
    ['mom_10', 'close - close 10 bars ago', PRICE],
  ],
  () => new Lagged(10),
  (kernel, bar, out, at) => {
    const before = kernel.push(bar.close);
    out[at] = (bar.close / before - 1) * 100;
    out[at + 1] = (bar.close - before) / before;
    out[at + 2] = bar.close - before;
  },
);

const emaDifference = defineGroup(
  'recursive',
  [
    ['ppo_12_26', '100 (EMA 12 - EMA 26) / EMA 26 of close', PERCENT],
    ['apo_12_26', 'EMA 12 - EMA 26 of close', PRICE],
  ],
  () => new EmaDifference(12, 26, 'first bars'),
  (kernel, bar, out, at) => {
    kernel.push(bar.close);
    out[at] = kernel.percent;
    out[at + 1] = kernel.difference;
  },
);

const aroon = defineGroup(
  'window',
  [
    ['aroon_down_14', '100 (14 - bars since the lowest low of 15 bars) / 14', PERCENT],
    ['aroon_up_14', '100 (14 - bars since the highest high of 15 bars) / 14', PERCENT],
    ['aroonosc_14', 'aroon_up_14 - aroon_down_14', PERCENT],
  ],
  () => new Aroon(14),
  (kernel, bar, out, at) => {
    kernel.push(bar);
    out[at] = kernel.down;
    out[at + 1] = kernel.up;
    out[at + 2] = kernel.up - kernel.down;
  },
);

const deviation = defineGroup(
  'window',
  [
    ['stddev_20', 'population standard deviation of the last 20 closes', PRICE],
    ['var_20', 'population variance of the last 20 closes', 'price^2'],
  ],
  () => new MeanDeviation(20),
  (kernel, bar, out, at) => {
    kernel.push(bar.close);
    out[at] = kernel.deviation;
    out[at + 1] = kernel.variance;
  },
);

const regression = defineGroup(
  'window',
  [
    ['linreg_14', 'least-squares line through the last 14 closes, its value at the newest', PRICE],
    ['linreg_slope_14', 'slope of that line per bar', PRICE],
    ['tsf_14', 'that line one bar ahead', PRICE],
  ],
  () => new LinearRegression(14),
  (kernel, bar, out, at) => {
    kernel.push(bar.close);
    out[at] = kernel.end;
    out[at + 1] = kernel.slope;
    out[at + 2] = kernel.forecast;
  },
);

/** Range of 14 bars: Williams %R and the middle price stand apart in the column order, so each runs its own. */
function highLow14(name: string, formula: string, unit: string, value: (range: HighLow, bar: Bar) => number) {
  return defineGroup(
    'window',
    [[name, formula, unit]],
    () => new HighLow(14),
    (kernel, bar, out, at) => {
      kernel.push(bar);
      out[at] = value(kernel, bar);
    },
  );
}

/** The groups in column order. */
export const OSCILLATOR_GROUPS: readonly IndicatorGroup[] = [
  stochastic(['stoch_k', 'stoch_d'], 14, 3, 3),
  stochastic(['stoch_k_5_3_3', 'stoch_d_5_3_3'], 5, 3, 3),
  stochastic(['stochf_k_14', 'stochf_d_3'], 14, 1, 3),
  stochRsi,
  cci(14),
  cci(20),
  defineGroup(
    'window',
    [
      [
        'mfi_14',
        '100 x positive / (positive + negative) flow of typical price x volume over 14; flat: 0',
        PERCENT,
      ],
    ],
    () => new MoneyFlow(14),
    (kernel, bar, out, at) => {
      kernel.push(bar);
      out[at] = kernel.mfi;
    },
  ),
  highLow14(
    'willr_14',
    '-100 (highest 14 - close) / (highest 14 - lowest 14); flat: 0',
    PERCENT,
    (range, bar) =>
      range.isFlat ? 0 : (-100 * (range.highest - bar.close)) / (range.highest - range.lowest),
  ),
  change,
  defineGroup(
    'recursive',
    [['cmo_14', '100 (G - L) / (G + L), Wilder means of gains and losses over 14; flat: 0', PERCENT]],
    () => new GainLoss(14),
    (kernel, bar, out, at) => {
      kernel.push(bar.close);
      out[at] = kernel.cmo;
    },
  ),
  defineGroup(
    'recursive',
    [['trix_15', '100 x change of EMA(EMA(EMA 15)) of close over one bar', PERCENT]],
    () => new Trix(15),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar.close);
    },
  ),
  barKernel(
    'window',
    ['ultosc', '100 (4 a7 + 2 a14 + a28) / 7, a = buying pressure / true range', PERCENT],
    () => new UltimateOscillator(7, 14, 28),
  ),
  emaDifference,
  aroon,
  barKernel('recursive', ['sar', 'parabolic stop and reverse, step 0.02, at most 0.2', PRICE], () => {
    return new Sar(0.02, 0.2);
  }),
  defineBarColumn('bop', '(close - open) / (high - low); flat: 0', FRACTION, (bar) =>
    ratioOrZero(bar.close - bar.open, bar.high - bar.low),
  ),
  deviation,
  regression,
  defineGroup(
    'window',
    [['correl_30_hl', 'correlation of high and low over 30 bars; flat: 0', FRACTION]],
    () => new Correlation(30),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar.high, bar.low);
    },
  ),
  defineGroup(
    'window',
    [['beta_5_hl', 'slope of the returns of low on those of high over 5 bars; flat: 0', FRACTION]],
    () => new Beta(5),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar.high, bar.low);
    },
  ),
  defineBarColumn('typprice', '(high + low + close) / 3', PRICE, typicalPrice),
  defineBarColumn('medprice', '(high + low) / 2', PRICE, (bar) => (bar.high + bar.low) / 2),
  highLow14('midprice_14', '(highest 14 + lowest 14) / 2', PRICE, (range) => range.middle),
  defineGroup(
    'recursive',
    [['ht_dcperiod', 'dominant cycle period, homodyne discriminator of the close', 'bars']],
    () => new DominantCycle(),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar.close);
    },
  ),
];
