/**
 * Rows of microstructure features from a stream of events, without look-ahead. One definition serves stream and batch. The rules:
 *  S1  A row at time t is made of the events with a venue time before t, in the order they were given. A grid row is made when the first event at
 *      or after t comes, or when `advance` tells the time; a bar row when its bar is told closed.
 *  S2  `advance` is called before a book is changed, with the time of the change: the frame looks at the books themselves, and a row that is still
 *      to be made must not see the change. It is an error not to.
 *  S3  A book counts when the caller says that it is usable (continuous since its snapshot), when bid < ask, and when its last state is not
 *      older than `bookStaleUs` at the row. Else its features are NaN.
 *  S4  A windowed value is of whole rows that follow each other without a hole, or NaN: after a re-sync or a loss of trades it comes back
 *      when the window is full again. Nothing is guessed, nothing carried over.
 *  S5  An event older than the last row counts in the row that is being made.
 *  S6  More than `rowsAtOnceMax` rows at once are not made; they are counted, and windows begin anew.
 */
import { assert, type EpochUs, floorToTimeframe } from '#core';
import type { Side } from '#domain';
import type { TradeTick } from '../candles/trade-candle.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { type BookView, isOpenBook } from './book-view.ts';
import { columnsOf, type FrameOptions, frameGroups, frameHash } from './frame-options.ts';
import type { MicroColumn, MicroGroup, RowContext } from './group.ts';

/** The books a frame looks at; the caller keeps them up to date. */
export interface FrameBooks {
  readonly own: BookView;
  /** The same thing at another venue, where `otherPriceDecimals` is given. */
  readonly other?: BookView;
}

/** Receives a row; `values` is used again for the next one. */
export type RowSink = (rowUs: EpochUs, values: Float64Array) => void;

/** What is known of a book. */
interface BookState {
  isUsable: boolean;
  lastUs: EpochUs;
  /** False when it was not usable at some time since the last row. */
  isWhole: boolean;
}

/** A sampler of named features in a fixed order. */
export class MicrostructureFrame implements Taped {
  readonly columns: readonly MicroColumn[];
  readonly names: readonly string[];
  /** SHA-256 over names, formulas and parameters. */
  readonly hash: string;
  readonly #options: FrameOptions;
  readonly #groups: readonly MicroGroup[];
  readonly #books: FrameBooks;
  readonly #onRow: RowSink;
  readonly #row: Float64Array;
  readonly #own: BookState = { isUsable: false, lastUs: 0, isWhole: false };
  readonly #other: BookState = { isUsable: false, lastUs: 0, isWhole: false };
  /** The grid row that comes next; 0 before the first event, and without a grid. */
  #nextUs: EpochUs = 0;
  #lastRowUs: EpochUs = 0;
  #tradesWholeFromUs: EpochUs;
  #isTradeWhole = false;
  #passedOver = 0;

