/**
 * The model features: what each is called, how it is computed, its range, and its value where the formula has none (a flat window,
 * nothing traded). All are scale-free: the same numbers for a coin of 0.000003 and one of 100,000. They are computed at the close of a
 * decision bar from finished bars alone.
 */
import { US_PER_DAY } from '#core';
import type { Bar } from '../bar.ts';
import type { SessionObv } from '../kernels/volume.ts';
import type { Recursions, Windows } from './frame.ts';

/** What a feature of one timeframe is computed from. */
export interface FrameView {
  readonly bar: Bar;
  readonly windows: Windows;
  /** The instance of the day in which the decision bar opened. */
  recursions: Recursions;
}

/** What the decision timeframe has besides. */
export interface SessionView {
  readonly obv: SessionObv;
  /** Volume-weighted average price since 00:00 UTC; NaN while nothing was traded. */
  vwap: number;
}

/** Words and bounds of a feature; `neutral` stands where the formula gives no number, and lies in the range. */
export interface RecipeText {
  readonly name: string;
  readonly formula: string;
  readonly min: number;
  readonly max: number;
  readonly neutral: number;
  readonly unit: string;
}

/** A feature of one timeframe; NaN or an infinity becomes `neutral`, anything else is clipped to [`min`, `max`]. */
export interface FrameRecipe extends RecipeText {
  value(view: FrameView, session: SessionView): number;
}

/** A feature of the moment at which the decision bar closes. */
export interface ClockRecipe extends RecipeText {
  value(closeTsUs: number): number;
}

type FrameFormula = (view: FrameView, session: SessionView) => number;

function recipe(
  name: string,
  formula: string,
  range: readonly [min: number, max: number],
  unit: string,
  value: FrameFormula,
  neutral = 0,
): FrameRecipe {
  return { name, formula, min: range[0], max: range[1], neutral, unit, value };
}

function barsAgo(lag: number): string {
  return lag === 1 ? '1 bar ago' : `${lag} bars ago`;
}

function momentum(lag: number): FrameRecipe {
  const formula = `close / close ${barsAgo(lag)} - 1`;
  return recipe(`momentum_${lag}`, formula, [-0.5, 0.5], 'fraction', ({ bar, windows }) => {
    return bar.close / windows.closes.ago(lag) - 1;
  });
}

function logReturn(lag: number): FrameRecipe {
  const formula = `ln(close / close ${barsAgo(lag)})`;
  return recipe(`return_${lag}`, formula, [-0.5, 0.5], 'fraction', ({ bar, windows }) => {
    return Math.log(bar.close / windows.closes.ago(lag));
  });
}

/** An ATR below this part of the price is what rounding leaves after a market has stood still for long: there is no scale. */
const ATR_FRACTION_MIN = 1e-9;

/** Returns a price difference in units of ATR 14, NaN where nothing has moved. */
function inAtr(difference: number, { bar, recursions: { atr } }: FrameView): number {
  return atr > ATR_FRACTION_MIN * bar.close ? difference / atr : Number.NaN;
}

/** Features of every timeframe. */
export const EVERY_FRAME: readonly FrameRecipe[] = [
  momentum(10),
  recipe('rsi_14', '2 RSI 14 / 100 - 1', [-1, 1], 'index', ({ recursions: { rsi14 } }) =>
    rsi14.isFlat ? Number.NaN : rsi14.rsi / 50 - 1,
  ),
  recipe('ema_gap_20', 'close / EMA 20 - 1', [-0.5, 0.5], 'fraction', ({ bar, recursions }) => {
    return bar.close / recursions.ema20 - 1;
  }),
  recipe('ema_ratio_20_50', 'EMA 20 / EMA 50 - 1', [-0.5, 0.5], 'fraction', ({ recursions }) => {
    return recursions.ema20 / recursions.ema50 - 1;
  }),
  recipe('macd_hist', 'MACD 12,26,9 histogram / ATR 14', [-5, 5], 'ATR', (view) => {
    return inAtr(view.recursions.macdLine.histogram, view);
  }),
  recipe(
    'bb_position',
    '(close - SMA 20) / (2 population deviations of 20)',
    [-3, 3],
    'band',
    ({ bar, windows }) => {
      return (bar.close - windows.closes20.mean) / (2 * windows.closes20.deviation);
    },
  ),
  recipe('atr_14', 'ATR 14 / close', [0, 0.5], 'fraction', ({ bar, recursions }) => {
    return recursions.atr / bar.close;
  }),
  recipe('adx_14', 'ADX 14 / 100', [0, 1], 'index', ({ recursions }) => recursions.directional14.adx / 100),
  recipe('di_balance_14', '(+DI 14 - -DI 14) / (+DI 14 + -DI 14)', [-1, 1], 'index', ({ recursions }) => {
    const { plusDi, minusDi } = recursions.directional14;
    return (plusDi - minusDi) / (plusDi + minusDi);
  }),
  recipe(
    'volume_ratio_20',
    'volume / SMA 20 of volume',
    [0, 10],
    'ratio',
    ({ bar, windows }) => bar.volume / windows.volumes.mean(),
    1,
  ),
];

/** Returns how much of the bar's range lies between two prices of it. */
function partOfRange(bar: Bar, length: number): number {
  return length / (bar.high - bar.low);
}

