/**
 * Checksums of Kraken's `book` (v1 and v2) and `level3` channels, as its guides "Book checksum (v2)" and "L3 checksum" state them: of the best
 * ten price levels of the asks from low to high, then of the bids from high to low, the price and then the quantity as decimal text without
 * its point and leading zeros; level 3 does so order by order in the order of the queue. That text is the integer in ticks and in lots when
 * the decimals of the book are those that the venue prints; the depth subscribed does not matter.
 */
import type { Side } from '#domain';
import { CRC32_START, crc32Digits, crc32End } from './crc32.ts';
import type { L2Book } from './l2-book.ts';
import type { L3Book } from './l3-book.ts';

/** Price levels of each side that the venue sums. */
const LEVELS_SUMMED = 10;

/** Returns the checksum of a book by level, in [0, 2^32); a side with fewer than ten levels is summed as far as it goes. */
export function krakenChecksum(book: L2Book): number {
  return crc32End(addLevels(addLevels(CRC32_START, book, 'sell'), book, 'buy'));
}

/** Returns the checksum of a book by order, in [0, 2^32). */
export function krakenOrdersChecksum(book: L3Book): number {
  return crc32End(addOrders(addOrders(CRC32_START, book, 'sell'), book, 'buy'));
}

function addLevels(running: number, book: L2Book, side: Side): number {
  const count = Math.min(LEVELS_SUMMED, book.levelCount(side));
  let crc = running;
  for (let i = 0; i < count; i++) {
    crc = crc32Digits(crc, book.priceTicksAt(side, i));
    crc = crc32Digits(crc, book.qtyLotsAt(side, i));
  }
  return crc;
}

function addOrders(running: number, book: L3Book, side: Side): number {
  const count = Math.min(LEVELS_SUMMED, book.levels.levelCount(side));
  let crc = running;
  for (let i = 0; i < count; i++) {
    const priceTicks = book.levels.priceTicksAt(side, i);
    for (let order = book.firstOrder(side, priceTicks); order !== null; order = order.next) {
      crc = crc32Digits(crc, priceTicks);
      crc = crc32Digits(crc, order.qtyLots);
    }
  }
  return crc;
}
