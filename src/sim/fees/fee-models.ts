/** The fee models: flat (zero and rebates among them) and tiered by the volume of 30 days. What it is not: a table of what venues charge (`costs`). */
import { assert, stateRecord, US_PER_DAY, XylenError } from '#core';
import type { FeeSchedule } from '#costs';
import type { VenueId } from '#domain';
import type { FeeModel } from './fee-model.ts';

/** A tier that an account reaches by its volume. */
export interface VolumeTier {
  /** Traded in the 30 days before today (UTC), atoms of the account's currency. */
  readonly volumeAtoms: bigint;
  readonly makerPpm: number;
  readonly takerPpm: number;
}

/** Tiers by venue, rising in volume; a venue without any costs what the schedule says. */
export type VolumeTierTable = Readonly<Partial<Record<VenueId, readonly VolumeTier[]>>>;

/** Days that count. */
const WINDOW_DAYS = 30;
const FEE_PPM_MAX = 100_000;

/** Returns the word for the fees of a venue: `zero`, `rebate` where a maker is paid, `tiered`, else `flat`. */
export function feeModelName(fees: FeeSchedule, tiers: VolumeTierTable, venue: VenueId): string {
  if ((tiers[venue] ?? []).length > 0) return 'tiered';
  const { makerPpm, takerPpm } = fees.tierOf(venue);
  if (makerPpm === 0 && takerPpm === 0) return 'zero';
  return makerPpm < 0 || takerPpm < 0 ? 'rebate' : 'flat';
}

/** Returns the fee model of an account. @throws XY_CONFIG_INVALID when tiers do not rise in volume or a fee is above 10 %. */
export function feeModelOf(fees: FeeSchedule, tiers: VolumeTierTable): FeeModel {
  const isTiered = Object.values(tiers).some((list) => list !== undefined && list.length > 0);
  return isTiered ? new TieredFees(fees, checkTiers(tiers)) : flatFees(fees);
}

/** Fees that are the same whatever was traded. */
function flatFees(fees: FeeSchedule): FeeModel {
  return {
    ppm: (venue, liquidity) => fees.ppm(venue, liquidity),
    onFill: () => undefined,
    saveState: () => null,
    loadState: () => undefined,
  };
}

function checkTiers(tiers: VolumeTierTable): VolumeTierTable {
  for (const [venue, list = []] of Object.entries(tiers)) {
    for (const [at, { makerPpm, takerPpm, volumeAtoms }] of list.entries()) {
      const before = list[at - 1]?.volumeAtoms ?? 0n;
      const isRising = at === 0 ? volumeAtoms >= 0n : volumeAtoms > before;
      const areFees = [makerPpm, takerPpm].every(
        (ppm) => Number.isInteger(ppm) && Math.abs(ppm) <= FEE_PPM_MAX,
      );
      if (isRising && areFees) continue;
      throw new XylenError(
        'XY_CONFIG_INVALID',
        `fee tiers of ${venue} rise in volume, with whole ppm within +-${FEE_PPM_MAX}; number ${at + 1} does not`,
      );
    }
  }
  return tiers;
}

/** What one venue saw of the account. */
interface Traded {
  /** Day since the epoch (UTC) that `todayAtoms` belongs to. */
  day: number;
  todayAtoms: bigint;
  /** The days before it that traded, oldest first. */
  before: { readonly day: number; readonly atoms: bigint }[];
  /** The tier of that day; `null` = below the first. */
  tier: VolumeTier | null;
}

/**
 * Fees by the volume of the 30 UTC days before today, as venues reckon it once a day: what was traded today counts from tomorrow. Below the
 * first tier, and before anything is known of the account's past, the schedule's own fees apply: an account starts as one that never traded.
 */
class TieredFees implements FeeModel {
  readonly #fees: FeeSchedule;
  readonly #tiers: VolumeTierTable;
  readonly #traded = new Map<VenueId, Traded>();

  constructor(fees: FeeSchedule, tiers: VolumeTierTable) {
    this.#fees = fees;
    this.#tiers = tiers;
  }

  ppm(venue: VenueId, liquidity: 'maker' | 'taker', nowUs: number): number {
    const traded = this.#traded.get(venue);
    if (traded !== undefined) this.#turn(venue, traded, nowUs);
    const tier = traded?.tier ?? this.#firstTier(venue);
    if (tier === null) return this.#fees.ppm(venue, liquidity);
    return liquidity === 'maker' ? tier.makerPpm : tier.takerPpm;
  }

  onFill(venue: VenueId, notionalAtoms: bigint, nowUs: number): void {
    assert(notionalAtoms >= 0n, 'a fill has a notional of at least 0');
    let traded = this.#traded.get(venue);
    if (traded === undefined) {
      traded = { day: dayOf(nowUs), todayAtoms: 0n, before: [], tier: this.#firstTier(venue) };
      this.#traded.set(venue, traded);
    }
    this.#turn(venue, traded, nowUs);
    traded.todayAtoms += notionalAtoms;
  }

  saveState(): unknown {
    return {
      traded: [...this.#traded].map(([venue, { before, day, todayAtoms }]) => [
        venue,
        { day, todayAtoms, before: before.map((one) => ({ ...one })) },
      ]),
    };
  }

  loadState(state: unknown): void {
    const { traded } = stateRecord(state, 'fees');
    this.#traded.clear();
    for (const [venue, saved] of traded as readonly (readonly [VenueId, Omit<Traded, 'tier'>])[]) {
      const one: Traded = { ...saved, before: [...saved.before], tier: null };
      one.tier = this.#tierOf(venue, one);
      this.#traded.set(venue, one);
    }
  }

  /** A tier from volume 0 on stands in for the schedule. */
  #firstTier(venue: VenueId): VolumeTier | null {
    const [first] = this.#tiers[venue] ?? [];
    return first?.volumeAtoms === 0n ? first : null;
  }

  /** Begins a new day where one has begun. */
  #turn(venue: VenueId, traded: Traded, nowUs: number): void {
    const day = dayOf(nowUs);
    if (day <= traded.day) return;
    if (traded.todayAtoms > 0n) traded.before.push({ day: traded.day, atoms: traded.todayAtoms });
    traded.before = traded.before.filter((one) => one.day >= day - WINDOW_DAYS);
    traded.day = day;
    traded.todayAtoms = 0n;
    traded.tier = this.#tierOf(venue, traded);
  }

  #tierOf(venue: VenueId, { before }: Traded): VolumeTier | null {
    let volumeAtoms = 0n;
    for (const { atoms } of before) volumeAtoms += atoms;
    let reached: VolumeTier | null = null;
    for (const tier of this.#tiers[venue] ?? []) if (volumeAtoms >= tier.volumeAtoms) reached = tier;
    return reached;
  }
}

function dayOf(us: number): number {
  return Math.floor(us / US_PER_DAY);
}
