/** Orders as Kraken futures takes them: parameters of `sendorder` and of the instructions of a batch. */
import { formatDecimal } from '#core';
import type { EntryAmend, EntryOrder, EntryPriority, FormParams } from '../../entry/index.ts';

/** Bounds of a trailing stop's distance, in basis points: 0.1 % to 50 %. */
const CALLBACK_BPS_MIN = 10;
const CALLBACK_BPS_MAX = 5_000;
/** Characters of a client order id. */
const CLIENT_ORDER_ID_MAX = 100;

/** Members of an instruction that are numbers. */
const NUMBERS = new Set(['size', 'limitPrice', 'stopPrice', 'trailingStopMaxDeviation']);
const LIMIT_TYPES = { GTC: 'lmt', GTX: 'post', IOC: 'ioc', FOK: 'fok' } as const;

/** Returns why Kraken futures cannot take an order, `null` when it can. */
export function unsupported(order: EntryOrder): string | null {
  if (order.clientOrderId.length > CLIENT_ORDER_ID_MAX)
    return `client order ids have at most ${CLIENT_ORDER_ID_MAX} characters`;
  if (order.positionSide !== 'both') return 'there is no hedge mode';
  if (order.qtyLots === null) return 'there are no orders for the whole position: state a quantity';
  switch (order.type) {
    case 'limit':
      return null;
    case 'market':
      return order.timeInForce === 'FOK' || order.timeInForce === 'GTX'
        ? `a market order cannot be ${order.timeInForce}`
        : null;
    case 'stop_limit':
    case 'take_profit_limit':
      return order.timeInForce === 'GTC' ? null : 'a limit order that waits for a trigger can only be GTC';
    case 'stop_market':
    case 'take_profit_market':
      return null;
    case 'trailing_stop':
      return trailingFault(order);
  }
}

function trailingFault({ callbackBps, triggerTicks }: EntryOrder): string | null {
  if (triggerTicks !== null) return 'a trailing stop follows from its start, there is no activation price';
  return callbackBps !== null && callbackBps >= CALLBACK_BPS_MIN && callbackBps <= CALLBACK_BPS_MAX
    ? null
    : `a trailing stop keeps ${CALLBACK_BPS_MIN} to ${CALLBACK_BPS_MAX} basis points of distance`;
}

/** True for orders that shrink or guard a position. */
export function isProtective({ reduceOnly, type }: EntryOrder): boolean {
  return reduceOnly || (type !== 'limit' && type !== 'market');
}

/** Returns how urgent a new order is. */
export function priorityOf(order: EntryOrder): EntryPriority {
  return isProtective(order) ? 'protect' : 'order';
}

/** Returns the parameters of an order that is supported. */
export function orderParams(order: EntryOrder): FormParams {
  const { clientOrderId, instrument, priceTicks, qtyLots, reduceOnly, side, triggerTicks } = order;
  const isTrailing = order.type === 'trailing_stop';
  const isTriggered = order.type !== 'limit' && order.type !== 'market';
  return {
    orderType: typeOf(order),
    symbol: instrument.restSymbol,
    side,
    size: formatDecimal(qtyLots ?? 0, instrument.qtyDecimals),
    limitPrice: priceTicks === null ? undefined : formatDecimal(priceTicks, instrument.priceDecimals),
    stopPrice: triggerTicks === null ? undefined : formatDecimal(triggerTicks, instrument.priceDecimals),
    triggerSignal: isTriggered ? order.triggerBy : undefined,
    trailingStopMaxDeviation: isTrailing ? formatDecimal(order.callbackBps ?? 0, 2) : undefined,
    trailingStopDeviationUnit: isTrailing ? 'PERCENT' : undefined,
    reduceOnly: reduceOnly ? true : undefined,
    cliOrdId: clientOrderId,
  };
}

function typeOf({ timeInForce, type }: EntryOrder): string {
  switch (type) {
    case 'limit':
      return LIMIT_TYPES[timeInForce];
    case 'market':
      return 'mkt';
    case 'stop_market':
    case 'stop_limit':
      return 'stp';
    case 'take_profit_market':
    case 'take_profit_limit':
      return 'take_profit';
    case 'trailing_stop':
      return 'trailing_stop';
  }
}

/** Returns the instructions of a batch; `order_tag` is the place in the list, because answers come in any order. */
export function batchText(orders: readonly EntryOrder[]): string {
  const items = orders.map((order, at) =>
    objectText({ order: 'send', order_tag: String(at), ...orderParams(order) }),
  );
  return `{"batchOrder":[${items.join(',')}]}`;
}

/** JSON by hand: decimals stand in it digit by digit, without a float in between. */
function objectText(params: FormParams): string {
  const members = Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [`"${name}":${NUMBERS.has(name) ? String(value) : JSON.stringify(value)}`],
  );
  return `{${members.join(',')}}`;
}

/** Returns the parameters of an edit. Without `qtyMode` the size would be what is left to fill, not the total. */
export function amendParams({ order, priceTicks, qtyLots }: EntryAmend): FormParams {
  const { instrument } = order;
  return {
    ...(order.venueOrderId === null ? { cliOrdId: order.clientOrderId } : { orderId: order.venueOrderId }),
    size: formatDecimal(qtyLots, instrument.qtyDecimals),
    limitPrice: formatDecimal(priceTicks, instrument.priceDecimals),
    qtyMode: 'ABSOLUTE',
  };
}
