/**
 * A budget of requests: a bucket that fills steadily and is emptied by what is sent. Pure and exact: credit is counted in integers, so that
 * over any stretch of time no more is taken than the capacity plus what flowed in, and, for a rule of `windowRule`, no more than
 * the limit in any window, wherever the venue begins it.
 */
import { assert, type EpochUs, floorToTimeframe } from '#core';

/** What may be spent. */
export interface BucketRule {
  /** Most that can be spent at once. */
  readonly capacity: number;
  /** What flows in over a window. */
  readonly refill: number;
  readonly windowUs: number;
}

/** Returns the rule that keeps to `limit` in every window of that length: half at once, the other half as time passes. */
export function windowRule(limit: number, windowUs: number): BucketRule {
  assert(Number.isSafeInteger(limit) && limit >= 2, `a limit is an integer of at least 2, was ${limit}`);
  const capacity = Math.floor(limit / 2);
  return { capacity, refill: limit - capacity, windowUs };
}

/** A bucket that is full at first. */
export class TokenBucket {
  readonly #rule: BucketRule;
  /** Credit in tokens x `windowUs`, so that it stays an integer. */
  #credit: number;
  readonly #creditMax: number;
  #atUs: EpochUs;
  #blockedUntilUs: EpochUs = 0;

  constructor(rule: BucketRule, nowUs: EpochUs) {
    const { capacity, refill, windowUs } = rule;
    for (const value of [capacity, refill, windowUs]) {
      assert(
        Number.isSafeInteger(value) && value > 0,
        `a bucket's numbers are positive integers, was ${value}`,
      );
    }
    assert(Number.isSafeInteger((capacity + refill) * windowUs), 'the credit of a bucket is a safe integer');
    this.#rule = rule;
    this.#creditMax = capacity * windowUs;
    this.#credit = this.#creditMax;
    this.#atUs = nowUs;
  }

  /** Takes `weight` and returns 0, or takes nothing and returns how many microseconds to wait before asking again. */
  take(weight: number, nowUs: EpochUs): number {
    const waitUs = this.waitUs(weight, nowUs);
    if (waitUs === 0) this.#credit -= weight * this.#rule.windowUs;
    return waitUs;
  }

  /** Returns how long to wait until `weight` could be taken; takes nothing. */
  waitUs(weight: number, nowUs: EpochUs): number {
    const { capacity, refill, windowUs } = this.#rule;
    assert(
      Number.isSafeInteger(weight) && weight >= 0,
      `a weight is an integer of at least 0, was ${weight}`,
    );
    assert(weight <= capacity, `a weight fits the capacity of ${capacity}, was ${weight}`);
    this.#fill(nowUs);
    const missing = weight * windowUs - this.#credit;
    return Math.max(missing <= 0 ? 0 : Math.ceil(missing / refill), this.#blockedUntilUs - nowUs, 0);
  }

  /** Lets nothing be taken before `untilUs`; never shortens an earlier ban. */
  blockUntil(untilUs: EpochUs): void {
    this.#blockedUntilUs = Math.max(this.#blockedUntilUs, untilUs);
  }

  /**
   * Takes the venue's word for what was spent in its present window, which is aligned to the epoch: others may spend from the same budget.
   * Where nothing is left of it, nothing can be taken before the window ends.
   */
  reportUsed(used: number, nowUs: EpochUs): void {
    assert(Number.isFinite(used) && used >= 0, `what was used is at least 0, was ${used}`);
    const { capacity, refill, windowUs } = this.#rule;
    const left = capacity + refill - Math.ceil(used);
    this.#fill(nowUs);
    this.#credit = Math.min(this.#credit, Math.max(0, left) * windowUs);
    if (left <= 0) this.blockUntil(floorToTimeframe(nowUs, windowUs) + windowUs);
  }

  /** Credits what has flowed in since the last look; a clock that stands still brings nothing. */
  #fill(nowUs: EpochUs): void {
    const elapsedUs = nowUs - this.#atUs;
    if (elapsedUs <= 0) return;
    this.#atUs = nowUs;
    const { refill } = this.#rule;
    // Compared before it is multiplied: a long pause must not leave the safe integers.
    const isFull = elapsedUs >= (this.#creditMax - this.#credit) / refill;
    this.#credit = isFull ? this.#creditMax : this.#credit + elapsedUs * refill;
  }
}
