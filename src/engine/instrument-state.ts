/** What the engine knows of one instrument's market: last price, top of book, features. */

import { L2Book } from '#book';
import { type Checkpointable, type EpochUs, stateRecord } from '#core';
import {
  type BookEvent,
  type CandleEvent,
  type FundingEvent,
  type Instrument,
  priceOf,
  qtyOf,
} from '#domain';
import type { FeaturePipeline } from '#features';

/** Market state of one instrument. */
export class InstrumentState implements Checkpointable {
  readonly instrument: Instrument;
  readonly pipeline: FeaturePipeline | null;
  readonly #decisionUs: number;
  lastTicks = 0;
  lastTsUs: EpochUs = 0;
  /** False while the feed says that its data are not to be used. */
  isFeedUsable = true;
  /** First price at or after the start of trading, the base of buy and hold. */
  firstTicks = 0;
  /** Top of the book; 0 while no book was seen. */
  bidTicks = 0;
  askTicks = 0;
  /** Rate of the last funding settlement and the time since the one before; `null` before the second one. */
  funding: { readonly rateE12: number; readonly intervalUs: number } | null = null;
  fundingTsUs: EpochUs = 0;
  /** Bars that were missing while it was traded. */
  barsMissing = 0;
  /** Price at the last decision, for the `book_signal` trigger. */
  decisionTicks = 0;
  #book: L2Book | null = null;
  #decisionMinute = -1;
  #decisionCount = 0;
  #lastCandleUs: EpochUs = Number.NEGATIVE_INFINITY;

  /** `pipeline` is `null` when no strategy reads features; `decisionUs`: length of a bar of the decision timeframe. */
  constructor(instrument: Instrument, pipeline: FeaturePipeline | null, decisionUs: number) {
    this.instrument = instrument;
    this.pipeline = pipeline;
    this.#decisionUs = decisionUs;
  }

  /** True for a candle that comes again or too late: its price is history, and features and account must not go back to it. */
  isOutdated(candle: CandleEvent): boolean {
    return candle.tsVenueUs <= this.#lastCandleUs;
  }

  /** Bars that are missing between the last candle and this one. */
  barsMissingBefore(candle: CandleEvent): number {
    if (this.#lastCandleUs === Number.NEGATIVE_INFINITY) return 0;
    return Math.max(0, Math.floor((candle.openTsUs - this.#lastCandleUs) / candle.timeframeUs));
  }

  /** Takes a closed candle that is not outdated; returns true when a bar of the decision timeframe closed with it. */
  onCandle(candle: CandleEvent): boolean {
    this.#lastCandleUs = candle.tsVenueUs;
    // A trade or a book that is younger knows the price better.
    if (candle.tsVenueUs >= this.lastTsUs) {
      this.lastTicks = candle.closeTicks;
      this.lastTsUs = candle.tsVenueUs;
    }
    if (this.pipeline === null) return (candle.openTsUs + candle.timeframeUs) % this.#decisionUs === 0;
    const { instrument } = this;
    this.pipeline.push(
      candle.openTsUs,
      priceOf(instrument, candle.openTicks),
      priceOf(instrument, candle.highTicks),
      priceOf(instrument, candle.lowTicks),
      priceOf(instrument, candle.closeTicks),
      qtyOf(instrument, candle.volumeLots),
    );
    return this.pipeline.decisionBarClosed;
  }

  /** Takes a snapshot or change of the book; the last price becomes its middle, rounded to a tick. */
  onBook(event: BookEvent): void {
    this.#book ??= new L2Book();
    if (event.isSnapshot) this.#book.applySnapshot(event.bids, event.asks);
    else this.#book.applyDelta(event.bids, event.asks);
    this.bidTicks = this.#book.bestBidTicks || 0;
    this.askTicks = this.#book.bestAskTicks || 0;
    this.lastTsUs = event.tsVenueUs;
    if (this.bidTicks > 0 && this.askTicks > 0)
      this.lastTicks = Math.round((this.bidTicks + this.askTicks) / 2);
  }

  /** Takes a funding settlement; its interval is the distance to the one before. */
  onFunding(event: FundingEvent): void {
    if (this.fundingTsUs > 0 && event.tsVenueUs > this.fundingTsUs) {
      this.funding = { rateE12: event.rateE12, intervalUs: event.tsVenueUs - this.fundingTsUs };
    }
    this.fundingTsUs = event.tsVenueUs;
  }

  /** The moment of the newest price that may be used; before all time while the feed is not usable. */
  get usableTsUs(): EpochUs {
    return this.isFeedUsable ? this.lastTsUs : Number.NEGATIVE_INFINITY;
  }

  /** True when the middle moved by half an average true range since the last decision. */
  get hasBookSignal(): boolean {
    const atr = this.pipeline?.atrFraction ?? Number.NaN;
    return Math.abs(this.lastTicks - this.decisionTicks) >= (this.decisionTicks * atr) / 2;
  }

  /** Counts a decision; false when the cap of this minute is reached. */
  admitDecision(nowUs: EpochUs, perMinuteMax: number): boolean {
    const minute = Math.floor(nowUs / 60_000_000);
    if (minute !== this.#decisionMinute) {
      this.#decisionMinute = minute;
      this.#decisionCount = 0;
    }
    if (this.#decisionCount >= perMinuteMax) return false;
    this.#decisionCount++;
    this.decisionTicks = this.lastTicks;
    return true;
  }

  saveState(): unknown {
    return {
      pipeline: this.pipeline?.saveState() ?? null,
      book: this.#book?.saveState() ?? null,
      funding: this.funding === null ? null : { ...this.funding },
      numbers: [
        this.lastTicks,
        this.lastTsUs,
        this.firstTicks,
        this.bidTicks,
        this.askTicks,
        this.decisionTicks,
        this.#decisionMinute,
        this.#decisionCount,
        this.fundingTsUs,
        this.#lastCandleUs,
        this.barsMissing,
        this.isFeedUsable ? 1 : 0,
      ],
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'instrument state');
    this.pipeline?.loadState(saved.pipeline);
    this.#book = null;
    if (saved.book !== null) {
      this.#book = new L2Book();
      this.#book.loadState(saved.book);
    }
    const numbers = saved.numbers as number[];
    [this.lastTicks, this.lastTsUs, this.firstTicks, this.bidTicks, this.askTicks, this.decisionTicks] =
      numbers as [number, number, number, number, number, number];
    this.#decisionMinute = numbers[6]!;
    this.#decisionCount = numbers[7]!;
    this.fundingTsUs = numbers[8]!;
    this.#lastCandleUs = numbers[9]!;
    this.barsMissing = numbers[10]!;
    this.isFeedUsable = numbers[11] === 1;
    this.funding = saved.funding as InstrumentState['funding'];
  }
}
