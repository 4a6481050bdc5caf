/**
 * A seeded, endless, invented market: several symbols that share a market factor, with trends and ranges, volatility clusters, jumps and thin
 * hours. Candles on ticks and lots, a mark price a bar, funding every 8 hours. Nothing in it is real and everything that shows it must say so
 * (venue `sim`, rules `synthetic`). Equal options give equal bytes; the state is small and exact.
 */
import {
  assert,
  type EpochUs,
  POW10,
  Prng,
  stateRecord,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
} from '#core';
import { FUNDING_RATE_DECIMALS, type InstrumentSpec, type MarketEvent } from '#domain';
import type { MarketSource, SourceFeed } from '../source.ts';
import { type ProcessStep, rangePull, ShockProcess, TREND_STRENGTH_DEFAULT } from './price-process.ts';
import { activityAt } from './season.ts';
import { type SyntheticSymbol, syntheticInstrument } from './symbols.ts';

/** What the synthetic market is made from. */
export interface SyntheticMarketOptions {
  /** At least one; the instrument index of each is its place in the list. */
  readonly symbols: readonly SyntheticSymbol[];
  /** Open of the first bar, a multiple of `barUs`. */
  readonly startUs: EpochUs;
  /** No bar closes after it; `null` = endless. */
  readonly endUs: EpochUs | null;
  readonly barUs: number;
  readonly seed: number;
  /** Drift of a trend per day in units of daily volatility: how much there is to learn. Default 1.8. */
  readonly trendStrength?: number;
  /** Time from an event to the trader. */
  readonly feedLatencyUs: number;
}

const FUNDING_INTERVAL_US = 8 * US_PER_HOUR;
const LONG_RUN_HALF_LIFE_DAYS = 60;
/** The price cannot leave this factor around its start: the long-run pull makes it rare to get near. */
const PRICE_FACTOR_MAX = 20;
const TREND_STRENGTH_MAX = 20;
const HALF_SPREAD_PPM = 20;
const FUNDING_BASE = 0.0001;
const FUNDING_MAX = 0.003;

/** The invented price of one symbol and what follows from it in a bar. */
class SymbolSeries {
  readonly #spec: SyntheticSymbol;
  readonly #process: ShockProcess;
  readonly #prng: Prng;
  readonly #barDays: number;
  readonly #rangePull: number;
  readonly #longPull: number;
  readonly #volumePerBar: number;
  readonly #startLog: number;
  #logPrice: number;
  #anchorLog: number;
  #closeTicks: number;
  #premium = 0;

  constructor(spec: SyntheticSymbol, prng: Prng, barUs: number, trendStrength: number) {
    this.#spec = spec;
    this.#process = new ShockProcess(prng.split('process'), barUs, trendStrength);
    this.#prng = prng.split('bar');
    this.#barDays = barUs / US_PER_DAY;
    this.#rangePull = rangePull(barUs);
    this.#longPull = 1 - 0.5 ** (this.#barDays / LONG_RUN_HALF_LIFE_DAYS);
    this.#volumePerBar = (spec.minuteVolume * barUs) / US_PER_MINUTE;
    this.#startLog = Math.log(spec.startPrice);
    this.#logPrice = this.#startLog;
    this.#anchorLog = this.#startLog;
    this.#closeTicks = this.#ticksOf(this.#startLog);
  }

  /** The mark price in ticks: the hidden price, which the last trade differs from by half of the spread. */
  get markTicks(): number {
    return this.#ticksOf(this.#logPrice);
  }

  /** Draws the funding rate of a settlement: a base, a premium that follows the trend, noise. */
  drawFundingE12(): number {
    const rate = FUNDING_BASE + this.#premium + 0.00003 * this.#prng.normal();
    const clipped = Math.max(-FUNDING_MAX, Math.min(FUNDING_MAX, rate));
    return Math.round(clipped * 10 ** FUNDING_RATE_DECIMALS);
  }

