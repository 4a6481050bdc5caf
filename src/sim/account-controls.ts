/**
 * What an account may change about itself between orders: position mode, margin mode, leverage, and the wallets of its isolated positions (rules M66
 * to M69). All of it takes effect at once; a refusal is a value. It neither trades nor liquidates.
 */
import type { EpochUs } from '#core';
import type { InstrumentIx, InstrumentTable, PositionSide, VenuePosition } from '#domain';
import type { SimAccount } from './account.ts';
import type { AccountSettings, MarginMode, PositionMode } from './account-settings.ts';
import type { MarginKeeper } from './margin.ts';
import type { OrderDesk } from './order-desk.ts';
import type { Refusal } from './order-rules.ts';

/** What the controls work on. */
export interface AccountControlsParts {
  readonly instruments: InstrumentTable;
  readonly account: SimAccount;
  readonly desk: OrderDesk;
  readonly margin: MarginKeeper;
  /** Called when margin has moved: what known paths will break has to be foreseen anew. */
  readonly onChanged: (nowUs: EpochUs) => void;
}

/** Cash for an isolated position, or from it. */
export interface MarginChange {
  readonly instrumentIx: InstrumentIx;
  readonly positionSide: PositionSide;
  /** Positive = into the wallet of the position, negative = out of it. */
  readonly amountAtoms: bigint;
}

/** The choices of one account, with their conditions. */
export class AccountControls {
  readonly #parts: AccountControlsParts;
  readonly #settings: AccountSettings;

  constructor(parts: AccountControlsParts) {
    this.#parts = parts;
    this.#settings = parts.account.settings;
  }

  /** The position mode of the account; one-way unless chosen otherwise. */
  get positionMode(): PositionMode {
    return this.#settings.positionMode;
  }

  /** Chooses the position mode; refused while the account has positions or open orders. */
  setPositionMode(mode: PositionMode): Refusal | null {
    if (mode === this.#settings.positionMode) return null;
    const { account, desk } = this.#parts;
    const refusal = busyWith(account.openSlots.length, desk.openCount);
    if (refusal === null) this.#settings.setPositionMode(mode);
    return refusal;
  }

  /** Returns how an instrument is margined; cross unless chosen otherwise. */
  marginModeOf(instrumentIx: InstrumentIx): MarginMode {
    return this.#settings.marginModeOf(instrumentIx);
  }

  /** Chooses how an instrument is margined; refused for spot and while it has a position or open orders. */
  setMarginMode(instrumentIx: InstrumentIx, mode: MarginMode): Refusal | null {
    if (mode === this.#settings.marginModeOf(instrumentIx)) return null;
    const { desk, instruments } = this.#parts;
    const { kind, symbol } = instruments.at(instrumentIx);
    if (kind === 'spot') return { code: 'other', message: `${symbol} is spot and has no margin` };
    const refusal = busyWith(this.positionsOf(instrumentIx).length, desk.openOrders(instrumentIx).length);
    if (refusal === null) this.#settings.setMarginMode(instrumentIx, mode);
    return refusal;
  }

  /** Returns the leverage that applies to an instrument. */
  leverageOf(instrumentIx: InstrumentIx): number {
    return this.#settings.leverageOf(this.#parts.instruments.at(instrumentIx));
  }

  /** Chooses the leverage of one instrument, an integer in [1, its maximum]; whether the account can bear it is for the caller to ask. */
  setLeverage(instrumentIx: InstrumentIx, leverage: number): void {
    this.#settings.setLeverage(this.#parts.instruments.at(instrumentIx), leverage);
  }

  /**
   * Moves cash into the wallet of an isolated position, or out of it. Refused where there is no such position (`position_side`), where free
   * cash is needed elsewhere, and where less than the initial margin would be left (`insufficient_margin`).
   */
  adjustMargin({ amountAtoms, instrumentIx, positionSide }: MarginChange, nowUs: EpochUs): Refusal | null {
    const { account, desk, margin, onChanged } = this.#parts;
    const slot = this.#settings.slotOf(instrumentIx, positionSide);
    if (!account.isIsolated(slot) || account.positionLots(slot) === 0) {
      return { code: 'position_side', message: `there is no isolated position ${positionSide}` };
    }
    const isAdded = amountAtoms > 0n;
    const most = isAdded
      ? margin.addableAtoms((ix, side) => desk.openingLots(ix, side), nowUs)
      : margin.removableAtoms(slot, nowUs);
    if ((isAdded ? amountAtoms : -amountAtoms) > most) {
      const message = `at most ${most} atoms can be moved, was ${amountAtoms}`;
      return { code: 'insufficient_margin', message };
    }
    account.moveMargin(slot, amountAtoms);
    onChanged(nowUs);
    return null;
  }

  /** Returns the positions of one instrument, long before short. */
  positionsOf(instrumentIx: InstrumentIx): readonly VenuePosition[] {
    return this.#parts.account.positions().filter((position) => position.instrumentIx === instrumentIx);
  }
}

function busyWith(positions: number, orders: number): Refusal | null {
  if (positions === 0 && orders === 0) return null;
  const message = `only without positions and open orders, were ${positions} and ${orders}`;
  return { code: 'other', message };
}
