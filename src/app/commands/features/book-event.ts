/** A message that is in a book now, as an event: numbers copied, because the message is filled again. */
import type { BookUpdate, LevelBuffer } from '#book';
import type { BookEvent } from '#domain';

/** Returns the event of an update. */
export function bookEventOf(update: BookUpdate): BookEvent {
  const { instrumentIx, isSnapshot, tsLocalUs, tsVenueUs } = update;
  return {
    kind: 'book',
    instrumentIx,
    tsVenueUs,
    tsLocalUs,
    isSnapshot,
    firstUpdateId: update.firstId,
    lastUpdateId: update.lastId,
    previousUpdateId: update.previousId,
    bids: pairsOf(update.bids),
    asks: pairsOf(update.asks),
  };
}

function pairsOf({ count, priceTicks, qtyLots }: LevelBuffer): Float64Array {
  const pairs = new Float64Array(2 * count);
  for (let at = 0; at < count; at++) {
    pairs[2 * at] = priceTicks[at]!;
    pairs[2 * at + 1] = qtyLots[at]!;
  }
  return pairs;
}
