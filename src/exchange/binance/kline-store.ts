/**
 * The bars of one symbol: minutes that are kept, and every longer interval made of them. Bars of before the exchange was started come as
 * summaries of the synthetic market. Invariant: minutes follow each other without a gap; at most `MINUTES_MAX` are kept.
 */
import { assert, type EpochUs, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { CandleEvent, TradeEvent } from '#domain';

/** A bar, finished or not; volumes in lots and in ticks x lots. */
export interface Kline {
  readonly openUs: EpochUs;
  openTicks: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  volumeLots: number;
  quoteTickLots: number;
  takerBuyLots: number;
  takerBuyTickLots: number;
  tradeCount: number;
  firstTradeId: number;
  lastTradeId: number;
}

/** Seven days. */
const MINUTES_MAX = 10_080;
/** Dropped together, so that dropping is cheap. */
const DROPPED = 1_440;

const WEEK_US = 7 * US_PER_DAY;
/** The epoch began on a Thursday; weeks begin on Mondays. */
const MONDAY_US = 4 * US_PER_DAY;

const FIXED_US: Readonly<Record<string, number>> = {
  '1m': US_PER_MINUTE,
  '3m': 3 * US_PER_MINUTE,
  '5m': 5 * US_PER_MINUTE,
  '15m': 15 * US_PER_MINUTE,
  '30m': 30 * US_PER_MINUTE,
  '1h': US_PER_HOUR,
  '2h': 2 * US_PER_HOUR,
  '4h': 4 * US_PER_HOUR,
  '6h': 6 * US_PER_HOUR,
  '8h': 8 * US_PER_HOUR,
  '12h': 12 * US_PER_HOUR,
  '1d': US_PER_DAY,
  '3d': 3 * US_PER_DAY,
};

/** The intervals of the venue. */
export const KLINE_INTERVALS: readonly string[] = [...Object.keys(FIXED_US), '1w', '1M'];

/** Returns where the bar of an interval that holds a moment begins and ends: [start, end). */
export function klineSpan(interval: string, tsUs: EpochUs): readonly [startUs: EpochUs, endUs: EpochUs] {
  if (interval === '1M') {
    const date = new Date(tsUs / 1_000);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return [Date.UTC(year, month) * 1_000, Date.UTC(year, month + 1) * 1_000];
  }
  if (interval === '1w') {
    const startUs = tsUs - ((tsUs - MONDAY_US) % WEEK_US);
    return [startUs, startUs + WEEK_US];
  }
  const lengthUs = FIXED_US[interval];
  assert(lengthUs !== undefined, `an interval is one of the venue, was ${interval}`);
  const startUs = tsUs - (tsUs % lengthUs);
  return [startUs, startUs + lengthUs];
}

/** The minutes of one symbol. */
export class KlineStore {
  #minutes: Kline[] = [];

  /** The last bar, finished or not; `undefined` before the first. */
  get last(): Kline | undefined {
    return this.#minutes.at(-1);
  }

  /** Takes a finished minute of before the tape; its quote volume is that of its middle price, half of it bought. */
  addHistory(candle: CandleEvent): void {
    const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, volumeLots } = candle;
    const middleTicks = Math.round((openTicks + highTicks + lowTicks + closeTicks) / 4);
    const takerBuyLots = Math.floor(volumeLots / 2);
    this.#push({
      openUs: openTsUs,
      openTicks,
      highTicks,
      lowTicks,
      closeTicks,
      volumeLots,
      quoteTickLots: middleTicks * volumeLots,
      takerBuyLots,
      takerBuyTickLots: middleTicks * takerBuyLots,
      tradeCount: 0,
      firstTradeId: 0,
      lastTradeId: 0,
    });
  }

  /** Takes a print. */
  addTrade(trade: TradeEvent): void {
    const { priceTicks, qtyLots, takerSide, tradeId, tsVenueUs } = trade;
    this.rollTo(tsVenueUs, priceTicks);
    const bar = this.last;
    assert(bar !== undefined, 'a bar has begun before its first print');
    if (bar.tradeCount === 0) {
      bar.openTicks = priceTicks;
      bar.highTicks = priceTicks;
      bar.lowTicks = priceTicks;
      bar.firstTradeId = tradeId;
    }
    bar.highTicks = Math.max(bar.highTicks, priceTicks);
    bar.lowTicks = Math.min(bar.lowTicks, priceTicks);
    bar.closeTicks = priceTicks;
    bar.volumeLots += qtyLots;
    bar.quoteTickLots += priceTicks * qtyLots;
    if (takerSide === 'buy') {
      bar.takerBuyLots += qtyLots;
      bar.takerBuyTickLots += priceTicks * qtyLots;
    }
    bar.tradeCount++;
    bar.lastTradeId = tradeId;
  }

  /** Begins the minutes up to a moment; ones without a print stand at the last close, the very first one at `firstTicks`. */
  rollTo(tsUs: EpochUs, firstTicks: number): void {
    const minuteUs = tsUs - (tsUs % US_PER_MINUTE);
    let openUs = this.last === undefined ? minuteUs : this.last.openUs + US_PER_MINUTE;
    for (; openUs <= minuteUs; openUs += US_PER_MINUTE)
      this.#push(flat(openUs, this.last?.closeTicks ?? firstTicks));
  }

  /** Returns the bars of an interval that begin within [`fromUs`, `toUs`], oldest first. */
  bars(interval: string, fromUs: EpochUs, toUs: EpochUs): Kline[] {
    const bars: Kline[] = [];
    let endUs = Number.NEGATIVE_INFINITY;
    for (const minute of this.#minutes) {
      if (minute.openUs >= endUs) {
        const [startUs, nextUs] = klineSpan(interval, minute.openUs);
        endUs = nextUs;
        bars.push({ ...minute, openUs: startUs });
        continue;
      }
      const bar = bars.at(-1);
      assert(bar !== undefined, 'a minute belongs to a bar that has begun');
      join(bar, minute);
    }
    return bars.filter(({ openUs }) => openUs >= fromUs && openUs <= toUs);
  }

  /** Returns the bar of an interval that holds a moment, as far as its minutes are known; `null` when none is. */
  barAt(interval: string, tsUs: EpochUs): Kline | null {
    const [startUs, endUs] = klineSpan(interval, tsUs);
    let at = this.#minutes.length - 1;
    while (at >= 0 && (this.#minutes[at]?.openUs ?? 0) >= startUs) at--;
    let bar: Kline | null = null;
    for (const minute of this.#minutes.slice(at + 1)) {
      if (minute.openUs >= endUs) break;
      if (bar === null) bar = { ...minute, openUs: startUs };
      else join(bar, minute);
    }
    return bar;
  }

  /** Returns all minutes from a moment on as one bar; `null` when there is none. */
  since(fromUs: EpochUs): Kline | null {
    let sum: Kline | null = null;
    for (const minute of this.#minutes) {
      if (minute.openUs < fromUs) continue;
      if (sum === null) sum = { ...minute };
      else join(sum, minute);
    }
    return sum;
  }

  #push(bar: Kline): void {
    this.#minutes.push(bar);
    if (this.#minutes.length > MINUTES_MAX) this.#minutes = this.#minutes.slice(DROPPED);
  }
}

function flat(openUs: EpochUs, ticks: number): Kline {
  return {
    openUs,
    openTicks: ticks,
    highTicks: ticks,
    lowTicks: ticks,
    closeTicks: ticks,
    volumeLots: 0,
    quoteTickLots: 0,
    takerBuyLots: 0,
    takerBuyTickLots: 0,
    tradeCount: 0,
    firstTradeId: 0,
    lastTradeId: 0,
  };
}

function join(bar: Kline, minute: Kline): void {
  bar.highTicks = Math.max(bar.highTicks, minute.highTicks);
  bar.lowTicks = Math.min(bar.lowTicks, minute.lowTicks);
  bar.closeTicks = minute.closeTicks;
  bar.volumeLots += minute.volumeLots;
  bar.quoteTickLots += minute.quoteTickLots;
  bar.takerBuyLots += minute.takerBuyLots;
  bar.takerBuyTickLots += minute.takerBuyTickLots;
  if (bar.tradeCount === 0) bar.firstTradeId = minute.firstTradeId;
  bar.tradeCount += minute.tradeCount;
  if (minute.tradeCount > 0) bar.lastTradeId = minute.lastTradeId;
}
