/** Positions, by question and by stream, in one-way and hedge mode. */
import type { EpochUs } from '#core';
import type { EntryInstrument, PositionRecord, ReplyDoc } from '../../entry/index.ts';
import { positionSideOf } from './wire-fields.ts';

/** Where the parts of a position stand. */
interface PositionParts {
  readonly side: ReplyDoc;
  readonly qty: ReplyDoc;
  readonly entryPrice: ReplyDoc;
  readonly tsVenueUs: EpochUs;
}

/** Reads a position; short ones are negative in both modes. @throws XY_VENUE_REPLY, also for a sign that contradicts the side */
export function readPosition(instrument: EntryInstrument, parts: PositionParts): PositionRecord {
  const positionSide = positionSideOf(parts.side);
  const qtyLots = parts.qty.scaled(instrument.qtyDecimals);
  if (positionSide === 'long' && qtyLots < 0) throw parts.qty.fail('a long position of at least 0');
  if (positionSide === 'short' && qtyLots > 0) throw parts.qty.fail('a short position of at most 0');
  const entryPrice = parts.entryPrice.decimal();
  return {
    instrument,
    positionSide,
    qtyLots,
    entryPrice: qtyLots === 0 ? null : entryPrice,
    tsVenueUs: parts.tsVenueUs,
  };
}
