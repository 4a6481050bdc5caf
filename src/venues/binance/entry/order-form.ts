/**
 * Orders as Binance USD-M takes them. Since December 2025 there are two families: `LIMIT` and `MARKET` go to the order book (`/fapi/v1/order`), everything
 * with a trigger goes to the algo service (`/fapi/v1/algoOrder`), which calls the same things by other names.
 */
import { assert, formatDecimal } from '#core';
import type { EntryInstrument, EntryOrder, EntryOrderType, FormParams } from '../../entry/index.ts';
import { forcedByOf } from './forced-orders.ts';
import { VENUE } from './signed-calls.ts';

/** The venue's names of order types. */
export const TYPE_WORDS: Readonly<Record<EntryOrderType, string>> = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop_market: 'STOP_MARKET',
  stop_limit: 'STOP',
  take_profit_market: 'TAKE_PROFIT_MARKET',
  take_profit_limit: 'TAKE_PROFIT',
  trailing_stop: 'TRAILING_STOP_MARKET',
};

const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
/** 0.1 % to 20 %. */
const CALLBACK_BPS_MIN = 10;
const CALLBACK_BPS_MAX = 2_000;
/** Callback rates are percentages. */
const BPS_DECIMALS_OF_PERCENT = 2;

/** True for types of the algo service. */
export function isConditionalType(type: EntryOrderType): boolean {
  return type !== 'market' && type !== 'limit';
}

/** True for an order that can only shrink a position: it goes first when budgets are short. */
export function isProtective(order: EntryOrder): boolean {
  return order.reduceOnly || order.qtyLots === null || isConditionalType(order.type);
}

/** Returns why the venue cannot take an order, `null` when it can. */
export function unsupportedReason(order: EntryOrder): string | null {
  const { type, timeInForce } = order;
  if (order.instrument.venue !== VENUE) return `${order.instrument.symbol} is not an instrument of ${VENUE}`;
  if (!CLIENT_ID.test(order.clientOrderId)) return 'its client order id is not of the form of the venue';
  if (forcedByOf(order.clientOrderId) !== null)
    return 'its client order id is one that the venue keeps to itself';
  if (order.qtyLots === null && type !== 'stop_market' && type !== 'take_profit_market')
    return `only stop and target orders at market close a whole position, not ${type}`;
  if (isConditionalType(type) && order.triggerBy === 'index') return 'nothing is triggered by index prices';
  if ((type === 'stop_limit' || type === 'take_profit_limit') && timeInForce === 'GTX')
    return 'orders with a trigger cannot be post-only';
  return hedgeReason(order) ?? callbackReason(order);
}

/** In hedge mode `reduceOnly` may not be sent (-1106): the side says whether an order closes, and one that closes cannot go beyond the position. */
function hedgeReason({ reduceOnly, positionSide, side }: EntryOrder): string | null {
  const isOpening =
    (positionSide === 'long' && side === 'buy') || (positionSide === 'short' && side === 'sell');
  return reduceOnly && isOpening ? `a ${side} of the ${positionSide} side cannot be reduce-only` : null;
}

function callbackReason({ type, callbackBps }: EntryOrder): string | null {
  if (type !== 'trailing_stop') return null;
  const isInRange =
    callbackBps !== null && callbackBps >= CALLBACK_BPS_MIN && callbackBps <= CALLBACK_BPS_MAX;
  return isInRange
    ? null
    : `a callback is ${CALLBACK_BPS_MIN} to ${CALLBACK_BPS_MAX} basis points, was ${callbackBps}`;
}

/** Returns the parameters of `/fapi/v1/order`, also of an item of a batch. */
export function plainParams(order: EntryOrder): FormParams {
  const { instrument, qtyLots, priceTicks } = order;
  const isLimit = order.type === 'limit';
  assert(!isConditionalType(order.type), 'orders with a trigger belong to the algo service');
  assert(qtyLots !== null && qtyLots > 0, 'an order without trigger has a quantity');
  assert(isLimit === (priceTicks !== null), 'limit orders, and no others, have a price');
  return {
    ...commonParams(order),
    timeInForce: isLimit ? order.timeInForce : undefined,
    quantity: qtyText(instrument, qtyLots),
    price: priceText(instrument, priceTicks),
    reduceOnly: reduceOnlyText(order),
    newClientOrderId: order.clientOrderId,
    newOrderRespType: 'RESULT',
  };
}

/** Returns the parameters of `/fapi/v1/algoOrder`. */
export function conditionalParams(order: EntryOrder): FormParams {
  const { instrument, type, qtyLots, priceTicks, triggerTicks } = order;
  const isLimit = type === 'stop_limit' || type === 'take_profit_limit';
  const isTrailing = type === 'trailing_stop';
  assert(isConditionalType(type), 'orders without trigger belong to the order book');
  assert(isLimit === (priceTicks !== null), 'limit orders, and no others, have a price');
  assert(isTrailing || triggerTicks !== null, 'stop and target orders have a trigger');
  assert(isTrailing === (order.callbackBps !== null), 'trailing stops, and no others, have a callback');
  return {
    algoType: 'CONDITIONAL',
    ...commonParams(order),
    timeInForce: isLimit ? order.timeInForce : 'GTC',
    quantity: qtyLots === null ? undefined : qtyText(instrument, qtyLots),
    closePosition: qtyLots === null ? 'true' : undefined,
    price: priceText(instrument, priceTicks),
    triggerPrice: isTrailing ? undefined : priceText(instrument, triggerTicks),
    // Some clients write `activationPrice`, which the venue passes over in silence.
    activatePrice: isTrailing ? priceText(instrument, triggerTicks) : undefined,
    callbackRate:
      order.callbackBps === null ? undefined : formatDecimal(order.callbackBps, BPS_DECIMALS_OF_PERCENT),
    workingType: order.triggerBy === 'mark' ? 'MARK_PRICE' : 'CONTRACT_PRICE',
    reduceOnly: qtyLots === null ? undefined : reduceOnlyText(order),
    clientAlgoId: order.clientOrderId,
  };
}

/** Returns lots as the venue writes quantities. */
export function qtyText(instrument: EntryInstrument, lots: number): string {
  return formatDecimal(lots, instrument.qtyDecimals);
}

/** Returns ticks as the venue writes prices; `undefined` = none. */
export function priceText(instrument: EntryInstrument, ticks: number | null): string | undefined {
  return ticks === null ? undefined : formatDecimal(ticks, instrument.priceDecimals);
}

function commonParams(order: EntryOrder): FormParams {
  return {
    symbol: order.instrument.restSymbol,
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    positionSide: order.positionSide.toUpperCase(),
    type: TYPE_WORDS[order.type],
  };
}

function reduceOnlyText(order: EntryOrder): 'true' | undefined {
  return order.reduceOnly && order.positionSide === 'both' ? 'true' : undefined;
}
