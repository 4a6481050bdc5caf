/**
 * What an account and its positions are worth, in exact integers: cash and position come from the simulated venue, mark from the board;
 * margins follow the rules by which the venue carries and liquidates (`docs/specs/matching.md`, M37 and M38). Margin rounds up.
 */
import { absBig, divCeil, divFloor, type EpochUs, maxBig } from '#core';
import { type Instrument, maintenanceAtomsOf, notionalAtoms, type PositionSide } from '#domain';
import { markText } from './market-forms.ts';
import { fixedText, quotientText } from './number-text.ts';

/** One position as the account holds it. */
export interface PositionState {
  readonly instrument: Instrument;
  /** `both` in one-way mode. */
  readonly positionSide: PositionSide;
  /** Signed. */
  readonly lots: number;
  readonly costTickLots: bigint;
  /** `NaN` before the first mark. */
  readonly markTicks: number;
  readonly leverage: number;
  /** Only its wallet stands behind an isolated position. */
  readonly isIsolated: boolean;
  /** Cash that is set apart for it; 0 with cross margin. */
  readonly isolatedAtoms: bigint;
  /** Rest of open orders that may open it, by side. */
  readonly buyingLots: number;
  readonly sellingLots: number;
  /** Realised since the position was opened, and what was realised on its side of this symbol ever; fees are in the first one alone. */
  readonly lifeAtoms: bigint;
  readonly realisedAtoms: bigint;
  readonly updatedUs: EpochUs;
}

/** The sums of an account, atoms. */
export interface AccountSums {
  readonly walletAtoms: bigint;
  /** The wallet without what is set apart for isolated positions, and what stands against it. */
  readonly crossWalletAtoms: bigint;
  readonly crossUnrealisedAtoms: bigint;
  readonly crossMaintenanceAtoms: bigint;
  readonly unrealisedAtoms: bigint;
  readonly positionMarginAtoms: bigint;
  readonly orderMarginAtoms: bigint;
  readonly maintenanceAtoms: bigint;
  /** What is not bound as margin; below 0 where more is bound than there is. */
  readonly freeAtoms: bigint;
  /** What may still be bound, at least 0. */
  readonly availableAtoms: bigint;
}

/** A position in atoms and in the texts of the venue. */
export interface PositionFigures {
  readonly symbol: string;
  /** `BOTH`, `LONG` or `SHORT`. */
  readonly positionSide: string;
  readonly amount: string;
  readonly entryPrice: string;
  readonly breakEvenPrice: string;
  readonly markPrice: string;
  readonly unrealised: string;
  readonly realised: string;
  readonly isIsolated: boolean;
  /** `0` with cross margin. */
  readonly isolatedWallet: string;
  /** The wallet with its P&L. */
  readonly isolatedMargin: string;
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
const SCALE = 10n ** BigInt(ENTRY_DECIMALS);

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
  return maintenanceAtomsOf(instrument.marginTiers, notionalAtoms(instrument, markTicks, Math.abs(lots)));
}

/** Returns the sums over all positions of an account. */
export function sumsOf(walletAtoms: bigint, states: readonly PositionState[]): AccountSums {
  const cross = states.filter(({ isIsolated }) => !isIsolated);
  const sum = (of: (state: PositionState) => bigint, all = states): bigint =>
    all.reduce((total, state) => total + of(state), 0n);
  const unrealisedAtoms = sum(unrealisedOf);
  const positionMarginAtoms = sum(positionMarginOf);
  const orderMarginAtoms = sum(orderMarginOf);
  const crossWalletAtoms = walletAtoms - sum(({ isolatedAtoms }) => isolatedAtoms);
  const crossUnrealisedAtoms = sum(unrealisedOf, cross);
  const free = crossWalletAtoms + crossUnrealisedAtoms - sum(positionMarginOf, cross) - orderMarginAtoms;
  return {
    walletAtoms,
    crossWalletAtoms,
    crossUnrealisedAtoms,
    crossMaintenanceAtoms: sum(maintenanceOf, cross),
    unrealisedAtoms,
    positionMarginAtoms,
    orderMarginAtoms,
    maintenanceAtoms: sum(maintenanceOf),
    freeAtoms: free,
    availableAtoms: maxBig(0n, free),
  };
}

