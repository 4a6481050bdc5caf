/**
 * The circuit breaker: consecutive losing trades open it, a cool-down that grows with each opening lets it go half-open, one probe trade
 * decides. Time comes in with each call; the state at a moment is a function of what happened before.
 *
 * closed -> (losses in a row reach the limit) -> open -> (cool-down passes) -> half-open -> (probe trade wins) -> closed
 *                                                  ^------------- (any trade loses) ------------'
 * A probe that never becomes a trade (refused, expired) does not block: another is admitted after the first cool-down's length.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { RiskOptions } from './options.ts';

/** Whether entries pass. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/** The keys of `RiskOptions` that shape the breaker. */
export type BreakerOptions = Pick<
  RiskOptions,
  'consecutiveLossesMax' | 'cooldownUs' | 'cooldownGrowth' | 'cooldownMaxUs'
>;

/** The exponent of the cool-down stays finite; any real cool-down reaches its longest far earlier. */
const LEVEL_MAX = 64;

/** Counts losses and holds entries back. */
export class LossBreaker implements Checkpointable {
  #losses = 0;
  /** Openings since the breaker was last closed: the exponent of the cool-down. */
  #level = 0;
  /** End of the cool-down; 0 = closed. */
  #openUntilUs: EpochUs = 0;
  /** No further probe before this moment. */
  #probeUntilUs: EpochUs = 0;
  #cause = '';

  /** Losing trades since the last one that was not. */
  get consecutiveLosses(): number {
    return this.#losses;
  }
  /** End of the cool-down, 0 when closed. */
  get openUntilUs(): EpochUs {
    return this.#openUntilUs;
  }
  /** Why it opened last; empty when it never did. */
  get cause(): string {
    return this.#cause;
  }

  /** Returns the state at a moment. */
  stateAt(nowUs: EpochUs): BreakerState {
    if (this.#openUntilUs === 0) return 'closed';
    return nowUs < this.#openUntilUs ? 'open' : 'half_open';
  }

  /** Returns whether an entry passes at a moment. */
  admits(nowUs: EpochUs): boolean {
    const state = this.stateAt(nowUs);
    return state === 'closed' || (state === 'half_open' && nowUs >= this.#probeUntilUs);
  }

  /** Notes that an entry was approved: half-open, it is the probe. */
  onEntryApproved(nowUs: EpochUs, options: BreakerOptions): void {
    if (this.stateAt(nowUs) === 'half_open') this.#probeUntilUs = nowUs + options.cooldownUs;
  }

  /** Takes the net result of a closed trade; returns what it did to the breaker. */
  onTradeClosed(netPnlAtoms: bigint, nowUs: EpochUs, options: BreakerOptions): 'opened' | 'closed' | 'none' {
    const state = this.stateAt(nowUs);
    if (netPnlAtoms >= 0n) {
      this.#losses = 0;
      if (state !== 'half_open') return 'none';
      this.#openUntilUs = 0;
      this.#probeUntilUs = 0;
      this.#level = 0;
      return 'closed';
    }
    this.#losses++;
    const isDue =
      state === 'half_open' || (state === 'closed' && this.#losses >= options.consecutiveLossesMax);
    if (!isDue) return 'none';
    this.trip(`${this.#losses} losing trades in a row`, nowUs, options);
    return 'opened';
  }

  /** Opens the breaker for another cause than losses, or anew. */
  trip(cause: string, nowUs: EpochUs, options: BreakerOptions): void {
    assert(cause !== '', 'a breaker opens for a cause');
    assert(Number.isSafeInteger(nowUs), `time is an integer of us, was ${nowUs}`);
    const grownUs = options.cooldownUs * options.cooldownGrowth ** Math.min(this.#level, LEVEL_MAX);
    // At least 1 us: an open breaker is never mistaken for a closed one.
    const lengthUs = Math.max(
      1,
      Math.round(Math.min(grownUs, Math.max(options.cooldownMaxUs, options.cooldownUs))),
    );
    this.#openUntilUs = Math.max(this.#openUntilUs, nowUs + lengthUs);
    this.#probeUntilUs = 0;
    this.#level++;
    this.#cause = cause;
  }

  saveState(): unknown {
    return {
      losses: this.#losses,
      level: this.#level,
      openUntilUs: this.#openUntilUs,
      probeUntilUs: this.#probeUntilUs,
      cause: this.#cause,
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'LossBreaker');
    this.#losses = saved.losses as number;
    this.#level = saved.level as number;
    this.#openUntilUs = saved.openUntilUs as number;
    this.#probeUntilUs = saved.probeUntilUs as number;
    this.#cause = saved.cause as string;
    assert(Number.isInteger(this.#losses) && Number.isInteger(this.#level), 'saved breaker has counts');
  }
}
