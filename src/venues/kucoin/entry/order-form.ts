/** Orders as KuCoin takes them: the high-frequency orders and the stop orders of the spot market, the orders of the futures market. */
import type { EntryOrder, EntryPriority } from '../../entry/index.ts';
import { contractsOf, priceText, sizeText } from './quantity.ts';

/** What the venue takes as our id. */
const CLIENT_ORDER_ID = /^[A-Za-z0-9_-]{1,40}$/;
const PRICE_TYPES = { last: 'TP', mark: 'MP', index: 'IP' } as const;

/** How a contract is margined; the venue wants it in every order. */
export interface MarginSetting {
  readonly mode: 'CROSS' | 'ISOLATED';
  /** Sent with isolated orders; `null` = not known. */
  readonly leverage: number | null;
}

/** True for orders that wait for a trigger. */
export function isConditional({ type }: Pick<EntryOrder, 'type'>): boolean {
  return type !== 'limit' && type !== 'market';
}

/** True for orders that shrink or guard a position. */
export function isProtective(order: EntryOrder): boolean {
  return order.reduceOnly || order.qtyLots === null || isConditional(order);
}

/** Returns how urgent a new order is. */
export function priorityOf(order: EntryOrder): EntryPriority {
  return isProtective(order) ? 'protect' : 'order';
}

/** Returns why the spot market cannot take an order, `null` when it can. */
export function unsupportedSpot(order: EntryOrder): string | null {
  if (order.qtyLots === null) return 'a spot market has no positions to close: state a quantity';
  if (order.positionSide !== 'both') return 'a spot market has no hedge mode';
  // The wallet bounds a sale; nothing bounds a purchase.
  if (order.reduceOnly && order.side === 'buy') return 'a spot market has no reduce-only purchases';
  if (isConditional(order) && order.triggerBy !== 'last')
    return 'stop orders are triggered by the last price alone';
  return unsupportedEverywhere(order);
}

/** Returns why the futures market cannot take an order, `null` when it can. */
export function unsupportedFutures(order: EntryOrder): string | null {
  const { instrument, qtyLots } = order;
  if (instrument.lotsPerContract === undefined) return 'the size of a contract is not known';
  if (qtyLots !== null && contractsOf(qtyLots, instrument) === undefined) {
    return `${qtyLots} lots are no whole number of contracts of ${instrument.lotsPerContract} lots`;
  }
  return unsupportedEverywhere(order);
}

function unsupportedEverywhere({ clientOrderId, timeInForce, type }: EntryOrder): string | null {
  if (!CLIENT_ORDER_ID.test(clientOrderId)) return 'client order ids have at most 40 letters, digits, _ or -';
  if (type === 'trailing_stop') return 'there are no trailing stops';
  const isMarket = type === 'market' || type === 'stop_market' || type === 'take_profit_market';
  if (isMarket && (timeInForce === 'FOK' || timeInForce === 'GTX')) {
    return `a market order cannot be ${timeInForce}`;
  }
  return null;
}

/** Returns the body of a high-frequency order of the spot market, or of a stop order. */
export function spotBody(order: EntryOrder): object {
  const { clientOrderId, instrument, qtyLots, side, timeInForce, triggerTicks } = order;
  const isLimit = order.priceTicks !== null;
  return {
    type: isLimit ? 'limit' : 'market',
    symbol: instrument.restSymbol,
    side,
    ...(order.priceTicks === null ? {} : { price: priceText(order.priceTicks, instrument) }),
    ...(triggerTicks === null
      ? {}
      : { stop: isAbove(order) ? 'entry' : 'loss', stopPrice: priceText(triggerTicks, instrument) }),
    size: sizeText(qtyLots ?? 0, instrument),
    clientOid: clientOrderId,
    ...(isLimit && (timeInForce === 'IOC' || timeInForce === 'FOK') ? { timeInForce } : {}),
    ...(timeInForce === 'GTX' ? { postOnly: true } : {}),
  };
}

/** Returns the body of an order of the futures market. */
export function futuresBody(order: EntryOrder, { leverage, mode }: MarginSetting): object {
  const { clientOrderId, instrument, positionSide, priceTicks, qtyLots, side, timeInForce, triggerTicks } =
    order;
  return {
    clientOid: clientOrderId,
    side,
    symbol: instrument.restSymbol,
    ...(mode === 'ISOLATED' && leverage !== null ? { leverage } : {}),
    type: priceTicks === null ? 'market' : 'limit',
    ...(qtyLots === null ? { closeOrder: true } : { reduceOnly: order.reduceOnly }),
    marginMode: mode,
    ...(positionSide === 'both' ? {} : { positionSide: positionSide.toUpperCase() }),
    ...(qtyLots === null ? {} : { size: contractsOf(qtyLots, instrument) }),
    ...(priceTicks === null
      ? {}
      : {
          price: priceText(priceTicks, instrument),
          timeInForce: timeInForce === 'GTX' ? 'GTC' : timeInForce,
        }),
    ...(timeInForce === 'GTX' ? { postOnly: true } : {}),
    ...(triggerTicks === null
      ? {}
      : {
          stop: isAbove(order) ? 'up' : 'down',
          stopPrice: priceText(triggerTicks, instrument),
          stopPriceType: PRICE_TYPES[order.triggerBy],
        }),
  };
}

/** True when the trigger lies above the market: stops of purchases, targets of sales. */
function isAbove({ side, type }: EntryOrder): boolean {
  return type.startsWith('stop') === (side === 'buy');
}
