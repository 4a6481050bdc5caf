/**
 * One symbol of a tape that is told finely: a bar becomes prints at the touch of an invented book whose middle goes from the open by both extremes to the
 * close. Nothing between the four prices of a bar is known; it is drawn from the seed.
 */
import { assert, type EpochUs, type Prng, stateRecord, US_PER_SECOND } from '#core';
import type { CandleEvent, MarketEvent, Side } from '#domain';
import { InventedBook } from './invented-book.ts';

/** Funding of the first interval, before any was drawn: 0.01 % in 10^-12. */
const FIRST_FUNDING_E12 = 100_000_000;
/** Prints of a step: none, one or two. */
const PRINT_SHARE = 0.45;

/** One symbol in mid-bar. */
export class SymbolTape {
  readonly #prng: Prng;
  readonly #book: InventedBook;
  readonly #staysInBar: boolean;
  #tradeId = 0;
  #candle: CandleEvent | null = null;
  #isLowFirst = false;
  #fundingE12 = FIRST_FUNDING_E12;

  /** With `staysInBar` the middle never leaves the range of its bar. */
  constructor(prng: Prng, volumeLotsPerMinute: number, priceTicks: number, staysInBar = false) {
    this.#prng = prng;
    this.#staysInBar = staysInBar;
    this.#book = new InventedBook(prng.split('book'), volumeLotsPerMinute, priceTicks);
  }

  /** Returns the rate that settles now, the one shown until now, and shows the drawn one from here on. */
  turnFunding(drawnE12: number): number {
    const settledE12 = this.#fundingE12;
    this.#fundingE12 = drawnE12;
    return settledE12;
  }

  /** The rate of the next settlement, known as soon as its interval begins. */
  get fundingE12(): number {
    return this.#fundingE12;
  }

  begin(candle: CandleEvent): void {
    this.#candle = candle;
    this.#isLowFirst = this.#prng.uniform() < 0.5;
  }

  /** Adds what happens at a moment of the bar; `share` of the bar's time has passed. */
  addStep(events: MarketEvent[], tsUs: EpochUs, latencyUs: number, share: number, stepShare: number): void {
    const candle = this.#candle;
    assert(candle !== null, 'a bar has begun before it is told');
    const base = { instrumentIx: candle.instrumentIx, tsVenueUs: tsUs, tsLocalUs: tsUs + latencyUs };
    const midTicks = this.#midTicks(candle, share);
    const draw = this.#prng.uniform();
    // Where nobody traded there are no prints.
    if (draw < PRINT_SHARE && this.#book.isFilled && candle.volumeLots > 0) {
      const wishLots = Math.round((candle.volumeLots * stepShare * this.#prng.exponential(1)) / PRINT_SHARE);
      const takerSide: Side = midTicks > this.#book.midTicks ? 'buy' : 'sell';
      const side: Side = draw < PRINT_SHARE / 3 ? (takerSide === 'buy' ? 'sell' : 'buy') : takerSide;
      const print = this.#book.take(side, Math.max(1, wishLots));
      events.push({ kind: 'trade', ...base, tradeId: ++this.#tradeId, ...print, takerSide: side });
    }
    const change = this.#book.moveTo(midTicks);
    if (change !== null) events.push({ kind: 'book', ...base, ...change });
    if (tsUs % US_PER_SECOND < stepShare * candle.timeframeUs)
      events.push({ kind: 'mark', ...base, markTicks: midTicks });
  }

  save(): unknown {
    return {
      prng: [...this.#prng.save()],
      book: this.#book.save(),
      tradeId: this.#tradeId,
      candle: structuredClone(this.#candle),
      isLowFirst: this.#isLowFirst,
      fundingE12: this.#fundingE12,
    };
  }

  load(state: unknown): void {
    const record = stateRecord(state, 'symbol tape');
    this.#prng.load(record.prng as [number, number, number, number]);
    this.#book.load(record.book);
    this.#tradeId = record.tradeId as number;
    this.#candle = structuredClone(record.candle) as CandleEvent | null;
    this.#isLowFirst = record.isLowFirst as boolean;
    this.#fundingE12 = record.fundingE12 as number;
  }

  /** Open, one extreme at a quarter, the other at three quarters, close: the way of `candle-path.ts`, with a little noise. */
  #midTicks(candle: CandleEvent, share: number): number {
    const { openTicks, lowTicks, highTicks, closeTicks } = candle;
    const [first, second] = this.#isLowFirst ? [lowTicks, highTicks] : [highTicks, lowTicks];
    const [from, to, begin, span] =
      share < 0.25
        ? [openTicks, first, 0, 0.25]
        : share < 0.75
          ? [first, second, 0.25, 0.5]
          : [second, closeTicks, 0.75, 0.25];
    const path = from + ((to - from) * (share - begin)) / span;
    const noise = (highTicks - lowTicks) * 0.02 * this.#prng.normal();
    const midTicks = Math.max(1, Math.round(path + noise));
    return this.#staysInBar ? Math.min(highTicks, Math.max(lowTicks, midTicks)) : midTicks;
  }
}
