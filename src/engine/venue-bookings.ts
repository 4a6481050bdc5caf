/**
 * Fills that nobody told: what the venue's word about a position comes to when its fills cannot be had. They are booked at the best known price, and remembered,
 * so that the real fill, told late, does not count a second time. Pure.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { FillEvent, InstrumentIx, OrderRequest, Side } from '#domain';

/** Bookings that are remembered for late fills. */
const BOOKINGS_MAX = 64;
/** How the ids of fills begin that nobody told. */
const MADE_UP = 'reconciled-';
/** A late fill is looked for so long after both sides agree on what was booked for it. */
const LATE_US = 10 * 60_000_000;

/** What is known of a position that differs. */
export interface BookingFacts {
  readonly instrumentIx: InstrumentIx;
  readonly localLots: number;
  readonly venueLots: number;
  readonly localCostTickLots: bigint;
  /** 0 where the venue does not say it. */
  readonly venueCostTickLots: bigint;
  /** Last price, 0 = none. */
  readonly lastTicks: number;
  readonly tsVenueUs: EpochUs;
  readonly tsLocalUs: EpochUs;
  readonly eventSeq: number;
  readonly isForced: boolean;
}

/** Returns the fills that bring our position to the venue's; none when no price is known. */
export function bookingsFor(facts: BookingFacts): readonly FillEvent[] {
  const { localLots, venueLots } = facts;
  assert(localLots !== venueLots, 'positions that agree need no booking');
  const isTurned = localLots * venueLots < 0;
  if (isTurned) {
    const closing = fillOf(facts, 0, -localLots, facts.lastTicks);
    const opening = fillOf(facts, 1, venueLots, openingTicks(facts, 0, 0n));
    return closing === null || opening === null ? [] : [closing, opening];
  }
  const isGrown = Math.abs(venueLots) > Math.abs(localLots);
  const ticks = isGrown ? openingTicks(facts, localLots, facts.localCostTickLots) : facts.lastTicks;
  const fill = fillOf(facts, 0, venueLots - localLots, ticks);
  return fill === null ? [] : [fill];
}

/** The price at which what is new must have been bought, so that the whole costs what the venue says; the last price where that is no price. */
function openingTicks(facts: BookingFacts, fromLots: number, fromCost: bigint): number {
  const { lastTicks, venueCostTickLots, venueLots } = facts;
  if (venueCostTickLots === 0n) return lastTicks;
  const lots = venueLots - fromLots;
  const ticks = Math.round(Number(venueCostTickLots - fromCost) / lots);
  if (!Number.isSafeInteger(ticks) || ticks <= 0) return lastTicks;
  // An average that mixes old costs can come out as a price that never was.
  const isLikely = fromLots === 0 || lastTicks === 0 || (ticks > lastTicks / 2 && ticks < lastTicks * 2);
  return isLikely ? ticks : lastTicks;
}

function fillOf(facts: BookingFacts, part: number, signedLots: number, priceTicks: number): FillEvent | null {
  if (priceTicks <= 0) return null;
  const { eventSeq, instrumentIx, isForced, tsLocalUs, tsVenueUs } = facts;
  const side: Side = signedLots > 0 ? 'buy' : 'sell';
  return {
    kind: 'fill',
    ...{ instrumentIx, tsVenueUs, tsLocalUs, side, priceTicks, qtyLots: Math.abs(signedLots) },
    ...{ clientOrderId: '', venueOrderId: '', execId: `${MADE_UP}${eventSeq}-${instrumentIx}-${part}` },
    ...{ leavesLots: 0, feeAtoms: 0n, liquidity: 'taker', isLiquidation: isForced },
  };
}

