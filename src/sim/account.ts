/**
 * The account at the venue: cash and positions, exact to the atom. Cash holds realised P&L, fees and funding; unrealised P&L is position x price -
 * cost and never part of it. Wallets of isolated positions are shares of cash. It is the venue's own ledger on purpose, not the trader's
 * `portfolio`: two implementations that must agree to the atom (a test holds them together) find what one would hide.
 * Invariants: cash = start + realised - fees + funding, position = sum of signed fills, a slot without position has no wallet.
 */
import {
  assert,
  assertSafeInteger,
  type Checkpointable,
  divCeil,
  divFloor,
  maxBig,
  minBig,
  stateRecord,
} from '#core';
import type { Instrument, InstrumentIx, InstrumentTable, Side, VenuePosition } from '#domain';
import { notionalAtoms } from '#domain';
import { AccountSettings, type PositionSlot } from './account-settings.ts';

/** The ledger of one simulated account. */
export class SimAccount implements Checkpointable {
  readonly settings: AccountSettings;
  #cashAtoms: bigint;
  /** What is free of it as the nearest double. */
  #freeCashNumber: number;
  #realisedAtoms = 0n;
  #feesAtoms = 0n;
  #fundingAtoms = 0n;
  readonly #lots: Float64Array;
  readonly #costTickLots: bigint[];
  readonly #costNumbers: Float64Array;
  /** Cash set apart for isolated positions, by slot, and its sum. */
  readonly #walletAtoms: bigint[];
  #walletSumAtoms = 0n;
  /** Slots with a position, by instrument, long before short: what margin has to look at. */
  #open: PositionSlot[] = [];

  constructor(
    instruments: InstrumentTable,
    cashAtoms: bigint,
    settings: AccountSettings = new AccountSettings(instruments),
  ) {
    assert(cashAtoms >= 0n, `an account starts with at least 0 atoms, was ${cashAtoms}`);
    this.settings = settings;
    this.#cashAtoms = cashAtoms;
    this.#freeCashNumber = Number(cashAtoms);
    this.#lots = new Float64Array(settings.slotCount);
    this.#costTickLots = new Array<bigint>(settings.slotCount).fill(0n);
    this.#costNumbers = new Float64Array(settings.slotCount);
    this.#walletAtoms = new Array<bigint>(settings.slotCount).fill(0n);
  }

  /** Cash without unrealised P&L, wallets of isolated positions included. */
  get cashAtoms(): bigint {
    return this.#cashAtoms;
  }

  /** Cash that stands behind cross positions and new orders. */
  get freeCashAtoms(): bigint {
    return this.#cashAtoms - this.#walletSumAtoms;
  }

