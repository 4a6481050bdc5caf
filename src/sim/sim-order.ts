/** An order as the simulated venue holds it, and the one question all data levels ask of it: which price brings it to life. */
import type { EpochUs } from '#core';
import {
  type InstrumentIx,
  isStopType,
  type OrderRequest,
  type OrderStatus,
  type OrderType,
  type PositionSide,
  type SelfTradeMode,
  type Side,
  type TimeInForce,
  type TriggerSource,
  type VenueRejectCode,
} from '#domain';
import type { PositionSlot } from './account-settings.ts';

/**
 * Where an order stands in the matching: `held` = came while there was no market to meet, `conditional` = waits for its trigger, `resting` =
 * waits in the book, `working` = takes liquidity and waits for more of it, `done` = final.
 */
export type OrderPhase = 'held' | 'conditional' | 'resting' | 'working' | 'done';

/** Mutable; owned by the `OrderDesk`, its matching fields by the matcher of its instrument. */
export interface SimOrder {
  /** Arrival at the venue, the time in price-time priority; an amended order arrives anew. */
  seq: number;
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly positionSide: PositionSide;
  /** The position that it changes. */
  readonly slot: PositionSlot;
  /** May only shrink its position: reduce-only, close-position, or of the closing side in hedge mode. */
  readonly isReducing: boolean;
  /** Closes what the position is when it triggers; has no quantity before. */
  readonly isClosingAll: boolean;
  readonly selfTrade: SelfTradeMode;
  /** Which price triggers it, as far as the data know that price. */
  readonly triggerBy: TriggerSource;
  /** True when its trigger is met by a fall. */
  readonly isFallingTrigger: boolean;
  /** Distance of a trailing stop; 0 for all others. */
  readonly callbackBps: number;
  qtyLots: number;
  priceTicks: number | null;
  readonly triggerTicks: number | null;
  /** Trailing: the best price since it was placed; `NaN` for all others. */
  extremeTicks: number;
  /** Conditional: the price that brings it to life; `NaN` while a trailing stop does not follow yet. */
  stopTicks: number;
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

/** What the account makes of a request. */
export interface OrderPlace {
  readonly slot: PositionSlot;
  readonly isReducing: boolean;
  readonly triggerBy: TriggerSource;
}

/** The queue of an order that never joined a recorded one. */
export const NOT_QUEUED = {
  queueAheadLots: 0,
  queueTradedLots: 0,
  joinedLots: Number.NaN,
  joinedOrders: Number.NaN,
} as const;

/** Basis points in one. */
const BPS = 10_000;

/** Returns a request as an order that does not live yet. */
export function simOrderOf(request: OrderRequest, place: OrderPlace, seq: number, nowUs: EpochUs): SimOrder {
  const { priceTicks, qtyLots, side, triggerTicks, type } = request;
  const isTrailing = type === 'trailing_stop';
  return {
    seq,
    clientOrderId: request.clientOrderId,
    venueOrderId: `S${seq}`,
    instrumentIx: request.instrumentIx,
    side,
    type,
    timeInForce: request.timeInForce,
    positionSide: request.positionSide ?? 'both',
    slot: place.slot,
    isReducing: place.isReducing,
    isClosingAll: request.closePosition === true,
    selfTrade: request.selfTrade ?? 'refuse',
    triggerBy: place.triggerBy,
    isFallingTrigger: isStopType(type) === (side === 'sell'),
    callbackBps: isTrailing ? (request.callbackBps ?? 0) : 0,
    qtyLots,
    priceTicks,
    triggerTicks,
    extremeTicks: Number.NaN,
    stopTicks: isTrailing ? Number.NaN : (triggerTicks ?? Number.NaN),
    filledLots: 0,
    status: 'ACCEPTED',
    updatedUs: nowUs,
    phase: 'done',
    throughTicks: Number.NaN,
    ...NOT_QUEUED,
    rejectCode: null,
    rejectMessage: '',
  };
}

/** Returns an order of a saved state; those of before the newer kinds, or of before queues had models, lack what these have added. */
export function revivedOrder(saved: Partial<SimOrder> & { readonly reduceOnly?: boolean }): SimOrder {
  const older = {
    ...NOT_QUEUED,
    positionSide: 'both',
    slot: saved.instrumentIx,
    isReducing: saved.reduceOnly,
    isClosingAll: false,
    selfTrade: 'refuse',
    triggerBy: 'last',
    isFallingTrigger: (saved.type === 'stop_market') === (saved.side === 'sell'),
    callbackBps: 0,
    extremeTicks: Number.NaN,
    stopTicks: saved.triggerTicks ?? Number.NaN,
  } as const;
  return { ...older, ...saved } as SimOrder;
}

/** Returns the lots that are not filled yet. */
export function leavesOf(order: SimOrder): number {
  return order.qtyLots - order.filledLots;
}

/** True when an order comes to life as the price falls: resting buys, sell stops, buy targets. */
export function isFalling(order: SimOrder): boolean {
  return order.phase === 'resting' ? order.side === 'buy' : order.isFallingTrigger;
}

/** Returns the price that brings a resting or conditional order to life; `NaN` = none yet. */
export function targetTicks(order: SimOrder): number {
  return order.phase === 'resting' ? order.throughTicks : order.stopTicks;
}

/** True when the price `lastTicks` brings a resting or conditional order to life. */
export function isMet(order: SimOrder, lastTicks: number): boolean {
  return isFalling(order) ? lastTicks <= targetTicks(order) : lastTicks >= targetTicks(order);
}

/** Lets a trailing stop follow a price (rule M62): it triggers at the best price since its start less, or plus, the callback. */
export function followPrice(order: SimOrder, ticks: number): void {
  const isSell = order.side === 'sell';
  const { extremeTicks } = order;
  if (isSell ? ticks <= extremeTicks : ticks >= extremeTicks) return;
  order.extremeTicks = ticks;
  const { callbackBps, triggerTicks } = order;
  const isActive = triggerTicks === null || (isSell ? ticks >= triggerTicks : ticks <= triggerTicks);
  if (!isActive) return;
  order.stopTicks = isSell
    ? Math.floor((ticks * (BPS - callbackBps)) / BPS)
    : Math.ceil((ticks * (BPS + callbackBps)) / BPS);
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
