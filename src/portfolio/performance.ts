/**
 * Performance of a run from its equity curve, fills and closed trades, in flat memory. It observes and never feeds back into trading.
 *
 * Definitions: a day is a UTC day; its return is the change between the last observations at or before its midnights. A first, partial
 * day counts from the start, an unfinished last day does not count, days without observations have return 0. Sharpe and Sortino are
 * daily figures x sqrt(365) (crypto trades every day), risk-free rate 0, standard deviation with ddof 1. Figures that are
 * not defined (no day, no loss, no trade) are `null`; NaN and infinities never come out.
 */
import { assert, type Checkpointable, type EpochUs, POW10, stateRecord, US_PER_DAY, utcDay } from '#core';
import { DrawdownTracker } from './drawdown.ts';
import { ReturnMoments, ratio } from './return-moments.ts';
import { probabilisticSharpe } from './sharpe.ts';
import type { Trade } from './trade.ts';

/** Days of a year, for annualising. */
export const DAYS_PER_YEAR = 365;

/** The figures of a run. Money is a double in the account's currency, ratios are fractions. */
export interface PerformanceSummary {
  readonly equityStart: number;
  readonly equityEnd: number;
  readonly totalReturn: number;
  /** (end / start) ^ (year / duration) - 1; `null` for less than a day. */
  readonly annualisedReturn: number | null;
  /** Standard deviation of daily returns x sqrt(365). */
  readonly annualisedVolatility: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  /** Annualised return / deepest drawdown. */
  readonly calmar: number | null;
  /** Probability that the true Sharpe ratio is above 0. */
  readonly probabilisticSharpe: number | null;
  readonly maxDrawdown: number;
  /** Longest time from a high-water mark to the last observation below it. */
  readonly maxDrawdownDurationUs: number;
  /** Complete days that daily figures rest on. */
  readonly dayCount: number;
  readonly tradeCount: number;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  /** Mean net P&L of a trade. */
  readonly expectancy: number | null;
  /** Traded notional, both ways, as a multiple of the time-weighted mean equity. */
  readonly turnover: number | null;
  /** Share of the time with a position open. */
  readonly exposureTime: number | null;
  readonly durationUs: number;
}

/** Follows one run; observations come in time order. */
export class PerformanceStatistics implements Checkpointable {
  readonly #atomsPerUnit: number;
  readonly #startUs: EpochUs;
  readonly #startEquity: bigint;
  readonly #drawdown: DrawdownTracker;
  readonly #daily = new ReturnMoments();
  readonly #trades = new ReturnMoments();
  #day: number;
  #dayStartEquity: number;
  #lastUs: EpochUs;
  #lastEquity: bigint;
  #isExposed = false;
  #exposedUs = 0;
  /** Integral of equity over time, currency x us. */
  #equityTime = 0;
  #tradedAtoms = 0n;

  constructor(options: {
    readonly startUs: EpochUs;
    readonly startEquityAtoms: bigint;
    readonly atomDecimals: number;
  }) {
    const scale = POW10[options.atomDecimals];
    assert(scale !== undefined, `atom decimals lie in 0..15, were ${options.atomDecimals}`);
    this.#atomsPerUnit = scale;
    this.#startUs = options.startUs;
    this.#startEquity = options.startEquityAtoms;
    this.#drawdown = new DrawdownTracker(options.startUs, options.startEquityAtoms);
    this.#day = utcDay(options.startUs);
    this.#dayStartEquity = this.#money(options.startEquityAtoms);
    this.#lastUs = options.startUs;
    this.#lastEquity = options.startEquityAtoms;
  }