/**
 * Returns the mark price at which what stands behind a position reaches its maintenance margin while all other marks stand still; `0` where no
 * price above 0 does. Behind a cross position stands the other one of its symbol too, whose mark is the same: both have one such price. With
 * signed lots q, cost c and the surplus s of the rest, what is left at P is s + sum(q P - c) - sum(maintenance), the least of the straight lines
 * that each position in each tier leads to; so it lasts between the highest zero of rising lines and the lowest of falling ones.
 */
export function liquidationPriceText(
  state: PositionState,
  ofSymbol: readonly PositionState[],
  sums: AccountSums,
): string {
  const { instrument, isIsolated, isolatedAtoms, lots, markTicks } = state;
  if (lots === 0) return '0';
  const together = isIsolated ? [state] : ofSymbol.filter((one) => one.lots !== 0);
  const own = together.reduce((sum, one) => sum + unrealisedOf(one) - maintenanceOf(one), 0n);
  const surplus = isIsolated
    ? isolatedAtoms
    : sums.crossWalletAtoms + sums.crossUnrealisedAtoms - sums.crossMaintenanceAtoms - own;
  const { highest, lowest } = zerosOf(leftLines(together, surplus), instrument);
  const prices = [highest, lowest].filter((price) => price !== null && price > 0n);
  const mark = (BigInt(markTicks) * SCALE) / 10n ** BigInt(instrument.priceDecimals);
  const [first = 0n, second = first] = prices.map((price) => price ?? 0n);
  const price = absBig(first - mark) <= absBig(second - mark) ? first : second;
  return price === 0n ? '0' : fixedText(price, ENTRY_DECIMALS);
}

/** What is left at a price of p ticks: (slope p + atOrigin) / `PPM` atoms. */
interface Line {
  readonly slope: bigint;
  readonly atOrigin: bigint;
}

/** Returns what is left, were each of some positions in one tier, for all the tiers. */
function leftLines(states: readonly PositionState[], surplusAtoms: bigint): Line[] {
  let lines: Line[] = [{ slope: 0n, atOrigin: surplusAtoms * PPM }];
  for (const { costTickLots, instrument, lots } of states) {
    const perAtom = BigInt(instrument.atomsPerTickLot);
    lines = lines.flatMap(({ atOrigin, slope }) =>
      instrument.marginTiers.map(({ deductionAtoms, maintenanceMarginPpm }) => ({
        slope: slope + (BigInt(lots) * PPM - BigInt(Math.abs(lots)) * BigInt(maintenanceMarginPpm)) * perAtom,
        atOrigin: atOrigin + (deductionAtoms - costTickLots * perAtom) * PPM,
      })),
    );
  }
  return lines;
}

/** Returns where, in prices of `ENTRY_DECIMALS` decimals, the last rising line is at zero and the first falling one. */
function zerosOf(
  lines: readonly Line[],
  { priceDecimals }: Instrument,
): { readonly highest: bigint | null; readonly lowest: bigint | null } {
  const unit = 10n ** BigInt(priceDecimals);
  let [highest, lowest]: [bigint | null, bigint | null] = [null, null];
  for (const { atOrigin, slope } of lines) {
    if (slope === 0n) continue;
    const zero = divFloor(-atOrigin * SCALE * (slope < 0n ? -1n : 1n), absBig(slope) * unit);
    if (slope > 0n) highest = highest === null || zero > highest ? zero : highest;
    else lowest = lowest === null || zero < lowest ? zero : lowest;
  }
  return { highest, lowest };
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
    positionSide: state.positionSide.toUpperCase(),
    amount: fixedText(lots, instrument.qtyDecimals),
    entryPrice: averagePrice(instrument, costTickLots, lots),
    breakEvenPrice: averagePrice(instrument, costTickLots - life, lots),
    markPrice: Number.isNaN(markTicks) ? '0' : markText(instrument, markTicks),
    unrealised: money(unrealisedOf(state)),
    realised: money(state.realisedAtoms),
    isIsolated: state.isIsolated,
    isolatedWallet: state.isIsolated ? money(state.isolatedAtoms) : '0',
    isolatedMargin: state.isIsolated && lots !== 0 ? money(state.isolatedAtoms + unrealisedOf(state)) : '0',
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
