/**
 * An order book order by order (level 3): who stands where in the queue of each price. What it is not: it matches nothing, knows no sequence
 * numbers and trusts the venue's account of its orders.
 *
 * Price-time priority: an order joins the end of its price's queue; a smaller quantity keeps its place; a greater one and another price lose it.
 * Invariants: an id rests once; the quantity of a price in `levels` is the sum of its orders, each > 0; a side holds at most `ordersMax` orders:
 * the last in the queue of its worst price gives way to an order at a better price, an order that is no better is refused.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import type { BookOrderEvent, Side } from '#domain';
import { L2Book } from './l2-book.ts';

/** Orders held on each side unless told otherwise. */
export const BOOK_ORDERS_MAX_DEFAULT = 131_072;

/** An order that rests. */
export interface RestingOrder {
  readonly orderId: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** The order behind it at its price; `null` = the last one. */
  readonly next: RestingOrder | null;
}

/** Where an order stands: what is executed before it at its price. */
export interface QueuePosition {
  readonly ordersAhead: number;
  readonly lotsAhead: number;
}

/**
 * What a change did. `unknown`: no such order rests, nothing changed (the feed is lossy, or the order had to give way); `refused`: the side is
 * full of orders that are no worse; `damaged`: that is no order (a price below 1 tick, a broken quantity), nothing changed.
 */
export type L3Outcome = 'added' | 'modified' | 'deleted' | 'unknown' | 'refused' | 'damaged';

interface OrderNode {
  readonly orderId: string;
  readonly queue: Queue;
  readonly side: Side;
  readonly priceTicks: number;
  qtyLots: number;
  next: OrderNode | null;
  previous: OrderNode | null;
}

/** The orders at one price, first to be executed first. */
interface Queue {
  first: OrderNode | null;
  last: OrderNode | null;
  lots: number;
}

/** A saved order; those of one price stand in the order of their queue. */
type OrderState = readonly [orderId: string, side: Side, priceTicks: number, qtyLots: number];

/** A level-3 order book. */
export class L3Book implements Checkpointable {
  /** Its aggregate by price; to be read only. */
  readonly levels: L2Book;
  readonly #ordersMax: number;
  readonly #orders = new Map<string, OrderNode>();
  readonly #queues: Record<Side, Map<number, Queue>> = { buy: new Map(), sell: new Map() };
  readonly #counts: Record<Side, number> = { buy: 0, sell: 0 };

  /** `ordersMax` bounds the orders of each side. */
  constructor(ordersMax: number = BOOK_ORDERS_MAX_DEFAULT) {
    assert(
      Number.isInteger(ordersMax) && ordersMax >= 1,
      `ordersMax is a positive integer, was ${ordersMax}`,
    );
    this.#ordersMax = ordersMax;
    // An order has one price: there never are more levels than orders.
    this.levels = new L2Book(ordersMax);
  }

  /** Orders that rest. */
  get orderCount(): number {
    return this.#orders.size;
  }

  /** Applies a change as a venue tells it; one of quantity 0 deletes. */
  apply(change: Pick<BookOrderEvent, 'action' | 'side' | 'orderId' | 'priceTicks' | 'qtyLots'>): L3Outcome {
    if (change.action === 'delete') return this.delete(change.orderId);
    if (change.action === 'modify') return this.modify(change.orderId, change.priceTicks, change.qtyLots);
    return this.add(change.side, change.orderId, change.priceTicks, change.qtyLots);
  }

