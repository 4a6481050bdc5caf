/**
 * Margin tiers: the larger a position, the more margin it needs. A tier applies to the notional in (cap of the one before, own cap], its rate
 * to all of it less an amount that makes the margin continuous from tier to tier. Invariant: rates rise, leverages fall, margins never jump down.
 */
import { assert, divCeil, divFloor } from '#core';

/** A tier as people write it: decimals as text. */
export interface MarginTierSpec {
  /** Largest notional of the tier in quote currency; `null` = without bound, the last tier only. */
  readonly notionalMax: string | null;
  /** Maintenance margin as parts per million of notional. */
  readonly maintenanceMarginPpm: number;
  /** Largest leverage with which a position of this size may be held. */
  readonly leverageMax: number;
}

/** A tier in atoms. */
export interface MarginTier {
  /** `null` = without bound. */
  readonly notionalAtomsMax: bigint | null;
  readonly maintenanceMarginPpm: number;
  /** What is taken off rate x notional; 0 in the first tier. */
  readonly deductionAtoms: bigint;
  readonly leverageMax: number;
}

const PPM = 1_000_000n;

/** Returns tiers with their deductions, rounded down: a margin is never too small. Tiers stand from small to large. */
export function marginTiersOf(tiers: readonly Omit<MarginTier, 'deductionAtoms'>[]): readonly MarginTier[] {
  assert(tiers.length > 0, 'an instrument has at least one margin tier');
  let before: MarginTier | null = null;
  return tiers.map((tier) => {
    const deductionAtoms: bigint =
      before === null
        ? 0n
        : before.deductionAtoms +
          divFloor(
            (before.notionalAtomsMax ?? 0n) * BigInt(tier.maintenanceMarginPpm - before.maintenanceMarginPpm),
            PPM,
          );
    before = { ...tier, deductionAtoms };
    return before;
  });
}

/** Returns the tier of a notional; the last one for all that is larger than its cap. */
export function marginTierAt(tiers: readonly MarginTier[], notionalAtoms: bigint): MarginTier {
  for (const tier of tiers) {
    if (tier.notionalAtomsMax === null || notionalAtoms <= tier.notionalAtomsMax) return tier;
  }
  const last = tiers.at(-1);
  assert(last !== undefined, 'an instrument has at least one margin tier');
  return last;
}

/** Returns the margin below which a position of that notional is liquidated, rounded up. */
export function maintenanceAtomsOf(tiers: readonly MarginTier[], notionalAtoms: bigint): bigint {
  const { deductionAtoms, maintenanceMarginPpm } = marginTierAt(tiers, notionalAtoms);
  return divCeil(notionalAtoms * BigInt(maintenanceMarginPpm), PPM) - deductionAtoms;
}

/** Returns the largest notional that may be held with a leverage, 0 when no tier has so much; `null` = without bound. */
export function notionalAtomsMaxAt(tiers: readonly MarginTier[], leverage: number): bigint | null {
  let most: bigint | null = 0n;
  for (const tier of tiers) if (tier.leverageMax >= leverage) most = tier.notionalAtomsMax;
  return most;
}
