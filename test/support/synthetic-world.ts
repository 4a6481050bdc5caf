/** A synthetic world for tests of the link, in this process, with the card that its exchange would show. */
import { Prng } from '#core';
import { InstrumentTable } from '#domain';
import {
  LATENCY_NONE,
  SimulatedWorld,
  SYNTHETIC_SYMBOLS,
  simRules,
  syntheticInstrument,
  syntheticMarket,
} from '#sim';
import type { MarketCard } from '#venues';

const START_US = 1_704_067_200_000_000;
const BAR_US = 300_000_000;

/** What distinguishes the worlds of the tests. */
export interface SyntheticWorldOptions {
  readonly seed: number;
  readonly barCount: number;
  /** True: messages take no time, so that an answer may fall on the moment of its question. */
  readonly isInstant?: boolean;
}

/** Returns a fresh world; equal options give equal worlds. */
export function syntheticWorld({ barCount, isInstant = false, seed }: SyntheticWorldOptions): SimulatedWorld {
  const symbols = SYNTHETIC_SYMBOLS.slice(0, 2);
  const source = syntheticMarket({
    symbols,
    startUs: START_US,
    endUs: START_US + barCount * BAR_US,
    barUs: BAR_US,
    seed,
    feedLatencyUs: isInstant ? 0 : 5_000,
  });
  return new SimulatedWorld({
    source,
    instruments: new InstrumentTable(symbols.map(syntheticInstrument)),
    cashAtoms: 1_000_000_000_000n,
    rules: simRules(isInstant ? { latency: { sim: LATENCY_NONE } } : {}),
    prng: new Prng(seed).split('venue'),
  });
}

/** Returns the card of such a world. */
export function syntheticCard({ barCount, seed }: SyntheticWorldOptions): MarketCard {
  return {
    instruments: SYNTHETIC_SYMBOLS.slice(0, 2).map(syntheticInstrument),
    startCashAtoms: 1_000_000_000_000n,
    leverage: 5,
    seed,
    isSynthetic: true,
    hasFunding: true,
    fundingMissing: [],
    sourceTimeframeUs: BAR_US,
    timeframesUs: [BAR_US],
    startUs: START_US,
    endUs: START_US + barCount * BAR_US,
    tradeFromUs: START_US,
    dataHash: `synthetic ${seed}`,
    dataSets: ['synthetic'],
    assumptions: [],
  };
}
