/**
 * The account at the venue: cash, one position per instrument, exact to the atom. Cash holds realised P&L, fees and funding;
 * unrealised P&L is position x price - cost and never part of it. It is the venue's own ledger on purpose, not the trader's `portfolio`:
 * two implementations that must agree to the atom (a test holds them together) find what one would hide.
 * Invariant: cash = start + realised - fees + funding, position = sum of signed fills.
 */
import { assert, assertSafeInteger, type Checkpointable, divCeil, stateRecord } from '#core';
import type { Instrument, InstrumentIx, InstrumentTable, Side, VenuePosition } from '#domain';

/** The ledger of one simulated account. */
export class SimAccount implements Checkpointable {
  #cashAtoms: bigint;
  #realisedAtoms = 0n;
  #feesAtoms = 0n;
  #fundingAtoms = 0n;
  readonly #lots: Float64Array;
  readonly #costTickLots: bigint[];
  readonly #costNumbers: Float64Array;
  /** Instruments with a position, ascending: what margin has to look at. */
  #open: InstrumentIx[] = [];

  constructor(instruments: InstrumentTable, cashAtoms: bigint) {
    assert(cashAtoms >= 0n, `an account starts with at least 0 atoms, was ${cashAtoms}`);
    this.#cashAtoms = cashAtoms;
    this.#lots = new Float64Array(instruments.count);
    this.#costTickLots = new Array<bigint>(instruments.count).fill(0n);
    this.#costNumbers = new Float64Array(instruments.count);
  }

  /** Cash without unrealised P&L. */
  get cashAtoms(): bigint {
    return this.#cashAtoms;
  }

  /** Gross P&L of all closed quantity so far. */
  get realisedAtoms(): bigint {
    return this.#realisedAtoms;
  }

  /** Fees paid so far (rebates subtract). */
  get feesAtoms(): bigint {
    return this.#feesAtoms;
  }

  /** Funding received so far (payments subtract). */
  get fundingAtoms(): bigint {
    return this.#fundingAtoms;
  }

  /** Instruments with a position, ascending. */
  get openInstruments(): readonly InstrumentIx[] {
    return this.#open;
  }

  /** Returns the signed position in lots. */
  positionLots(instrumentIx: InstrumentIx): number {
    return this.#lots[instrumentIx]!;
  }

  /** Returns the signed cost of the open quantity in ticks x lots. */
  costTickLots(instrumentIx: InstrumentIx): bigint {
    return this.#costTickLots[instrumentIx]!;
  }

  /** Returns the same as the nearest double, for quick tests that decide nothing. */
  costNumber(instrumentIx: InstrumentIx): number {
    return this.#costNumbers[instrumentIx]!;
  }

  /** Returns the P&L of the open quantity at a price. */
  unrealisedAtoms(instrument: Instrument, priceTicks: number): bigint {
    const lots = this.#lots[instrument.ix]!;
    if (lots === 0) return 0n;
    const valueTickLots = BigInt(lots) * BigInt(priceTicks);
    return (valueTickLots - this.costTickLots(instrument.ix)) * BigInt(instrument.atomsPerTickLot);
  }

  /** Books a fill: opens, adds, reduces or turns the position and pays the fee. */
  applyFill(fill: {
    readonly instrument: Instrument;
    readonly side: Side;
    readonly priceTicks: number;
    readonly qtyLots: number;
    readonly feeAtoms: bigint;
  }): void {
    const { instrument, priceTicks, qtyLots } = fill;
    if (!(qtyLots > 0 && priceTicks > 0))
      assert(false, `a fill has quantity and price above 0, was ${qtyLots} at ${priceTicks}`);
    const ix = instrument.ix;
    const signedLots = fill.side === 'buy' ? qtyLots : -qtyLots;
    const beforeLots = this.#lots[ix]!;
    const closedLots =
      Math.sign(beforeLots) === -Math.sign(signedLots) ? Math.min(Math.abs(beforeLots), qtyLots) : 0;
    if (closedLots > 0) this.#close(instrument, closedLots, priceTicks);
    const openedLots = signedLots - Math.sign(signedLots) * closedLots;
    this.#costTickLots[ix] = this.costTickLots(ix) + BigInt(openedLots) * BigInt(priceTicks);
    this.#lots[ix] = assertSafeInteger(beforeLots + signedLots, 'position lots');
    this.#cashAtoms -= fill.feeAtoms;
    this.#feesAtoms += fill.feeAtoms;
    this.#trackOpen(ix);
  }

  /** Books a funding payment (positive = received). */
  applyFunding(amountAtoms: bigint): void {
    this.#cashAtoms += amountAtoms;
    this.#fundingAtoms += amountAtoms;
  }

  /** Returns the open positions. */
  positions(): VenuePosition[] {
    return this.#open.map((ix) => ({
      instrumentIx: ix,
      qtyLots: this.#lots[ix]!,
      costTickLots: this.costTickLots(ix),
    }));
  }

  saveState(): unknown {
    return {
      cashAtoms: this.#cashAtoms,
      realisedAtoms: this.#realisedAtoms,
      feesAtoms: this.#feesAtoms,
      fundingAtoms: this.#fundingAtoms,
      positions: this.positions(),
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'simulated account');
    this.#cashAtoms = saved.cashAtoms as bigint;
    this.#realisedAtoms = saved.realisedAtoms as bigint;
    this.#feesAtoms = saved.feesAtoms as bigint;
    this.#fundingAtoms = saved.fundingAtoms as bigint;
    this.#lots.fill(0);
    this.#costTickLots.fill(0n);
    this.#costNumbers.fill(0);
    this.#open = [];
    for (const position of saved.positions as readonly VenuePosition[]) {
      this.#lots[position.instrumentIx] = position.qtyLots;
      this.#costTickLots[position.instrumentIx] = position.costTickLots;
      this.#trackOpen(position.instrumentIx);
    }
  }

  /** Realises the P&L of a part of the position; the part takes its share of the cost, rounded up (rule M34): never in our favour. */
  #close(instrument: Instrument, closedLots: number, priceTicks: number): void {
    const ix = instrument.ix;
    const lots = this.#lots[ix]!;
    const cost = this.costTickLots(ix);
    const closedCost = divCeil(cost * BigInt(closedLots), BigInt(Math.abs(lots)));
    const valueTickLots = BigInt(Math.sign(lots) * closedLots) * BigInt(priceTicks);
    const realised = (valueTickLots - closedCost) * BigInt(instrument.atomsPerTickLot);
    this.#costTickLots[ix] = cost - closedCost;
    this.#cashAtoms += realised;
    this.#realisedAtoms += realised;
  }

  #trackOpen(ix: InstrumentIx): void {
    this.#costNumbers[ix] = Number(this.costTickLots(ix));
    const at = this.#open.indexOf(ix);
    const isOpen = this.#lots[ix] !== 0;
    if (isOpen === at >= 0) return;
    if (!isOpen) this.#open.splice(at, 1);
    else this.#open = [...this.#open, ix].sort((a, b) => a - b);
  }
}
