/**
 * What everybody may know of each symbol: book, prints, bars, mark, funding. It takes market events in order and answers questions; it knows
 * no account, and nothing that an account does changes it. Invariant: bounded, whatever the length of the run.
 */
import { L2Book } from '#book';
import { assert, type EpochUs, US_PER_HOUR } from '#core';
import type { Instrument, InstrumentTable, MarketEvent, Side, TradeEvent } from '#domain';
import { KlineStore } from './kline-store.ts';

/** A funding settlement that was. */
export interface SettledFunding {
  readonly tsUs: EpochUs;
  readonly rateE12: number;
  readonly markTicks: number;
}

const TRADES_KEPT_MAX = 20_000;
const TRADES_DROPPED = 5_000;
const FUNDINGS_KEPT_MAX = 1_000;
const FUNDING_INTERVAL_US = 8 * US_PER_HOUR;

/** One symbol. */
export class SymbolBoard {
  readonly instrument: Instrument;
  readonly book = new L2Book();
  readonly klines = new KlineStore();
  #trades: TradeEvent[] = [];
  readonly #fundings: SettledFunding[] = [];
  /** Last update of the book and when it was. */
  updateId = 0;
  bookUs: EpochUs = 0;
  /** `NaN` before the first one. */
  markTicks = Number.NaN;
  markUs: EpochUs = 0;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
  }

  /** Prints that are kept, oldest first. */
  get trades(): readonly TradeEvent[] {
    return this.#trades;
  }

  /** Settlements that are kept, oldest first. */
  get fundings(): readonly SettledFunding[] {
    return this.#fundings;
  }

  /** The last price; before the first print the close of the last bar; `NaN` when there is neither. */
  get lastTicks(): number {
    return this.#trades.at(-1)?.priceTicks ?? this.klines.last?.closeTicks ?? Number.NaN;
  }

  /** True once there are a price and a book. */
  get isOpen(): boolean {
    return this.updateId > 0 && !Number.isNaN(this.lastTicks) && !Number.isNaN(this.markTicks);
  }

  /** Takes an event of this symbol. */
  onMarket(event: MarketEvent): void {
    switch (event.kind) {
      case 'book':
        if (event.isSnapshot) this.book.applySnapshot(event.bids, event.asks);
        else this.book.applyDelta(event.bids, event.asks);
        this.updateId = event.lastUpdateId;
        this.bookUs = event.tsVenueUs;
        break;
      case 'trade':
        this.#trades.push(event);
        if (this.#trades.length > TRADES_KEPT_MAX) this.#trades = this.#trades.slice(TRADES_DROPPED);
        this.klines.addTrade(event);
        break;
      case 'mark':
        this.markTicks = event.markTicks;
        this.markUs = event.tsVenueUs;
        this.klines.rollTo(event.tsVenueUs, event.markTicks);
        break;
      case 'funding':
        this.#fundings.push({ tsUs: event.tsVenueUs, rateE12: event.rateE12, markTicks: this.markTicks });
        if (this.#fundings.length > FUNDINGS_KEPT_MAX) this.#fundings.shift();
        break;
      case 'candle':
        this.klines.addHistory(event);
        break;
      case 'feed-state':
        break;
    }
  }

  /** Returns the price of a level of one side, 0 = best; the deepest one when there are fewer, `NaN` when there is none. */
  levelTicks(side: Side, index: number): number {
    const count = this.book.levelCount(side);
    return count === 0 ? Number.NaN : this.book.priceTicksAt(side, Math.min(index, count - 1));
  }
}

/** All symbols. */
export class MarketBoard {
  readonly all: readonly SymbolBoard[];
  readonly #bySymbol: ReadonlyMap<string, SymbolBoard>;
  readonly #nextFundingE12: (instrumentIx: number) => number;
  /** True once no event will come any more. */
  isEnded = false;

  constructor(instruments: InstrumentTable, nextFundingE12: (instrumentIx: number) => number) {
    this.all = instruments.all.map((instrument) => new SymbolBoard(instrument));
    this.#bySymbol = new Map(this.all.map((board) => [board.instrument.symbol, board]));
    this.#nextFundingE12 = nextFundingE12;
  }

  find(symbol: string): SymbolBoard | undefined {
    return this.#bySymbol.get(symbol);
  }

  at(instrumentIx: number): SymbolBoard {
    const board = this.all[instrumentIx];
    assert(board !== undefined, `the board has the instrument ${instrumentIx}`);
    return board;
  }

  /** Returns the rate of the next settlement of a symbol. */
  fundingE12(instrumentIx: number): number {
    return this.#nextFundingE12(instrumentIx);
  }

  /** Returns when the next settlement after a moment is. */
  nextFundingUs(nowUs: EpochUs): EpochUs {
    return nowUs - (nowUs % FUNDING_INTERVAL_US) + FUNDING_INTERVAL_US;
  }
}
