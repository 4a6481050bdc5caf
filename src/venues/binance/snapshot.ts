/** Snapshots of a book: the body of `GET /depth`, which says neither its symbol nor, at spot, a time. */
import type { BookUpdate } from '#book';
import type { FeedInstrument, JsonCursor } from '../market/index.ts';
import { countOf, momentOf } from './field-values.ts';
import { FIELD, FrameFields, letter } from './frame-fields.ts';

const T = letter('T');
const E = letter('E');

/** Reads the snapshot at the cursor as the book of `instrument`; see `fillSnapshot`. @throws FrameFault */
export function readBookSnapshot(cursor: JsonCursor, instrument: FeedInstrument, into: BookUpdate): void {
  const fields = new FrameFields();
  fields.read(cursor, null);
  const end = cursor.at;
  fillSnapshot(cursor, fields, instrument, into);
  cursor.at = end;
}

/** Fills a snapshot from the members of its body; a time that the venue does not state is 0, the local time is left as it is. @throws FrameFault */
export function fillSnapshot(
  cursor: JsonCursor,
  fields: FrameFields,
  instrument: FeedInstrument,
  into: BookUpdate,
): void {
  into.clear();
  const lastId = countOf(cursor, fields, FIELD.lastUpdateId);
  const time = fields.has(T) ? T : E;
  into.tsVenueUs = fields.has(time) ? momentOf(cursor, fields, time) : 0;
  fields.seek(cursor, FIELD.bids);
  cursor.readLevels(into.bids, instrument.priceDecimals, instrument.qtyDecimals);
  fields.seek(cursor, FIELD.asks);
  cursor.readLevels(into.asks, instrument.priceDecimals, instrument.qtyDecimals);
  into.instrumentIx = instrument.ix;
  into.isSnapshot = true;
  into.firstId = lastId;
  into.lastId = lastId;
}
