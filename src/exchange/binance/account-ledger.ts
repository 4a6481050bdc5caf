/**
 * What an account has had: fills, income, and what its positions have realised, beside the cash and positions of the simulated venue, which
 * are the truth. What a fill has realised is the change of cash that its fee does not explain. Invariant: bounded, the oldest is forgotten.
 */
import { assert, type EpochUs } from '#core';
import {
  type FillEvent,
  type FundingPaymentEvent,
  type InstrumentTable,
  POSITION_SIDES,
  type PositionSide,
  type Side,
} from '#domain';
import type { SimulatedVenue } from '#sim';
import type { MarketBoard } from './market-board.ts';
import { fixedText } from './number-text.ts';
import type { OrderShelf } from './order-shelf.ts';
import { type AccountSums, liquidationPriceText, type PositionState, sumsOf } from './position-figures.ts';
import type { UserFill } from './user-events.ts';

/** One booking that changed the wallet. */
export interface IncomeRow {
  readonly kind: 'REALIZED_PNL' | 'COMMISSION' | 'FUNDING_FEE';
  readonly instrumentIx: number;
  readonly amountAtoms: bigint;
  readonly tsUs: EpochUs;
  readonly transactionId: number;
  /** Empty for funding. */
  readonly tradeId: string;
}

const ROWS_MAX = 20_000;
const ROWS_DROPPED = 5_000;

/** What a position has realised. */
interface RealisedState {
  lifeAtoms: bigint;
  everAtoms: bigint;
  /** The position after the last fill. */
  lots: number;
  updatedUs: EpochUs;
}

/** The ledger of one account. */
export class AccountLedger {
  readonly #instruments: InstrumentTable;
  readonly #board: MarketBoard;
  readonly #orders: OrderShelf;
  readonly #venue: Pick<SimulatedVenue, 'accountAt' | 'controls' | 'leverageOf'>;
  /** By instrument, then as the sides of `POSITION_SIDES`. */
  readonly #realised: readonly (readonly RealisedState[])[];
  #fills: UserFill[] = [];
  #incomes: IncomeRow[] = [];
  #cashAtoms: bigint;
  /** When the wallet changed last; 0 would mean to clients that it was never filled. */
  updatedUs: EpochUs;

