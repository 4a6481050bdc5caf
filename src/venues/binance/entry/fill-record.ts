/** Fills, by question and by stream: the same fill has the same id, `SYMBOL:tradeId`, on both paths. */
import { XylenError } from '#core';
import type { EntryInstrument, ExactAmount, FillRecord, ReplyDoc } from '../../entry/index.ts';
import { forcedByOf } from './forced-orders.ts';
import { VENUE } from './signed-calls.ts';
import { idText, lotsOf, priceTicksOrNull, sideOf, timeUs } from './wire-fields.ts';

/** Reads a fill of `userTrades`, which names orders by the venue's id alone. @throws XY_VENUE_REPLY */
export function readFill(doc: ReplyDoc, instrument: EntryInstrument): FillRecord {
  if (doc.at('symbol').text() !== instrument.restSymbol)
    throw doc.at('symbol').fail(`a fill of ${instrument.restSymbol}`);
  return {
    instrument,
    execId: execIdOf(instrument, idText(doc.at('id'))),
    clientOrderId: '',
    venueOrderId: idText(doc.at('orderId')),
    side: sideOf(doc.at('side')),
    priceTicks: fillPrice(doc.at('price'), instrument),
    qtyLots: fillLots(doc.at('qty'), instrument),
    filledLots: null,
    fee: doc.at('commission').amount(doc.at('commissionAsset').text()),
    liquidity: doc.at('maker').flag() ? 'maker' : 'taker',
    forcedBy: null,
    tsVenueUs: timeUs(doc.at('time')),
  };
}

/** Reads the fill of an `ORDER_TRADE_UPDATE` that is known to have one. @throws XY_VENUE_REPLY */
export function readFillEvent(doc: ReplyDoc, instrument: EntryInstrument): FillRecord {
  const clientOrderId = doc.at('c').text();
  const forcedBy = forcedByOf(clientOrderId);
  const qtyLots = fillLots(doc.at('l'), instrument);
  const filledLots = lotsOf(doc.at('z'), instrument);
  if (filledLots < qtyLots) throw doc.at('z').fail('no less than the last fill');
  return {
    instrument,
    execId: execIdOf(instrument, idText(doc.at('t'))),
    clientOrderId,
    venueOrderId: idText(doc.at('i')),
    side: sideOf(doc.at('S')),
    priceTicks: fillPrice(doc.at('L'), instrument),
    qtyLots,
    filledLots,
    fee: feeOf(doc),
    liquidity: doc.at('m').flag() ? 'maker' : 'taker',
    // CALCULATED is the venue's word for executions of its liquidation engine.
    forcedBy: forcedBy ?? (doc.at('x').text() === 'CALCULATED' ? 'liquidation' : null),
    tsVenueUs: timeUs(doc.at('T')),
  };
}

/** Returns the trade id in an execution id. @throws XY_VENUE_REPLY for an id that is not of this instrument */
export function tradeIdOf(execId: string, instrument: EntryInstrument): bigint {
  const prefix = `${instrument.wireSymbol}:`;
  const id = execId.startsWith(prefix) ? execId.slice(prefix.length) : '';
  if (/^[1-9]\d{0,24}$/.test(id)) return BigInt(id);
  throw new XylenError(
    'XY_VENUE_REPLY',
    `${VENUE}: expected an execution id ${prefix}N, found ${execId.slice(0, 60)}`,
  );
}

function execIdOf(instrument: EntryInstrument, tradeId: string): string {
  return `${instrument.wireSymbol}:${tradeId}`;
}

function fillPrice(doc: ReplyDoc, instrument: EntryInstrument): number {
  const ticks = priceTicksOrNull(doc, instrument);
  if (ticks === null) throw doc.fail('a price above 0');
  return ticks;
}

function fillLots(doc: ReplyDoc, instrument: EntryInstrument): number {
  const lots = lotsOf(doc, instrument);
  if (lots === 0) throw doc.fail('a quantity above 0');
  return lots;
}

/** Absent where no commission was taken, or it comes later. */
function feeOf(doc: ReplyDoc): ExactAmount | null {
  const asset = doc.at('N');
  const amount = doc.at('n');
  return asset.isThere && amount.isThere ? amount.amount(asset.text()) : null;
}
