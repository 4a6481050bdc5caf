/** Own orders of a replay and what became of them (rules M44, M50). What it is not: the exchange that decides it (`replay-exchange.ts`). */
import { assert, type EpochUs } from '#core';
import type { QueuePlace } from './queue-model.ts';

/** What became of an order, by the numbers of hftbacktest: 0 never given, 1 open, 2 expired, 3 filled, 4 cancelled, 5 open and filled in part. */
export const REPLAY_STATUS = {
  none: 0,
  open: 1,
  expired: 2,
  filled: 3,
  cancelled: 4,
  partlyFilled: 5,
} as const;

/** A value of `REPLAY_STATUS`. */
export type ReplayStatus = (typeof REPLAY_STATUS)[keyof typeof REPLAY_STATUS];

/** How long a limit order may wait: `GTC` waits, `GTX` waits or expires, `IOC` and `FOK` never wait. */
export type ReplayTimeInForce = 'GTC' | 'GTX' | 'IOC' | 'FOK';

/** A limit order as it is planned: given, and cancelled while it is open, at set local times. */
export interface PlannedOrder {
  /** 1 buy, -1 sell. */
  readonly side: 1 | -1;
  /** At least 1. */
  readonly priceTicks: number;
  /** At least 1. */
  readonly qtyLots: number;
  readonly submitLocalUs: EpochUs;
  /** Not before `submitLocalUs`; infinity = never. */
  readonly cancelLocalUs: EpochUs;
  readonly timeInForce: ReplayTimeInForce;
}

/** A planned order and its state. */
export class ReplayOrder {
  /** Its place in the schedule. */
  readonly ix: number;
  readonly plan: PlannedOrder;
  status: ReplayStatus = REPLAY_STATUS.none;
  leavesLots: number;
  /** Quantity of the last fill; 0 before the first. */
  lastExecLots = 0;
  /** Price of the last fill; 0 before the first. */
  lastExecTicks = 0;
  /** When the exchange brought it into its last state; 0 before it arrived. */
  exchUs: EpochUs = 0;
  /** Local time of the last request for it: its submission, or its cancel where one was sent; 0 before it was given. */
  localUs: EpochUs = 0;
  /** Lots ahead of it when it began to rest; -1 = it never did. */
  joinedLots = -1;
  /** Its place in the queue while it rests. */
  place: QueuePlace | null = null;

  constructor(plan: PlannedOrder, ix: number) {
    const { side, priceTicks, qtyLots, submitLocalUs, cancelLocalUs } = plan;
    assert(side === 1 || side === -1, 'an order buys or sells');
    assert(Number.isSafeInteger(priceTicks) && priceTicks >= 1, 'an order has a price of at least 1 tick');
    assert(Number.isSafeInteger(qtyLots) && qtyLots >= 1, 'an order has a quantity of at least 1 lot');
    assert(cancelLocalUs >= submitLocalUs, 'an order is not cancelled before it is given');
    this.ix = ix;
    this.plan = plan;
    this.leavesLots = qtyLots;
  }

  /** Returns what has become of it, as numbers. */
  save(): readonly number[] {
    const { aheadLots, tradedLots } = this.place ?? { aheadLots: 0, tradedLots: 0 };
    const { exchUs, joinedLots, lastExecLots, lastExecTicks, leavesLots, localUs, status } = this;
    const now = [status, leavesLots, lastExecLots, lastExecTicks, exchUs, localUs];
    return [...now, aheadLots, tradedLots, joinedLots];
  }

  /** Takes what was saved. */
  load(saved: readonly number[]): void {
    const [status, leavesLots = -1, lastExecLots = 0, lastExecTicks = 0, exchUs = 0, localUs = 0] = saved;
    const known = Object.values(REPLAY_STATUS).find((value) => value === status);
    assert(known !== undefined, 'a saved order has a status');
    assert(leavesLots >= 0 && leavesLots <= this.plan.qtyLots, 'a saved order has at most its quantity left');
    Object.assign(this, { status: known, leavesLots, lastExecLots, lastExecTicks, exchUs, localUs });
    const [aheadLots = 0, tradedLots = 0, joinedLots = -1] = saved.slice(6);
    this.joinedLots = joinedLots;
    this.place = this.isOpen ? { aheadLots, tradedLots } : null;
  }

  /** True while it rests at the exchange. */
  get isOpen(): boolean {
    return this.status === REPLAY_STATUS.open || this.status === REPLAY_STATUS.partlyFilled;
  }
}
