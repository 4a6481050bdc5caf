/**
 * A frame fed with the events of a feed: keeps the books that the frame looks at and calls it in the right order. What it is not: a judge of
 * continuity. A book is usable from a snapshot on until it is told lost; whoever reads a ledger of gaps tells so.
 */
import { L2Book } from '#book';
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { FeedEvent, InstrumentIx } from '#domain';
import { loadTape, saveTape } from '../state-tape.ts';
import type { FrameOptions } from './frame-options.ts';
import { MicrostructureFrame, type RowSink } from './microstructure-frame.ts';

/** The instruments a feed of features follows. */
export interface FrameInstruments {
  readonly ownIx: InstrumentIx;
  /** The same thing at another venue, where `otherPriceDecimals` is given. */
  readonly otherIx?: InstrumentIx;
}

interface FollowedBook {
  readonly book: L2Book;
  isUsable: boolean;
}

/** Rows of features from events of books, trades and the rest, in the order given. */
export class MicrostructureFeed implements Checkpointable {
  readonly frame: MicrostructureFrame;
  readonly #instruments: FrameInstruments;
  readonly #barUs: number;
  readonly #own: FollowedBook = { book: new L2Book(), isUsable: false };
  readonly #other: FollowedBook = { book: new L2Book(), isUsable: false };

  constructor(options: FrameOptions, instruments: FrameInstruments, onRow: RowSink) {
    this.#instruments = instruments;
    this.#barUs = options.sampling.kind === 'bars' ? options.sampling.everyUs : 0;
    const books = { own: this.#own.book };
    const both = instruments.otherIx === undefined ? books : { ...books, other: this.#other.book };
    this.frame = new MicrostructureFrame(options, both, onRow);
  }

  /** Takes the next event; those of other instruments and kinds change nothing but the time. */
  push(event: FeedEvent): void {
    this.frame.advance(event.tsVenueUs);
    const isOwn = event.instrumentIx === this.#instruments.ownIx;
    if (event.kind === 'book') {
      if (!isOwn && event.instrumentIx !== this.#instruments.otherIx) return;
      const followed = isOwn ? this.#own : this.#other;
      if (event.isSnapshot) followed.book.applySnapshot(event.bids, event.asks);
      else followed.book.applyDelta(event.bids, event.asks);
      followed.isUsable ||= event.isSnapshot;
      this.#tell(followed, event.tsVenueUs);
    } else if (isOwn) this.#pushOwn(event);
  }

  /** The book of an instrument cannot be trusted any more, until its next snapshot. */
  bookLost(instrumentIx: InstrumentIx, tsVenueUs: EpochUs): void {
    const isOwn = instrumentIx === this.#instruments.ownIx;
    assert(isOwn || instrumentIx === this.#instruments.otherIx, 'the instrument is one of this feed');
    this.frame.advance(tsVenueUs);
    const followed = isOwn ? this.#own : this.#other;
    followed.isUsable = false;
    this.#tell(followed, tsVenueUs);
  }

  saveState(): unknown {
    return {
      frame: saveTape(this.frame),
      books: [this.#own, this.#other].map(({ book, isUsable }) => ({ book: book.saveState(), isUsable })),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'microstructure feed');
    loadTape(this.frame, record.frame as Float64Array);
    const books = record.books as readonly { readonly book: unknown; readonly isUsable: boolean }[];
    [this.#own, this.#other].forEach((followed, i) => {
      const saved = books[i];
      assert(saved !== undefined, 'a saved microstructure feed has two books');
      followed.book.loadState(saved.book);
      followed.isUsable = saved.isUsable;
    });
  }

  #tell(followed: FollowedBook, tsVenueUs: EpochUs): void {
    if (followed === this.#own) this.frame.pushBook(tsVenueUs, followed.isUsable);
    else this.frame.pushOther(tsVenueUs, followed.isUsable);
  }

  #pushOwn(event: FeedEvent): void {
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
      case 'candle':
        if (event.timeframeUs === this.#barUs) this.frame.closeBar(tsVenueUs);
        break;
    }
  }
}
