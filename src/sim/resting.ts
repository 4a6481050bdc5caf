/** What all data levels do alike with orders that wait: who stands first, who is touched, how a print fills them. */
import type { EpochUs } from '#core';
import { oppositeSide, type Side, type TradeEvent, type TriggerSource } from '#domain';
import type { MatchDesk } from './matcher.ts';
import { followPrice, isMet, isWorse, type OrderPhase, type SimOrder, standsBefore } from './sim-order.ts';

const NONE: readonly SimOrder[] = [];

/** Returns the orders in a phase by arrival, as a list that does not change while they are worked on. */
export function ordersIn(orders: readonly SimOrder[], phase: OrderPhase): readonly SimOrder[] {
  return orders.some((order) => order.phase === phase)
    ? orders.filter((order) => order.phase === phase)
    : NONE;
}

/** Returns the resting orders of one side, best price first, then earliest. */
export function restingOrders(orders: readonly SimOrder[], side: Side): SimOrder[] {
  return orders
    .filter((order) => order.phase === 'resting' && order.side === side)
    .sort((a, b) => (standsBefore(a, b) ? -1 : 1));
}

/**
 * True when an own order on the same side that stands before a resting one is still taking liquidity: what trades meanwhile belongs to that
 * one, so the resting one waits (rule M19).
 */
export function isBehindTaker(order: SimOrder, orders: readonly SimOrder[]): boolean {
  for (const other of orders) {
    if (other.phase !== 'working' || other.side !== order.side) continue;
    if (other.priceTicks === null || standsBefore(other, order)) return true;
  }
  return false;
}

/** Returns the resting orders of one side that may fill now, best price first, then earliest. */
export function fillableResting(orders: readonly SimOrder[], side: Side): SimOrder[] {
  return restingOrders(orders, side).filter((order) => !isBehindTaker(order, orders));
}

/** Lets the trailing stops of one source follow a price; false when there are none. */
export function followAll(orders: readonly SimOrder[], source: TriggerSource, ticks: number): boolean {
  let isAny = false;
  for (const order of orders) {
    if (order.callbackBps === 0 || order.phase !== 'conditional' || order.triggerBy !== source) continue;
    isAny = true;
    followPrice(order, ticks);
  }
  return isAny;
}

/** Returns the conditional orders whose trigger a price of their source has touched; trailing stops have followed it first. */
export function touchedConditionals(
  orders: readonly SimOrder[],
  ticks: number,
  source: TriggerSource = 'last',
): SimOrder[] {
  // Asked at every event: most touch nothing, and then nothing is made.
  let touched: SimOrder[] | null = null;
  for (const order of orders) {
    if (order.phase !== 'conditional' || order.triggerBy !== source) continue;
    if (order.callbackBps > 0) followPrice(order, ticks);
    if (!isMet(order, ticks)) continue;
    touched ??= [];
    touched.push(order);
  }
  return touched ?? [];
}

/** Fills a resting order at its own price with at most `lotsMax` lots; returns the lots filled. */
export function fillAsMaker(desk: MatchDesk, order: SimOrder, lotsMax: number, nowUs: EpochUs): number {
  const fillableLots = desk.fillableLots(order);
  if (fillableLots === 0) desk.expire(order, 'reduce_only', nowUs);
  const qtyLots = desk.floorLots(order, Math.min(fillableLots, lotsMax));
  if (qtyLots === 0) return 0;
  desk.fill(order, { priceTicks: Number(order.priceTicks), qtyLots, liquidity: 'maker' }, nowUs);
  return qtyLots;
}

/**
 * Fills resting orders by a print of a taker on the other side: those at better prices than the print at once, those at its price after
 * the queue ahead of them has traded. What one order takes of a print the next cannot have. Returns the lots that are left.
 */
export function fillByPrint(desk: MatchDesk, print: TradeEvent, nowUs: EpochUs): number {
  let restLots = print.qtyLots;
  const side = oppositeSide(print.takerSide);
  for (const order of fillableResting(desk.openOrders(print.instrumentIx), side)) {
    const limitTicks = Number(order.priceTicks);
    const isAt = limitTicks === print.priceTicks;
    if (restLots <= 0 || (!isAt && !isWorse(side, limitTicks, print.priceTicks))) break;
    const aheadLots = isAt ? order.queueAheadLots : 0;
    order.queueAheadLots = isAt ? Math.max(0, aheadLots - restLots) : 0;
    if (restLots > aheadLots) restLots -= fillAsMaker(desk, order, restLots - aheadLots, nowUs);
  }
  return restLots;
}
