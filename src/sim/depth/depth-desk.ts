/**
 * What a trader in recorded depth sees and does: its copy of the book, its orders and its account as far as answers have come, orders and cancels. What
 * it is not: the exchange. Invariant: nothing of it is newer than `nowUs`; finished orders are forgotten.
 */
import { assert, type EpochUs } from '#core';
import { REPLAY_STATUS, type ReplayBook, type ReplayStatus } from '../queue/index.ts';
import type { DepthAccount } from './depth-account.ts';
import { DepthOrder, type DepthOrderWish } from './depth-order.ts';
import type { MessageLine } from './message-line.ts';
import type { OrderLatency } from './order-latency.ts';

/** Orders that may be alive at once; a trader with more is broken. */
const ORDERS_MAX = 10_000;

/** A request under way to the exchange. */
export interface DepthRequest {
  readonly order: DepthOrder;
  readonly isCancel: boolean;
}

/** An answer under way to the trader: the state of the order when it was sent. */
export interface DepthAnswer {
  readonly order: DepthOrder;
  readonly status: ReplayStatus;
  readonly leavesLots: number;
  /** Quantity of the fill that it tells of; 0 = of none. */
  readonly execLots: number;
  readonly execTicks: number;
  readonly isMaker: boolean;
  /** True when it says no to a cancel. */
  readonly isRefusal: boolean;
}

/** What can be asked of a book: its touch, what a price shows, and the levels a taker would meet. */
export type DepthView = Pick<ReplayBook, 'bestBidTicks' | 'bestAskTicks' | 'lotsOf' | 'walk'>;

/** The trader's side of the wire. */
export class DepthDesk {
  /** The book as the trader sees it. */
  readonly book: DepthView;
  readonly account: DepthAccount;
  /** The present moment. */
  nowUs: EpochUs = 0;
  readonly #latency: OrderLatency;
  readonly #requests: MessageLine<DepthRequest>;
  readonly #orders: DepthOrder[] = [];
  #orderCount = 0;

  constructor(parts: {
    readonly book: DepthView;
    readonly account: DepthAccount;
    readonly latency: OrderLatency;
    readonly requests: MessageLine<DepthRequest>;
  }) {
    this.book = parts.book;
    this.account = parts.account;
    this.#latency = parts.latency;
    this.#requests = parts.requests;
  }

  /** Orders of which the trader does not know that they have ended, oldest first. */
  get orders(): readonly DepthOrder[] {
    return this.#orders;
  }

  /** Orders given so far. */
  get orderCount(): number {
    return this.#orderCount;
  }

  /** Gives a limit order. */
  submit(wish: DepthOrderWish): DepthOrder {
    assert(this.#orders.length < ORDERS_MAX, `a trader has at most ${ORDERS_MAX} orders at once`);
    const order = new DepthOrder(wish, this.#orderCount++, this.nowUs);
    this.#orders.push(order);
    this.#send({ order, isCancel: false });
    return order;
  }

  /** Asks to cancel an order; false when it is not known to rest, or that was asked already. */
  cancel(order: DepthOrder): boolean {
    if (!order.isCancellable) return false;
    order.isCancelling = true;
    this.#send({ order, isCancel: true });
    return true;
  }

  /** Takes an answer that has come. */
  learn(answer: DepthAnswer): void {
    const { execLots, execTicks, isMaker, order } = answer;
    if (execLots > 0) this.account.applyFill(order.side, execTicks, execLots, isMaker);
    order.isCancelling = false;
    if (answer.isRefusal || order.isDone) return;
    order.status = answer.status;
    order.leavesLots = answer.leavesLots;
    if (order.isDone) this.#orders.splice(this.#orders.indexOf(order), 1);
  }

  #send(request: DepthRequest): void {
    this.#requests.send(request, this.nowUs, this.#latency.entryUs(this.nowUs));
  }
}

/** Returns what an order at the exchange is answered with; `execLots` > 0 tells of a fill. */
export function answerOf(order: DepthOrder, execLots: number, isMaker: boolean): DepthAnswer {
  const { lastExecTicks, leavesLots, status } = order.atExchange;
  assert(status !== REPLAY_STATUS.none, 'an order that is answered has arrived');
  return { order, status, leavesLots, execLots, execTicks: lastExecTicks, isMaker, isRefusal: false };
}