/** Features of the decision timeframe alone. */
export const DECISION_FRAME: readonly FrameRecipe[] = [
  logReturn(1),
  logReturn(3),
  momentum(5),
  momentum(20),
  recipe('rsi_28', '2 RSI 28 / 100 - 1', [-1, 1], 'index', ({ recursions: { rsi28 } }) =>
    rsi28.isFlat ? Number.NaN : rsi28.rsi / 50 - 1,
  ),
  recipe('ema_gap_9', 'close / EMA 9 - 1', [-0.5, 0.5], 'fraction', ({ bar, recursions }) => {
    return bar.close / recursions.ema9 - 1;
  }),
  recipe('ema_ratio_50_200', 'EMA 50 / EMA 200 - 1', [-0.5, 0.5], 'fraction', ({ recursions }) => {
    return recursions.ema50 / recursions.ema200 - 1;
  }),
  recipe('macd_line', 'MACD 12,26 line / ATR 14', [-10, 10], 'ATR', (view) => {
    return inAtr(view.recursions.macdLine.line, view);
  }),
  recipe('stoch_k', '2 %K 14,3 / 100 - 1', [-1, 1], 'index', ({ windows: { stochastic } }) =>
    stochastic.isFlat ? Number.NaN : stochastic.k / 50 - 1,
  ),
  recipe('stoch_d', '2 %D 14,3,3 / 100 - 1', [-1, 1], 'index', ({ windows: { stochastic } }) =>
    stochastic.isFlat ? Number.NaN : stochastic.d / 50 - 1,
  ),
  recipe(
    'bb_width',
    '4 population deviations of 20 / SMA 20',
    [0, 2],
    'fraction',
    ({ windows: { closes20 } }) => {
      return (4 * closes20.deviation) / closes20.mean;
    },
  ),
  recipe('body', '(close - open) / (high - low)', [-1, 1], 'fraction', ({ bar }) => {
    return partOfRange(bar, bar.close - bar.open);
  }),
  recipe('upper_shadow', '(high - max(open, close)) / (high - low)', [0, 1], 'fraction', ({ bar }) => {
    return partOfRange(bar, bar.high - Math.max(bar.open, bar.close));
  }),
  recipe('lower_shadow', '(min(open, close) - low) / (high - low)', [0, 1], 'fraction', ({ bar }) => {
    return partOfRange(bar, Math.min(bar.open, bar.close) - bar.low);
  }),
  recipe(
    'volume_momentum_10',
    '(volume - volume 10 bars ago) / (volume + volume 10 bars ago)',
    [-1, 1],
    'ratio',
    ({ bar, windows }) => {
      const before = windows.volumes.ago(10);
      return (bar.volume - before) / (bar.volume + before);
    },
  ),
  recipe(
    'obv_session',
    'OBV since 00:00 UTC / volume since 00:00 UTC',
    [-1, 1],
    'ratio',
    (_view, { obv }) => {
      return obv.value / obv.volume;
    },
  ),
  recipe(
    'vwap_gap_session',
    'close / VWAP since 00:00 UTC - 1',
    [-0.5, 0.5],
    'fraction',
    ({ bar }, session) => {
      return bar.close / session.vwap - 1;
    },
  ),
  recipe('mfi_14', '2 MFI 14 / 100 - 1', [-1, 1], 'index', ({ windows: { moneyFlow14 } }) =>
    moneyFlow14.isFlat ? Number.NaN : moneyFlow14.mfi / 50 - 1,
  ),
  recipe('rvol_20', 'sample deviation of 20 log returns', [0, 0.2], 'fraction per bar', ({ windows }) => {
    return windows.volatility20;
  }),
  recipe(
    'zscore_50',
    '(close - SMA 50) / population deviation of 50',
    [-5, 5],
    'deviations',
    ({ bar, windows }) => {
      return (bar.close - windows.closes50.mean) / windows.closes50.deviation;
    },
  ),
  recipe(
    'range_position_20',
    '2 (close - lowest 20) / (highest 20 - lowest 20) - 1',
    [-1, 1],
    'index',
    (view) => {
      const { bar, windows } = view;
      return windows.range20.isFlat ? Number.NaN : 2 * windows.range20.position(bar.close) - 1;
    },
  ),
];

/** 1970-01-01 was a Thursday: a week that begins on Monday began three days before. */
const MONDAY_OFFSET_US = 3 * US_PER_DAY;
const WEEK_US = 7 * US_PER_DAY;

function clock(name: string, formula: string, value: (closeTsUs: number) => number): ClockRecipe {
  return { name, formula, min: -1, max: 1, neutral: 0, unit: 'cycle', value };
}

function dayAngle(tsUs: number): number {
  return (2 * Math.PI * (tsUs % US_PER_DAY)) / US_PER_DAY;
}

function weekAngle(tsUs: number): number {
  return (2 * Math.PI * ((tsUs + MONDAY_OFFSET_US) % WEEK_US)) / WEEK_US;
}

/** Features of the moment. */
export const CLOCK: readonly ClockRecipe[] = [
  clock('day_sin', 'sin(2 pi x part of the UTC day passed at the close)', (tsUs) => Math.sin(dayAngle(tsUs))),
  clock('day_cos', 'cos(2 pi x part of the UTC day passed at the close)', (tsUs) => Math.cos(dayAngle(tsUs))),
  clock('week_sin', 'sin(2 pi x part of the week since Monday 00:00 UTC passed at the close)', (tsUs) =>
    Math.sin(weekAngle(tsUs)),
  ),
  clock('week_cos', 'cos(2 pi x part of the week since Monday 00:00 UTC passed at the close)', (tsUs) =>
    Math.cos(weekAngle(tsUs)),
  ),
];
