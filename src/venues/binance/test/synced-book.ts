/**
 * A book put together from decoded updates by the venue's rule, as simply as it goes: updates wait for the snapshot, then follow each other. Counts what
 * was applied and dropped, and compares the touch with the venue's own quotes where both name the same update.
 */
import { BookUpdate, type DepthSequence, L2Book } from '#book';
import type { QuotePrint } from '../../market/index.ts';
import { BINANCE_BOOK_POLICY } from '../book-policy.ts';

/** A book and what became of its updates. */
export class SyncedBook {
  readonly book = new L2Book();
  applied = 0;
  dropped = 0;
  gaps = 0;
  snapshots = 0;
  /** Quotes that named the book's update, and how many of them disagreed. */
  compared = 0;
  differing = 0;
  firstApplied: BookUpdate | null = null;
  readonly #rule = BINANCE_BOOK_POLICY.newRule() as DepthSequence;
  #waiting: BookUpdate[] = [];
  /** Quotes that run ahead of the book. */
  #quotes: QuotePrint[] = [];

  get lastUpdateId(): number {
    return this.#rule.lastUpdateId;
  }

  take(update: BookUpdate): void {
    if (update.isSnapshot) this.#restart(update);
    else this.#judge(update);
  }

  /** Quotes may come before or after the update they name. */
  quote(quote: QuotePrint): void {
    if (quote.updateId < this.lastUpdateId) return;
    this.#quotes.push({ ...quote });
    this.#compare();
  }

  #restart(snapshot: BookUpdate): void {
    this.snapshots++;
    this.book.clear();
    this.book.applyUpdate(snapshot);
    this.#rule.snapshot(snapshot.lastId);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const update of waiting) this.#judge(update);
  }

  #judge(update: BookUpdate): void {
    const verdict = this.#rule.judge(update.firstId, update.lastId, update.previousId);
    if (verdict === 'apply') {
      this.applied++;
      this.book.applyUpdate(update);
      this.firstApplied ??= copyOf(update);
      this.#compare();
    } else if (verdict === 'drop') this.dropped++;
    else {
      if (verdict === 'gap') this.gaps++;
      this.#waiting.push(copyOf(update));
    }
  }

  #compare(): void {
    const id = this.lastUpdateId;
    for (const quote of this.#quotes) {
      if (quote.updateId !== id || !this.#rule.isLive) continue;
      this.compared++;
      const { book } = this;
      const isSame =
        quote.bidTicks === book.bestBidTicks &&
        quote.bidLots === book.qtyLotsAt('buy', 0) &&
        quote.askTicks === book.bestAskTicks &&
        quote.askLots === book.qtyLotsAt('sell', 0);
      if (!isSame) this.differing++;
    }
    this.#quotes = this.#quotes.filter(({ updateId }) => updateId > id);
  }
}

function copyOf(update: BookUpdate): BookUpdate {
  const copy = new BookUpdate();
  copy.copyFrom(update);
  return copy;
}
