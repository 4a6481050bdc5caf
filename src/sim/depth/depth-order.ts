/** An order of a depth back-test as its trader knows it: it learns what became of it when the answer has come. What it is not: the order at the exchange. */
import type { EpochUs } from '#core';
import { type PlannedOrder, REPLAY_STATUS, ReplayOrder, type ReplayStatus } from '../queue/index.ts';

/** An order as it is asked for. */
export interface DepthOrderWish {
  /** 1 buy, -1 sell. */
  readonly side: 1 | -1;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly timeInForce: PlannedOrder['timeInForce'];
}

/** What the trader knows of one of its orders. */
export class DepthOrder {
  /** Number of the order, from 0. */
  readonly ix: number;
  readonly side: 1 | -1;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** What is left as far as the trader knows. */
  leavesLots: number;
  /** `REPLAY_STATUS`; `none` until the first answer. */
  status: ReplayStatus = REPLAY_STATUS.none;
  /** True from a cancel on until its answer, or any other answer, has come. */
  isCancelling = false;
  /** The order at the exchange: for the exchange alone. */
  readonly atExchange: ReplayOrder;

  constructor(wish: DepthOrderWish, ix: number, nowUs: EpochUs) {
    const { priceTicks, qtyLots, side, timeInForce } = wish;
    const plan = {
      side,
      priceTicks,
      qtyLots,
      submitLocalUs: nowUs,
      cancelLocalUs: Number.POSITIVE_INFINITY,
      timeInForce,
    };
    this.ix = ix;
    this.side = side;
    this.priceTicks = priceTicks;
    this.qtyLots = qtyLots;
    this.leavesLots = qtyLots;
    this.atExchange = new ReplayOrder(plan, ix);
  }

  /** True when the trader knows that it rests and has not asked to cancel it. */
  get isCancellable(): boolean {
    return (
      !this.isCancelling && (this.status === REPLAY_STATUS.open || this.status === REPLAY_STATUS.partlyFilled)
    );
  }

  /** True when the trader knows that it has ended. */
  get isDone(): boolean {
    const { cancelled, expired, filled } = REPLAY_STATUS;
    return this.status === cancelled || this.status === expired || this.status === filled;
  }
}
