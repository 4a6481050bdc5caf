/**
 * Orders in Kraken's words. Fees are asked for in the quote currency (`fciq`), because the history of trades states them in it. No order has leverage, so no order
 * can open a margin position: a sale marked reduce-only is sent as it is (it cannot sell more than there is), a purchase marked so has nothing to reduce.
 */
import { assert, formatDecimal, formatIso, US_PER_MS, US_PER_SECOND } from '#core';
import {
  type EntryOrder,
  type EntryOrderRef,
  type EntryOrderType,
  type EntryStamp,
  type FormParams,
  uuidOfClientId,
} from '../../entry/index.ts';

/**
 * The matching engine refuses what reaches it later than that after its stamp, so that an order whose answer was lost cannot come to life long after it was asked
 * for. Kraken takes 2 to 60 s; its clock can be asked for in whole seconds only.
 */
export const DEADLINE_US = 10 * US_PER_SECOND;

const KRAKEN_TYPES: Readonly<Record<EntryOrderType, string>> = {
  market: 'market',
  limit: 'limit',
  stop_market: 'stop-loss',
  stop_limit: 'stop-loss-limit',
  take_profit_market: 'take-profit',
  take_profit_limit: 'take-profit-limit',
  trailing_stop: 'trailing-stop',
};
const TYPES_OF_KRAKEN: Readonly<Record<string, EntryOrderType>> = {
  market: 'market',
  'settle-position': 'market',
  limit: 'limit',
  iceberg: 'limit',
  'stop-loss': 'stop_market',
  'stop-loss-limit': 'stop_limit',
  'take-profit': 'take_profit_market',
  'take-profit-limit': 'take_profit_limit',
  'trailing-stop': 'trailing_stop',
  'trailing-stop-limit': 'trailing_stop',
};

/** Returns the type of an order by Kraken's word; `undefined` for words that it does not document. */
export function typeOfKraken(word: string): EntryOrderType | undefined {
  return Object.hasOwn(TYPES_OF_KRAKEN, word) ? TYPES_OF_KRAKEN[word] : undefined;
}

/** True for orders that wait for a trigger. */
export function isTriggered(type: EntryOrderType): boolean {
  return type !== 'market' && type !== 'limit';
}

function hasLimitPrice(type: EntryOrderType): boolean {
  return type === 'limit' || type === 'stop_limit' || type === 'take_profit_limit';
}

/** Returns why Kraken cannot take the order, `null` when it can. */
export function unsupportedForm(order: EntryOrder): string | null {
  const { clientOrderId, positionSide, qtyLots, reduceOnly, side, type } = order;
  if (uuidOfClientId(clientOrderId) === undefined)
    return `a client order id of another form than ours ('${clientOrderId}')`;
  if (qtyLots === null) return 'an order that closes the whole position: spot has none';
  if (positionSide !== 'both') return 'a side of the position: spot has no positions';
  if (reduceOnly && side === 'buy')
    return 'a reduce-only purchase: without margin there is nothing to buy back';
  if (hasLimitPrice(type) !== (order.priceTicks !== null))
    return `a ${type} order ${hasLimitPrice(type) ? 'without' : 'with'} a limit price`;
  return unsupportedTrigger(order) ?? unsupportedTime(order);
}

function unsupportedTrigger({ callbackBps, triggerBy, triggerTicks, type }: EntryOrder): string | null {
  if (!isTriggered(type)) return triggerTicks === null ? null : `a ${type} order with a trigger`;
  if (triggerBy === 'mark') return 'a trigger by mark price: spot has the last and the index price';
  if (type === 'trailing_stop') {
    if (triggerTicks !== null) return 'a trailing stop with an activation price';
    return callbackBps === null || callbackBps <= 0 ? 'a trailing stop without a distance' : null;
  }
  return triggerTicks === null ? `a ${type} order without a trigger` : null;
}

function unsupportedTime({ timeInForce, type }: EntryOrder): string | null {
  if (timeInForce === 'FOK') return 'fill or kill';
  if (timeInForce === 'GTX' && type !== 'limit') return `a post-only ${type} order`;
  if (timeInForce === 'IOC' && isTriggered(type) && hasLimitPrice(type))
    return `an immediate-or-cancel ${type} order`;
  return null;
}

/** Returns an order that Kraken can take as parameters, without the pair. */
export function orderParams(order: EntryOrder): FormParams {
  const { clientOrderId, side, timeInForce, triggerBy, type } = order;
  const uuid = uuidOfClientId(clientOrderId);
  assert(
    unsupportedForm(order) === null && uuid !== undefined,
    'only orders that the venue can take are sent',
  );
  return {
    ordertype: KRAKEN_TYPES[type],
    type: side,
    volume: volumeText(order),
    ...pricesOf(order),
    trigger: isTriggered(type) && triggerBy === 'index' ? 'index' : undefined,
    oflags: timeInForce === 'GTX' ? 'fciq,post' : 'fciq',
    timeinforce: type === 'limit' && timeInForce === 'IOC' ? 'IOC' : undefined,
    cl_ord_id: uuid,
  };
}

function volumeText({ instrument, qtyLots }: EntryOrder): string {
  assert(qtyLots !== null && qtyLots > 0, 'a quantity is positive');
  return formatDecimal(qtyLots, instrument.qtyDecimals);
}

/** `price` is the limit of limit orders and the trigger of all others, whose limit is `price2`. */
function pricesOf({ callbackBps, instrument, priceTicks, triggerTicks, type }: EntryOrder): FormParams {
  const text = (ticks: number | null): string | undefined =>
    ticks === null ? undefined : formatDecimal(ticks, instrument.priceDecimals);
  if (type === 'market') return {};
  if (type === 'limit') return { price: text(priceTicks) };
  if (type === 'trailing_stop') return { price: `+${formatDecimal(callbackBps ?? 0, 2)}%` };
  return { price: text(triggerTicks), price2: text(priceTicks) };
}

/** Returns the moment until which the engine may take a request. */
export function deadlineText(stamp: EntryStamp): string {
  const us = stamp.venueUs + DEADLINE_US;
  return formatIso(us - (us % US_PER_MS));
}

/** Returns the parameter by which Kraken finds an order; its own id where ours is not one that we gave; `null` when neither is known. */
export function refParams({ clientOrderId, venueOrderId }: EntryOrderRef): FormParams | null {
  const uuid = uuidOfClientId(clientOrderId);
  if (uuid !== undefined) return { cl_ord_id: uuid };
  if (venueOrderId !== null && venueOrderId !== '') return { txid: venueOrderId };
  return clientOrderId === '' ? null : { cl_ord_id: clientOrderId };
}
