/**
 * A recorded book order by order (M96 to M98): the place of an own order in its queue is exact, first in, first out. What own takers took from an order is
 * gone for as long as it stands. What it is not: a guess; only what falls on one moment has an order that is assumed.
 * Invariants: a place grows by nothing but a book that was told anew; what a print and the orders that it executed tell of the same lots counts once.
 */
import { L3Book, type RestingOrder } from '#book';
import { assert, type EpochUs, stateRecord } from '#core';
import type { BookOrderEvent, MarketEvent, Side } from '#domain';
import type { RecordedLiquidity } from './recorded-liquidity.ts';
import type { SimOrder } from './sim-order.ts';

/** Where an own order stands. */
interface Place {
  /** Recorded orders that stood there before it, with their lots as the book tells them; all of them are ahead. */
  readonly ahead: Map<string, number>;
  /** Lots ahead: those of `ahead` less what prints have executed and the book has not told yet. */
  aheadLots: number;
  /** Executed by prints, and not yet told by the book. */
  untoldLots: number;
  /** What left from ahead at the moment `momentUs`, told by the book before a print of that moment. */
  leftLots: number;
  momentUs: EpochUs;
}

/** Every order by itself. */
export class OrderLiquidity implements RecordedLiquidity {
  readonly #orders = new L3Book();
  /** Places by the sequence number of the own order. */
  readonly #places = new Map<number, Place>();
  /** Lots that own takers took, by order, and their sums by side and price. */
  readonly #takenOf = new Map<string, number>();
  readonly #takenAt: Readonly<Record<Side, Map<number, number>>> = { buy: new Map(), sell: new Map() };
  /** When all orders were forgotten; adds of that moment stand before own orders. */
  #clearedUs = Number.NaN;

  get book(): RecordedLiquidity['book'] {
    return this.#orders.levels;
  }

  onEvent(event: MarketEvent, open: readonly SimOrder[], nowUs: EpochUs): boolean {
    if (event.kind === 'book-order') this.#onOrder(event, open, nowUs);
    else if (event.kind === 'book' && event.isSnapshot && event.bids.length + event.asks.length === 0)
      this.#clear(nowUs);
    else return false;
    return true;
  }

  join(order: SimOrder): void {
    const ahead = new Map<string, number>();
    let aheadLots = 0;
    let next = this.#orders.firstOrder(order.side, Number(order.priceTicks));
    for (; next !== null; next = next.next) {
      ahead.set(next.orderId, next.qtyLots);
      aheadLots += next.qtyLots;
    }
    this.#places.set(order.seq, { ahead, aheadLots, untoldLots: 0, leftLots: 0, momentUs: Number.NaN });
    order.queueAheadLots = aheadLots;
    order.joinedLots = aheadLots;
    order.joinedOrders = ahead.size;
  }

  onLeft(open: readonly SimOrder[]): void {
    for (const seq of this.#places.keys()) {
      if (!open.some((order) => order.seq === seq && order.phase === 'resting')) this.#places.delete(seq);
    }
  }

  toFront(order: SimOrder): void {
    const place = this.#placeOf(order);
    place.ahead.clear();
    place.aheadLots = 0;
    place.untoldLots = 0;
    place.leftLots = 0;
    order.queueAheadLots = 0;
  }

  reachedLots(order: SimOrder, restLots: number, _printLots: number, nowUs: EpochUs): number {
    const place = this.#placeOf(order);
    const leftLots = place.momentUs === nowUs ? place.leftLots : 0;
    const fromLeft = Math.min(restLots, leftLots);
    const fromAhead = Math.min(restLots - fromLeft, place.aheadLots);
    place.leftLots = leftLots - fromLeft;
    place.momentUs = nowUs;
    place.aheadLots -= fromAhead;
    place.untoldLots += fromAhead;
    order.queueAheadLots = place.aheadLots;
    return restLots - fromLeft - fromAhead;
  }

  freeLots(bookSide: Side, index: number): number {
    const taken = this.#takenAt[bookSide];
    const shown = this.book.qtyLotsAt(bookSide, index);
    if (taken.size === 0) return shown;
    // An order that gave way in a full book still counts among what was taken.
    return Math.max(0, shown - (taken.get(this.book.priceTicksAt(bookSide, index)) ?? 0));
  }

  onTaken(bookSide: Side, index: number, lots: number): void {
    const priceTicks = this.book.priceTicksAt(bookSide, index);
    let restLots = lots;
    let next = this.#orders.firstOrder(bookSide, priceTicks);
    for (; next !== null && restLots > 0; next = next.next) {
      const takenLots = this.#takenOf.get(next.orderId) ?? 0;
      const more = Math.min(restLots, next.qtyLots - takenLots);
      if (more <= 0) continue;
      this.#takenOf.set(next.orderId, takenLots + more);
      restLots -= more;
    }
    assert(restLots === 0, 'no more is taken than orders hold');
    const taken = this.#takenAt[bookSide];
    taken.set(priceTicks, (taken.get(priceTicks) ?? 0) + lots);
  }

