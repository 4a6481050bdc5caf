/** Private messages of both markets that tell of orders: what happened to one, and its fill where it was one. */
import type { OrderStatus } from '#domain';
import type { EntryInstrument, FillRecord, OrderRecord, ReplyDoc } from '../../entry/index.ts';
import { forcedByOf } from './futures-reader.ts';
import { doneStatus, isTriggerWord, liveStatus, typeOf } from './order-type.ts';
import type { Telling } from './private-dialogue.ts';
import { isSaid, momentUs, ticksOrNull } from './quantity.ts';
import { execIdOf } from './spot-reader.ts';

/** Reads a size of the wire as lots. */
export type ReadLots = (doc: ReplyDoc, instrument: EntryInstrument) => number;

/** Reads a change of an order. A match tells the fill first, then the order. @throws XY_VENUE_REPLY */
export function readOrderMessage(data: ReplyDoc, instrument: EntryInstrument, lotsOf: ReadLots): Telling {
  const kind = data.at('type').word('received', 'open', 'match', 'update', 'filled', 'canceled');
  const order = readOrder(data, instrument, lotsOf, kind);
  if (kind !== 'match') return (sink) => sink.onOrder(order);
  if (!isSaid(data.at('matchSize')) || !isSaid(data.at('matchPrice'))) {
    return (sink) => {
      sink.onNotice(`a match of order ${order.venueOrderId} without its size or price`);
      sink.onOrder(order);
    };
  }
  const fill = readMatch(data, order, lotsOf);
  return (sink) => {
    // Less than a lot is no fill in lots.
    if (fill.qtyLots > 0) sink.onFill(fill);
    sink.onOrder(order);
  };
}

function readOrder(data: ReplyDoc, instrument: EntryInstrument, lotsOf: ReadLots, kind: string): OrderRecord {
  const side = data.at('side').word('buy', 'sell');
  const priceTicks = ticksOrNull(data.at('price'), instrument);
  const orderType = data.at('orderType');
  const isLimit = orderType.isThere
    ? orderType.word('limit', 'market', 'stop') !== 'market' && priceTicks !== null
    : priceTicks !== null;
  const size = isSaid(data.at('size')) ? data.at('size') : data.at('originSize');
  const qtyLots = isSaid(size) ? lotsOf(size, instrument) : null;
  const filledLots = isSaid(data.at('filledSize')) ? lotsOf(data.at('filledSize'), instrument) : 0;
  const isDone = data.at('status').word('new', 'open', 'match', 'done') === 'done';
  return {
    instrument,
    clientOrderId: data.at('clientOid').textOr(''),
    venueOrderId: data.at('orderId').text(),
    side,
    type: typeOf('', side, isLimit),
    qtyLots: qtyLots ?? filledLots,
    filledLots,
    priceTicks: isLimit ? priceTicks : null,
    triggerTicks: null,
    status: statusOf(kind, isDone, qtyLots, filledLots),
    reduceOnly: data.at('reduceOnly').isThere && data.at('reduceOnly').flag(),
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: momentUs(data.at('ts')),
  };
}

function statusOf(kind: string, isDone: boolean, qtyLots: number | null, filledLots: number): OrderStatus {
  if (kind === 'filled') return 'FILLED';
  if (kind === 'canceled') return 'CANCELED';
  const isFull = qtyLots !== null && qtyLots > 0 && filledLots >= qtyLots;
  if (kind === 'match') return isFull ? 'FILLED' : 'PARTIALLY_FILLED';
  return isDone ? doneStatus(qtyLots, filledLots) : liveStatus(filledLots);
}

function readMatch(data: ReplyDoc, order: OrderRecord, lotsOf: ReadLots): FillRecord {
  const { clientOrderId, filledLots, instrument, side, tsVenueUs, venueOrderId } = order;
  const liquidity = data.at('liquidity');
  return {
    instrument,
    execId: execIdOf(data.at('tradeId'), venueOrderId),
    clientOrderId,
    venueOrderId,
    side,
    priceTicks: data.at('matchPrice').scaled(instrument.priceDecimals),
    qtyLots: lotsOf(data.at('matchSize'), instrument),
    filledLots,
    // The fee is told by the list of fills alone.
    fee: null,
    liquidity: liquidity.isThere
      ? liquidity.word('maker', 'taker')
      : data.at('feeType').word('makerFee', 'takerFee') === 'makerFee'
        ? 'maker'
        : 'taker',
    forcedBy: forcedByOf(data.at('tradeType')),
    tsVenueUs,
  };
}

/** Reads a change of an order that waits for its trigger; it is told without our id. @throws XY_VENUE_REPLY */
export function readStopMessage(data: ReplyDoc, instrument: EntryInstrument, lotsOf: ReadLots): Telling {
  const trigger = data.at('stop').text();
  const venueOrderId = data.at('orderId').text();
  if (!isTriggerWord(trigger)) {
    return (sink) => sink.onNotice(`order ${venueOrderId} of a linked pair is not read`);
  }
  const side = data.at('side').word('buy', 'sell');
  const kind = data.at('type').word('open', 'triggered', 'cancel');
  const priceTicks = ticksOrNull(data.at('orderPrice'), instrument);
  const lots = isSaid(data.at('size')) ? lotsOf(data.at('size'), instrument) : 0;
  const success = data.at('triggerSuccess');
  const isFailed = kind === 'triggered' && success.isThere && !success.flag();
  const record: OrderRecord = {
    instrument,
    clientOrderId: data.at('clientOid').textOr(''),
    venueOrderId,
    side,
    type: typeOf(trigger, side, priceTicks !== null),
    qtyLots: lots === 0 ? null : lots,
    filledLots: 0,
    priceTicks,
    triggerTicks: ticksOrNull(data.at('stopPrice'), instrument),
    status: isFailed ? 'EXPIRED' : STOP_STATUSES[kind],
    reduceOnly: false,
    isConditional: true,
    triggeredOrderId: null,
    reason: isFailed ? data.at('error').textOr('the trigger failed') : '',
    tsVenueUs: momentUs(data.at('ts')),
  };
  return (sink) => sink.onOrder(record);
}

const STOP_STATUSES = { open: 'ACCEPTED', triggered: 'TRIGGERED', cancel: 'CANCELED' } as const;
