/**
 * A frame fed with the events of a feed: keeps the books that the frame looks at and calls it in the right order. What it is not: a judge of
 * continuity. A book is usable from a snapshot on until it is told lost (`bookLost`: until the next snapshot) or its feed says that it is
 * not (`feed-state`: until the feed says that it is); whoever keeps the books of a feed, or reads a ledger of gaps, tells so.
 */
import { L2Book } from '#book';
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { BookEvent, FeedEvent, FeedStateEvent, InstrumentIx } from '#domain';
import { loadTape, saveTape } from '../state-tape.ts';
import type { FrameOptions } from './frame-options.ts';
import { MicrostructureFrame, type RowSink } from './microstructure-frame.ts';

/** Word that prints of an instrument up to `untilUs` may be missing. */
export interface PrintsLostEvent {
  readonly kind: 'prints-lost';
  readonly instrumentIx: InstrumentIx;
  readonly tsVenueUs: EpochUs;
  readonly tsLocalUs: EpochUs;
  readonly stream: 'trades' | 'liquidations';
  readonly untilUs: EpochUs;
}

/** What a feed of features takes: the events of a feed, and what is known of their completeness. */
export type FrameEvent = FeedEvent | FeedStateEvent | PrintsLostEvent;

/** The instruments a feed of features follows. */
export interface FrameInstruments {
  readonly ownIx: InstrumentIx;
  /** The same thing at another venue, where `otherPriceDecimals` is given. */
  readonly otherIx?: InstrumentIx;
  /** Levels of a side that the venue keeps its subscribers up to date on: books are cut to it after every change; absent or `null` = all. */
  readonly ownDepth?: number | null;
  readonly otherDepth?: number | null;
}

interface FollowedBook {
  readonly book: L2Book;
  readonly depth: number | null;
  /** A snapshot has come since it was lost. */
  hasSnapshot: boolean;
  /** Its feed says nothing against it. */
  isTrusted: boolean;
}

/** Rows of features from events of books, trades and the rest, in the order given. */
export class MicrostructureFeed implements Checkpointable {
  readonly frame: MicrostructureFrame;
  readonly #instruments: FrameInstruments;
  readonly #barUs: number;
  readonly #own: FollowedBook;
  readonly #other: FollowedBook;

  constructor(options: FrameOptions, instruments: FrameInstruments, onRow: RowSink) {
    this.#instruments = instruments;
    this.#barUs = options.sampling.kind === 'bars' ? options.sampling.everyUs : 0;
    this.#own = followed(instruments.ownDepth);
    this.#other = followed(instruments.otherDepth);
    const books = { own: this.#own.book };
    const both = instruments.otherIx === undefined ? books : { ...books, other: this.#other.book };
    this.frame = new MicrostructureFrame(options, both, onRow);
  }

  /** Takes the next event; those of other instruments and kinds change nothing but the time. */
  push(event: FrameEvent): void {
    this.frame.advance(event.tsVenueUs);
    const isOwn = event.instrumentIx === this.#instruments.ownIx;
    if (event.kind === 'book' || event.kind === 'feed-state') {
      if (!isOwn && event.instrumentIx !== this.#instruments.otherIx) return;
      const book = isOwn ? this.#own : this.#other;
      if (event.kind === 'book') apply(event, book);
      else book.isTrusted = event.isUsable;
      this.#tell(book, event.tsVenueUs);
    } else if (isOwn) this.#pushOwn(event);
  }

  /** The book of an instrument cannot be trusted any more, until its next snapshot. */
  bookLost(instrumentIx: InstrumentIx, tsVenueUs: EpochUs): void {
    const isOwn = instrumentIx === this.#instruments.ownIx;
    assert(isOwn || instrumentIx === this.#instruments.otherIx, 'the instrument is one of this feed');
    this.frame.advance(tsVenueUs);
    const book = isOwn ? this.#own : this.#other;
    book.hasSnapshot = false;
    this.#tell(book, tsVenueUs);
  }

  saveState(): unknown {
    return {
      frame: saveTape(this.frame),
      books: [this.#own, this.#other].map(({ book, hasSnapshot, isTrusted }) => ({
        book: book.saveState(),
        hasSnapshot,
        isTrusted,
      })),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'microstructure feed');
    loadTape(this.frame, record.frame as Float64Array);
    const books = record.books as readonly (Omit<FollowedBook, 'book'> & { readonly book: unknown })[];
    [this.#own, this.#other].forEach((book, i) => {
      const saved = books[i];
      assert(saved !== undefined, 'a saved microstructure feed has two books');
      book.book.loadState(saved.book);
      book.hasSnapshot = saved.hasSnapshot;
      book.isTrusted = saved.isTrusted;
    });
  }

  #tell(book: FollowedBook, tsVenueUs: EpochUs): void {
    const isUsable = book.hasSnapshot && book.isTrusted;
    if (book === this.#own) this.frame.pushBook(tsVenueUs, isUsable);
    else this.frame.pushOther(tsVenueUs, isUsable);
  }

  #pushOwn(event: Exclude<FrameEvent, BookEvent | FeedStateEvent>): void {
    const { tsVenueUs } = event;
    switch (event.kind) {
      case 'trade':
        this.frame.pushTrade(event);
        break;
      case 'mark-price':
        this.frame.pushMark(tsVenueUs, event.markE8, event.indexE8);
        break;
      case 'funding-rate':
        this.frame.pushFundingRate(tsVenueUs, event.rateE12);
        break;
      case 'open-interest':
        this.frame.pushOpenInterest(tsVenueUs, event.openInterestLots);
        break;
      case 'liquidation':
        this.frame.pushLiquidation(tsVenueUs, event.side, event.qtyLots);
        break;
      case 'prints-lost':
        if (event.stream === 'trades') this.frame.tradesLost(event.untilUs);
        else this.frame.liquidationsLost(event.untilUs);
        break;
      case 'candle':
        if (event.timeframeUs === this.#barUs) this.frame.closeBar(tsVenueUs);
        break;
    }
  }
}

function followed(depth: number | null = null): FollowedBook {
  return { book: new L2Book(), depth, hasSnapshot: false, isTrusted: true };
}

function apply({ asks, bids, isSnapshot }: BookEvent, followedBook: FollowedBook): void {
  const { book, depth } = followedBook;
  if (isSnapshot) book.applySnapshot(bids, asks);
  else book.applyDelta(bids, asks);
  if (depth !== null) book.truncate(depth);
  followedBook.hasSnapshot ||= isSnapshot;
}
