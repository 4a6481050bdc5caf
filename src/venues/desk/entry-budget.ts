/**
 * What may be sent now: the budgets that a venue publishes, kept below its limits and corrected by what it says was used. Part of each budget is kept for what
 * is more urgent, so that questions never delay an order and orders never delay a cancel.
 */
import { assert, type EpochUs } from '#core';
import { TokenBucket, windowRule } from '#net';
import type { EntryCost, EntryPriority, LimitRule, LimitUsage } from '../entry/index.ts';

/** Share of a budget that a call must leave for more urgent ones. */
const RESERVES: Readonly<Record<EntryPriority, number>> = {
  cancel: 0,
  protect: 0.1,
  order: 0.25,
  query: 0.5,
};

interface Budget {
  readonly bucket: TokenBucket;
  readonly capacity: number;
}

/** All budgets of one account. */
export class EntryBudget {
  readonly #budgets = new Map<string, Budget>();
  #blockedUntilUs: EpochUs = 0;

  /** Names of limits are distinct. */
  constructor(limits: readonly LimitRule[], nowUs: EpochUs) {
    for (const { amount, name, windowUs } of limits) {
      assert(!this.#budgets.has(name), `the limit ${name} is named once`);
      const rule = windowRule(amount, windowUs);
      this.#budgets.set(name, { bucket: new TokenBucket(rule, nowUs), capacity: rule.capacity });
    }
  }

  /** Nothing is sent before; 0 = no such wish. */
  get blockedUntilUs(): EpochUs {
    return this.#blockedUntilUs;
  }

  /** Takes all costs of a call and returns 0, or takes nothing and returns how long to wait. */
  take(costs: readonly EntryCost[], priority: EntryPriority, nowUs: EpochUs): number {
    let waitUs = Math.max(0, this.#blockedUntilUs - nowUs);
    for (const { amount, limit } of costs) {
      const { bucket, capacity } = this.#budget(limit);
      const reserve = Math.floor(capacity * RESERVES[priority]);
      waitUs = Math.max(waitUs, bucket.waitUs(Math.min(capacity, amount + reserve), nowUs));
    }
    if (waitUs > 0) return waitUs;
    for (const { amount, limit } of costs) {
      const { bucket, capacity } = this.#budget(limit);
      const restUs = bucket.take(Math.min(capacity, amount), nowUs);
      assert(restUs === 0, 'what was there a moment ago is there');
    }
    return 0;
  }

  /** The venue has said what was used: others may spend from the same budgets. */
  report(usage: readonly LimitUsage[], nowUs: EpochUs): void {
    for (const { name, used } of usage) this.#budgets.get(name)?.bucket.reportUsed(used, nowUs);
  }

  /** Lets nothing be sent before `untilUs`, whatever its urgency: going on would end in a ban. */
  blockUntil(untilUs: EpochUs): void {
    this.#blockedUntilUs = Math.max(this.#blockedUntilUs, untilUs);
  }

  #budget(name: string): Budget {
    const budget = this.#budgets.get(name);
    assert(budget !== undefined, `a call costs limits that its venue has, found ${name}`);
    return budget;
  }
}
