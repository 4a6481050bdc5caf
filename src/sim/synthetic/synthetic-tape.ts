/**
 * The synthetic market told finely: the bars of `SyntheticMarket` become prints and a book that change many times a second, so that an
 * exchange has something to stream and orders have a queue to stand in. Bars before `tapeFromUs` are handed on as summaries, as history.
 * Nothing of it is real. Equal options give equal bytes. Invariants: the book is never crossed, update ids have no gaps, print ids count up.
 */
import { assert, type EpochUs, Prng, stateRecord, US_PER_SECOND } from '#core';
import type { CandleEvent, InstrumentSpec, MarketEvent } from '#domain';
import type { MarketSource, SourceFeed } from '../source.ts';
import { SymbolTape } from './symbol-tape.ts';
import { SyntheticMarket, type SyntheticMarketOptions } from './synthetic-market.ts';

/** What a synthetic tape is made from: a market, and from when on it is told finely. */
export interface SyntheticTapeOptions extends SyntheticMarketOptions {
  /** Open of the first bar that is told as prints and book, a multiple of `barUs`. */
  readonly tapeFromUs: EpochUs;
  /** Time between two looks of one symbol; divides a second. */
  readonly stepUs: number;
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
