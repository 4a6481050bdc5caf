/** Features of one state of a book: functions of its levels alone. Sums are integers; each value is one last division. */
import { type BookView, midSumTicks } from './book-view.ts';

const BPS = 10_000;

/** Returns the spread in basis points of the middle: 10^4 (a - b) / ((a + b) / 2). */
export function spreadBps(book: BookView): number {
  const spreadTicks = book.priceTicksAt('sell', 0) - book.priceTicksAt('buy', 0);
  return (2 * BPS * spreadTicks) / midSumTicks(book);
}

/**
 * Returns the weighted middle (a qb + b qa) / (qa + qb) in ticks, with the best quantities qb, qa: it lies nearer to the side with less, where
 * the price is expected to go. Stoikov, "The micro-price" (Quantitative Finance 18, 2018), takes it as the first approximation of his
 * micro-price, which corrects it by a fitted table.
 */
export function micropriceTicks(book: BookView): number {
  const bidLots = book.qtyLotsAt('buy', 0);
  const askLots = book.qtyLotsAt('sell', 0);
  const weighted = book.priceTicksAt('sell', 0) * bidLots + book.priceTicksAt('buy', 0) * askLots;
  return weighted / (bidLots + askLots);
}

/** Returns how far the weighted middle is from the middle m, in basis points: 10^4 (microprice - m) / m = 10^4 (a - b)(qb - qa) / ((a + b)(qb + qa)). */
export function micropriceGapBps(book: BookView): number {
  const bidLots = book.qtyLotsAt('buy', 0);
  const askLots = book.qtyLotsAt('sell', 0);
  const spreadTicks = book.priceTicksAt('sell', 0) - book.priceTicksAt('buy', 0);
  return (BPS * spreadTicks * (bidLots - askLots)) / ((bidLots + askLots) * midSumTicks(book));
}

/**
 * Returns (B - A) / (B + A), in [-1, 1], with B and A the quantities in the best `levels` levels of bids and asks; `NaN` when a side has fewer.
 * Cao, Hansch, Wang, "The information content of an open limit-order book" (Journal of Futures Markets 29, 2009).
 */
export function depthImbalance(book: BookView, levels: number): number {
  if (book.levelCount('buy') < levels || book.levelCount('sell') < levels) return Number.NaN;
  let bidLots = 0;
  let askLots = 0;
  for (let i = 0; i < levels; i++) {
    bidLots += book.qtyLotsAt('buy', i);
    askLots += book.qtyLotsAt('sell', i);
  }
  return (bidLots - askLots) / (bidLots + askLots);
}

/** As `depthImbalance`, level k (from 0) weighted by exp(-`decay` k). */
export function fadingImbalance(book: BookView, levels: number, decay: number): number {
  if (book.levelCount('buy') < levels || book.levelCount('sell') < levels) return Number.NaN;
  let difference = 0;
  let sum = 0;
  for (let i = 0; i < levels; i++) {
    const weight = Math.exp(-decay * i);
    const bidLots = book.qtyLotsAt('buy', i);
    const askLots = book.qtyLotsAt('sell', i);
    difference += weight * (bidLots - askLots);
    sum += weight * (bidLots + askLots);
  }
  return difference / sum;
}

/**
 * Returns (B - A) / (B + A), in [-1, 1], with B and A the quantities at prices within `bps` basis points of the middle; 0 when there are none, as
 * with a spread wider than that.
 */
export function bandImbalance(book: BookView, bps: number): number {
  const midSum = midSumTicks(book);
  if (Number.isNaN(midSum)) return Number.NaN;
  const lowest = midSum * (BPS - bps);
  const highest = midSum * (BPS + bps);
  const bidCount = book.levelCount('buy');
  const askCount = book.levelCount('sell');
  let bidLots = 0;
  let askLots = 0;
  for (let i = 0; i < bidCount && 2 * BPS * book.priceTicksAt('buy', i) >= lowest; i++) {
    bidLots += book.qtyLotsAt('buy', i);
  }
  for (let i = 0; i < askCount && 2 * BPS * book.priceTicksAt('sell', i) <= highest; i++) {
    askLots += book.qtyLotsAt('sell', i);
  }
  return bidLots + askLots === 0 ? 0 : (bidLots - askLots) / (bidLots + askLots);
}
