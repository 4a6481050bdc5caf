/**
 * Orders in Coinbase's words: one `order_configuration` for each combination of type and time in force, all numbers as text, quantities always in base currency. The venue
 * has no stop that becomes a market order, no trailing stop and no reduce-only; a sale on a spot market cannot sell more than there is, so there a sale marked
 * reduce-only is sent as it is.
 */
import { assert, formatDecimal } from '#core';
import { type EntryInstrument, type EntryOrder, uuidOfClientId } from '../../entry/index.ts';
import { sizeText } from './sizes.ts';

/** Returns why Coinbase cannot take the order, `null` when it can. */
export function unsupportedForm(order: EntryOrder): string | null {
  const { clientOrderId, instrument, positionSide, qtyLots, reduceOnly, side } = order;
  if (uuidOfClientId(clientOrderId) === undefined)
    return `a client order id of another form than ours ('${clientOrderId}')`;
  if (isIntx(instrument))
    return 'orders for INTX, whose positions this interface does not list without a portfolio';
  if (qtyLots === null) return 'an order that closes the whole position';
  if (positionSide !== 'both') return 'a side of the position: there is no hedge mode';
  if (reduceOnly && instrument.kind === 'perpetual') return 'a reduce-only order: it has no such mark';
  if (reduceOnly && side === 'buy')
    return 'a reduce-only purchase: on a spot market there is nothing to buy back';
  return unsupportedType(order);
}

/** Contracts of INTX are counted in base currency; CDE counts contracts. */
function isIntx({ kind, lotsPerContract }: EntryInstrument): boolean {
  return kind === 'perpetual' && lotsPerContract === undefined;
}

function unsupportedType({
  priceTicks,
  timeInForce,
  triggerBy,
  triggerTicks,
  type,
}: EntryOrder): string | null {
  if (type !== 'market' && type !== 'limit' && type !== 'stop_limit')
    return `a ${type} order: it has market, limit and stop-limit orders alone`;
  if ((type === 'market') !== (priceTicks === null))
    return `a ${type} order ${type === 'market' ? 'with' : 'without'} a limit price`;
  if ((type === 'stop_limit') !== (triggerTicks !== null))
    return `a ${type} order ${type === 'stop_limit' ? 'without' : 'with'} a trigger`;
  if (type === 'market' && timeInForce === 'GTX') return 'a post-only market order';
  if (type !== 'stop_limit') return null;
  if (timeInForce !== 'GTC') return `a stop-limit order with time in force ${timeInForce}`;
  return triggerBy === 'last' ? null : `a trigger by ${triggerBy} price: the last price triggers`;
}

/** Returns the body of a new order that Coinbase can take. */
export function orderBody(order: EntryOrder): object {
  const uuid = uuidOfClientId(order.clientOrderId);
  assert(
    unsupportedForm(order) === null && uuid !== undefined,
    'only orders that the venue can take are sent',
  );
  return {
    client_order_id: uuid,
    product_id: order.instrument.restSymbol,
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    order_configuration: configurationOf(order),
  };
}

function configurationOf({
  instrument,
  priceTicks,
  qtyLots,
  side,
  timeInForce,
  triggerTicks,
  type,
}: EntryOrder): object {
  assert(qtyLots !== null, 'a quantity was asked for');
  const base_size = sizeText(instrument, qtyLots);
  const priceText = (ticks: number | null): string => formatDecimal(ticks ?? 0, instrument.priceDecimals);
  if (type === 'market')
    return { [timeInForce === 'FOK' ? 'market_market_fok' : 'market_market_ioc']: { base_size } };
  const limit_price = priceText(priceTicks);
  if (type === 'stop_limit') {
    const stop_direction = side === 'buy' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN';
    const stop_price = priceText(triggerTicks);
    return { stop_limit_stop_limit_gtc: { base_size, limit_price, stop_price, stop_direction } };
  }
  if (timeInForce === 'IOC') return { sor_limit_ioc: { base_size, limit_price } };
  if (timeInForce === 'FOK') return { limit_limit_fok: { base_size, limit_price } };
  return { limit_limit_gtc: { base_size, limit_price, post_only: timeInForce === 'GTX' } };
}