  constructor(
    instruments: InstrumentTable,
    board: MarketBoard,
    orders: OrderShelf,
    venue: Pick<SimulatedVenue, 'accountAt' | 'controls' | 'leverageOf'>,
    opening: { readonly cashAtoms: bigint; readonly openedUs: EpochUs },
  ) {
    this.#instruments = instruments;
    this.#board = board;
    this.#orders = orders;
    this.#venue = venue;
    this.#cashAtoms = opening.cashAtoms;
    this.updatedUs = opening.openedUs;
    this.#realised = instruments.all.map(() =>
      POSITION_SIDES.map(() => ({ lifeAtoms: 0n, everAtoms: 0n, lots: 0, updatedUs: 0 })),
    );
  }

  /** The one currency of the account. */
  get asset(): string {
    return this.#instruments.at(0).quoteAsset;
  }

  /** Cash without unrealised P&L. */
  get walletAtoms(): bigint {
    return this.#cashAtoms;
  }

  /** Cash that no isolated position has for itself. */
  get crossWalletAtoms(): bigint {
    const { positions } = this.#venue.accountAt(0);
    return positions.reduce((rest, { marginAtoms = 0n }) => rest - marginAtoms, this.#cashAtoms);
  }

  /** Fills, oldest first. */
  get fills(): readonly UserFill[] {
    return this.#fills;
  }

  /** Income, oldest first. */
  get incomes(): readonly IncomeRow[] {
    return this.#incomes;
  }

  /** Returns money with all decimals of the account. */
  moneyText(atoms: bigint): string {
    return fixedText(atoms, this.#instruments.atomDecimals);
  }

  /** Returns what a fill that the venue has just booked has realised, and notes the new cash. */
  realisedOfFill({ feeAtoms, tsVenueUs }: FillEvent): bigint {
    const { cashAtoms } = this.#venue.accountAt(tsVenueUs);
    const realised = cashAtoms - this.#cashAtoms + feeAtoms;
    this.#cashAtoms = cashAtoms;
    return realised;
  }

  /** Books a fill. */
  addFill(fill: UserFill, nextTransactionId: () => number): void {
    const { feeAtoms, realisedAtoms, record, tradeId, tsUs } = fill;
    const { ix } = record.instrument;
    this.#fills = appended(this.#fills, fill);
    const row = { instrumentIx: ix, tsUs, tradeId: String(tradeId) };
    const add = (kind: IncomeRow['kind'], amountAtoms: bigint): void => {
      this.#incomes = appended(this.#incomes, {
        ...row,
        kind,
        amountAtoms,
        transactionId: nextTransactionId(),
      });
    };
    if (realisedAtoms !== 0n) add('REALIZED_PNL', realisedAtoms);
    if (feeAtoms !== 0n) add('COMMISSION', -feeAtoms);
    const state = this.#realisedOf(ix, record.positionSide);
    state.everAtoms += realisedAtoms;
    const { lots } = this.stateOf(ix, record.positionSide);
    // A position that was turned begins its life with the fee of the part that opened it.
    if (Math.sign(lots) === -Math.sign(state.lots))
      state.lifeAtoms = lots === 0 ? 0n : -(feeAtoms * BigInt(Math.abs(lots))) / BigInt(fill.qtyLots);
    else state.lifeAtoms = lots === 0 ? 0n : state.lifeAtoms + realisedAtoms - feeAtoms;
    state.lots = lots;
    state.updatedUs = tsUs;
    this.updatedUs = tsUs;
  }

  /** Books a funding payment. */
  addFunding({ amountAtoms, instrumentIx, tsVenueUs }: FundingPaymentEvent, transactionId: number): void {
    this.#cashAtoms = this.#venue.accountAt(tsVenueUs).cashAtoms;
    const row = {
      kind: 'FUNDING_FEE',
      instrumentIx,
      amountAtoms,
      tsUs: tsVenueUs,
      transactionId,
      tradeId: '',
    } as const;
    this.#incomes = appended(this.#incomes, row);
    this.updatedUs = tsVenueUs;
  }

  /** Returns a position with what margin needs to know of it. */
  stateOf(instrumentIx: number, positionSide: PositionSide): PositionState {
    const instrument = this.#instruments.at(instrumentIx);
    const position = this.#venue
      .accountAt(0)
      .positions.find(
        (one) => one.instrumentIx === instrumentIx && (one.positionSide ?? 'both') === positionSide,
      );
    const { everAtoms, lifeAtoms, updatedUs } = this.#realisedOf(instrumentIx, positionSide);
    return {
      instrument,
      positionSide,
      lots: position?.qtyLots ?? 0,
      costTickLots: position?.costTickLots ?? 0n,
      markTicks: this.#board.at(instrumentIx).markTicks,
      leverage: this.leverageOf(instrumentIx),
      isIsolated: this.isIsolated(instrumentIx),
      isolatedAtoms: position?.marginAtoms ?? 0n,
      buyingLots: positionSide === 'short' ? 0 : this.#openingLots(instrumentIx, positionSide, 'buy'),
      sellingLots: positionSide === 'long' ? 0 : this.#openingLots(instrumentIx, positionSide, 'sell'),
      lifeAtoms,
      realisedAtoms: everAtoms,
      updatedUs,
    };
  }

  /** Returns the positions of a symbol, open or not: one, or a long and a short one in hedge mode. */
  statesOf(instrumentIx: number): PositionState[] {
    const isHedged = this.#venue.controls.positionMode === 'hedge';
    const sides = isHedged ? (['long', 'short'] as const) : (['both'] as const);
    return sides.map((side) => this.stateOf(instrumentIx, side));
  }

  /** Returns all positions, open or not. */
  states(): PositionState[] {
    return this.#instruments.all.flatMap(({ ix }) => this.statesOf(ix));
  }

  /** Returns what is held of a symbol, both sides of hedge mode together. */
  heldLots(instrumentIx: number): number {
    return this.statesOf(instrumentIx).reduce((sum, { lots }) => sum + Math.abs(lots), 0);
  }

  /** Returns the leverage of a symbol. */
  leverageOf(instrumentIx: number): number {
    return this.#venue.leverageOf(instrumentIx);
  }

  /** True where only the wallets of its positions stand behind a symbol. */
  isIsolated(instrumentIx: number): boolean {
    return this.#venue.controls.marginModeOf(instrumentIx) === 'isolated';
  }

  /** Returns the sums of the account. */
  sums(): AccountSums {
    return sumsOf(this.#cashAtoms, this.states());
  }

  /** Returns the price at which the account is liquidated by a position, together with the other one of its symbol. */
  liquidationPrice(state: PositionState): string {
    return liquidationPriceText(state, this.statesOf(state.instrument.ix), this.sums());
  }

  #openingLots(instrumentIx: number, positionSide: PositionSide, side: Side): number {
    let lots = 0;
    for (const order of this.#orders.open(instrumentIx)) {
      if (order.side === side && order.positionSide === positionSide && !order.reduceOnly)
        lots += order.qtyLots - order.filledLots;
    }
    return lots;
  }

  #realisedOf(instrumentIx: number, positionSide: PositionSide): RealisedState {
    const state = this.#realised[instrumentIx]?.[POSITION_SIDES.indexOf(positionSide)];
    assert(state !== undefined, `the ledger has the instrument ${instrumentIx}`);
    return state;
  }
}

function appended<T>(rows: T[], row: T): T[] {
  rows.push(row);
  return rows.length > ROWS_MAX ? rows.slice(ROWS_DROPPED) : rows;
}
