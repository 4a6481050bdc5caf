/**
 * Candles of several timeframes from trades, exact and without look-ahead. The rules:
 *  C1  A candle covers [open, open + timeframe) by the venue's time, aligned to the epoch (a week so built begins on a Thursday). A trade at
 *      its end belongs to the next one.
 *  C2  The watermark is the latest venue time of a trade, or what `advance` tells. A candle closes when the watermark reaches its end + the
 *      lateness allowed; it is handed over before the trade that closed it is counted. Candles close in the order of their ends, shorter
 *      ones first. Whoever calls `advance` takes the time from the events (e.g. the time of any event of the feed), never from a clock of
 *      the wall: then live and replay close the same candles at the same place.
 *  C3  Open is the first price, close the last, by (venue time, id of the trade, arrival), so that order of arrival within the lateness does
 *      not matter; high and low are the extremes. Volumes are sums in lots and in ticks x lots, also of the part in which the taker bought;
 *      `tradeCount` counts prints.
 *  C4  A stretch without trades gives no candle (`emptyBars: 'none'`; Kraken), or one that repeats the last close with volume 0 (`'repeat'`;
 *      Binance, KuCoin), once there was a trade. More than `emptyBarsMax` at once are not told at all, and counted.
 *  C5  A trade is late when the stretch it belongs to has closed: the longest of which all timeframes are multiples (the shortest timeframe,
 *      where that divides the others). It is counted, with its lots, and goes into no candle, so shorter ones always add up to the longer.
 *  C6  A closed candle never changes. Corrections are not told again: what live has seen, a replay must see. (No venue served here busts or
 *      corrects trades; who wants a healed history downloads it and builds it anew.)
 *  C7  A trade whose id is among the last `recentIdsMax` taken is a duplicate: counted, not taken, even if it differs. Id -1 = no id.
 *  C8  A trade without a price above 0, a quantity above 0 in whole ticks and lots, and one that claims to be from more than `aheadMaxUs` after
 *      its arrival (it would close everything) are refused and counted.
 *  C9  Trades are complete from `completeFromUs` on; a candle that opens before it is dropped. Where nothing is known (`null`) that is the
 *      moment after the first trade: the candle in which the stream began is always dropped, as part of it may be missing.
 *  C10 Losses told by `lost` make every candle that they touch partial; it closes as ever. A loss told after that is counted.
 */
import { assert, type EpochUs, floorToTimeframe, US_PER_SECOND } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { BarTally } from './bar-tally.ts';
import { LossList } from './loss-list.ts';
import { RecentIds } from './recent-ids.ts';
import type { TradeCandle, TradeTick } from './trade-candle.ts';

/** What to build, and the bounds. */
export interface TradeCandleOptions {
  /** Any set of timeframes, in microseconds. */
  readonly timeframesUs: readonly number[];
  /** How long after its end a candle waits for late trades (C2); 0 where trades come in order. */
  readonly latenessUs?: number;
  readonly emptyBars?: 'none' | 'repeat';
  readonly emptyBarsMax?: number;
  readonly completeFromUs?: EpochUs | null;
  readonly aheadMaxUs?: number;
  readonly recentIdsMax?: number;
  readonly onCandle: (candle: TradeCandle) => void;
}

/** What a builder has counted. */
export interface TradeCandleCounts {
  readonly taken: number;
  readonly late: number;
  readonly lateLots: number;
  readonly duplicate: number;
  readonly refused: number;
  /** Candles dropped by C9. */
  readonly dropped: number;
  /** Empty candles that were too many at once (C4). */
  readonly untold: number;
  /** Losses told after a candle that they touch had closed. */
  readonly lossesTooLate: number;
}

/** Stretches that may wait for late trades at a time. */
const OPEN_STRETCHES_MAX = 4_096;
const DEFAULTS = {
  latenessUs: 0,
  emptyBars: 'none',
  emptyBarsMax: 100_000,
  aheadMaxUs: 60 * US_PER_SECOND,
  recentIdsMax: 4_096,
} as const;

interface Frame {
  readonly timeframeUs: number;
  readonly tally: BarTally;
  /** End of the candle being built. */
  endUs: EpochUs;
  /** 0 = none yet. */
  lastCloseTicks: number;
}

/** Builds candles trade by trade. */
export class TradeCandleBuilder implements Taped {
  readonly #options: TradeCandleOptions & Required<Omit<TradeCandleOptions, 'completeFromUs' | 'onCandle'>>;
  /** The stretch of which all candles are whole multiples. */
  readonly #stretchUs: number;
  readonly #longestUs: number;
  /** By length. */
  readonly #frames: readonly Frame[];
  /** Stretches still open, by number modulo their count. */
  readonly #stretches: readonly BarTally[];
  readonly #ids: RecentIds;
  readonly #losses = new LossList();
  #hasBegun = false;
  #hasTraded = false;
  #completeFromUs: EpochUs;
  #watermarkUs: EpochUs = 0;
  /** Everything before it has closed; a whole number of stretches. */
  #frontierUs: EpochUs = 0;
  #taken = 0;
  #late = 0;
  #lateLots = 0;
  #duplicate = 0;
  #refused = 0;
  #dropped = 0;
  #untold = 0;
  #lossesTooLate = 0;