  /** Adds an order at the end of its price's queue; one that rests already is modified instead, a venue may say it twice. */
  add(side: Side, orderId: string, priceTicks: number, qtyLots: number): L3Outcome {
    const known = this.#orders.get(orderId);
    if (known?.side === side) return this.modify(orderId, priceTicks, qtyLots);
    if (qtyLots === 0 || !this.#isOrder(side, priceTicks, qtyLots, 0)) return 'damaged';
    if (known !== undefined) this.#leave(known);
    if (this.#counts[side] === this.#ordersMax && !this.#makeRoom(side, priceTicks)) return 'refused';
    this.#join(side, orderId, priceTicks, qtyLots);
    return 'added';
  }

  /** Gives an order another price or remaining quantity, 0 deletes. */
  modify(orderId: string, priceTicks: number, qtyLots: number): L3Outcome {
    const order = this.#orders.get(orderId);
    if (order === undefined) return 'unknown';
    if (qtyLots === 0) return this.delete(orderId);
    const isSamePrice = priceTicks === order.priceTicks;
    if (!this.#isOrder(order.side, priceTicks, qtyLots, isSamePrice ? order.qtyLots : 0)) return 'damaged';
    if (isSamePrice && qtyLots <= order.qtyLots) {
      this.#addLots(order, qtyLots - order.qtyLots);
      order.qtyLots = qtyLots;
    } else {
      this.#leave(order);
      this.#join(order.side, orderId, priceTicks, qtyLots);
    }
    return 'modified';
  }

  /** Removes an order. */
  delete(orderId: string): L3Outcome {
    const order = this.#orders.get(orderId);
    if (order === undefined) return 'unknown';
    this.#leave(order);
    return 'deleted';
  }

  /** Returns the order of that id; `null` when none rests. It changes with the book. */
  orderOf(orderId: string): RestingOrder | null {
    return this.#orders.get(orderId) ?? null;
  }

  /** Returns the first order in the queue of a price, from which `next` leads through it; `null` when the price has none. */
  firstOrder(side: Side, priceTicks: number): RestingOrder | null {
    return this.#queues[side].get(priceTicks)?.first ?? null;
  }

  /** Returns where an order stands in the queue of its price; `null` when it does not rest. Walks the queue. */
  queuePosition(orderId: string): QueuePosition | null {
    const order = this.#orders.get(orderId);
    if (order === undefined) return null;
    let ordersAhead = 0;
    let lotsAhead = 0;
    for (let ahead = order.previous; ahead !== null; ahead = ahead.previous) {
      ordersAhead++;
      lotsAhead += ahead.qtyLots;
    }
    return { ordersAhead, lotsAhead };
  }

  /** Cuts each side to its best `levelCount` prices, with all their orders. */
  truncate(levelCount: number): void {
    for (const side of ['buy', 'sell'] as const) {
      while (this.levels.levelCount(side) > levelCount) {
        const worstTicks = this.levels.priceTicksAt(side, this.levels.levelCount(side) - 1);
        const queue = this.#queues[side].get(worstTicks);
        assert(queue !== undefined, 'a level of orders has its queue');
        for (let order = queue.first; order !== null; order = order.next) {
          this.#orders.delete(order.orderId);
          this.#counts[side]--;
        }
        this.#queues[side].delete(worstTicks);
        this.levels.setLevel(side, worstTicks, 0);
      }
    }
  }

  /** Forgets all orders. */
  clear(): void {
    this.levels.clear();
    this.#orders.clear();
    this.#queues.buy.clear();
    this.#queues.sell.clear();
    this.#counts.buy = 0;
    this.#counts.sell = 0;
  }

  saveState(): unknown {
    const orders: OrderState[] = [];
    for (const side of ['buy', 'sell'] as const) {
      for (const queue of this.#queues[side].values()) {
        for (let order = queue.first; order !== null; order = order.next) {
          orders.push([order.orderId, side, order.priceTicks, order.qtyLots]);
        }
      }
    }
    return { orders };
  }

  loadState(state: unknown): void {
    const { orders } = stateRecord(state, 'level-3 book') as { readonly orders: readonly OrderState[] };
    this.clear();
    for (const [orderId, side, priceTicks, qtyLots] of orders) {
      this.#join(side, orderId, priceTicks, qtyLots);
    }
    const held = Math.max(this.#counts.buy, this.#counts.sell);
    assert(held <= this.#ordersMax, 'a saved level-3 book is within its bound');
  }

  /** True when a price could hold such an order; `leavingLots` are taken from the same queue for it. */
  #isOrder(side: Side, priceTicks: number, qtyLots: number, leavingLots: number): boolean {
    if (!Number.isSafeInteger(priceTicks) || priceTicks <= 0) return false;
    if (!Number.isSafeInteger(qtyLots) || qtyLots <= 0) return false;
    const queue = this.#queues[side].get(priceTicks);
    return Number.isSafeInteger((queue?.lots ?? 0) - leavingLots + qtyLots);
  }

  /** For a full book: the last order at the worst price of the side gives way to a better price. */
  #makeRoom(side: Side, priceTicks: number): boolean {
    const count = this.levels.levelCount(side);
    if (count === 0) return false;
    const worstTicks = this.levels.priceTicksAt(side, count - 1);
    if (side === 'buy' ? priceTicks <= worstTicks : priceTicks >= worstTicks) return false;
    const last = this.#queues[side].get(worstTicks)?.last;
    assert(last !== undefined && last !== null, 'a level of orders has its queue');
    this.#leave(last);
    return true;
  }

  #join(side: Side, orderId: string, priceTicks: number, qtyLots: number): void {
    let queue = this.#queues[side].get(priceTicks);
    if (queue === undefined) {
      queue = { first: null, last: null, lots: 0 };
      this.#queues[side].set(priceTicks, queue);
    }
    const order: OrderNode = { orderId, queue, side, priceTicks, qtyLots, next: null, previous: queue.last };
    if (queue.last === null) queue.first = order;
    else queue.last.next = order;
    queue.last = order;
    this.#orders.set(orderId, order);
    this.#counts[side]++;
    this.#addLots(order, qtyLots);
  }

  #leave(order: OrderNode): void {
    const { queue } = order;
    if (order.previous === null) queue.first = order.next;
    else order.previous.next = order.next;
    if (order.next === null) queue.last = order.previous;
    else order.next.previous = order.previous;
    this.#orders.delete(order.orderId);
    this.#counts[order.side]--;
    this.#addLots(order, -order.qtyLots);
    if (queue.first === null) this.#queues[order.side].delete(order.priceTicks);
  }

  #addLots(order: OrderNode, lots: number): void {
    const { queue } = order;
    queue.lots += lots;
    this.levels.setLevel(order.side, order.priceTicks, queue.lots);
  }
}
