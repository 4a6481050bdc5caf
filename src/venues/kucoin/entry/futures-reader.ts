/** Answers of the futures market: orders with and without a trigger, fills, positions, the wallet. */
import type {
  BalanceRecord,
  EntryInstrument,
  EntryInstruments,
  FillRecord,
  OrderRecord,
  PositionRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { doneStatus, liveStatus, typeOf } from './order-type.ts';
import { assetOf, contractLots, isSaid, momentUs, ticksOrNull } from './quantity.ts';
import { execIdOf } from './spot-reader.ts';

const TRADE_TYPES = ['trade', 'liquid', 'liquidation', 'adl', 'settlement'] as const;

/** What closed a position by force. */
export const FORCED: Readonly<Record<(typeof TRADE_TYPES)[number], FillRecord['forcedBy']>> = {
  trade: null,
  liquid: 'liquidation',
  liquidation: 'liquidation',
  adl: 'adl',
  settlement: 'settlement',
};

/** Reads an order of any kind. @throws XY_VENUE_REPLY */
export function readFuturesOrder(item: ReplyDoc, instrument: EntryInstrument): OrderRecord {
  const side = item.at('side').word('buy', 'sell');
  const isLimit = item.at('type').word('limit', 'market') === 'limit';
  const trigger = item.at('stop').textOr('');
  const isWhole = item.at('closeOrder').isThere && item.at('closeOrder').flag();
  const qtyLots = isWhole ? null : contractLots(item.at('size'), instrument);
  const filledLots = contractLots(filledIn(item), instrument);
  const isDone = item.at('status').word('open', 'done') === 'done';
  const isEnded = item.at('cancelExist').flag();
  const isTriggered = trigger !== '' && item.at('stopTriggered').flag();
  const live = isTriggered && filledLots === 0 ? 'TRIGGERED' : liveStatus(filledLots);
  // Of an order for the whole position that was not cancelled nothing is left.
  const done = isEnded ? 'CANCELED' : doneStatus(qtyLots ?? filledLots, filledLots);
  const changed = item.at('updatedAt');
  return {
    instrument,
    clientOrderId: item.at('clientOid').textOr(''),
    venueOrderId: item.at('id').text(),
    side,
    type: typeOf(trigger, side, isLimit),
    qtyLots,
    filledLots,
    priceTicks: isLimit ? ticksOrNull(item.at('price'), instrument) : null,
    triggerTicks: ticksOrNull(item.at('stopPrice'), instrument),
    status: isDone ? done : live,
    reduceOnly: isWhole || (item.at('reduceOnly').isThere && item.at('reduceOnly').flag()),
    isConditional: trigger !== '' && !isTriggered,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: momentUs(changed.isThere ? changed : item.at('createdAt')),
  };
}

function filledIn(item: ReplyDoc): ReplyDoc {
  const filled = item.at('filledSize');
  return filled.isThere ? filled : item.at('dealSize');
}

/** Reads a fill. @throws XY_VENUE_REPLY */
export function readFuturesFill(item: ReplyDoc, instrument: EntryInstrument): FillRecord {
  const venueOrderId = item.at('orderId').text();
  const time = item.at('tradeTime');
  const fee = item.at('fee');
  return {
    instrument,
    execId: execIdOf(item.at('tradeId'), venueOrderId),
    clientOrderId: item.at('clientOid').textOr(''),
    venueOrderId,
    side: item.at('side').word('buy', 'sell'),
    priceTicks: item.at('price').scaled(instrument.priceDecimals),
    qtyLots: contractLots(item.at('size'), instrument),
    filledLots: null,
    fee: isSaid(fee) ? fee.amount(assetOf(item.at('feeCurrency').text())) : null,
    liquidity: item.at('liquidity').word('maker', 'taker'),
    forcedBy: forcedByOf(item.at('tradeType')),
    tsVenueUs: momentUs(time.isThere ? time : item.at('createdAt')),
  };
}

/** Returns what closed a position by force, as a fill or a message says it. @throws XY_VENUE_REPLY */
export function forcedByOf(tradeType: ReplyDoc): FillRecord['forcedBy'] {
  return tradeType.isThere ? FORCED[tradeType.word(...TRADE_TYPES)] : null;
}

/** Reads the list of positions. @throws XY_VENUE_REPLY */
export function readPositions(list: ReplyDoc, instruments: EntryInstruments): readonly PositionRecord[] {
  return list.items().flatMap((item) => {
    const instrument = instruments.named(item.at('symbol').text());
    return instrument === undefined ? [] : [readPosition(item, instrument)];
  });
}

/** Reads a position of an answer or a message. @throws XY_VENUE_REPLY */
export function readPosition(item: ReplyDoc, instrument: EntryInstrument): PositionRecord {
  const side = item.at('positionSide');
  const positionSide = side.isThere ? SIDES[side.word('BOTH', 'LONG', 'SHORT')] : 'both';
  const lots = contractLots(item.at('currentQty'), instrument);
  const qtyLots = positionSide === 'short' ? -Math.abs(lots) : lots;
  return {
    instrument,
    positionSide,
    qtyLots: qtyLots === 0 ? 0 : qtyLots,
    entryPrice: qtyLots === 0 ? null : item.at('avgEntryPrice').decimal(),
    tsVenueUs: momentUs(item.at('currentTimestamp')),
  };
}

const SIDES = { BOTH: 'both', LONG: 'long', SHORT: 'short' } as const;

/** Reads the overview of an account: the balance of its margin is all of it without unrealised profit. @throws XY_VENUE_REPLY */
export function readOverview(data: ReplyDoc): readonly BalanceRecord[] {
  const asset = assetOf(data.at('currency').text());
  return [
    { total: data.at('marginBalance').amount(asset), available: data.at('availableBalance').amount(asset) },
  ];
}