  constructor(options: TradeCandleOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { latenessUs, timeframesUs } = this.#options;
    assert(
      timeframesUs.length > 0 && timeframesUs.every((each) => Number.isSafeInteger(each) && each > 0),
      'timeframes are positive integers',
    );
    assert(Number.isSafeInteger(latenessUs) && latenessUs >= 0, 'the lateness allowed is a whole number');
    this.#stretchUs = timeframesUs.reduce(greatestDivisor);
    this.#longestUs = Math.max(...timeframesUs);
    this.#frames = [...new Set(timeframesUs)]
      .sort((a, b) => a - b)
      .map((timeframeUs) => ({ timeframeUs, tally: new BarTally(), endUs: 0, lastCloseTicks: 0 }));
    const stretchCount = Math.ceil(latenessUs / this.#stretchUs) + 2;
    assert(stretchCount <= OPEN_STRETCHES_MAX, `at most ${OPEN_STRETCHES_MAX} stretches are open at a time`);
    this.#stretches = Array.from({ length: stretchCount }, () => new BarTally());
    this.#ids = new RecentIds(this.#options.recentIdsMax);
    this.#completeFromUs = options.completeFromUs ?? Number.POSITIVE_INFINITY;
  }

  /** What was counted since the beginning. */
  get counts(): TradeCandleCounts {
    return {
      taken: this.#taken,
      late: this.#late,
      lateLots: this.#lateLots,
      duplicate: this.#duplicate,
      refused: this.#refused,
      dropped: this.#dropped,
      untold: this.#untold,
      lossesTooLate: this.#lossesTooLate,
    };
  }

  /** Takes the next trade; candles that it closes are handed over first. */
  push(trade: TradeTick): void {
    if (!this.#isPlausible(trade)) {
      this.#refused++;
      return;
    }
    if (trade.tradeId >= 0 && this.#ids.has(trade.tradeId)) {
      this.#duplicate++;
      return;
    }
    this.advance(trade.tsVenueUs);
    if (!this.#hasTraded && this.#completeFromUs === Number.POSITIVE_INFINITY) {
      this.#completeFromUs = trade.tsVenueUs + 1;
    }
    this.#hasTraded = true;
    if (trade.tsVenueUs < this.#frontierUs) {
      this.#late++;
      this.#lateLots += trade.qtyLots;
      return;
    }
    if (trade.tradeId >= 0) this.#ids.add(trade.tradeId);
    this.#taken++;
    this.#stretchAt(trade.tsVenueUs).add(trade);
  }

  /** Moves the watermark (C2): nothing of before `tsUs` is expected any more, but for the lateness allowed. A time that has passed does nothing. */
  advance(tsUs: EpochUs): void {
    if (this.#hasBegun && tsUs <= this.#watermarkUs) return;
    this.#watermarkUs = tsUs;
    const frontierUs = floorToTimeframe(tsUs - this.#options.latenessUs, this.#stretchUs);
    if (this.#hasBegun) {
      if (frontierUs > this.#frontierUs) this.#closeUntil(frontierUs);
      return;
    }
    this.#hasBegun = true;
    this.#frontierUs = frontierUs;
    for (const frame of this.#frames) frame.endUs = endAfter(frontierUs, frame.timeframeUs);
  }

  /** Tells that trades of [`fromUs`, `toUs`] are missing (C10). */
  lost(fromUs: EpochUs, toUs: EpochUs): void {
    assert(fromUs <= toUs, 'a loss ends after it begins');
    if (this.#hasBegun && fromUs < this.#frontierUs) this.#lossesTooLate++;
    this.#losses.add(fromUs, toUs);
  }

  /** Returns the candle in the making that the watermark lies in; `undefined` while nothing was traded in it. */
  running(timeframeUs: number): TradeCandle | undefined {
    const frame = this.#frames.find((each) => each.timeframeUs === timeframeUs);
    assert(frame !== undefined, `candles of ${timeframeUs} us are being built`);
    const openUs = floorToTimeframe(this.#watermarkUs, timeframeUs);
    const tally = new BarTally();
    if (frame.endUs === openUs + timeframeUs) tally.append(frame.tally);
    const fromUs = Math.max(openUs, this.#frontierUs);
    for (let us = fromUs; us <= this.#watermarkUs; us += this.#stretchUs) tally.append(this.#stretchAt(us));
    return tally.tradeCount === 0 ? undefined : this.#candleOf(tally, openUs, timeframeUs);
  }

  tape(tape: StateTape): void {
    for (const frame of this.#frames) {
      frame.tally.tape(tape);
      frame.endUs = tape.number(frame.endUs);
      frame.lastCloseTicks = tape.number(frame.lastCloseTicks);
    }
    for (const stretch of this.#stretches) stretch.tape(tape);
    this.#ids.tape(tape);
    this.#losses.tape(tape);
    this.#hasBegun = tape.number(this.#hasBegun ? 1 : 0) === 1;
    this.#hasTraded = tape.number(this.#hasTraded ? 1 : 0) === 1;
    this.#completeFromUs = tape.number(this.#completeFromUs);
    this.#watermarkUs = tape.number(this.#watermarkUs);
    this.#frontierUs = tape.number(this.#frontierUs);
    this.#taken = tape.number(this.#taken);
    this.#late = tape.number(this.#late);
    this.#lateLots = tape.number(this.#lateLots);
    this.#duplicate = tape.number(this.#duplicate);
    this.#refused = tape.number(this.#refused);
    this.#dropped = tape.number(this.#dropped);
    this.#untold = tape.number(this.#untold);
    this.#lossesTooLate = tape.number(this.#lossesTooLate);
  }

  /** Rule C8. */
  #isPlausible({ priceTicks, qtyLots, tsLocalUs, tsVenueUs }: TradeTick): boolean {
    return (
      Number.isSafeInteger(priceTicks) &&
      priceTicks > 0 &&
      Number.isSafeInteger(qtyLots) &&
      qtyLots > 0 &&
      Number.isSafeInteger(tsVenueUs) &&
      tsVenueUs >= 0 &&
      tsVenueUs <= tsLocalUs + this.#options.aheadMaxUs
    );
  }

  #stretchAt(tsUs: EpochUs): BarTally {
    return this.#stretches[Math.floor(tsUs / this.#stretchUs) % this.#stretches.length]!;
  }

  /** Moves the frontier to `untilUs`: open stretches go into the candles, oldest first, and the candles that end on the way close. */
  #closeUntil(untilUs: EpochUs): void {
    const openEndUs = this.#frontierUs + this.#stretches.length * this.#stretchUs;
    for (let us = this.#frontierUs; us < untilUs && us < openEndUs; us += this.#stretchUs) {
      const stretch = this.#stretchAt(us);
      if (stretch.tradeCount === 0) continue;
      this.#closeCandles(us);
      for (const frame of this.#frames) frame.tally.append(stretch);
      stretch.clear();
    }
    this.#closeCandles(untilUs);
    this.#frontierUs = untilUs;
    this.#losses.forgetBefore(untilUs - this.#longestUs);
  }

  /** Closes every candle that ends at or before `untilUs`, in the order of their ends, shorter ones first. */
  #closeCandles(untilUs: EpochUs): void {
    for (;;) {
      let next: Frame | undefined;
      for (const frame of this.#frames) {
        if (frame.endUs <= untilUs && (next === undefined || frame.endUs < next.endUs)) next = frame;
      }
      if (next === undefined) return;
      if (next.tally.tradeCount > 0) this.#closeTraded(next);
      else this.#closeEmpty(next, untilUs);
    }
  }

  #closeTraded(frame: Frame): void {
    const { tally, timeframeUs } = frame;
    const candle = this.#candleOf(tally, frame.endUs - timeframeUs, timeframeUs);
    frame.lastCloseTicks = tally.closeTicks;
    frame.endUs += timeframeUs;
    tally.clear();
    this.#handOver(candle);
  }

  /** Rule C4: repeats the last close, or skips to the candle that `untilUs` lies in. */
  #closeEmpty(frame: Frame, untilUs: EpochUs): void {
    const { emptyBars, emptyBarsMax } = this.#options;
    const { lastCloseTicks, tally, timeframeUs } = frame;
    const count = (endAfter(untilUs, timeframeUs) - frame.endUs) / timeframeUs;
    if (emptyBars === 'none' || lastCloseTicks === 0 || count > emptyBarsMax) {
      if (emptyBars === 'repeat' && lastCloseTicks > 0) this.#untold += count;
      frame.endUs += count * timeframeUs;
      return;
    }
    tally.openTicks = lastCloseTicks;
    tally.highTicks = lastCloseTicks;
    tally.lowTicks = lastCloseTicks;
    tally.closeTicks = lastCloseTicks;
    const candle = this.#candleOf(tally, frame.endUs - timeframeUs, timeframeUs);
    frame.endUs += timeframeUs;
    this.#handOver(candle);
  }

  #candleOf(tally: BarTally, openTsUs: EpochUs, timeframeUs: number): TradeCandle {
    const { closeTicks, highTicks, lowTicks, openTicks, takerBuyLots, tradeCount, volumeLots } = tally;
    assert(Number.isSafeInteger(volumeLots), 'the volume of a candle is a safe integer of lots');
    return {
      ...{ timeframeUs, openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots },
      quoteVolume: tally.quote.toBigInt(),
      tradeCount,
      takerBuyLots,
      takerBuyQuote: tally.takerBuyQuote.toBigInt(),
      isPartial: this.#losses.touches(openTsUs, openTsUs + timeframeUs),
    };
  }

  /** Rule C9. */
  #handOver(candle: TradeCandle): void {
    if (candle.openTsUs < this.#completeFromUs) this.#dropped++;
    else this.#options.onCandle(candle);
  }
}

/** Returns the first whole multiple of `timeframeUs` after `tsUs`. */
function endAfter(tsUs: EpochUs, timeframeUs: number): EpochUs {
  return floorToTimeframe(tsUs, timeframeUs) + timeframeUs;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
