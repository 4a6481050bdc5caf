/** The classic columns, as TA-Lib 0.8 computes them: RSI, averages, MACD, Bollinger, ATR, volume lines, directional movement. */

import {
  Dema,
  Ema,
  Kama,
  linearWeights,
  Sma,
  T3,
  Tema,
  triangularWeights,
  WeightedAverage,
} from '../kernels/averages.ts';
import { GainLoss, Macd } from '../kernels/momentum.ts';
import { Directional } from '../kernels/trend.ts';
import { Atr, MeanDeviation, TrueRange } from '../kernels/volatility.ts';
import { Accumulation, Obv } from '../kernels/volume.ts';
import type { Taped } from '../state-tape.ts';
import { defineGroup, FRACTION, type IndicatorGroup, PERCENT, PRICE, VOLUME } from './group.ts';

function rsi(period: number): IndicatorGroup {
  return defineGroup(
    'recursive',
    [[`rsi_${period}`, `100 G / (G + L), Wilder means of gains and losses over ${period}; flat: 0`, PERCENT]],
    () => new GainLoss(period),
    (kernel, bar, out, at) => {
      kernel.push(bar.close);
      out[at] = kernel.rsi;
    },
  );
}

/** A column that is an average of the close. */
function average(
  name: string,
  formula: string,
  memory: 'window' | 'recursive',
  make: () => Taped & { push(close: number): number },
): IndicatorGroup {
  return defineGroup(memory, [[name, formula, PRICE]], make, (kernel, bar, out, at) => {
    out[at] = kernel.push(bar.close);
  });
}

function ema(period: number): IndicatorGroup {
  const formula = `EMA of close, alpha 2/${period + 1}, seeded with the mean of the first ${period}`;
  return average(`ema_${period}`, formula, 'recursive', () => new Ema(period));
}

const macd = defineGroup(
  'recursive',
  [
    ['macd', 'EMA 12 - EMA 26 of close, both seeded to end at bar 25', PRICE],
    ['macd_signal', 'EMA 9 of macd', PRICE],
    ['macd_hist', 'macd - macd_signal', PRICE],
  ],
  () => new Macd(12, 26, 9),
  (kernel, bar, out, at) => {
    kernel.push(bar.close);
    out[at] = kernel.line;
    out[at + 1] = kernel.signal;
    out[at + 2] = kernel.histogram;
  },
);

const bollinger = defineGroup(
  'window',
  [
    ['bb_upper', 'SMA 20 + 2 population standard deviations of close', PRICE],
    ['bb_mid', 'SMA 20 of close', PRICE],
    ['bb_lower', 'SMA 20 - 2 population standard deviations of close', PRICE],
    ['bb_bandwidth', '(bb_upper - bb_lower) / bb_mid', FRACTION],
    ['bb_pctb', '(close - bb_lower) / (bb_upper - bb_lower); flat: not defined', FRACTION],
  ],
  () => new MeanDeviation(20),
  (kernel, bar, out, at) => {
    kernel.push(bar.close);
    const upper = kernel.mean + 2 * kernel.deviation;
    const lower = kernel.mean - 2 * kernel.deviation;
    out[at] = upper;
    out[at + 1] = kernel.mean;
    out[at + 2] = lower;
    out[at + 3] = (upper - lower) / kernel.mean;
    out[at + 4] = kernel.deviation === 0 ? Number.NaN : (bar.close - lower) / (upper - lower);
  },
);

const atr = defineGroup(
  'recursive',
  [
    ['atr_14', 'Wilder mean of the true range over 14', PRICE],
    ['natr_14', '100 atr_14 / close', PERCENT],
  ],
  () => new Atr(14),
  (kernel, bar, out, at) => {
    const value = kernel.push(bar);
    out[at] = value;
    out[at + 1] = (100 * value) / bar.close;
  },
);

const accumulation = defineGroup(
  'recursive',
  [
    ['ad', 'sum of volume x ((close - low) - (high - close)) / (high - low)', VOLUME],
    ['adosc_3_10', 'EMA 3 - EMA 10 of ad', VOLUME],
  ],
  () => new Accumulation(3, 10),
  (kernel, bar, out, at) => {
    kernel.push(bar);
    out[at] = kernel.line;
    out[at + 1] = kernel.oscillator;
  },
);

const directional = defineGroup(
  'recursive',
  [
    ['adx_14', 'Wilder mean of dx_14 over 14', PERCENT],
    ['adxr_14', '(adx_14 + adx_14 13 bars ago) / 2', PERCENT],
    ['plus_di_14', '100 x Wilder sum of +DM / Wilder sum of true range', PERCENT],
    ['minus_di_14', '100 x Wilder sum of -DM / Wilder sum of true range', PERCENT],
    ['dx_14', '100 |+DI - -DI| / (+DI + -DI)', PERCENT],
  ],
  () => new Directional(14),
  (kernel, bar, out, at) => {
    kernel.push(bar);
    out[at] = kernel.adx;
    out[at + 1] = kernel.adxr;
    out[at + 2] = kernel.plusDi;
    out[at + 3] = kernel.minusDi;
    out[at + 4] = kernel.dx;
  },
);

/** The groups in column order. */
export const CLASSIC_GROUPS: readonly IndicatorGroup[] = [
  rsi(14),
  rsi(28),
  ema(9),
  ema(20),
  ema(50),
  ema(200),
  average('sma_20', 'mean of the last 20 closes', 'window', () => new Sma(20)),
  average('wma_20', 'mean of the last 20 closes with weights 1 ... 20', 'window', () => {
    return new WeightedAverage(linearWeights(20));
  }),
  average('dema_20', '2 EMA 20 - EMA(EMA 20)', 'recursive', () => new Dema(20)),
  average('tema_20', '3 EMA 20 - 3 EMA(EMA 20) + EMA(EMA(EMA 20))', 'recursive', () => new Tema(20)),
  average('trima_20', 'mean of the last 20 closes with weights 1 ... 10, 10 ... 1', 'window', () => {
    return new WeightedAverage(triangularWeights(20));
  }),
  average('kama_30', 'Kaufman adaptive average, efficiency over 30 bars', 'recursive', () => new Kama(30)),
  average('t3_5', 'Tillson T3 over 5, volume factor 0.7', 'recursive', () => new T3(5, 0.7)),
  macd,
  bollinger,
  atr,
  defineGroup(
    'window',
    [['trange', 'max(high, previous close) - min(low, previous close)', PRICE]],
    () => new TrueRange(),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar);
    },
  ),
  defineGroup(
    'recursive',
    [['obv', 'first volume, then + volume after a rise of close, - after a fall', VOLUME]],
    () => new Obv(),
    (kernel, bar, out, at) => {
      out[at] = kernel.push(bar);
    },
  ),
  accumulation,
  directional,
];
