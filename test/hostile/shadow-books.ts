/** Books of a consumer who applies what a feed hands on, kept the naive way, to be held against the truth. */
import type { BookUpdate } from '#book';
import type { TrueBook } from './true-market.ts';

interface Shadow {
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
}

/** Levels that are compared while changes may still be under way. */
const CLOSE_LEVELS = 5;
const CLOSE_SHARE = 0.6;

/** The books by instrument index. */
export class ShadowBooks {
  readonly #books = new Map<number, Shadow>();

  /** Applies an update. */
  apply(update: BookUpdate): void {
    const book = this.#books.get(update.instrumentIx) ?? { bids: new Map(), asks: new Map() };
    this.#books.set(update.instrumentIx, book);
    if (update.isSnapshot) {
      book.bids.clear();
      book.asks.clear();
    }
    for (const [side, levels] of [
      [book.bids, update.bids],
      [book.asks, update.asks],
    ] as const) {
      for (let at = 0; at < levels.count; at++) {
        const ticks = levels.priceTicks[at] ?? Number.NaN;
        const lots = levels.qtyLots[at] ?? Number.NaN;
        if (lots === 0) side.delete(ticks);
        else side.set(ticks, lots);
      }
    }
  }

  /** True when most of the best levels agree: the rest may be under way. */
  isClose(instrumentIx: number, truth: TrueBook): boolean {
    const book = this.#books.get(instrumentIx);
    if (book === undefined) return false;
    const levels = [
      ...truth.levels('bid').slice(0, CLOSE_LEVELS),
      ...truth.levels('ask').slice(0, CLOSE_LEVELS),
    ];
    const equal = levels.filter(([ticks, lots], at) => {
      const side = at < Math.min(CLOSE_LEVELS, truth.bids.size) ? book.bids : book.asks;
      return side.get(ticks) === lots;
    });
    return equal.length >= CLOSE_SHARE * levels.length;
  }

  /** Returns the first difference within the best `depth` levels of a side, in words, or `null`. */
  differenceFrom(instrumentIx: number, truth: TrueBook, depth: number): string | null {
    const book = this.#books.get(instrumentIx) ?? { bids: new Map(), asks: new Map() };
    for (const side of ['bid', 'ask'] as const) {
      const sign = side === 'bid' ? -1 : 1;
      const own = [...(side === 'bid' ? book.bids : book.asks)].sort((a, b) => sign * (a[0] - b[0]));
      const wanted = truth.levels(side).slice(0, depth);
      for (let at = 0; at < Math.max(wanted.length, Math.min(own.length, depth)); at++) {
        const [ownText, wantedText] = [String(own[at]), String(wanted[at])];
        if (ownText !== wantedText) return `${side} ${at}: found ${ownText}, the venue has ${wantedText}`;
      }
    }
    return null;
  }
}
