/**
 * The synthetic market told finely: the bars of `SyntheticMarket` become prints and a book that change many times a second, so that an
 * exchange has something to stream and orders have a queue to stand in. Bars before `tapeFromUs` are handed on as summaries, as history.
 * Nothing of it is real. Equal options give equal bytes. Invariants: the book is never crossed, update ids have no gaps, print ids count up.
 */
import { assert, type EpochUs, Prng, stateRecord, US_PER_SECOND } from '#core';
import type { CandleEvent, InstrumentSpec, MarketEvent, Side } from '#domain';
import type { MarketSource, SourceFeed } from '../source.ts';
import { InventedBook } from './invented-book.ts';
import { SyntheticMarket, type SyntheticMarketOptions } from './synthetic-market.ts';

/** What a synthetic tape is made from: a market, and from when on it is told finely. */
export interface SyntheticTapeOptions extends SyntheticMarketOptions {
  /** Open of the first bar that is told as prints and book, a multiple of `barUs`. */
  readonly tapeFromUs: EpochUs;
  /** Time between two looks of one symbol; divides a second. */
  readonly stepUs: number;
}

/** Funding of the first interval, before any was drawn: 0.01 % in 10^-12. */
const FIRST_FUNDING_E12 = 100_000_000;
/** Prints of a step: none, one or two. */
const PRINT_SHARE = 0.45;

/** One symbol in mid-bar. */
class SymbolTape {
  readonly #prng: Prng;
  readonly #book: InventedBook;
  #tradeId = 0;
  #candle: CandleEvent | null = null;
  #isLowFirst = false;
  #fundingE12 = FIRST_FUNDING_E12;

  constructor(prng: Prng, volumeLotsPerMinute: number, priceTicks: number) {
    this.#prng = prng;
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
    if (draw < PRINT_SHARE && this.#book.isFilled) {
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
    return Math.max(1, Math.round(path + noise));
  }
}

/** The synthetic market as a source of books, prints and marks. */
export class SyntheticTape implements MarketSource {
  readonly feeds: readonly SourceFeed[];
  readonly instrumentSpecs: readonly InstrumentSpec[];
  readonly #options: SyntheticTapeOptions;
  readonly #market: SyntheticMarket;
  readonly #tapes: readonly SymbolTape[];
  #queue: MarketEvent[] = [];
  #at = 0;

  constructor(options: SyntheticTapeOptions) {
    const { barUs, seed, stepUs, symbols, tapeFromUs } = options;
    assert(US_PER_SECOND % stepUs === 0 && barUs % stepUs === 0, `a step divides a second, was ${stepUs}`);
    assert(tapeFromUs % barUs === 0, `the tape begins with a bar, was ${tapeFromUs}`);
    this.#options = options;
    this.#market = new SyntheticMarket(options);
    this.instrumentSpecs = this.#market.instrumentSpecs;
    const prng = new Prng(seed).split('synthetic-tape');
    this.#tapes = symbols.map((symbol) => {
      const lots = symbol.minuteVolume * 10 ** symbol.qtyDecimals;
      return new SymbolTape(prng.split(symbol.symbol), lots, symbol.startPrice * 10 ** symbol.priceDecimals);
    });
    this.feeds = symbols.flatMap((_, instrumentIx) =>
      (['book', 'trade', 'mark', 'funding'] as const).map((kind) => ({
        instrumentIx,
        kind,
        timeframeUs: null,
      })),
    );
  }

  /** Returns the rate that the next settlement of an instrument will have, 10^-12. */
  fundingE12(instrumentIx: number): number {
    const tape = this.#tapes[instrumentIx];
    assert(tape !== undefined, `a tape has the instrument ${instrumentIx}`);
    return tape.fundingE12;
  }

  next(): MarketEvent | undefined {
    while (this.#at === this.#queue.length) if (!this.#makeBar()) return undefined;
    return this.#queue[this.#at++];
  }

  saveState(): unknown {
    return {
      market: this.#market.saveState(),
      tapes: this.#tapes.map((tape) => tape.save()),
      queue: structuredClone(this.#queue.slice(this.#at)),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'synthetic tape');
    this.#market.loadState(record.market);
    const saved = record.tapes as readonly unknown[];
    assert(saved.length === this.#tapes.length, 'a saved tape has the same symbols');
    for (const [ix, tape] of this.#tapes.entries()) tape.load(saved[ix]);
    this.#queue = structuredClone(record.queue) as MarketEvent[];
    this.#at = 0;
  }

  /** Reads one bar of every symbol and tells it; false at the end of the market. */
  #makeBar(): boolean {
    const queue: MarketEvent[] = [];
    const candles: CandleEvent[] = [];
    while (candles.length < this.#tapes.length) {
      const event = this.#market.next();
      if (event === undefined) return false;
      if (event.kind === 'candle') candles.push(event);
      else if (event.kind === 'funding') {
        const rateE12 = this.#tapes[event.instrumentIx]?.turnFunding(event.rateE12) ?? event.rateE12;
        queue.push({ ...event, rateE12 });
      }
    }
    const openTsUs = candles[0]?.openTsUs ?? 0;
    if (openTsUs < this.#options.tapeFromUs) {
      for (const candle of candles) queue.push({ ...candle, isSummary: true });
    } else this.#tell(candles, openTsUs, queue);
    this.#queue = queue;
    this.#at = 0;
    return true;
  }

  #tell(candles: readonly CandleEvent[], openTsUs: EpochUs, queue: MarketEvent[]): void {
    const { barUs, feedLatencyUs, stepUs } = this.#options;
    for (const candle of candles) this.#tapes[candle.instrumentIx]?.begin(candle);
    for (let afterUs = 0; afterUs < barUs; afterUs += stepUs) {
      // A symbol a microsecond: no two of them move at the same moment.
      for (const [ix, tape] of this.#tapes.entries())
        tape.addStep(queue, openTsUs + afterUs + ix, feedLatencyUs, afterUs / barUs, stepUs / barUs);
    }
  }
}
