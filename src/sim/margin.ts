/**
 * Margin of the account (rules M37, M38, M67 to M71): equity at mark against initial margin for new orders and against maintenance margin for life or
 * death. All cross positions stand together, each isolated one for itself. Exact in atoms; one quick test in floats says only "far from danger".
 */
import { absBig, assert, divCeil, type EpochUs, minBig } from '#core';
import { type FeeSchedule, feeAtoms } from '#costs';
import {
  type Instrument,
  type InstrumentIx,
  type InstrumentTable,
  maintenanceAtomsOf,
  notionalAtoms,
  notionalAtomsMaxAt,
  type Side,
} from '#domain';
import type { SimAccount } from './account.ts';
import type { AccountSettings, PositionSlot } from './account-settings.ts';

/** Prices as margin sees them; each throws when an instrument with a position has none. */
export interface MarginPrices {
  /** Mark price where it is fresh, else the last price, at a moment that may lie ahead within known paths. */
  markTicks(instrumentIx: InstrumentIx, tsUs: EpochUs): number;
  /** The price worst for a position of that sign that the mark can take before the next event. */
  worstTicks(instrumentIx: InstrumentIx, isLong: boolean, nowUs: EpochUs): number;
}

/** An order that wants margin. */
export interface MarginWish {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly qtyLots: number;
}

/** Returns the lots of one side that open orders of an instrument may open. */
export type OpeningLots = (instrumentIx: InstrumentIx, side: Side) => number;

/** Why an order, or a change of margin, is not carried. */
export type MarginRefusal = 'leverage' | 'insufficient_margin';

const PPM = 1_000_000;
/** Distance, as a share of the maintenance margin, within which the float test does not answer. */
const QUICK_DISTANCE = 0.001;

/** Equity, initial and maintenance margin of one account. */
export class MarginKeeper {
  readonly #instruments: InstrumentTable;
  readonly #account: SimAccount;
  readonly #settings: AccountSettings;
  readonly #prices: MarginPrices;
  readonly #fees: FeeSchedule;

  constructor(parts: {
    readonly instruments: InstrumentTable;
    readonly account: SimAccount;
    readonly prices: MarginPrices;
    readonly fees: FeeSchedule;
  }) {
    this.#instruments = parts.instruments;
    this.#account = parts.account;
    this.#settings = parts.account.settings;
    this.#prices = parts.prices;
    this.#fees = parts.fees;
  }

