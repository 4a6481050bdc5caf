/**
 * Fills that bear only an id of the venue's that nobody here knows: they may belong to an order whose id there has not been heard yet, or to a conditional order that
 * was triggered and goes by a new id now. They wait until those orders have told their ids; what is then still nobody's is a stranger's. Bounded.
 */
import type { Timers } from '#net';
import type { EntryAdapter, FillRecord, OrderRecord } from '../entry/index.ts';
import type { EntrySender } from './entry-sender.ts';
import { refOf, type SentOrder, type SentOrders } from './sent-orders.ts';

/** Fills that wait; beyond that they are told as foreign. */
const HELD_FILLS_MAX = 1_024;
/** Those who wait for the end of all waiting; beyond that nobody is kept. */
const WAITERS_MAX = 256;

/** What the waiting room needs. */
export interface HeldFillsParts {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly timers: Timers;
  readonly orders: SentOrders;
  /** Pause before orders that did not answer are asked again. */
  readonly askAfterUs: number;
  readonly onOrder: (record: OrderRecord) => void;
  /** A fill that has found its order, or is known to be a stranger's. */
  readonly onFill: (record: FillRecord) => void;
}

/** Holds fills back until it is known whose they are. */
export class HeldFills {
  readonly #parts: HeldFillsParts;
  readonly #held = new Map<string, FillRecord>();
  /** Fills whose possible owners are being asked. */
  readonly #asked = new Set<string>();
  #whenEmpty: (() => void)[] = [];
  #isLooking = false;
  #isStopped = false;

  constructor(parts: HeldFillsParts) {
    this.#parts = parts;
  }

  /** Holds a fill of no known order back when it may be ours; true when it is held. */
  hold(record: FillRecord): boolean {
    if (record.clientOrderId !== '' || record.forcedBy !== null) return false;
    if (this.#asked.has(record.execId)) return true;
    if (this.#held.size >= HELD_FILLS_MAX) return false;
    const triggered = this.#mayHaveTriggered(record);
    if (!this.#hasNameless && triggered.length === 0) return false;
    // The first to tell it counts: what is told as it happens is news, also when it is asked for meanwhile.
    if (!this.#held.has(record.execId)) this.#held.set(record.execId, record);
    this.#lookAgainLater();
    if (triggered.length > 0) {
      this.#asked.add(record.execId);
      this.#ask(record, triggered);
    }
    return true;
  }

  /** An order has got its name, or is known not to exist: held fills may find theirs. */
  retry(): void {
    for (const record of [...this.#held.values()]) {
      const isFound = this.#parts.orders.of(record) !== undefined;
      // Those whose possible owners are being asked wait for all of their answers.
      if (isFound || (!this.#asked.has(record.execId) && !this.#hasNameless)) this.#release(record);
    }
  }

  /** Calls back once no fill waits any more; at once when none does. */
  whenEmpty(call: () => void): void {
    if (this.#held.size === 0 || this.#whenEmpty.length >= WAITERS_MAX) call();
    else this.#whenEmpty.push(call);
  }

  /** Asks nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Names come, and orders end, in more ways than one: as long as anything waits it is looked at now and then. */
  #lookAgainLater(): void {
    if (this.#isLooking || this.#isStopped) return;
    this.#isLooking = true;
    this.#parts.timers.after(this.#parts.askAfterUs, () => {
      this.#isLooking = false;
      if (this.#isStopped) return;
      this.retry();
      if (this.#held.size > 0) this.#lookAgainLater();
    });
  }

  get #hasNameless(): boolean {
    return this.#parts.orders.open.some(({ venueOrderId }) => venueOrderId === null);
  }

  #release(record: FillRecord): void {
    this.#held.delete(record.execId);
    this.#asked.delete(record.execId);
    this.#parts.onFill(record);
    if (this.#held.size > 0) return;
    for (const call of this.#whenEmpty.splice(0)) call();
  }

  #mayHaveTriggered({ instrument, side }: FillRecord): readonly SentOrder[] {
    return this.#parts.orders.open.filter(
      (sent) => sent.isConditional && sent.side === side && sent.instrument.ix === instrument.ix,
    );
  }

  #ask(record: FillRecord, orders: readonly SentOrder[]): void {
    const { adapter, askAfterUs, onOrder, sender, timers } = this.#parts;
    let left = orders.length;
    const silent: SentOrder[] = [];
    for (const sent of orders) {
      sender.send(adapter.order(refOf(sent)), (outcome) => {
        if (this.#isStopped || !this.#held.has(record.execId)) return;
        if (outcome.kind !== 'good') silent.push(sent);
        else if (outcome.value !== null) onOrder(outcome.value);
        if (--left > 0 || !this.#held.has(record.execId)) return;
        if (silent.length > 0) timers.after(askAfterUs, () => this.#askAgain(record, silent));
        else this.#settle(record);
      });
    }
  }

  #askAgain(record: FillRecord, orders: readonly SentOrder[]): void {
    if (!this.#isStopped && this.#held.has(record.execId)) this.#ask(record, orders);
  }

  /** All have answered and none of them is its owner: it may still be one that is not named yet. */
  #settle(record: FillRecord): void {
    this.#asked.delete(record.execId);
    if (!this.#hasNameless) this.#release(record);
  }
}
