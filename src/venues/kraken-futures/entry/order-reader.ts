/**
 * Orders of Kraken futures in their three forms: the list of open orders, the status of one, the private feed. Quantities of the list and of the feed are
 * what is left to fill; that of the status is the whole.
 */
import type { EpochUs } from '#core';
import type { OrderStatus, Side } from '#domain';
import type {
  EntryInstrument,
  EntryInstruments,
  EntryOrderType,
  OrderRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { clientOrderIdOf, instrumentOf, isoUs, msUs } from './names.ts';

const PLAIN_TYPES = ['lmt', 'limit', 'post', 'ioc', 'fok'] as const;
const MARKET_TYPES = ['mkt', 'market'] as const;
const STOP_TYPES = ['stp', 'stop'] as const;
const ALL_TYPES = [
  ...PLAIN_TYPES,
  ...MARKET_TYPES,
  ...STOP_TYPES,
  'take_profit',
  'trailing_stop',
  // The venue's own orders, by which it closes positions.
  'liquidation',
  'assignment',
  'unwind',
  'block',
] as const;

/** How an order ended or why it changed. */
interface Ending {
  readonly status: OrderStatus;
  readonly reason: string;
}

/** Reads the list of open orders; those of instruments that nobody here trades are left out. @throws XY_VENUE_REPLY */
export function readOpenOrders(list: ReplyDoc, instruments: EntryInstruments): readonly OrderRecord[] {
  return list.items().flatMap((item) => {
    const instrument = instrumentOf(instruments, item.at('symbol'));
    return instrument === undefined ? [] : [readOpenOrder(item, instrument)];
  });
}

function readOpenOrder(item: ReplyDoc, instrument: EntryInstrument): OrderRecord {
  const { qtyDecimals } = instrument;
  const left = item.at('unfilledSize');
  const filledLots = item.at('filledSize').isThere ? item.at('filledSize').scaled(qtyDecimals) : 0;
  const prices = pricesOf(item, 'limitPrice', 'stopPrice', instrument);
  const type = typeOf(item.at('orderType').word(...ALL_TYPES), prices);
  item.at('status').word('untouched', 'partiallyFilled');
  return {
    instrument,
    clientOrderId: clientOrderIdOf(item),
    venueOrderId: item.at('order_id').text(),
    side: item.at('side').word('buy', 'sell'),
    type,
    qtyLots: left.isThere ? left.scaled(qtyDecimals) + filledLots : null,
    filledLots,
    ...prices,
    status: filledLots > 0 ? 'PARTIALLY_FILLED' : 'ACCEPTED',
    reduceOnly: item.at('reduceOnly').flag(),
    isConditional: isConditional(type),
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: isoUs(item.at('lastUpdateTime')),
  };
}

/** Reads the answer to the question for one order; `null` when the venue does not know it any more. @throws XY_VENUE_REPLY */
export function readOrderStatus(list: ReplyDoc, instruments: EntryInstruments): OrderRecord | null {
  const [item, ...more] = list.items();
  if (item === undefined) return null;
  if (more.length > 0) throw list.fail('one order');
  const order = item.at('order');
  const instrument = instrumentOf(instruments, order.at('symbol'));
  if (instrument === undefined) throw order.at('symbol').fail('the symbol that was asked for');
  const { qtyDecimals } = instrument;
  const quantity = order.at('quantity');
  const filledLots = order.at('filled').isThere ? order.at('filled').scaled(qtyDecimals) : 0;
  const trigger = order.at('priceTriggerOptions');
  const priceTicks = ticksOf(order.at('limitPrice'), instrument);
  const triggerTicks = trigger.isThere ? ticksOf(trigger.at('triggerPrice'), instrument) : null;
  const side = order.at('side').word('buy', 'sell');
  return {
    instrument,
    clientOrderId: clientOrderIdOf(order),
    venueOrderId: order.at('orderId').text(),
    side,
    type: statusType(order, trigger, side, priceTicks),
    qtyLots: quantity.isThere ? quantity.scaled(qtyDecimals) : null,
    filledLots,
    priceTicks,
    triggerTicks,
    ...statusOf(item, filledLots),
    reduceOnly: order.at('reduceOnly').flag(),
    isConditional: trigger.isThere,
    triggeredOrderId: null,
    tsVenueUs: isoUs(order.at('lastUpdateTimestamp')),
  };
}

/** The status names no type: a trigger above the market of a sell, or below that of a buy, is a target. */
function statusType(
  order: ReplyDoc,
  trigger: ReplyDoc,
  side: Side,
  priceTicks: number | null,
): EntryOrderType {
  const kind = order.at('type').word('ORDER', 'TRIGGER_ORDER');
  if (!trigger.isThere) {
    if (kind === 'TRIGGER_ORDER') throw trigger.fail('the trigger of a trigger order');
    return priceTicks === null ? 'market' : 'limit';
  }
  const isAbove = trigger.at('triggerSide').word('TRIGGER_ABOVE', 'TRIGGER_BELOW') === 'TRIGGER_ABOVE';
  if (trigger.at('trailingStopOptions').isThere) return 'trailing_stop';
  const isTarget = isAbove === (side === 'sell');
  if (priceTicks === null) return isTarget ? 'take_profit_market' : 'stop_market';
  return isTarget ? 'take_profit_limit' : 'stop_limit';
}

function statusOf(item: ReplyDoc, filledLots: number): Ending {
  const word = item
    .at('status')
    .word(
      'ENTERED_BOOK',
      'FULLY_EXECUTED',
      'REJECTED',
      'CANCELLED',
      'TRIGGER_PLACED',
      'TRIGGER_ACTIVATION_FAILURE',
    );
  const error = item.at('error').textOr('');
  const cause = item.at('updateReason').textOr('');
  switch (word) {
    case 'ENTERED_BOOK':
      return { status: filledLots > 0 ? 'PARTIALLY_FILLED' : 'ACCEPTED', reason: '' };
    case 'TRIGGER_PLACED':
      return { status: 'ACCEPTED', reason: '' };
    case 'FULLY_EXECUTED':
      return { status: 'FILLED', reason: '' };
    case 'REJECTED':
      return { status: 'REJECTED', reason: error === '' ? cause : error };
    case 'TRIGGER_ACTIVATION_FAILURE':
      return { status: 'EXPIRED', reason: error === '' ? cause : error };
    case 'CANCELLED':
      return endingOf(cause.toLowerCase());
  }
}

/** Reads an order of the private feed that stands in the book. @throws XY_VENUE_REPLY */
export function readFeedOrder(order: ReplyDoc, instrument: EntryInstrument): OrderRecord {
  const { qtyDecimals } = instrument;
  const left = order.at('qty');
  const filledLots = order.at('filled').scaled(qtyDecimals);
  const prices = pricesOf(order, 'limit_price', 'stop_price', instrument);
  const type = typeOf(order.at('type').word(...ALL_TYPES), prices);
  const direction = order.at('direction').word('0', '1');
  return {
    instrument,
    clientOrderId: clientOrderIdOf(order),
    venueOrderId: order.at('order_id').text(),
    side: direction === '0' ? 'buy' : 'sell',
    type,
    qtyLots: left.isThere ? left.scaled(qtyDecimals) + filledLots : null,
    filledLots,
    ...prices,
    status: filledLots > 0 ? 'PARTIALLY_FILLED' : 'ACCEPTED',
    reduceOnly: order.at('reduce_only').flag(),
    isConditional: isConditional(type),
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: msUs(order.at('last_update_time')),
  };
}

/** Returns an order as it is after the feed took it out of the book. */
export function endedOrder(order: OrderRecord, reason: string, tsVenueUs: EpochUs): OrderRecord {
  const ending = endingOf(reason);
  const filledLots = ending.status === 'FILLED' ? (order.qtyLots ?? order.filledLots) : order.filledLots;
  return { ...order, ...ending, filledLots, tsVenueUs };
}

/** What a reason means for an order that stands in the book no more; reasons of feed and status differ by their case and a few words. */
function endingOf(reason: string): Ending {
  if (reason === 'full_fill') return { status: 'FILLED', reason: '' };
  if (reason === 'cancelled_by_user') return { status: 'CANCELED', reason: '' };
  // What it became is told apart, as an order or as fills.
  if (reason === 'stop_order_triggered') return { status: 'TRIGGERED', reason: '' };
  if (reason.startsWith('post_')) return { status: 'REJECTED', reason };
  const isExpiry = reason.startsWith('ioc_') || EXPIRIES.has(reason);
  return { status: isExpiry ? 'EXPIRED' : 'CANCELED', reason };
}

const EXPIRIES = new Set(['would_not_reduce_position', 'contract_expired', 'expired']);

interface Prices {
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
}

function pricesOf(item: ReplyDoc, limit: string, trigger: string, instrument: EntryInstrument): Prices {
  return {
    priceTicks: ticksOf(item.at(limit), instrument),
    triggerTicks: ticksOf(item.at(trigger), instrument),
  };
}

/** A price that is zero stands for none. */
function ticksOf(price: ReplyDoc, { priceDecimals }: EntryInstrument): number | null {
  const ticks = price.isThere ? price.scaled(priceDecimals) : 0;
  return ticks === 0 ? null : ticks;
}

function typeOf(word: (typeof ALL_TYPES)[number], { priceTicks }: Prices): EntryOrderType {
  switch (word) {
    case 'stp':
    case 'stop':
      return priceTicks === null ? 'stop_market' : 'stop_limit';
    case 'take_profit':
      return priceTicks === null ? 'take_profit_market' : 'take_profit_limit';
    case 'trailing_stop':
      return 'trailing_stop';
    case 'lmt':
    case 'limit':
    case 'post':
    case 'ioc':
    case 'fok':
      return 'limit';
    default:
      return 'market';
  }
}

function isConditional(type: EntryOrderType): boolean {
  return type !== 'limit' && type !== 'market';
}
