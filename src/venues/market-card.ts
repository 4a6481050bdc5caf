/** What a trader must know of a simulated exchange before it can trade there: its instruments, its account, its market. */
import type { EpochUs } from '#core';
import type { InstrumentSpec } from '#domain';

/** A guess that results rest on, as the simulated venue states it. */
export interface CardAssumption {
  readonly key: string;
  readonly value: string;
  readonly text: string;
}

/** The card of a simulated exchange; the same for every connection of its life. */
export interface MarketCard {
  /** By instrument index. */
  readonly instruments: readonly InstrumentSpec[];
  readonly startCashAtoms: bigint;
  readonly leverage: number;
  /** Seed of everything random in the venue (and in the market when it is synthetic). */
  readonly seed: number;
  /** True when the market is invented. */
  readonly isSynthetic: boolean;
  readonly hasFunding: boolean;
  /** Whose funding is not in the data, or not all the time, in words. */
  readonly fundingMissing: readonly string[];
  /** Length of the candles that come. */
  readonly sourceTimeframeUs: number;
  /** The timeframes that the exchange was set up for, the one of decisions first. */
  readonly timeframesUs: readonly number[];
  readonly startUs: EpochUs;
  readonly endUs: EpochUs;
  /** Everything before this moment is history to warm up on. */
  readonly tradeFromUs: EpochUs;
  readonly dataHash: string;
  /** What the market is made of, for people. */
  readonly dataSets: readonly string[];
  readonly assumptions: readonly CardAssumption[];
}
