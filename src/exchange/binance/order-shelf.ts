/** Where an account keeps its orders: the open ones, and the finished ones up to a bound, oldest forgotten first. */
import { type EpochUs, US_PER_MS } from '#core';
import { isOpen, type OrderRecord } from './order-record.ts';

/** Finished orders that can still be asked for. */
const FINISHED_MAX = 10_000;

/** The orders of one account. */
export class OrderShelf {
  readonly #byId = new Map<number, OrderRecord>();
  readonly #bySimId = new Map<string, OrderRecord>();
  readonly #openByClientId = new Map<string, OrderRecord>();
  /** The latest order of a client id, open or not. */
  readonly #byClientId = new Map<string, OrderRecord>();
  #finished: number[] = [];

  /** Returns the open orders of an instrument, or of all, by order id. */
  open(instrumentIx: number | null = null): OrderRecord[] {
    return [...this.#openByClientId.values()].filter(
      ({ instrument }) => instrumentIx === null || instrument.ix === instrumentIx,
    );
  }

  /** Returns all orders of an instrument, open or not, by order id. */
  all(instrumentIx: number): OrderRecord[] {
    const found = [...this.#byId.values()].filter(({ instrument }) => instrument.ix === instrumentIx);
    return found.sort((a, b) => a.orderId - b.orderId);
  }

  /** Returns the open orders that were good until a moment that has come. */
  goodTill(nowUs: EpochUs): OrderRecord[] {
    if (this.#openByClientId.size === 0) return [];
    return this.open().filter(({ goodTillMs }) => goodTillMs > 0 && goodTillMs * US_PER_MS <= nowUs);
  }

  openByClientId(clientOrderId: string): OrderRecord | undefined {
    return this.#openByClientId.get(clientOrderId);
  }

  /** Returns the order of an id, or the latest one of a client id, of one instrument. */
  find(
    key: { readonly orderId: number | null; readonly clientOrderId: string | null },
    instrumentIx: number,
  ): OrderRecord | undefined {
    const { clientOrderId, orderId } = key;
    const record = orderId === null ? this.#byClientId.get(clientOrderId ?? '') : this.#byId.get(orderId);
    return record?.instrument.ix === instrumentIx ? record : undefined;
  }

  bySimId(simId: string): OrderRecord | undefined {
    return this.#bySimId.get(simId);
  }

  /** Makes an order known under its present id of the simulator. */
  name(record: OrderRecord): void {
    this.#bySimId.set(record.simId, record);
  }

  /** Forgets the present id of the simulator: it was refused. */
  unname(record: OrderRecord): void {
    this.#bySimId.delete(record.simId);
  }

  /** Takes in an order that lives. */
  add(record: OrderRecord): void {
    this.#byId.set(record.orderId, record);
    this.#byClientId.set(record.clientOrderId, record);
    if (isOpen(record)) this.#openByClientId.set(record.clientOrderId, record);
  }

  /** Notes that an order has ended. */
  finish(record: OrderRecord): void {
    if (this.#openByClientId.get(record.clientOrderId) === record)
      this.#openByClientId.delete(record.clientOrderId);
    this.#finished.push(record.orderId);
    if (this.#finished.length <= FINISHED_MAX * 2) return;
    for (const orderId of this.#finished.slice(0, FINISHED_MAX)) this.#forget(orderId);
    this.#finished = this.#finished.slice(FINISHED_MAX);
  }

  #forget(orderId: number): void {
    const record = this.#byId.get(orderId);
    if (record === undefined) return;
    this.#byId.delete(orderId);
    this.#bySimId.delete(record.simId);
    if (this.#byClientId.get(record.clientOrderId) === record) this.#byClientId.delete(record.clientOrderId);
  }
}