  /** Returns the same as the nearest double, for quick tests that decide nothing. */
  get freeCashNumber(): number {
    return this.#freeCashNumber;
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

  /** Slots with a position, by instrument, long before short. */
  get openSlots(): readonly PositionSlot[] {
    return this.#open;
  }

  /** Returns the signed position of a slot in lots. */
  positionLots(slot: PositionSlot): number {
    return this.#lots[slot]!;
  }

  /** Returns the signed sum of the positions of an instrument. */
  netLots(instrumentIx: InstrumentIx): number {
    if (this.settings.positionMode === 'one-way') return this.#lots[instrumentIx]!;
    const count = this.settings.slotCount / 3;
    return (
      this.#lots[instrumentIx]! + this.#lots[instrumentIx + count]! + this.#lots[instrumentIx + 2 * count]!
    );
  }

  /** Returns the signed cost of the open quantity in ticks x lots. */
  costTickLots(slot: PositionSlot): bigint {
    return this.#costTickLots[slot]!;
  }

  /** Returns the same as the nearest double, for quick tests that decide nothing. */
  costNumber(slot: PositionSlot): number {
    return this.#costNumbers[slot]!;
  }

  /** Returns the cash that is set apart for an isolated position; 0 for cross positions. */
  walletAtoms(slot: PositionSlot): bigint {
    return this.#walletAtoms[slot]!;
  }

  /** True when only its wallet stands behind a position. */
  isIsolated(slot: PositionSlot): boolean {
    return this.settings.marginModeOf(this.settings.instrumentIxOf(slot)) === 'isolated';
  }

  /** Returns the P&L of the open quantity at a price. */
  unrealisedAtoms(instrument: Instrument, priceTicks: number, slot: PositionSlot = instrument.ix): bigint {
    const lots = this.#lots[slot]!;
    if (lots === 0) return 0n;
    const valueTickLots = BigInt(lots) * BigInt(priceTicks);
    return (valueTickLots - this.costTickLots(slot)) * BigInt(instrument.atomsPerTickLot);
  }

  /** Books a fill: opens, adds, reduces or turns the position and pays the fee. */
  applyFill(fill: {
    readonly instrument: Instrument;
    /** Absent = the one-way position. */
    readonly slot?: PositionSlot;
    readonly side: Side;
    readonly priceTicks: number;
    readonly qtyLots: number;
    readonly feeAtoms: bigint;
  }): void {
    const { instrument, priceTicks, qtyLots } = fill;
    if (!(qtyLots > 0 && priceTicks > 0))
      assert(false, `a fill has quantity and price above 0, was ${qtyLots} at ${priceTicks}`);
    const slot = fill.slot ?? instrument.ix;
    const signedLots = fill.side === 'buy' ? qtyLots : -qtyLots;
    const beforeLots = this.#lots[slot]!;
    const closedLots =
      Math.sign(beforeLots) === -Math.sign(signedLots) ? Math.min(Math.abs(beforeLots), qtyLots) : 0;
    if (closedLots > 0) this.#close(instrument, slot, closedLots, priceTicks);
    const openedLots = signedLots - Math.sign(signedLots) * closedLots;
    this.#costTickLots[slot] = this.costTickLots(slot) + BigInt(openedLots) * BigInt(priceTicks);
    this.#lots[slot] = assertSafeInteger(beforeLots + signedLots, 'position lots');
    this.#cashAtoms -= fill.feeAtoms;
    this.#freeCashNumber = Number(this.freeCashAtoms);
    this.#feesAtoms += fill.feeAtoms;
    if (openedLots !== 0 && this.isIsolated(slot)) this.#setApart(instrument, slot, openedLots, priceTicks);
    this.#trackOpen(slot);
  }

  /** Books a funding payment (positive = received); for an isolated position its wallet has it. */
  applyFunding(amountAtoms: bigint, slot: PositionSlot | null = null): void {
    this.#cashAtoms += amountAtoms;
    this.#freeCashNumber = Number(this.freeCashAtoms);
    this.#fundingAtoms += amountAtoms;
    if (slot !== null && this.isIsolated(slot)) this.#setWallet(slot, this.walletAtoms(slot) + amountAtoms);
  }

  /** Moves cash into the wallet of an isolated position, or out of it (negative). */
  moveMargin(slot: PositionSlot, amountAtoms: bigint): void {
    assert(this.isIsolated(slot) && this.#lots[slot] !== 0, 'margin is moved to and from isolated positions');
    this.#setWallet(slot, this.walletAtoms(slot) + amountAtoms);
  }

  /** Returns the open positions. */
  positions(): VenuePosition[] {
    return this.#open.map((slot) => {
      const positionSide = this.settings.sideOf(slot);
      return {
        instrumentIx: this.settings.instrumentIxOf(slot),
        qtyLots: this.#lots[slot]!,
        costTickLots: this.costTickLots(slot),
        ...(positionSide === 'both' ? {} : { positionSide }),
        ...(this.isIsolated(slot) ? { marginAtoms: this.walletAtoms(slot) } : {}),
      };
    });
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

  /** Continues with a saved account; its settings are loaded before. */
  loadState(state: unknown): void {
    const saved = stateRecord(state, 'simulated account');
    this.#cashAtoms = saved.cashAtoms as bigint;
    this.#realisedAtoms = saved.realisedAtoms as bigint;
    this.#feesAtoms = saved.feesAtoms as bigint;
    this.#fundingAtoms = saved.fundingAtoms as bigint;
    this.#lots.fill(0);
    this.#costTickLots.fill(0n);
    this.#costNumbers.fill(0);
    this.#walletAtoms.fill(0n);
    this.#walletSumAtoms = 0n;
    this.#freeCashNumber = Number(this.#cashAtoms);
    this.#open = [];
    for (const position of saved.positions as readonly VenuePosition[]) {
      const slot = this.settings.slotOf(position.instrumentIx, position.positionSide ?? 'both');
      this.#lots[slot] = position.qtyLots;
      this.#costTickLots[slot] = position.costTickLots;
      this.#setWallet(slot, position.marginAtoms ?? 0n);
      this.#trackOpen(slot);
    }
  }

  /** Realises the P&L of a part of the position; the part takes its share of the cost, rounded up (rule M34): never in our favour. */
  #close(instrument: Instrument, slot: PositionSlot, closedLots: number, priceTicks: number): void {
    const lots = this.#lots[slot]!;
    const cost = this.costTickLots(slot);
    const closedCost = divCeil(cost * BigInt(closedLots), BigInt(Math.abs(lots)));
    const valueTickLots = BigInt(Math.sign(lots) * closedLots) * BigInt(priceTicks);
    const realised = (valueTickLots - closedCost) * BigInt(instrument.atomsPerTickLot);
    this.#costTickLots[slot] = cost - closedCost;
    this.#cashAtoms += realised;
    this.#realisedAtoms += realised;
    if (this.isIsolated(slot)) this.#release(slot, closedLots, realised);
  }