  saveState(): unknown {
    return {
      orders: this.#orders.saveState(),
      places: [...this.#places].map(([seq, place]) => [seq, { ...place, ahead: [...place.ahead] }]),
      takenOf: [...this.#takenOf],
      takenAt: [[...this.#takenAt.buy], [...this.#takenAt.sell]],
      clearedUs: this.#clearedUs,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'order liquidity');
    this.#orders.loadState(record.orders);
    this.#places.clear();
    type SavedPlace = Omit<Place, 'ahead'> & { readonly ahead: readonly (readonly [string, number])[] };
    for (const [seq, place] of record.places as readonly (readonly [number, SavedPlace])[])
      this.#places.set(seq, { ...place, ahead: new Map(place.ahead) });
    this.#takenOf.clear();
    for (const [id, lots] of record.takenOf as readonly (readonly [string, number])[])
      this.#takenOf.set(id, lots);
    const [bids, asks] = record.takenAt as readonly (readonly (readonly [number, number])[])[];
    for (const [side, saved] of [
      ['buy', bids],
      ['sell', asks],
    ] as const) {
      this.#takenAt[side].clear();
      for (const [ticks, lots] of saved ?? []) this.#takenAt[side].set(ticks, lots);
    }
    this.#clearedUs = record.clearedUs as number;
  }

  #placeOf(order: SimOrder): Place {
    const place = this.#places.get(order.seq);
    assert(place !== undefined, `${order.clientOrderId} rests in a queue`);
    return place;
  }

  /** All orders are forgotten; own orders stay, behind what is told next. */
  #clear(nowUs: EpochUs): void {
    this.#orders.clear();
    this.#takenOf.clear();
    this.#takenAt.buy.clear();
    this.#takenAt.sell.clear();
    this.#clearedUs = nowUs;
    for (const place of this.#places.values()) {
      place.ahead.clear();
      place.aheadLots = 0;
      place.untoldLots = 0;
      place.leftLots = 0;
    }
  }

  #onOrder(event: BookOrderEvent, open: readonly SimOrder[], nowUs: EpochUs): void {
    const { orderId } = event;
    const known = this.#orders.orderOf(orderId);
    // The order changes with the book.
    const before =
      known === null ? null : { side: known.side, priceTicks: known.priceTicks, qtyLots: known.qtyLots };
    this.#orders.apply(event);
    const after = this.#orders.orderOf(orderId);
    if (before !== null) {
      const keepsPlace = after !== null && after.side === before.side && isSmaller(after, before);
      if (!keepsPlace) this.#forgetTaken(orderId, before.side, before.priceTicks);
      else this.#capTaken(orderId, after);
      const leftLots = keepsPlace ? before.qtyLots - after.qtyLots : before.qtyLots;
      if (this.#places.size > 0) this.#onAheadLeft(orderId, before, keepsPlace, leftLots, open, nowUs);
    }
    if (after !== null && nowUs === this.#clearedUs) this.#addAhead(after, open);
  }

  /** Lots of a recorded order have left its queue: those ahead of own orders there shorten their way, once for print and book together. */
  #onAheadLeft(
    orderId: string,
    { priceTicks, side }: Pick<RestingOrder, 'priceTicks' | 'side'>,
    keepsPlace: boolean,
    leftLots: number,
    open: readonly SimOrder[],
    nowUs: EpochUs,
  ): void {
    for (const order of open) {
      if (order.phase !== 'resting' || order.side !== side || order.priceTicks !== priceTicks) continue;
      const place = this.#placeOf(order);
      const stoodLots = place.ahead.get(orderId);
      if (stoodLots === undefined) continue;
      if (keepsPlace) place.ahead.set(orderId, stoodLots - leftLots);
      else place.ahead.delete(orderId);
      const toldLots = Math.min(leftLots, place.untoldLots);
      place.untoldLots -= toldLots;
      const goneLots = leftLots - toldLots;
      place.aheadLots -= goneLots;
      place.leftLots = (place.momentUs === nowUs ? place.leftLots : 0) + goneLots;
      place.momentUs = nowUs;
      order.queueAheadLots = place.aheadLots;
    }
  }

  #addAhead({ orderId, priceTicks, qtyLots, side }: RestingOrder, open: readonly SimOrder[]): void {
    for (const order of open) {
      if (order.phase !== 'resting' || order.side !== side || order.priceTicks !== priceTicks) continue;
      const place = this.#placeOf(order);
      if (place.ahead.has(orderId)) continue;
      place.ahead.set(orderId, qtyLots);
      place.aheadLots += qtyLots;
      order.queueAheadLots = place.aheadLots;
    }
  }

  #forgetTaken(orderId: string, side: Side, priceTicks: number): void {
    const takenLots = this.#takenOf.get(orderId);
    if (takenLots === undefined) return;
    this.#takenOf.delete(orderId);
    this.#reduceTaken(side, priceTicks, takenLots);
  }

  /** An order can have no more taken from it than it holds. */
  #capTaken(orderId: string, { priceTicks, qtyLots, side }: RestingOrder): void {
    const takenLots = this.#takenOf.get(orderId) ?? 0;
    if (takenLots <= qtyLots) return;
    this.#takenOf.set(orderId, qtyLots);
    this.#reduceTaken(side, priceTicks, takenLots - qtyLots);
  }

  #reduceTaken(side: Side, priceTicks: number, lots: number): void {
    const taken = this.#takenAt[side];
    const left = (taken.get(priceTicks) ?? 0) - lots;
    assert(left >= 0, 'what was taken at a price is the sum over its orders');
    if (left === 0) taken.delete(priceTicks);
    else taken.set(priceTicks, left);
  }
}

/** True when an order was made smaller at its price, which keeps its place. */
function isSmaller(
  after: RestingOrder,
  before: { readonly priceTicks: number; readonly qtyLots: number },
): boolean {
  return after.priceTicks === before.priceTicks && after.qtyLots <= before.qtyLots;
}
