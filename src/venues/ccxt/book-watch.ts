/** One book of ccxt: looked at as often as allowed, kept in a keeper, given up when it stalls, crosses or cannot be read, and begun anew. */
import { BookKeeper, type BookPolicy, BookUpdate, Unnumbered } from '#book';
import { assert, type EpochUs } from '#core';
import type { LedgerCause } from '#domain';
import type { BookStatus } from '../feed/index.ts';
import type { FeedInstrument } from '../market/index.ts';
import { BookReader } from './book-reader.ts';
import { causeOf, wordsOf } from './ccxt-fault.ts';
import type { CcxtBook } from './exchange.ts';
import { epochUsOf } from './numbers.ts';
import type { CcxtOptions } from './options.ts';

/** What a book needs of its feed. */
export interface BookWatchParts {
  readonly instrument: FeedInstrument;
  readonly options: CcxtOptions;
  nowUs(): EpochUs;
  /** Time of the next event. */
  stampUs(): EpochUs;
  onApplied(update: BookUpdate, keeper: BookKeeper): void;
  onState(isUsable: boolean, reason: string): void;
  /** The book is (again) the exchange's. */
  onRight(): void;
  onLost(cause: LedgerCause, detail: string): void;
}

/** A book. */
export class BookWatch {
  readonly instrument: FeedInstrument;
  /** When ccxt last said anything of it. */
  heardUs: EpochUs;
  /** Times in a row that it was asked for anew because it stood still. */
  stallCount = 0;
  resyncCount = 0;
  readonly #parts: BookWatchParts;
  readonly #keeper: BookKeeper;
  readonly #reader: BookReader;
  readonly #update: BookUpdate;
  #book: CcxtBook | null = null;
  #isUsable = false;
  #isLost = false;
  #reason = 'not heard of yet';

  constructor(parts: BookWatchParts) {
    const { bookLevels, crossedUs } = parts.options;
    this.#parts = parts;
    this.instrument = parts.instrument;
    this.heardUs = parts.nowUs();
    const policy: BookPolicy = {
      newRule: () => new Unnumbered(),
      depth: null,
      checksum: null,
      bufferedMax: 1,
      crossedGraceUs: crossedUs,
    };
    this.#update = new BookUpdate(2 * bookLevels + 1);
    this.#keeper = new BookKeeper(policy, (update) => parts.onApplied(update, this.#keeper));
    this.#reader = new BookReader(parts.instrument, bookLevels);
  }

  get status(): BookStatus {
    const { ix, symbol } = this.instrument;
    return {
      instrumentIx: ix,
      symbol,
      isUsable: this.#isUsable,
      reason: this.#reason,
      lastUpdateId: this.#keeper.lastUpdateId,
      resyncCount: this.resyncCount,
      counts: this.#keeper.counts,
    };
  }

  /** ccxt has answered with its book. @throws CcxtFault when it cannot be read; the book is given up then */
  take(book: CcxtBook): void {
    this.#book = book;
    this.heardUs = this.#parts.nowUs();
    this.stallCount = 0;
    this.look();
  }

  /** Looks at the book that ccxt keeps; nothing happens when it has not changed, or was given up meanwhile. @throws CcxtFault */
  look(): void {
    if (this.#book === null) return;
    const update = this.#update;
    if (!this.#reader.look(this.#book, update)) return;
    update.instrumentIx = this.instrument.ix;
    update.tsLocalUs = this.#parts.stampUs();
    update.tsVenueUs = epochUsOf(this.#book.timestamp) ?? update.tsLocalUs;
    const answer = update.isSnapshot ? this.#keeper.onSnapshot(update) : this.#keeper.onDelta(update);
    assert(answer === 'applied', `a look at a book is applied, was ${answer}`);
    if (this.#keeper.isUsable) {
      if (this.#isLost) this.resyncCount++;
      this.#isLost = false;
      this.#parts.onRight();
    }
    this.#tellState(this.#keeper.isUsable ? 'live' : 'crossed');
  }

  /** The question for it failed, or it cannot be read. */
  fail(thrown: unknown): void {
    this.giveUp(causeOf(thrown), wordsOf(thrown));
  }

  /** Gives the book up: the next look is a snapshot. */
  giveUp(cause: LedgerCause, detail: string): void {
    this.#book = null;
    this.#isLost = true;
    this.#reader.forget();
    this.#keeper.startSync();
    this.#parts.onLost(cause, detail);
    this.#tellState(detail);
  }

  /** True when bid has stood at or above ask for too long. */
  isCrossedTooLong(nowUs: EpochUs): boolean {
    return this.#keeper.checkCrossed(nowUs);
  }

  #tellState(reason: string): void {
    this.#reason = reason;
    if (this.#keeper.isUsable === this.#isUsable) return;
    this.#isUsable = this.#keeper.isUsable;
    this.#parts.onState(this.#isUsable, reason);
  }
}