  /**
   * The closed part takes its share of the wallet with it, rounded down; a loss beyond that share is borne by what is left of the wallet and
   * only then by the account (rule M70).
   */
  #release(slot: PositionSlot, closedLots: number, realisedAtoms: bigint): void {
    if (closedLots === Math.abs(this.#lots[slot]!)) {
      this.#setWallet(slot, 0n);
      return;
    }
    const wallet = this.walletAtoms(slot);
    const share = divFloor(wallet * BigInt(closedLots), BigInt(Math.abs(this.#lots[slot]!)));
    const beyond = minBig(0n, share + realisedAtoms);
    this.#setWallet(slot, maxBig(0n, wallet - share + beyond));
  }

  /** Sets the initial margin of an opened part apart, at most what is free (rule M70). */
  #setApart(instrument: Instrument, slot: PositionSlot, openedLots: number, priceTicks: number): void {
    const notional = notionalAtoms(instrument, priceTicks, Math.abs(openedLots));
    const wanted = divCeil(notional, BigInt(this.settings.leverageOf(instrument)));
    this.#setWallet(slot, this.walletAtoms(slot) + maxBig(0n, minBig(wanted, this.freeCashAtoms)));
  }

  #setWallet(slot: PositionSlot, atoms: bigint): void {
    this.#walletSumAtoms += atoms - this.walletAtoms(slot);
    this.#walletAtoms[slot] = atoms;
    this.#freeCashNumber = Number(this.freeCashAtoms);
  }

  #trackOpen(slot: PositionSlot): void {
    this.#costNumbers[slot] = Number(this.costTickLots(slot));
    const at = this.#open.indexOf(slot);
    const isOpen = this.#lots[slot] !== 0;
    if (isOpen === at >= 0) return;
    if (!isOpen) this.#open.splice(at, 1);
    else this.#open = [...this.#open, slot].sort((a, b) => this.#placeOf(a) - this.#placeOf(b));
  }

  #placeOf(slot: PositionSlot): number {
    return this.settings.instrumentIxOf(slot) * 3 + Math.floor((slot * 3) / this.settings.slotCount);
  }
}
