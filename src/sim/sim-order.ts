/** An order as the simulated venue holds it, and the one question all data levels ask of it: which price brings it to life. */
import type { EpochUs } from '#core';
import type { InstrumentIx, OrderStatus, OrderType, Side, TimeInForce, VenueRejectCode } from '#domain';

/**
 * Where an order stands in the matching: `held` = came while there was no market to meet, `conditional` = waits for its trigger, `resting` =
 * waits in the book, `working` = takes liquidity and waits for more of it, `done` = final.
 */
export type OrderPhase = 'held' | 'conditional' | 'resting' | 'working' | 'done';

/** Mutable; owned by the `OrderDesk`, its matching fields by the matcher of its instrument. */
export interface SimOrder {
  /** Arrival at the venue, the time in price-time priority. */
  readonly seq: number;
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  readonly qtyLots: number;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
  filledLots: number;
  status: OrderStatus;
  updatedUs: EpochUs;
  phase: OrderPhase;
  /** Resting: the last price must reach this for a fill, strictly beyond the limit price. */
  throughTicks: number;
  /** Resting at a level whose queue is known: lots ahead. */
  queueAheadLots: number;
  /** Traded at its price since the level was told, for queue models that ask what explains a smaller level. */
  queueTradedLots: number;
  /** Lots ahead when it joined a recorded queue; NaN = it never did. */
  joinedLots: number;
  /** Orders ahead then; NaN = not known order by order. */
  joinedOrders: number;
  rejectCode: VenueRejectCode | null;
  rejectMessage: string;
}

/** Returns the lots that are not filled yet. */
export function leavesOf(order: SimOrder): number {
  return order.qtyLots - order.filledLots;
}

/** True when an order comes to life as the price falls: resting buys, sell stops, buy targets. */
export function isFalling(order: SimOrder): boolean {
  if (order.phase === 'resting') return order.side === 'buy';
  return (order.type === 'stop_market') === (order.side === 'sell');
}

/** Returns the price that brings a resting or conditional order to life. */
export function targetTicks(order: SimOrder): number {
  return order.phase === 'resting' ? order.throughTicks : (order.triggerTicks ?? Number.NaN);
}

/** True when the price `lastTicks` brings a resting or conditional order to life. */
export function isMet(order: SimOrder, lastTicks: number): boolean {
  return isFalling(order) ? lastTicks <= targetTicks(order) : lastTicks >= targetTicks(order);
}

/**
 * Orders those that come to life at the same moment (rule M21): those met by a fall from the highest target down, then those met
 * by a rise from the lowest target up; equal ones by arrival. Negative = `a` first.
 */
export function compareUrgency(a: SimOrder, b: SimOrder): number {
  const isFallingA = isFalling(a);
  if (isFallingA !== isFalling(b)) return isFallingA ? -1 : 1;
  const distance = targetTicks(a) - targetTicks(b);
  if (distance !== 0) return isFallingA ? -distance : distance;
  return a.seq - b.seq;
}

/** True when a resting limit order at one price stands before another on the same side: better price, then earlier. */
export function standsBefore(a: SimOrder, b: SimOrder): boolean {
  const betterTicks = Number(a.priceTicks) - Number(b.priceTicks);
  if (betterTicks !== 0) return a.side === 'buy' ? betterTicks > 0 : betterTicks < 0;
  return a.seq < b.seq;
}

/** True when a taker of `side` would rather have `thanTicks` than `ticks`. */
export function isWorse(side: Side, ticks: number, thanTicks: number): boolean {
  return side === 'buy' ? ticks > thanTicks : ticks < thanTicks;
}
