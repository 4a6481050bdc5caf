/** What was approved a moment ago: for the order rate and against the same entry sent twice. Flat memory. */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { OrderIntent } from './intent.ts';

/** Entries remembered for duplicates; the oldest is forgotten. */
const REMEMBERED_MAX = 128;

interface RecentEntry {
  readonly clientOrderId: string;
  readonly content: string;
  readonly tsUs: EpochUs;
}

/** Remembers approvals. */
export class RecentOrders implements Checkpointable {
  #times: EpochUs[] = [];
  #entries: RecentEntry[] = [];

  /** Returns how many orders were approved in the window that ends now; the older ones are forgotten. */
  countWithin(windowUs: number, nowUs: EpochUs): number {
    let expired = 0;
    while (expired < this.#times.length && this.#times[expired]! <= nowUs - windowUs) expired++;
    if (expired > 0) this.#times.splice(0, expired);
    return this.#times.length;
  }

  /** Returns whether an entry has the client order id of an earlier one, or equals one approved within the window. */
  isDuplicate(intent: OrderIntent, windowUs: number, nowUs: EpochUs): boolean {
    const content = contentOf(intent);
    for (const entry of this.#entries) {
      if (entry.clientOrderId === intent.clientOrderId) return true;
      if (entry.tsUs > nowUs - windowUs && entry.content === content) return true;
    }
    return false;
  }

  /** Notes an approved order; `rateMax` times are enough to know that the rate is reached. */
  add(intent: OrderIntent, nowUs: EpochUs, rateMax: number): void {
    this.#times.push(nowUs);
    if (this.#times.length > rateMax) this.#times.shift();
    if (intent.reduceOnly) return;
    this.#entries.push({ clientOrderId: intent.clientOrderId, content: contentOf(intent), tsUs: nowUs });
    if (this.#entries.length > REMEMBERED_MAX) this.#entries.shift();
  }

  saveState(): unknown {
    return { times: [...this.#times], entries: this.#entries.map((entry) => ({ ...entry })) };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'RecentOrders');
    const entries = saved.entries as readonly RecentEntry[];
    assert(entries.length <= REMEMBERED_MAX, `at most ${REMEMBERED_MAX} entries are remembered`);
    this.#times = [...(saved.times as readonly EpochUs[])];
    this.#entries = entries.map((entry) => ({ ...entry }));
  }
}

/** What makes two entries the same: who, what, which way, at which price. Not the size: a repeated wish may be sized anew. */
function contentOf(intent: OrderIntent): string {
  const { strategy, instrumentIx, side, type, priceTicks, triggerTicks } = intent;
  return `${strategy}|${instrumentIx}|${side}|${type}|${priceTicks}|${triggerTicks}`;
}