  /** Returns free cash plus unrealised P&L at mark of the cross positions. */
  equityAtoms(tsUs: EpochUs): bigint {
    let equity = this.#account.freeCashAtoms;
    for (const slot of this.#account.openSlots) {
      if (!this.#account.isIsolated(slot)) equity += this.#unrealisedAtoms(slot, tsUs);
    }
    return equity;
  }

  /** Returns the margin below which the cross positions are liquidated, rounded up; spot has none. */
  maintenanceAtoms(tsUs: EpochUs): bigint {
    let margin = 0n;
    for (const slot of this.#account.openSlots) {
      if (!this.#account.isIsolated(slot)) margin += this.#maintenanceAtomsOf(slot, tsUs);
    }
    return margin;
  }

  /** Returns what stands behind a position: the wallet of an isolated one and its own P&L, else the equity of the account. */
  equityBehindAtoms(slot: PositionSlot, tsUs: EpochUs): bigint {
    if (!this.#account.isIsolated(slot)) return this.equityAtoms(tsUs);
    return this.#account.walletAtoms(slot) + this.#unrealisedAtoms(slot, tsUs);
  }

  /** True when the cross positions, of which there are some, are below their maintenance margin at a moment. */
  isCrossBroken(tsUs: EpochUs): boolean {
    if (this.#account.openSlots.every((slot) => this.#account.isIsolated(slot))) return false;
    return this.equityAtoms(tsUs) < this.maintenanceAtoms(tsUs);
  }

  /** Returns the isolated positions that are below their maintenance margin at a moment. */
  brokenIsolated(tsUs: EpochUs): PositionSlot[] {
    return this.#account.openSlots.filter(
      (slot) =>
        this.#account.isIsolated(slot) &&
        this.equityBehindAtoms(slot, tsUs) < this.#maintenanceAtomsOf(slot, tsUs),
    );
  }

  /** True when something is below its maintenance margin at a moment. */
  isBroken(tsUs: EpochUs): boolean {
    return this.isCrossBroken(tsUs) || this.brokenIsolated(tsUs).length > 0;
  }

  /** True when no price before the next event can break anything: the question asked at every event, in floats. */
  isFarFromBroken(nowUs: EpochUs): boolean {
    let equity = this.#account.freeCashNumber;
    let margin = 0;
    let hasCross = false;
    for (const slot of this.#account.openSlots) {
      const ix = this.#settings.instrumentIxOf(slot);
      const instrument = this.#instruments.at(ix);
      const lots = this.#account.positionLots(slot);
      const worstTicks = this.#prices.worstTicks(ix, lots > 0, nowUs);
      const worth = (lots * worstTicks - this.#account.costNumber(slot)) * instrument.atomsPerTickLot;
      const notional = Math.abs(lots) * worstTicks * instrument.atomsPerTickLot;
      const needed = instrument.kind === 'spot' ? 0 : quickMaintenance(instrument, notional);
      if (!this.#account.isIsolated(slot)) {
        hasCross = true;
        equity += worth;
        margin += needed;
      } else if (!isFar(Number(this.#account.walletAtoms(slot)) + worth, needed)) return false;
    }
    return !hasCross || isFar(equity, margin);
  }

  /**
   * Returns the first moment in (`nowUs`, last bend] at which the known paths break something; `Infinity` when nothing breaks. Between two bends
   * equity is a straight line of time and maintenance bends upwards, so what is sound at both ends is sound between them and halving finds
   * the moment to the microsecond. `bendsUs` ascending, after `nowUs`.
   */
  breakUs(nowUs: EpochUs, bendsUs: readonly EpochUs[]): EpochUs {
    assert(!this.isBroken(nowUs), 'the account is sound when its end is looked for');
    let soundUs = nowUs;
    for (const bendUs of bendsUs) {
      if (!this.isBroken(bendUs)) {
        soundUs = bendUs;
        continue;
      }
      let brokenUs = bendUs;
      while (brokenUs - soundUs > 1) {
        const middleUs = soundUs + Math.floor((brokenUs - soundUs) / 2);
        if (this.isBroken(middleUs)) brokenUs = middleUs;
        else soundUs = middleUs;
      }
      return brokenUs;
    }
    return Number.POSITIVE_INFINITY;
  }

  /**
   * Returns why the account cannot carry an order, `null` when it can: equity covers the initial margin of all positions and opening orders,
   * valued at mark, and the fee. An order that does not make the possible exposure larger is always carried; spot is never sold short.
   */
  refusalOf(wish: MarginWish, openingLots: OpeningLots, nowUs: EpochUs): MarginRefusal | null {
    const { instrument } = wish;
    const { ix } = instrument;
    const isBuy = wish.side === 'buy';
    if (instrument.kind === 'spot' && !isBuy) {
      const isHeld = this.#account.positionLots(ix) >= openingLots(ix, 'sell') + wish.qtyLots;
      return isHeld ? null : 'insufficient_margin';
    }
    const before = this.#exposureLots(instrument, openingLots, 0, 0);
    const after = this.#exposureLots(
      instrument,
      openingLots,
      isBuy ? wish.qtyLots : 0,
      isBuy ? 0 : wish.qtyLots,
    );
    if (after <= before) return null;
    const markTicks = this.#prices.markTicks(ix, nowUs);
    const most = notionalAtomsMaxAt(instrument.marginTiers, this.#settings.leverageOf(instrument));
    if (most !== null && notionalAtoms(instrument, markTicks, after) > most) return 'leverage';
    const needed = this.#neededAtoms(openingLots, nowUs, { instrument, lots: after });
    const opened = notionalAtoms(instrument, markTicks, after - before);
    const fee = feeAtoms(opened, Math.max(0, this.#fees.ppm(instrument.venue, 'taker')));
    return this.equityAtoms(nowUs) >= needed + fee ? null : 'insufficient_margin';
  }

  /** Returns what can be moved into the wallet of an isolated position: free cash that nothing else needs. */
  addableAtoms(openingLots: OpeningLots, nowUs: EpochUs): bigint {
    const unneeded = this.equityAtoms(nowUs) - this.#neededAtoms(openingLots, nowUs, null);
    return minBig(unneeded, this.#account.freeCashAtoms);
  }

  /** Returns what can be moved out of the wallet of an isolated position: what its initial margin leaves; gains do not count. */
  removableAtoms(slot: PositionSlot, nowUs: EpochUs): bigint {
    const instrument = this.#instruments.at(this.#settings.instrumentIxOf(slot));
    const loss = minBig(0n, this.#unrealisedAtoms(slot, nowUs));
    const lots = Math.abs(this.#account.positionLots(slot));
    return this.#account.walletAtoms(slot) + loss - this.#initialAtoms(instrument, lots, nowUs);
  }

  /** The initial margin that free cash has to cover; for one instrument with other lots than it has. */
  #neededAtoms(
    openingLots: OpeningLots,
    nowUs: EpochUs,
    instead: { readonly instrument: Instrument; readonly lots: number } | null,
  ): bigint {
    let needed = 0n;
    for (const instrument of this.#instruments.all) {
      const isOther = instrument === instead?.instrument;
      const exposed = isOther ? instead.lots : this.#exposureLots(instrument, openingLots, 0, 0);
      // What an isolated position needs is in its wallet already.
      const isCross = this.#settings.marginModeOf(instrument.ix) === 'cross';
      const lots = isCross ? exposed : Math.max(0, exposed - this.#heldLots(instrument));
      if (lots !== 0) needed += this.#initialAtoms(instrument, lots, nowUs);
    }
    return needed;
  }

  /** The most lots that an instrument can come to hold: the larger side in one-way mode, both together in hedge mode. */
  #exposureLots(
    instrument: Instrument,
    openingLots: OpeningLots,
    moreBuyLots: number,
    moreSellLots: number,
  ): number {
    const { ix } = instrument;
    const buyLots = openingLots(ix, 'buy') + moreBuyLots;
    const sellLots = openingLots(ix, 'sell') + moreSellLots;
    if (this.#settings.sidesOf(instrument).length > 1) return this.#heldLots(instrument) + buyLots + sellLots;
    const lots = this.#account.positionLots(ix);
    return Math.max(lots + buyLots, sellLots - lots);
  }

  #heldLots(instrument: Instrument): number {
    let lots = 0;
    for (const side of this.#settings.sidesOf(instrument)) {
      lots += Math.abs(this.#account.positionLots(this.#settings.slotOf(instrument.ix, side)));
    }
    return lots;
  }

  #initialAtoms(instrument: Instrument, lots: number, nowUs: EpochUs): bigint {
    const notional = notionalAtoms(instrument, this.#prices.markTicks(instrument.ix, nowUs), lots);
    return divCeil(absBig(notional), BigInt(this.#settings.leverageOf(instrument)));
  }

  #unrealisedAtoms(slot: PositionSlot, tsUs: EpochUs): bigint {
    const ix = this.#settings.instrumentIxOf(slot);
    const markTicks = this.#prices.markTicks(ix, tsUs);
    return this.#account.unrealisedAtoms(this.#instruments.at(ix), markTicks, slot);
  }

  #maintenanceAtomsOf(slot: PositionSlot, tsUs: EpochUs): bigint {
    const ix = this.#settings.instrumentIxOf(slot);
    const instrument = this.#instruments.at(ix);
    if (instrument.kind === 'spot') return 0n;
    const lots = Math.abs(this.#account.positionLots(slot));
    const notional = notionalAtoms(instrument, this.#prices.markTicks(ix, tsUs), lots);
    return maintenanceAtomsOf(instrument.marginTiers, notional);
  }
}

function isFar(equity: number, margin: number): boolean {
  return equity > margin * (1 + QUICK_DISTANCE) && equity > 0;
}

/** Maintenance margin in floats. Tiers make the margin the largest of their straight lines. */
function quickMaintenance(instrument: Instrument, notional: number): number {
  // Most have one tier, which deducts nothing.
  let margin = (notional * instrument.maintenanceMarginPpm) / PPM;
  if (instrument.marginTiers.length === 1) return margin;
  for (const { deductionAtoms, maintenanceMarginPpm } of instrument.marginTiers) {
    margin = Math.max(margin, (notional * maintenanceMarginPpm) / PPM - Number(deductionAtoms));
  }
  return margin;
}
