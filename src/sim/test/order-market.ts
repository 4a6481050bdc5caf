/**
 * A true market of price-time priority, order by order, for tests: everybody's orders in plain lists that are searched from end to end. With own orders in it, it
 * says when they fill; without them, it makes the record. Nothing is shared with the matchers.
 */
import type { MarketEvent, Side } from '#domain';
import { bookOrder, print } from './market-builders.ts';

/** An order in the market. */
export interface TrueOrder {
  readonly id: string;
  readonly side: Side;
  readonly priceTicks: number;
  lots: number;
}

/** A fill of a resting order. */
export interface TrueFill {
  readonly id: string;
  readonly atUs: number;
  readonly lots: number;
}

/** One market. */
export class OrderMarket {
  readonly fills: TrueFill[] = [];
  /** What a recorder would have written of it. */
  readonly record: MarketEvent[] = [];
  readonly #isBookFirst: boolean;
  #orders: TrueOrder[] = [];

  /** `isBookFirst`: the record tells what an execution did to the book before it tells of the trade. */
  constructor(isBookFirst: boolean) {
    this.#isBookFirst = isBookFirst;
  }

  /** Lots and orders before an order. */
  ahead(id: string): { readonly lots: number; readonly orders: number } {
    const own = this.#orders.find((order) => order.id === id);
    if (own === undefined) return { lots: 0, orders: 0 };
    const before = this.#orders
      .slice(0, this.#orders.indexOf(own))
      .filter(({ priceTicks, side }) => side === own.side && priceTicks === own.priceTicks);
    return { lots: before.reduce((sum, { lots }) => sum + lots, 0), orders: before.length };
  }

  /** An order comes: it takes what it can within its limit and rests with what is left. */
  add(order: TrueOrder, atUs: number): void {
    const own = { ...order };
    this.#take(own, atUs);
    if (own.lots === 0) return;
    this.#orders.push(own);
    this.record.push(bookOrder(atUs, own.id, own.side, own.priceTicks, own.lots));
  }

  /** A taker comes for at most `lots`, within a limit. */
  take(side: Side, limitTicks: number, lots: number, atUs: number): void {
    this.#take({ id: 'taker', side, priceTicks: limitTicks, lots }, atUs);
  }

  /** An order becomes smaller, or leaves where nothing is left of it. */
  reduce(id: string, lots: number, atUs: number): void {
    const order = this.#orders.find((one) => one.id === id);
    if (order === undefined) return;
    order.lots = Math.max(0, order.lots - lots);
    this.#tell(order, atUs);
  }

  /** Returns the ids of the orders that rest. */
  ids(): readonly string[] {
    return this.#orders.map(({ id }) => id);
  }

  #take(taker: TrueOrder, atUs: number): void {
    const sign = taker.side === 'buy' ? 1 : -1;
    while (taker.lots > 0) {
      const inReach = this.#orders.filter(
        ({ priceTicks, side }) => side !== taker.side && sign * priceTicks <= sign * taker.priceTicks,
      );
      const best = Math.min(...inReach.map(({ priceTicks }) => sign * priceTicks));
      const maker = inReach.find(({ priceTicks }) => sign * priceTicks === best);
      if (maker === undefined) return;
      const lots = Math.min(maker.lots, taker.lots);
      maker.lots -= lots;
      taker.lots -= lots;
      this.fills.push({ id: maker.id, atUs, lots });
      const trade = print(atUs, maker.priceTicks, lots, taker.side);
      if (!this.#isBookFirst) this.record.push(trade);
      this.#tell(maker, atUs);
      if (this.#isBookFirst) this.record.push(trade);
    }
  }

  #tell(order: TrueOrder, atUs: number): void {
    const { id, lots, priceTicks, side } = order;
    this.record.push(bookOrder(atUs, id, side, priceTicks, lots, lots === 0 ? 'delete' : 'modify'));
    this.#orders = this.#orders.filter((one) => one.lots > 0);
  }
}
