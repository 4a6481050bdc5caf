/**
 * What happens when an order would trade with one of the same account (rule M65). At equal prices what the market shows comes first, so that an own
 * order is met where it is strictly better than the next level. Orders in mode `refuse` never come as far, except those at market, which pass by.
 */
import { assert, type EpochUs } from '#core';
import { oppositeSide } from '#domain';
import type { MatchDesk } from './matcher.ts';
import { restingOrders } from './resting.ts';
import { isWorse, type SimOrder } from './sim-order.ts';

/** Returns the own resting orders that a taker meets, best price first; none for one in mode `refuse`. */
export function ownInReach(taker: SimOrder, orders: readonly SimOrder[]): SimOrder[] {
  return taker.selfTrade === 'refuse' ? [] : ownWithin(taker, orders);
}

/** True when a limit order that comes to life must not: an own order is in reach and it refuses, posts only, or wants all at once. */
export function refusesOwn(order: SimOrder, orders: readonly SimOrder[]): boolean {
  const { priceTicks, selfTrade, timeInForce } = order;
  if (priceTicks === null) return false;
  if (selfTrade !== 'refuse' && timeInForce !== 'FOK' && timeInForce !== 'GTX') return false;
  return ownWithin(order, orders).length > 0;
}

/** Lets a taker meet an own resting order as its mode says. Afterwards either may be over. */
export function meetOwn(desk: MatchDesk, taker: SimOrder, maker: SimOrder, nowUs: EpochUs): void {
  const { selfTrade } = taker;
  assert(selfTrade !== 'refuse', 'an order that refuses self-trades never meets an own one');
  if (maker.phase !== 'resting') return;
  if (selfTrade === 'none') {
    trade(desk, taker, maker, nowUs);
    return;
  }
  if (selfTrade !== 'expire_taker') desk.expire(maker, 'self_trade', nowUs);
  if (selfTrade !== 'expire_maker') desk.expire(taker, 'self_trade', nowUs);
}

function ownWithin(taker: SimOrder, orders: readonly SimOrder[]): SimOrder[] {
  const { priceTicks, side } = taker;
  return restingOrders(orders, oppositeSide(side)).filter(
    (own) => priceTicks === null || !isWorse(side, Number(own.priceTicks), priceTicks),
  );
}

function trade(desk: MatchDesk, taker: SimOrder, maker: SimOrder, nowUs: EpochUs): void {
  const makerLots = desk.fillableLots(maker);
  if (makerLots === 0) {
    desk.expire(maker, 'reduce_only', nowUs);
    return;
  }
  const qtyLots = desk.floorLots(taker, Math.min(makerLots, desk.fillableLots(taker)));
  if (qtyLots === 0) return;
  const priceTicks = Number(maker.priceTicks);
  desk.fill(maker, { priceTicks, qtyLots, liquidity: 'maker' }, nowUs);
  desk.fill(taker, { priceTicks, qtyLots, liquidity: 'taker' }, nowUs);
}