  /** Takes the equity at a moment, and whether a position is open from then on. */
  observe(tsUs: EpochUs, equityAtoms: bigint, isExposed: boolean): void {
    if (!(tsUs >= this.#lastUs))
      assert(false, `equity is observed in time order: ${tsUs} after ${this.#lastUs}`);
    this.#closeDaysBefore(dayEndingAt(tsUs));
    const elapsedUs = tsUs - this.#lastUs;
    this.#equityTime += this.#money(this.#lastEquity) * elapsedUs;
    if (this.#isExposed) this.#exposedUs += elapsedUs;
    this.#isExposed = isExposed;
    this.#lastUs = tsUs;
    this.#lastEquity = equityAtoms;
    this.#drawdown.observe(tsUs, equityAtoms);
  }

  /** Takes the notional of a fill. */
  addFill(notionalAtoms: bigint): void {
    assert(notionalAtoms >= 0n, 'notional of a fill is >= 0');
    this.#tradedAtoms += notionalAtoms;
  }

  /** Takes a closed trade. */
  addTrade(trade: Trade): void {
    assert(trade.status !== 'OPEN', `trade ${trade.tradeId} is closed`);
    this.#trades.push(this.#money(trade.netAtoms));
  }

  /** Returns the figures up to the last observation. */
  summary(): PerformanceSummary {
    const daily = this.#completeDays();
    const durationUs = this.#lastUs - this.#startUs;
    const equityStart = this.#money(this.#startEquity);
    const equityEnd = this.#money(this.#lastEquity);
    const annualised = annualise(equityEnd / equityStart, durationUs);
    const perYear = Math.sqrt(DAYS_PER_YEAR);
    return {
      equityStart,
      equityEnd,
      totalReturn: equityEnd / equityStart - 1,
      annualisedReturn: annualised,
      annualisedVolatility: scaled(daily.deviation, perYear),
      sharpe: scaled(daily.sharpe, perYear),
      sortino: scaled(daily.sortino, perYear),
      calmar: ratio(annualised, this.#drawdown.maxDrawdown),
      probabilisticSharpe: sharpeAboveZero(daily),
      maxDrawdown: this.#drawdown.maxDrawdown,
      maxDrawdownDurationUs: this.#drawdown.longestUs,
      dayCount: daily.count,
      tradeCount: this.#trades.count,
      winRate: this.#trades.winRate,
      profitFactor: this.#trades.profitFactor,
      expectancy: this.#trades.mean,
      turnover: ratio(this.#money(this.#tradedAtoms) * durationUs, this.#equityTime),
      exposureTime: ratio(this.#exposedUs, durationUs),
      durationUs,
    };
  }

  saveState(): unknown {
    return {
      drawdown: this.#drawdown.saveState(),
      daily: this.#daily.saveState(),
      trades: this.#trades.saveState(),
      day: this.#day,
      dayStartEquity: this.#dayStartEquity,
      lastUs: this.#lastUs,
      lastEquity: this.#lastEquity,
      isExposed: this.#isExposed,
      exposedUs: this.#exposedUs,
      equityTime: this.#equityTime,
      tradedAtoms: this.#tradedAtoms,
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'PerformanceStatistics');
    this.#drawdown.loadState(saved.drawdown);
    this.#daily.loadState(saved.daily);
    this.#trades.loadState(saved.trades);
    this.#day = saved.day as number;
    this.#dayStartEquity = saved.dayStartEquity as number;
    this.#lastUs = saved.lastUs as number;
    this.#lastEquity = saved.lastEquity as bigint;
    this.#isExposed = saved.isExposed as boolean;
    this.#exposedUs = saved.exposedUs as number;
    this.#equityTime = saved.equityTime as number;
    this.#tradedAtoms = saved.tradedAtoms as bigint;
    assert(this.#lastUs >= this.#startUs, 'saved statistics are not older than their start');
  }

  /** Ends every day before `day`: the first with the last known equity, the skipped ones with return 0. */
  #closeDaysBefore(day: number): void {
    for (; this.#day < day; this.#day++) {
      const equity = this.#money(this.#lastEquity);
      if (this.#dayStartEquity > 0) this.#daily.push(equity / this.#dayStartEquity - 1);
      this.#dayStartEquity = equity;
    }
  }

  /** The daily returns, with the day that the last observation ends exactly at its midnight. */
  #completeDays(): ReturnMoments {
    const isDayOver = this.#lastUs % US_PER_DAY === 0 && this.#day === dayEndingAt(this.#lastUs);
    if (!isDayOver || this.#dayStartEquity <= 0) return this.#daily;
    const complete = new ReturnMoments();
    complete.loadState(this.#daily.saveState());
    complete.push(this.#money(this.#lastEquity) / this.#dayStartEquity - 1);
    return complete;
  }

  #money(atoms: bigint): number {
    return Number(atoms) / this.#atomsPerUnit;
  }
}

/** Returns the number of the UTC day that `tsUs` belongs to, midnight counting to the day that ends. */
function dayEndingAt(tsUs: EpochUs): number {
  return Math.floor((tsUs - 1) / US_PER_DAY);
}

function sharpeAboveZero(daily: ReturnMoments): number | null {
  const { sharpe, skew, kurtosis, count } = daily;
  if (sharpe === null || skew === null || kurtosis === null) return null;
  return probabilisticSharpe({ sharpe, skew, kurtosis, count }, 0);
}

function annualise(growth: number, durationUs: number): number | null {
  if (durationUs < US_PER_DAY || growth < 0) return null;
  const annualised = growth ** ((DAYS_PER_YEAR * US_PER_DAY) / durationUs) - 1;
  return Number.isFinite(annualised) ? annualised : null;
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
