/**
 * What an account and its positions are worth, in exact integers: cash and position come from the simulated venue, mark from the board;
 * margins follow the rules by which the venue carries and liquidates (`docs/specs/matching.md`, M37 and M38). Margin rounds up.
 */
import { absBig, divCeil, divFloor, type EpochUs, maxBig } from '#core';
import { type Instrument, notionalAtoms } from '#domain';
import { markText } from './market-forms.ts';
import { fixedText, quotientText } from './number-text.ts';

/** One position as the account holds it. */
export interface PositionState {
  readonly instrument: Instrument;
  /** Signed. */
  readonly lots: number;
  readonly costTickLots: bigint;
  /** `NaN` before the first mark. */
  readonly markTicks: number;
  readonly leverage: number;
  /** Rest of open orders that may open, by side. */
  readonly buyingLots: number;
  readonly sellingLots: number;
  /** Realised since the position was opened, and what was realised in this symbol ever; fees are in the first one alone. */
  readonly lifeAtoms: bigint;
  readonly realisedAtoms: bigint;
  readonly updatedUs: EpochUs;
}

/** The sums of an account, atoms. */
export interface AccountSums {
  readonly walletAtoms: bigint;
  readonly unrealisedAtoms: bigint;
  readonly positionMarginAtoms: bigint;
  readonly orderMarginAtoms: bigint;
  readonly maintenanceAtoms: bigint;
  /** What may still be bound as margin, at least 0. */
  readonly availableAtoms: bigint;
}

/** A position in atoms and in the texts of the venue. */
export interface PositionFigures {
  readonly symbol: string;
  readonly amount: string;
  readonly entryPrice: string;
  readonly breakEvenPrice: string;
  readonly markPrice: string;
  readonly unrealised: string;
  readonly realised: string;
  readonly notional: string;
  readonly positionMargin: string;
  readonly orderMargin: string;
  readonly initialMargin: string;
  readonly maintenanceMargin: string;
  readonly bidNotional: string;
  readonly askNotional: string;
}

const PPM = 1_000_000n;
const ENTRY_DECIMALS = 8;

/** Returns the P&L of a position at mark. */
export function unrealisedOf(state: PositionState): bigint {
  const { costTickLots, instrument, lots, markTicks } = state;
  if (lots === 0) return 0n;
  return (BigInt(lots) * BigInt(markTicks) - costTickLots) * BigInt(instrument.atomsPerTickLot);
}

/** Returns the initial margin that a position binds. */
export function positionMarginOf(state: PositionState): bigint {
  return marginOf(state, Math.abs(state.lots));
}

/** Returns the initial margin that open orders bind beyond that of the position. */
export function orderMarginOf(state: PositionState): bigint {
  const { buyingLots, lots, sellingLots } = state;
  const exposureLots = Math.max(lots + buyingLots, sellingLots - lots, Math.abs(lots));
  return marginOf(state, exposureLots) - positionMarginOf(state);
}

/** Returns the maintenance margin of a position. */
export function maintenanceOf({ instrument, lots, markTicks }: PositionState): bigint {
  if (lots === 0) return 0n;
  const notional = notionalAtoms(instrument, markTicks, Math.abs(lots));
  return divCeil(notional * BigInt(instrument.maintenanceMarginPpm), PPM);
}

/** Returns the sums over all positions of an account. */
export function sumsOf(walletAtoms: bigint, states: readonly PositionState[]): AccountSums {
  const sum = (of: (state: PositionState) => bigint): bigint =>
    states.reduce((total, state) => total + of(state), 0n);
  const unrealisedAtoms = sum(unrealisedOf);
  const positionMarginAtoms = sum(positionMarginOf);
  const orderMarginAtoms = sum(orderMarginOf);
  const free = walletAtoms + unrealisedAtoms - positionMarginAtoms - orderMarginAtoms;
  return {
    walletAtoms,
    unrealisedAtoms,
    positionMarginAtoms,
    orderMarginAtoms,
    maintenanceAtoms: sum(maintenanceOf),
    availableAtoms: maxBig(0n, free),
  };
}

/**
 * Returns the mark price at which the account reaches its maintenance margin while all other marks stand still; `0` where no price above 0
 * does. With q lots signed, cost c, margin rate m and the others' surplus s: q P - c + s = m |q| P.
 */
export function liquidationPriceText(state: PositionState, sums: AccountSums): string {
  const { costTickLots, instrument, lots } = state;
  if (lots === 0) return '0';
  const own = unrealisedOf(state) - maintenanceOf(state);
  const surplus = sums.walletAtoms + sums.unrealisedAtoms - sums.maintenanceAtoms - own;
  const perAtom = BigInt(instrument.atomsPerTickLot);
  const size = BigInt(Math.abs(lots)) * BigInt(instrument.maintenanceMarginPpm);
  const divisor = (BigInt(lots) * PPM - size) * perAtom;
  const dividend = (costTickLots * perAtom - surplus) * PPM;
  const scale = 10n ** BigInt(ENTRY_DECIMALS);
  const unit = 10n ** BigInt(instrument.priceDecimals);
  const price = divFloor(dividend * scale * (divisor < 0n ? -1n : 1n), absBig(divisor) * unit);
  return price <= 0n ? '0' : fixedText(price, ENTRY_DECIMALS);
}

/** Returns a position in the texts of the venue. */
export function figuresOf(state: PositionState): PositionFigures {
  const { costTickLots, instrument, lots, markTicks } = state;
  const money = (atoms: bigint): string => fixedText(atoms, instrument.atomDecimals);
  const perAtom = BigInt(instrument.atomsPerTickLot);
  const value = (ofLots: number): bigint =>
    ofLots === 0 ? 0n : BigInt(ofLots) * BigInt(markTicks) * perAtom;
  const life = lots === 0 ? 0n : state.lifeAtoms / perAtom;
  const positionMargin = positionMarginOf(state);
  const orderMargin = orderMarginOf(state);
  return {
    symbol: instrument.symbol,
    amount: fixedText(lots, instrument.qtyDecimals),
    entryPrice: averagePrice(instrument, costTickLots, lots),
    breakEvenPrice: averagePrice(instrument, costTickLots - life, lots),
    markPrice: Number.isNaN(markTicks) ? '0' : markText(instrument, markTicks),
    unrealised: money(unrealisedOf(state)),
    realised: money(state.realisedAtoms),
    notional: money(value(lots)),
    positionMargin: money(positionMargin),
    orderMargin: money(orderMargin),
    initialMargin: money(positionMargin + orderMargin),
    maintenanceMargin: money(maintenanceOf(state)),
    bidNotional: money(value(state.buyingLots)),
    askNotional: money(value(state.sellingLots)),
  };
}

function marginOf({ instrument, leverage, markTicks }: PositionState, lots: number): bigint {
  if (lots === 0) return 0n;
  return divCeil(notionalAtoms(instrument, markTicks, lots), BigInt(leverage));
}

function averagePrice(instrument: Instrument, tickLots: bigint, lots: number): string {
  if (lots === 0) return '0.0';
  const sign = lots < 0 ? -1n : 1n;
  const unit = 10n ** BigInt(instrument.priceDecimals);
  return quotientText(tickLots * sign, absBig(BigInt(lots)) * unit, ENTRY_DECIMALS);
}
