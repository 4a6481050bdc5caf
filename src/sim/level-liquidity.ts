/**
 * A recorded book level by level (M29, M30, M95): what own takers took is kept by an impact model, places in queues are guessed by a queue model.
 * What it is not: exact; who stands where is not recorded.
 */
import { L2Book } from '#book';
import { type EpochUs, stateRecord } from '#core';
import type { BookEvent, MarketEvent, Side } from '#domain';
import type { ImpactModel } from './impact/index.ts';
import { passedLots, type QueueModel, type QueuePlace } from './queue/index.ts';
import type { RecordedLiquidity } from './recorded-liquidity.ts';
import { isWorse, type SimOrder } from './sim-order.ts';

/** Levels, holes in them, and guessed queues. */
export class LevelLiquidity implements RecordedLiquidity {
  readonly book = new L2Book();
  readonly #queue: QueueModel;
  readonly #impact: ImpactModel;
  /** The place of whichever order is being looked at. */
  readonly #place: QueuePlace = { aheadLots: 0, tradedLots: 0 };

  constructor(queue: QueueModel, impact: ImpactModel) {
    this.#queue = queue;
    this.#impact = impact;
  }

  onEvent(event: MarketEvent, open: readonly SimOrder[], nowUs: EpochUs): boolean {
    if (event.kind !== 'book') return false;
    const isWatched = open.length > 0;
    const shownBefore = isWatched ? open.map((order) => this.#shownLots(order)) : [];
    this.#apply(event, nowUs);
    for (let at = 0; at < open.length; at++) this.#onLevel(open[at]!, shownBefore[at]!, event);
    return true;
  }

  join(order: SimOrder): void {
    const { aheadLots, tradedLots } = this.#queue.join(this.#shownLots(order));
    order.queueAheadLots = aheadLots;
    order.queueTradedLots = tradedLots;
    order.joinedLots = aheadLots;
  }

  onLeft(): void {
    // Places are kept in the orders.
  }

  toFront(order: SimOrder): void {
    order.queueAheadLots = 0;
  }

  reachedLots(order: SimOrder, restLots: number, printLots: number): number {
    const place = this.#placeOf(order);
    this.#queue.onTrade(place, restLots);
    const passed = passedLots(place);
    if (passed > 0) place.aheadLots = 0;
    order.queueAheadLots = place.aheadLots;
    // The whole print made the recorded level smaller, also where own orders had their share of it.
    order.queueTradedLots = place.tradedLots === 0 ? 0 : place.tradedLots + printLots - restLots;
    return Math.min(passed, restLots);
  }

  freeLots(bookSide: Side, index: number, nowUs: EpochUs): number {
    const { book } = this;
    const shown = book.qtyLotsAt(bookSide, index);
    return this.#impact.freeLots(bookSide, book.priceTicksAt(bookSide, index), shown, nowUs);
  }

  onTaken(bookSide: Side, index: number, lots: number, nowUs: EpochUs): void {
    this.#impact.onTaken(bookSide, this.book.priceTicksAt(bookSide, index), lots, nowUs);
  }

  saveState(): unknown {
    return { book: this.book.saveState() };
  }

  loadState(state: unknown): void {
    this.book.loadState(stateRecord(state, 'level liquidity').book);
  }

  #apply({ asks, bids, isSnapshot }: BookEvent, nowUs: EpochUs): void {
    if (isSnapshot) {
      this.#impact.onSnapshot(nowUs);
      this.book.applySnapshot(bids, asks);
      return;
    }
    for (let i = 0; i < bids.length; i += 2) this.#impact.onLevel('buy', bids[i]!, nowUs);
    for (let i = 0; i < asks.length; i += 2) this.#impact.onLevel('sell', asks[i]!, nowUs);
    this.book.applyDelta(bids, asks);
  }

  #onLevel(order: SimOrder, shownBefore: number, event: BookEvent): void {
    if (order.phase !== 'resting' || !isTold(order, event)) return;
    const place = this.#placeOf(order);
    this.#queue.onLevel(place, shownBefore, this.#shownLots(order));
    order.queueAheadLots = place.aheadLots;
    order.queueTradedLots = place.tradedLots;
  }

  #shownLots(order: SimOrder): number {
    return order.phase === 'resting' ? this.book.qtyLotsOf(order.side, Number(order.priceTicks)) : 0;
  }

  #placeOf(order: SimOrder): QueuePlace {
    this.#place.aheadLots = order.queueAheadLots;
    this.#place.tradedLots = order.queueTradedLots;
    return this.#place;
  }
}

/** True when an event tells the level at which an order rests; a snapshot tells all levels up to its last one and nothing beyond. */
function isTold(order: SimOrder, { asks, bids, isSnapshot }: BookEvent): boolean {
  const levels = order.side === 'buy' ? bids : asks;
  const limitTicks = Number(order.priceTicks);
  for (let i = 0; i < levels.length; i += 2) {
    const ticks = levels[i]!;
    if (ticks === limitTicks) return true;
    if (isSnapshot && isWorse(order.side, limitTicks, ticks)) return true;
  }
  return false;
}
