/**
 * The own orders that rest on one side of the exchange, found by price in constant time and by aggressiveness from the best. What it is not: it
 * knows nothing of queues or fills. Invariant: `#sorted` holds each resting order once, the most aggressive last.
 */
import { assert } from '#core';
import type { ReplayOrder } from './replay-order.ts';

const NOBODY: readonly ReplayOrder[] = [];

/** Resting own orders of one side. */
export class RestingSide {
  /** 1 for buy orders, -1 for sell orders: the greater key is the more aggressive one. */
  readonly #sign: 1 | -1;
  readonly #byPrice = new Map<number, ReplayOrder[]>();
  readonly #sorted: ReplayOrder[] = [];
  /** Key of the most aggressive order; minus infinity when there is none. */
  #bestKey = Number.NEGATIVE_INFINITY;
  /** Key of the least aggressive order; infinity when there is none. */
  #worstKey = Number.POSITIVE_INFINITY;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  /** Price of the most aggressive order; `NaN` when there is none. */
  get bestTicks(): number {
    return this.#sorted.length === 0 ? Number.NaN : this.#sign * this.#bestKey;
  }

  /** Price of the least aggressive order; `NaN` when there is none. */
  get worstTicks(): number {
    return this.#sorted.length === 0 ? Number.NaN : this.#sign * this.#worstKey;
  }

  /** Orders that rest here. */
  get count(): number {
    return this.#sorted.length;
  }

  /** Takes an order in. */
  add(order: ReplayOrder): void {
    const { priceTicks } = order.plan;
    const there = this.#byPrice.get(priceTicks);
    if (there === undefined) this.#byPrice.set(priceTicks, [order]);
    else there.push(order);
    this.#sorted.splice(this.#placeOf(this.#sign * priceTicks), 0, order);
    this.#noteBest();
  }

  /** Takes an order out. */
  remove(order: ReplayOrder): void {
    const { priceTicks } = order.plan;
    const there = this.#byPrice.get(priceTicks) ?? [];
    const at = there.indexOf(order);
    assert(at >= 0, 'an order that leaves has rested');
    if (there.length === 1) this.#byPrice.delete(priceTicks);
    else there.splice(at, 1);
    let index = this.#placeOf(this.#sign * priceTicks);
    while (this.#sorted[index] !== order) index++;
    this.#sorted.splice(index, 1);
    this.#noteBest();
  }

  /** True when a price lies between the orders that rest: the cheap question asked first. */
  spans(priceTicks: number): boolean {
    const key = this.#sign * priceTicks;
    return key <= this.#bestKey && key >= this.#worstKey;
  }

  /** Returns the orders at a price; the list changes as they come and go. */
  at(priceTicks: number): readonly ReplayOrder[] {
    return this.#byPrice.get(priceTicks) ?? NOBODY;
  }

  /** True when an order rests at `priceTicks` or at a more aggressive price. */
  reaches(priceTicks: number): boolean {
    return this.#bestKey >= this.#sign * priceTicks;
  }

  /** True when an order rests at a more aggressive price than `priceTicks`. */
  passes(priceTicks: number): boolean {
    return this.#bestKey > this.#sign * priceTicks;
  }

  /** Returns the most aggressive order. */
  best(): ReplayOrder {
    const order = this.#sorted.at(-1);
    assert(order !== undefined, 'the most aggressive order is asked for where one rests');
    return order;
  }

  /** Returns the indexes of its orders, the most aggressive first. */
  save(): readonly number[] {
    return this.#sorted.map(({ ix }) => ix).reverse();
  }

  /** Index of the first order with at least that key: the newest among equals stands first, so that the oldest is the most aggressive. */
  #placeOf(key: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#sorted[middle];
      if (order !== undefined && this.#sign * order.plan.priceTicks < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #noteBest(): void {
    const order = this.#sorted.at(-1);
    this.#bestKey = order === undefined ? Number.NEGATIVE_INFINITY : this.#sign * order.plan.priceTicks;
    const worst = this.#sorted[0];
    this.#worstKey = worst === undefined ? Number.POSITIVE_INFINITY : this.#sign * worst.plan.priceTicks;
  }
}
