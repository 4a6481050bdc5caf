/**
 * Margin of the account, cross over all instruments (rules M37, M38): equity at mark against initial margin for new orders and against
 * maintenance margin for life or death. Exact in atoms; one quick test in floats says only "far from danger".
 */
import { absBig, assert, divCeil, type EpochUs } from '#core';
import { type FeeSchedule, feeAtoms } from '#costs';
import { type Instrument, type InstrumentIx, type InstrumentTable, notionalAtoms, type Side } from '#domain';
import type { SimAccount } from './account.ts';

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

const PPM = 1_000_000n;
/** Distance, as a share of the maintenance margin, within which the float test does not answer. */
const QUICK_DISTANCE = 0.001;

/** Equity, initial and maintenance margin of one account. */
export class MarginKeeper {
  readonly #instruments: InstrumentTable;
  readonly #account: SimAccount;
  readonly #prices: MarginPrices;
  readonly #leverage: number;
  /** What the account has chosen for single instruments; the others have the leverage of the rules. */
  readonly #chosen = new Map<InstrumentIx, number>();
  readonly #fees: FeeSchedule;

  constructor(parts: {
    readonly instruments: InstrumentTable;
    readonly account: SimAccount;
    readonly prices: MarginPrices;
    readonly leverage: number;
    readonly fees: FeeSchedule;
  }) {
    this.#instruments = parts.instruments;
    this.#account = parts.account;
    this.#prices = parts.prices;
    this.#leverage = parts.leverage;
    this.#fees = parts.fees;
  }

  /** Returns cash plus unrealised P&L at mark. */
  equityAtoms(tsUs: EpochUs): bigint {
    let equity = this.#account.cashAtoms;
    for (const ix of this.#account.openInstruments) {
      equity += this.#account.unrealisedAtoms(this.#instruments.at(ix), this.#prices.markTicks(ix, tsUs));
    }
    return equity;
  }

  /** Returns the margin below which the account is liquidated, rounded up; spot has none. */
  maintenanceAtoms(tsUs: EpochUs): bigint {
    let margin = 0n;
    for (const ix of this.#account.openInstruments) {
      const instrument = this.#instruments.at(ix);
      if (instrument.kind === 'spot') continue;
      const lots = Math.abs(this.#account.positionLots(ix));
      const notional = notionalAtoms(instrument, this.#prices.markTicks(ix, tsUs), lots);
      margin += divCeil(notional * BigInt(instrument.maintenanceMarginPpm), PPM);
    }
    return margin;
  }

  /** True when the account is below its maintenance margin at a moment. */
  isBroken(tsUs: EpochUs): boolean {
    return this.equityAtoms(tsUs) < this.maintenanceAtoms(tsUs);
  }

  /** True when no price before the next event can break the account: the question asked at every event, in floats. */
  isFarFromBroken(nowUs: EpochUs): boolean {
    let equity = Number(this.#account.cashAtoms);
    let margin = 0;
    for (const ix of this.#account.openInstruments) {
      const instrument = this.#instruments.at(ix);
      const lots = this.#account.positionLots(ix);
      const worstTicks = this.#prices.worstTicks(ix, lots > 0, nowUs);
      const cost = this.#account.costNumber(ix);
      equity += (lots * worstTicks - cost) * instrument.atomsPerTickLot;
      if (instrument.kind === 'spot') continue;
      const notional = Math.abs(lots) * worstTicks * instrument.atomsPerTickLot;
      margin += (notional * instrument.maintenanceMarginPpm) / 1_000_000;
    }
    return equity > margin * (1 + QUICK_DISTANCE) && equity > 0;
  }

  /**
   * Returns the first moment in (`nowUs`, last bend] at which the known paths break the account; `Infinity` when none does. Between two
   * bends equity is a straight line of time, so halving finds the moment to the microsecond. `bendsUs` ascending, after `nowUs`.
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
   * Returns true when the account can carry an order: equity covers the initial margin of all positions and opening orders, valued at
   * mark, and the fee. An order that does not make the possible exposure larger is always carried; spot is never sold short.
   */
  canCarry(
    wish: MarginWish,
    openingLots: (instrumentIx: InstrumentIx, side: Side) => number,
    nowUs: EpochUs,
  ): boolean {
    const ix = wish.instrument.ix;
    const exposureOf = (at: InstrumentIx, moreBuyLots: number, moreSellLots: number): number => {
      const lots = this.#account.positionLots(at);
      const longLots = lots + openingLots(at, 'buy') + moreBuyLots;
      return Math.max(longLots, openingLots(at, 'sell') + moreSellLots - lots);
    };
    const isBuy = wish.side === 'buy';
    if (wish.instrument.kind === 'spot' && !isBuy) {
      return this.#account.positionLots(ix) >= openingLots(ix, 'sell') + wish.qtyLots;
    }
    const before = exposureOf(ix, 0, 0);
    const after = exposureOf(ix, isBuy ? wish.qtyLots : 0, isBuy ? 0 : wish.qtyLots);
    if (after <= before) return true;
    let needed = 0n;
    for (const instrument of this.#instruments.all) {
      const lots = instrument === wish.instrument ? after : exposureOf(instrument.ix, 0, 0);
      if (lots === 0) continue;
      needed += this.#initialAtoms(instrument, lots, nowUs);
    }
    const opened = notionalAtoms(wish.instrument, this.#prices.markTicks(ix, nowUs), after - before);
    const fee = feeAtoms(opened, Math.max(0, this.#fees.ppm(wish.instrument.venue, 'taker')));
    return this.equityAtoms(nowUs) >= needed + fee;
  }

  /** Returns the leverage that applies to an instrument. */
  leverageOf(instrument: Instrument): number {
    if (instrument.kind === 'spot') return 1;
    return Math.min(this.#chosen.get(instrument.ix) ?? this.#leverage, instrument.leverageMax);
  }

  /** Chooses the leverage of one instrument from now on. */
  setLeverage(instrument: Instrument, leverage: number): void {
    assert(
      Number.isInteger(leverage) && leverage >= 1 && leverage <= instrument.leverageMax,
      `a leverage of ${instrument.symbol} is an integer in [1, ${instrument.leverageMax}], was ${leverage}`,
    );
    this.#chosen.set(instrument.ix, leverage);
  }

  /** Returns the chosen leverages by instrument, for a checkpoint. */
  chosenLeverages(): readonly (readonly [InstrumentIx, number])[] {
    return [...this.#chosen];
  }

  /** Continues with the chosen leverages of a checkpoint. */
  loadLeverages(chosen: readonly (readonly [InstrumentIx, number])[]): void {
    this.#chosen.clear();
    for (const [ix, leverage] of chosen) this.#chosen.set(ix, leverage);
  }

  #initialAtoms(instrument: Instrument, lots: number, nowUs: EpochUs): bigint {
    const notional = notionalAtoms(instrument, this.#prices.markTicks(instrument.ix, nowUs), lots);
    return divCeil(absBig(notional), BigInt(this.leverageOf(instrument)));
  }
}
