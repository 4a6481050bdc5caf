/**
 * The hidden price of one synthetic series (a symbol or the market factor): a regime chain (range, trend up, trend down), two scales of volatility
 * clusters, fat-tailed shocks and jumps. Log prices, floats; ticks are made elsewhere. Trends persist for hours on purpose: a model can
 * learn a modest part of them, and that says nothing about real markets.
 */
import { type Prng, US_PER_DAY, US_PER_HOUR } from '#core';

/** 0 = range around an anchor, 1 = trend up, -1 = trend down. */
export type Regime = 0 | 1 | -1;

const RANGE_HOURS = 6;
const TREND_HOURS = 8;
/** Share of ended trends that turn round instead of resting. */
const TURN_SHARE = 0.3;
/** Drift of a trend per day in units of daily volatility, where nothing else is asked for. */
export const TREND_STRENGTH_DEFAULT = 1.8;
const RANGE_HALF_LIFE_HOURS = 2;
/** Fast clusters (GARCH form, per bar): reaction, persistence. */
const SHOCK_WEIGHT = 0.08;
const CLUSTER_WEIGHT = 0.9;
/** Slow clusters: log volatility wanders with this spread and half-life. */
const SLOW_SPREAD = 0.35;
const SLOW_HALF_LIFE_HOURS = 18;
const TAIL_SHARE = 0.03;
const TAIL_SCALE = 2.5;
/** Standard deviation of the mixture; shocks are divided by it, so that clusters neither die out nor run away. */
const TAIL_DEVIATION = Math.sqrt(1 + TAIL_SHARE * (TAIL_SCALE ** 2 - 1));
const JUMP_DAYS = 3;
/** A variance above this many times the mean is cut: a cluster must not run away. */
const VARIANCE_MAX = 12;

/** One step of a process: what happened in a bar, in units of the series' own bar volatility where not said otherwise. */
export interface ProcessStep {
  /** Shock with volatility clusters in it. */
  readonly shock: number;
  /** Present volatility as a multiple of the mean. */
  readonly volatility: number;
  /** A jump in units of daily volatility, mostly 0. */
  readonly jump: number;
  /** Drift in units of daily volatility. */
  readonly drift: number;
}

/** A regime chain with volatility clusters; knows no price. */
export class ShockProcess {
  readonly #prng: Prng;
  readonly #barDays: number;
  readonly #trendStrength: number;
  readonly #rangeEndChance: number;
  readonly #trendEndChance: number;
  readonly #slowDecay: number;
  #regime: Regime = 0;
  #variance = 1;
  #slow = 0;

  constructor(prng: Prng, barUs: number, trendStrength: number) {
    this.#prng = prng;
    this.#trendStrength = trendStrength;
    this.#barDays = barUs / US_PER_DAY;
    this.#rangeEndChance = barUs / (RANGE_HOURS * US_PER_HOUR);
    this.#trendEndChance = barUs / (TREND_HOURS * US_PER_HOUR);
    this.#slowDecay = 0.5 ** (barUs / (SLOW_HALF_LIFE_HOURS * US_PER_HOUR));
  }

  /** The hidden regime of the bar last stepped. */
  get regime(): Regime {
    return this.#regime;
  }

  /** Moves on by one bar. Draws from the generator. */
  step(): ProcessStep {
    const prng = this.#prng;
    this.#stepRegime(prng.uniform(), prng.uniform());
    this.#slow = this.#slow * this.#slowDecay + Math.sqrt(1 - this.#slowDecay ** 2) * prng.normal();
    const isTail = prng.uniform() < TAIL_SHARE;
    const z = (prng.normal() * (isTail ? TAIL_SCALE : 1)) / TAIL_DEVIATION;
    const fast = Math.sqrt(this.#variance);
    const volatility = fast * Math.exp(SLOW_SPREAD * (this.#slow - SLOW_SPREAD));
    const base = 1 - SHOCK_WEIGHT - CLUSTER_WEIGHT;
    const next = base + this.#variance * (CLUSTER_WEIGHT + SHOCK_WEIGHT * z * z);
    this.#variance = Math.min(VARIANCE_MAX, next);
    return {
      shock: z * volatility,
      volatility,
      jump: this.#drawJump(),
      drift: this.#regime * this.#trendStrength * this.#barDays,
    };
  }

  save(): Float64Array {
    return Float64Array.of(...this.#prng.save(), this.#regime, this.#variance, this.#slow);
  }

  load(state: Float64Array): void {
    this.#prng.load([state[0]!, state[1]!, state[2]!, state[3]!]);
    this.#regime = state[4] as Regime;
    this.#variance = state[5]!;
    this.#slow = state[6]!;
  }

  #stepRegime(chance: number, turn: number): void {
    if (this.#regime === 0) {
      if (chance < this.#rangeEndChance) this.#regime = turn < 0.5 ? 1 : -1;
    } else if (chance < this.#trendEndChance) {
      this.#regime = turn < TURN_SHARE ? (-this.#regime as Regime) : 0;
    }
  }

  #drawJump(): number {
    if (this.#prng.uniform() >= this.#barDays / JUMP_DAYS) return 0;
    const size = 0.3 + this.#prng.exponential(0.4);
    return this.#prng.uniform() < 0.5 ? -size : size;
  }
}

/** Returns the share by which a distance shrinks per bar inside a range. */
export function rangePull(barUs: number): number {
  return 1 - 0.5 ** (barUs / (RANGE_HALF_LIFE_HOURS * US_PER_HOUR));
}
