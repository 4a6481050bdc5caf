/** What a feature may ask of an order book. */
import type { L2Book } from '#book';

/** The levels of a book; an `L2Book` is one. Prices in ticks (`NaN` outside), quantities in lots (0 outside), level 0 is the best. */
export type BookView = Pick<L2Book, 'levelCount' | 'priceTicksAt' | 'qtyLotsAt'>;

/** True when both sides have a level and the bid is below the ask: only such a book has a middle. */
export function isOpenBook(book: BookView): boolean {
  return book.priceTicksAt('buy', 0) < book.priceTicksAt('sell', 0);
}

/** Returns best bid + best ask, in ticks: twice the middle, a whole number. `NaN` when a side is empty. */
export function midSumTicks(book: BookView): number {
  return book.priceTicksAt('buy', 0) + book.priceTicksAt('sell', 0);
}