  constructor(options: FrameOptions, books: FrameBooks, onRow: RowSink) {
    assert(
      (options.otherPriceDecimals === null) === (books.other === undefined),
      'the other book and its decimals come together',
    );
    this.#options = options;
    this.#groups = frameGroups(options);
    this.#books = books;
    this.#onRow = onRow;
    this.columns = columnsOf(this.#groups);
    this.names = this.columns.map(({ name }) => name);
    this.hash = frameHash(options, this.columns);
    this.#row = new Float64Array(this.columns.length);
    this.#tradesWholeFromUs = options.completeFromUs ?? Number.POSITIVE_INFINITY;
  }

  /** Rows that were too many at once (S6). */
  get passedOverCount(): number {
    return this.#passedOver;
  }

  /** Makes the grid rows up to `tsUs`: nothing of before is still to come. Without a grid it does nothing. */
  advance(tsUs: EpochUs): void {
    const { rowsAtOnceMax, sampling } = this.#options;
    if (sampling.kind !== 'grid' || tsUs < this.#nextUs) return;
    const { everyUs } = sampling;
    if (this.#nextUs === 0) {
      this.#nextUs = floorToTimeframe(tsUs, everyUs) + everyUs;
      return;
    }
    const count = Math.floor((tsUs - this.#nextUs) / everyUs) + 1;
    if (count > rowsAtOnceMax) {
      this.#passedOver += count;
      this.#nextUs += count * everyUs;
      this.#restart();
      return;
    }
    for (let i = 0; i < count; i++) {
      const rowUs = this.#nextUs;
      this.#nextUs += everyUs;
      this.#makeRow(rowUs);
    }
  }

  /** Makes the row of a bar that ended at `endUs` (sampling by bars). */
  closeBar(endUs: EpochUs): void {
    assert(this.#options.sampling.kind === 'bars', 'rows are sampled by bars');
    this.#makeRow(endUs);
  }

  /** The own book has a new state (after `advance` for the time of it, S2). */
  pushBook(tsVenueUs: EpochUs, isUsable: boolean): void {
    this.#assertAdvanced(tsVenueUs);
    const { own } = this.#books;
    this.#note(this.#own, tsVenueUs, isUsable && isOpenBook(own));
    for (const group of this.#groups) {
      if (this.#own.isUsable) group.onBook(own);
      else group.onBookLost();
    }
  }

  /** The other book has a new state (after `advance`, S2). */
  pushOther(tsVenueUs: EpochUs, isUsable: boolean): void {
    this.#assertAdvanced(tsVenueUs);
    assert(this.#books.other !== undefined, 'another book was given');
    this.#note(this.#other, tsVenueUs, isUsable && isOpenBook(this.#books.other));
  }

  pushTrade(trade: TradeTick): void {
    this.advance(trade.tsVenueUs);
    if (this.#tradesWholeFromUs === Number.POSITIVE_INFINITY) {
      this.#tradesWholeFromUs = 0;
      this.tradesLost(trade.tsVenueUs + 1);
    }
    for (const group of this.#groups) group.onTrade(trade);
  }

  /** Trades up to `untilUs` may be missing. */
  tradesLost(untilUs: EpochUs): void {
    this.#tradesWholeFromUs = Math.max(this.#tradesWholeFromUs, untilUs);
    this.#isTradeWhole = false;
    for (const group of this.#groups) group.onTradesLost(untilUs);
  }

  /** Liquidations up to `untilUs` may be missing. */
  liquidationsLost(untilUs: EpochUs): void {
    for (const group of this.#groups) group.onLiquidationsLost(untilUs);
  }

  pushMark(tsVenueUs: EpochUs, markE8: number, indexE8: number): void {
    this.advance(tsVenueUs);
    for (const group of this.#groups) group.onMark(tsVenueUs, markE8, indexE8);
  }

  pushFundingRate(tsVenueUs: EpochUs, rateE12: number): void {
    this.advance(tsVenueUs);
    for (const group of this.#groups) group.onFundingRate(tsVenueUs, rateE12);
  }

  pushOpenInterest(tsVenueUs: EpochUs, lots: number): void {
    this.advance(tsVenueUs);
    for (const group of this.#groups) group.onOpenInterest(tsVenueUs, lots);
  }

  pushLiquidation(tsVenueUs: EpochUs, side: Side, qtyLots: number): void {
    this.advance(tsVenueUs);
    for (const group of this.#groups) group.onLiquidation(side, qtyLots);
  }

  tape(tape: StateTape): void {
    for (const group of this.#groups) group.tape(tape);
    for (const state of [this.#own, this.#other]) {
      state.isUsable = tape.number(state.isUsable ? 1 : 0) === 1;
      state.lastUs = tape.number(state.lastUs);
      state.isWhole = tape.number(state.isWhole ? 1 : 0) === 1;
    }
    this.#nextUs = tape.number(this.#nextUs);
    this.#lastRowUs = tape.number(this.#lastRowUs);
    this.#tradesWholeFromUs = tape.number(this.#tradesWholeFromUs);
    this.#isTradeWhole = tape.number(this.#isTradeWhole ? 1 : 0) === 1;
    this.#passedOver = tape.number(this.#passedOver);
  }

  #assertAdvanced(tsUs: EpochUs): void {
    assert(
      this.#options.sampling.kind !== 'grid' || (this.#nextUs > 0 && tsUs < this.#nextUs),
      'advance is called before a book is changed',
    );
  }

  #note(state: BookState, tsVenueUs: EpochUs, isUsable: boolean): void {
    state.isUsable = isUsable;
    state.lastUs = Math.max(state.lastUs, tsVenueUs);
    if (!isUsable) state.isWhole = false;
  }

  /** The row before is not the one just before any more. */
  #restart(): void {
    for (const group of this.#groups) group.restart();
    this.#own.isWhole = false;
    this.#isTradeWhole = false;
    this.#lastRowUs = 0;
  }

  #makeRow(rowUs: EpochUs): void {
    const { sampling } = this.#options;
    if (this.#lastRowUs > 0 && rowUs !== this.#lastRowUs + sampling.everyUs) this.#restart();
    const context: RowContext = {
      rowUs,
      book: this.#fresh(this.#own, this.#books.own, rowUs),
      isBookWhole: this.#own.isWhole,
      isTradeWhole: this.#isTradeWhole,
      other: this.#fresh(this.#other, this.#books.other, rowUs),
    };
    const isStale = context.book === null;
    let at = 0;
    for (const group of this.#groups) {
      group.endRow(isStale ? { ...context, isBookWhole: false } : context, this.#row, at);
      at += group.columns.length;
    }
    this.#lastRowUs = rowUs;
    this.#own.isWhole = !isStale;
    this.#isTradeWhole = rowUs >= this.#tradesWholeFromUs;
    this.#onRow(rowUs, this.#row);
  }

  /** Rule S3. */
  #fresh(state: BookState, book: BookView | undefined, rowUs: EpochUs): BookView | null {
    const isFresh = state.isUsable && rowUs - state.lastUs <= this.#options.bookStaleUs;
    return isFresh && book !== undefined ? book : null;
  }
}