  /** Moves on by one bar of the given activity and returns its prices and volume. */
  step(market: ProcessStep, activity: number): { readonly ticks: Float64Array; readonly volumeLots: number } {
    const own = this.#process.step();
    const loading = this.#spec.marketLoading;
    const rest = Math.sqrt(1 - loading * loading);
    const dayVolatility = this.#spec.dailyVolatility;
    const barVolatility = dayVolatility * Math.sqrt(this.#barDays * activity);
    const shock = loading * market.shock + rest * own.shock;
    const volatility = barVolatility * (loading * market.volatility + rest * own.volatility);
    const jump = dayVolatility * (loading * market.jump + rest * own.jump);
    const drift = dayVolatility * (loading * market.drift + rest * own.drift);
    this.#move(drift + barVolatility * shock + jump);
    this.#premium =
      0.999 * this.#premium + 0.001 * 0.0002 * (this.#process.regime + 0.2 * this.#prng.normal());
    const move = Math.abs(shock) + Math.abs(jump) / barVolatility;
    return { ticks: this.#drawBar(volatility, activity), volumeLots: this.#drawVolume(move, activity) };
  }

  save(): unknown {
    return {
      process: this.#process.save(),
      prng: [...this.#prng.save()],
      numbers: Float64Array.of(this.#logPrice, this.#anchorLog, this.#closeTicks, this.#premium),
    };
  }

  load(state: unknown): void {
    const record = stateRecord(state, 'synthetic symbol');
    this.#process.load(record.process as Float64Array);
    this.#prng.load(record.prng as [number, number, number, number]);
    const numbers = record.numbers as Float64Array;
    this.#logPrice = numbers[0]!;
    this.#anchorLog = numbers[1]!;
    this.#closeTicks = numbers[2]!;
    this.#premium = numbers[3]!;
  }

  /** In a range the price is drawn back to where the range began; in the long run to where it started. */
  #move(change: number): void {
    if (this.#process.regime !== 0) this.#anchorLog = this.#logPrice;
    const back = this.#rangePull * (this.#anchorLog - this.#logPrice);
    const home = this.#longPull * (this.#startLog - this.#logPrice);
    const reach = Math.log(PRICE_FACTOR_MAX);
    const next = this.#logPrice + change + back + home;
    this.#logPrice = Math.max(this.#startLog - reach, Math.min(this.#startLog + reach, next));
  }

  /** Opens at the last close, ends at bid or ask; the extremes are those of a Brownian bridge between the two. */
  #drawBar(volatility: number, activity: number): Float64Array {
    const openTicks = this.#closeTicks;
    const openLog = Math.log(openTicks / POW10[this.#spec.priceDecimals]!);
    const halfSpread = HALF_SPREAD_PPM / 1_000_000 / activity;
    const closeLog = this.#logPrice + (this.#prng.uniform() < 0.5 ? halfSpread : -halfSpread);
    const up = this.#drawExcess(closeLog - openLog, volatility);
    const down = this.#drawExcess(openLog - closeLog, volatility);
    const closeTicks = this.#ticksOf(closeLog);
    const highTicks = Math.max(openTicks, closeTicks, this.#ticksOf(openLog + up));
    const lowTicks = Math.min(openTicks, closeTicks, this.#ticksOf(openLog - down));
    this.#closeTicks = closeTicks;
    return Float64Array.of(openTicks, highTicks, lowTicks, closeTicks);
  }

  /** The maximum of a Brownian bridge from 0 to `end`. */
  #drawExcess(end: number, volatility: number): number {
    const u = 1 - this.#prng.uniform();
    return (end + Math.sqrt(end * end - 2 * volatility * volatility * Math.log(u))) / 2;
  }

  #drawVolume(move: number, activity: number): number {
    const noise = Math.exp(0.35 * this.#prng.normal() - 0.06);
    const units = this.#volumePerBar * activity * (0.4 + 0.75 * move) * noise;
    return Math.round(units * POW10[this.#spec.qtyDecimals]!);
  }

  #ticksOf(logPrice: number): number {
    return Math.max(1, Math.round(Math.exp(logPrice) * POW10[this.#spec.priceDecimals]!));
  }
}

/** The synthetic market as a source; `instrumentSpecs` are the rules of its symbols, in order. */
export class SyntheticMarket implements MarketSource {
  readonly feeds: readonly SourceFeed[];
  readonly instrumentSpecs: readonly InstrumentSpec[];
  readonly #options: SyntheticMarketOptions;
  readonly #factor: ShockProcess;
  readonly #series: readonly SymbolSeries[];
  #openUs: EpochUs;
  #queue: MarketEvent[] = [];
  #at = 0;

  constructor(options: SyntheticMarketOptions) {
    const { symbols, startUs, barUs } = options;
    assert(symbols.length > 0, 'a synthetic market has at least one symbol');
    assert(Number.isSafeInteger(barUs) && barUs > 0, `a bar lasts a positive number of us, was ${barUs}`);
    assert(startUs % barUs === 0, `the start is a multiple of the bar, was ${startUs}`);
    const prng = new Prng(options.seed).split('synthetic-market');
    this.#options = options;
    const trendStrength = options.trendStrength ?? TREND_STRENGTH_DEFAULT;
    assert(
      trendStrength >= 0 && trendStrength <= TREND_STRENGTH_MAX,
      `trend strength is in [0, ${TREND_STRENGTH_MAX}]`,
    );
    this.#factor = new ShockProcess(prng.split('factor'), barUs, trendStrength);
    this.#series = symbols.map(
      (spec) => new SymbolSeries(spec, prng.split(spec.symbol), barUs, trendStrength),
    );
    this.#openUs = startUs;
    this.instrumentSpecs = symbols.map(syntheticInstrument);
    this.feeds = symbols.flatMap((_, instrumentIx) => [
      { instrumentIx, kind: 'mark', timeframeUs: null } as const,
      { instrumentIx, kind: 'funding', timeframeUs: null } as const,
      { instrumentIx, kind: 'candle', timeframeUs: barUs } as const,
    ]);
  }

  next(): MarketEvent | undefined {
    if (this.#at === this.#queue.length && !this.#makeBar()) return undefined;
    return this.#queue[this.#at++];
  }

  saveState(): unknown {
    return {
      factor: this.#factor.save(),
      series: this.#series.map((series) => series.save()),
      openUs: this.#openUs,
      queue: structuredClone(this.#queue.slice(this.#at)),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'synthetic market');
    const saved = record.series as readonly unknown[];
    assert(saved.length === this.#series.length, 'a saved synthetic market has the same symbols');
    this.#factor.load(record.factor as Float64Array);
    for (const [ix, series] of this.#series.entries()) series.load(saved[ix]);
    this.#openUs = record.openUs as number;
    this.#queue = structuredClone(record.queue) as MarketEvent[];
    this.#at = 0;
  }

  /** Makes all events of the bar that opens now: marks and funding of this moment first, then the candles that begin. */
  #makeBar(): boolean {
    const { startUs, endUs, barUs, feedLatencyUs } = this.#options;
    const openTsUs = this.#openUs;
    if (endUs !== null && openTsUs + barUs > endUs) return false;
    const queue: MarketEvent[] = [];
    const tsLocalUs = openTsUs + feedLatencyUs;
    const now = { tsVenueUs: openTsUs, tsLocalUs };
    for (const [instrumentIx, series] of this.#series.entries()) {
      queue.push({ kind: 'mark', instrumentIx, ...now, markTicks: series.markTicks });
    }
    if (openTsUs > startUs && openTsUs % FUNDING_INTERVAL_US < barUs) {
      for (const [instrumentIx, series] of this.#series.entries()) {
        queue.push({ kind: 'funding', instrumentIx, ...now, rateE12: series.drawFundingE12() });
      }
    }
    const market = this.#factor.step();
    const activity = activityAt(openTsUs);
    for (const [instrumentIx, series] of this.#series.entries()) {
      const { ticks, volumeLots } = series.step(market, activity);
      queue.push({
        kind: 'candle',
        instrumentIx,
        tsVenueUs: openTsUs + barUs,
        tsLocalUs: openTsUs + barUs + feedLatencyUs,
        timeframeUs: barUs,
        openTsUs,
        openTicks: ticks[0]!,
        highTicks: ticks[1]!,
        lowTicks: ticks[2]!,
        closeTicks: ticks[3]!,
        volumeLots,
      });
    }
    this.#queue = queue;
    this.#at = 0;
    this.#openUs = openTsUs + barUs;
    return true;
  }
}

/** Makes a synthetic market; one seed gives the same events for ever. */
export function syntheticMarket(options: SyntheticMarketOptions): SyntheticMarket {
  return new SyntheticMarket(options);
}
