/**
 * What the fills of a depth back-test come to: position, cash, fees, in whole atoms. Cash is that of a linear contract or of spot: what was sold less
 * what was bought, fees kept apart. What it is not: it knows no margin and no price of the day. Invariant: equity = cash + position at a price - fees.
 */
import { assert, assertSafeInteger } from '#core';
import { feeAtoms } from '#costs';

/** Fees of the account in millionths of the value; below 0 = a rebate. */
export interface DepthFees {
  readonly makerPpm: number;
  readonly takerPpm: number;
}

/** The ledger of one back-test. */
export class DepthAccount {
  readonly #fees: DepthFees;
  readonly #atomsPerTickLot: bigint;
  #positionLots = 0;
  #cashAtoms = 0n;
  #feesAtoms = 0n;
  #fillCount = 0;
  #makerFillCount = 0;
  #volumeLots = 0;

  /** `atomsPerTickLot`: value of one lot at one tick, in atoms of the quote currency. */
  constructor(fees: DepthFees, atomsPerTickLot: number) {
    assert(
      Number.isSafeInteger(atomsPerTickLot) && atomsPerTickLot >= 1,
      'a tick x lot is worth whole atoms',
    );
    this.#fees = fees;
    this.#atomsPerTickLot = BigInt(atomsPerTickLot);
  }

  /** Bought minus sold. */
  get positionLots(): number {
    return this.#positionLots;
  }

  /** Sold minus bought, before fees. */
  get cashAtoms(): bigint {
    return this.#cashAtoms;
  }

  /** Fees paid; rebates subtract. */
  get feesAtoms(): bigint {
    return this.#feesAtoms;
  }

  get fillCount(): number {
    return this.#fillCount;
  }

  get makerFillCount(): number {
    return this.#makerFillCount;
  }

  /** Bought plus sold. */
  get volumeLots(): number {
    return this.#volumeLots;
  }

  /** Returns cash less fees plus the position at a price. */
  equityAtoms(priceTicks: number): bigint {
    const value = BigInt(this.#positionLots) * BigInt(priceTicks) * this.#atomsPerTickLot;
    return this.#cashAtoms + value - this.#feesAtoms;
  }

  /** Books a fill; `side` 1 = bought. */
  applyFill(side: 1 | -1, priceTicks: number, lots: number, isMaker: boolean): void {
    assert(lots > 0 && priceTicks > 0, `a fill has quantity and price above 0, was ${lots} at ${priceTicks}`);
    const notional = BigInt(priceTicks) * BigInt(lots) * this.#atomsPerTickLot;
    this.#positionLots = assertSafeInteger(this.#positionLots + side * lots, 'position lots');
    this.#volumeLots = assertSafeInteger(this.#volumeLots + lots, 'traded lots');
    this.#cashAtoms -= BigInt(side) * notional;
    this.#feesAtoms += feeAtoms(notional, isMaker ? this.#fees.makerPpm : this.#fees.takerPpm);
    this.#fillCount++;
    if (isMaker) this.#makerFillCount++;
  }
}
