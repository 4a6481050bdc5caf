/**
 * What a recorded book holds for own orders, as a port with two implementations: level by level with a guessed queue (`level-liquidity.ts`), and
 * order by order with an exact one (`order-liquidity.ts`). What it is not: it decides no fill (`book-matcher.ts`).
 * Invariants: no lot is free twice before the record says that it is there again; no trade and no cancel makes a queue longer.
 */
import type { L2Book } from '#book';
import type { Checkpointable, EpochUs } from '#core';
import type { MarketEvent, Side } from '#domain';
import type { SimOrder } from './sim-order.ts';

/** The recorded book of one instrument as own orders meet it. */
export interface RecordedLiquidity extends Checkpointable {
  /** The book by levels; to be read only. */
  readonly book: L2Book;
  /** Takes a change of the book and moves the queues of own orders; false when the event is no such change. */
  onEvent(event: MarketEvent, open: readonly SimOrder[], nowUs: EpochUs): boolean;
  /** Puts an order that begins to rest behind what stands at its price. */
  join(order: SimOrder): void;
  /** Forgets the places of orders that no longer rest. */
  onLeft(open: readonly SimOrder[]): void;
  /** Notes that nothing stands before a resting order any more: the market has traded through it. */
  toFront(order: SimOrder): void;
  /**
   * Lets a print at an order's own price shorten its queue: `restLots` of `printLots` are left by own orders before it. Returns the lots that
   * reach the order.
   */
  reachedLots(order: SimOrder, restLots: number, printLots: number, nowUs: EpochUs): number;
  /** Returns the lots of a level that own takers can still have; `bookSide` is that of the level, `index` 0 its best. */
  freeLots(bookSide: Side, index: number, nowUs: EpochUs): number;
  /** Takes note of lots that an own taker took from a level. */
  onTaken(bookSide: Side, index: number, lots: number, nowUs: EpochUs): void;
}
