/**
 * Trading fees by venue and tier, as parts per million of notional, and their exact amounts. Base tiers are what the venues published in
 * November 2026; `assumed` ones and Binance `vip1` are our own figures, on the dear side. A live account reads its own. Amounts are
 * rounded up to the atom: a fee against us, a rebate towards zero.
 */
import { assert, divCeil, XylenError } from '#core';
import type { VenueId } from '#domain';

/** What one side of a trade costs; negative ppm is a rebate. */
export interface FeeTier {
  readonly name: string;
  readonly makerPpm: number;
  readonly takerPpm: number;
}

const tier = (name: string, makerPpm: number, takerPpm: number): FeeTier => ({ name, makerPpm, takerPpm });

/** Known tiers by venue, the base tier first. `sim` costs what Binance USD-M costs, so that the demo does not flatter. */
export const FEE_TIERS: Readonly<Record<string, readonly FeeTier[]>> = {
  'binance-usdm': [tier('vip0', 200, 500), tier('vip1', 160, 400)],
  'binance-spot': [tier('vip0', 1000, 1000)],
  'binanceus-spot': [tier('assumed', 4000, 6000)],
  coinbase: [tier('intro1', 6000, 12_000)],
  'kraken-spot': [tier('base', 2500, 4000)],
  'kraken-futures': [tier('base', 200, 500)],
  'kucoin-spot': [tier('vip0', 1000, 1000)],
  'kucoin-futures': [tier('vip0', 200, 600)],
  sim: [tier('base', 200, 500)],
};

/** The tier of a venue nobody described: dearer than any listed futures venue. */
const FEE_TIER_UNKNOWN: FeeTier = tier('assumed', 1000, 2000);

const PPM = 1_000_000n;
const FEE_PPM_MAX = 100_000;

/** Returns the fee of a notional in atoms, rounded up (against the account); a negative ppm gives a rebate (a negative fee). */
export function feeAtoms(notional: bigint, ppm: number): bigint {
  if (!(notional >= 0n)) assert(false, `a notional is at least 0 atoms, was ${notional}`);
  if (!Number.isInteger(ppm)) assert(false, `a fee is a whole number of ppm, was ${ppm}`);
  return divCeil(notional * BigInt(ppm), PPM);
}

/** Which tier of a venue applies: by its name in `FEE_TIERS`, or the account's own figures. */
export type FeeChoice = string | FeeTier;

/** The fees of one account on every venue. */
export class FeeSchedule {
  readonly #tiers = new Map<string, FeeTier>();

  /** Takes a tier per venue where it is not the base one. @throws XY_CONFIG_INVALID on an unknown tier or a fee above 10 %. */
  constructor(choices: Readonly<Partial<Record<VenueId, FeeChoice>>> = {}) {
    for (const [venue, tiers] of Object.entries(FEE_TIERS)) this.#tiers.set(venue, tiers[0]!);
    for (const [venue, choice] of Object.entries(choices)) {
      if (choice !== undefined) this.#tiers.set(venue, checkedTier(venue, choice));
    }
  }

  /** Returns the tier that applies at a venue. */
  tierOf(venue: VenueId): FeeTier {
    return this.#tiers.get(venue) ?? FEE_TIER_UNKNOWN;
  }

  /** Returns the fee of one side of a trade as parts per million of its notional. */
  ppm(venue: VenueId, liquidity: 'maker' | 'taker'): number {
    const applied = this.tierOf(venue);
    return liquidity === 'maker' ? applied.makerPpm : applied.takerPpm;
  }
}

function checkedTier(venue: string, choice: FeeChoice): FeeTier {
  const known = FEE_TIERS[venue] ?? [];
  const found = typeof choice === 'string' ? known.find((one) => one.name === choice) : choice;
  if (found === undefined) {
    const names = known.map((one) => one.name).join(', ') || 'none';
    throw new XylenError(
      'XY_CONFIG_INVALID',
      `fee tier of ${venue} is one of ${names}, was '${String(choice)}'`,
    );
  }
  for (const ppm of [found.makerPpm, found.takerPpm]) {
    if (!Number.isInteger(ppm) || Math.abs(ppm) > FEE_PPM_MAX) {
      throw new XylenError(
        'XY_CONFIG_INVALID',
        `a fee of ${venue} is a whole number of ppm within +-${FEE_PPM_MAX}, was ${ppm}`,
      );
    }
  }
  return found;
}