/** Returns the fill that an order must have had by the venue's word, `null` without a price. */
export function bookingOf(
  { instrumentIx, priceTicks: limitTicks, side, clientOrderId }: OrderRequest,
  missingLots: number,
  facts: Pick<BookingFacts, 'lastTicks' | 'tsVenueUs' | 'tsLocalUs' | 'eventSeq'>,
): FillEvent | null {
  const { eventSeq, lastTicks, tsLocalUs, tsVenueUs } = facts;
  // A limit order may have done better than its limit: what is certain is booked.
  const priceTicks = limitTicks ?? lastTicks;
  if (priceTicks <= 0) return null;
  return {
    kind: 'fill',
    ...{ instrumentIx, tsVenueUs, tsLocalUs, side, priceTicks, clientOrderId, venueOrderId: '' },
    ...{ qtyLots: missingLots, execId: `${MADE_UP}${eventSeq}-${clientOrderId}`, leavesLots: 0 },
    ...{ feeAtoms: 0n, liquidity: 'taker', isLiquidation: false },
  };
}

interface Booking {
  /** Empty = of nobody's order. */
  readonly clientOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  readonly tsVenueUs: EpochUs;
  leftLots: number;
  /** Fills that were recognised, which may be told again. */
  readonly execIds: string[];
}

/** Remembers what was booked without a fill. */
export class VenueBookings implements Checkpointable {
  #bookings: Booking[] = [];
  /** By instrument, the moment of the venue up to which everything that anybody has filled is booked. */
  readonly #coveredUs = new Map<InstrumentIx, EpochUs>();

  /** Notes a fill that was made up; the oldest are forgotten beyond the bound. */
  add({ clientOrderId, instrumentIx, qtyLots, side, tsVenueUs }: FillEvent): void {
    this.#bookings.push({ clientOrderId, instrumentIx, side, tsVenueUs, leftLots: qtyLots, execIds: [] });
    if (this.#bookings.length > BOOKINGS_MAX) this.#bookings.shift();
  }

  /**
   * True when the fill, of a moment before a booking, is what was booked there; its quantity is used up by that. `clientOrderId` is that of the order
   * for which it was booked, empty when it was for none.
   */
  absorb({ execId, instrumentIx, qtyLots, side, tsVenueUs }: FillEvent, clientOrderId: string): boolean {
    if (execId.startsWith(MADE_UP)) return false;
    const candidates = this.#bookings.filter(
      (one) => one.clientOrderId === clientOrderId && one.instrumentIx === instrumentIx && one.side === side,
    );
    if (candidates.some(({ execIds }) => execIds.includes(execId))) return true;
    const booking = candidates.find((one) => one.tsVenueUs >= tsVenueUs && one.leftLots >= qtyLots);
    if (booking === undefined) return false;
    booking.leftLots -= qtyLots;
    booking.execIds.push(execId);
    return true;
  }

  /** Everything of an instrument up to this moment of the venue is booked: both sides agreed then, or its word was taken. */
  cover(instrumentIx: InstrumentIx, venueUs: EpochUs): void {
    this.#coveredUs.set(instrumentIx, Math.max(venueUs, this.#coveredUs.get(instrumentIx) ?? 0));
  }

  /** True for a fill from a time of which everything is booked, whoever tells it now. */
  isCovered({ execId, instrumentIx, tsVenueUs }: FillEvent): boolean {
    return !execId.startsWith(MADE_UP) && tsVenueUs <= (this.#coveredUs.get(instrumentIx) ?? 0);
  }

  /** Both sides agree at this moment of the venue: late fills are not waited for for ever. */
  forgetBefore(venueUs: EpochUs): void {
    this.#bookings = this.#bookings.filter(({ tsVenueUs }) => tsVenueUs >= venueUs - LATE_US);
  }

  saveState(): unknown {
    return { bookings: structuredClone(this.#bookings), coveredUs: [...this.#coveredUs] };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'venue bookings');
    this.#bookings = structuredClone(saved.bookings) as Booking[];
    this.#coveredUs.clear();
    for (const [ix, venueUs] of saved.coveredUs as [InstrumentIx, EpochUs][])
      this.#coveredUs.set(ix, venueUs);
  }
}
