/**
 * What an account has chosen at the venue: position mode, margin mode and leverage by instrument. It holds no money and asks nothing; whether a
 * choice may change now is for the venue to say (rules M66, M68). It also numbers the positions: a *slot* is the index of one position.
 * Invariant: the slot of a one-way position is its instrument's index.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import {
  type Instrument,
  type InstrumentIx,
  type InstrumentTable,
  POSITION_SIDES,
  type PositionSide,
} from '#domain';

/** One position an instrument, or a long and a short one. */
export type PositionMode = 'one-way' | 'hedge';

/** `cross` = all cash of the account stands behind a position; `isolated` = what was set apart for it. */
export type MarginMode = 'cross' | 'isolated';

/** Index of one position of the account. */
export type PositionSlot = number;

/** The choices of one account. */
export class AccountSettings implements Checkpointable {
  readonly #count: number;
  readonly #leverage: number;
  /** Leverages of single instruments; the others have the leverage of the rules. */
  readonly #leverages = new Map<InstrumentIx, number>();
  readonly #isolated = new Set<InstrumentIx>();
  #mode: PositionMode = 'one-way';

  constructor(instruments: InstrumentTable, leverage = 1) {
    this.#count = instruments.count;
    this.#leverage = leverage;
  }

  /** The position mode of the account; spot has one-way positions in either. */
  get positionMode(): PositionMode {
    return this.#mode;
  }

  /** How many slots there are. */
  get slotCount(): number {
    return this.#count * POSITION_SIDES.length;
  }

  /** Chooses the position mode. */
  setPositionMode(mode: PositionMode): void {
    this.#mode = mode;
  }

  /** Returns how an instrument is margined. */
  marginModeOf(instrumentIx: InstrumentIx): MarginMode {
    return this.#isolated.size > 0 && this.#isolated.has(instrumentIx) ? 'isolated' : 'cross';
  }

  /** Chooses how an instrument is margined. */
  setMarginMode(instrumentIx: InstrumentIx, mode: MarginMode): void {
    if (mode === 'isolated') this.#isolated.add(instrumentIx);
    else this.#isolated.delete(instrumentIx);
  }

  /** Returns the leverage that applies to an instrument. */
  leverageOf(instrument: Instrument): number {
    if (instrument.kind === 'spot') return 1;
    return Math.min(this.#leverages.get(instrument.ix) ?? this.#leverage, instrument.leverageMax);
  }

  /** Chooses the leverage of one instrument from now on. */
  setLeverage(instrument: Instrument, leverage: number): void {
    assert(
      Number.isInteger(leverage) && leverage >= 1 && leverage <= instrument.leverageMax,
      `a leverage of ${instrument.symbol} is an integer in [1, ${instrument.leverageMax}], was ${leverage}`,
    );
    this.#leverages.set(instrument.ix, leverage);
  }

  /** Returns the sides that positions of an instrument have. */
  sidesOf(instrument: Instrument): readonly PositionSide[] {
    return this.#mode === 'one-way' || instrument.kind === 'spot' ? ['both'] : ['long', 'short'];
  }

  /** Returns the slot of a position. */
  slotOf(instrumentIx: InstrumentIx, side: PositionSide): PositionSlot {
    return instrumentIx + this.#count * POSITION_SIDES.indexOf(side);
  }

  /** Returns the instrument of a slot. */
  instrumentIxOf(slot: PositionSlot): InstrumentIx {
    return slot < this.#count ? slot : slot % this.#count;
  }

  /** Returns the side of a slot. */
  sideOf(slot: PositionSlot): PositionSide {
    return slot < this.#count ? 'both' : slot < 2 * this.#count ? 'long' : 'short';
  }

  saveState(): unknown {
    return { mode: this.#mode, isolated: [...this.#isolated], leverages: [...this.#leverages] };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'account settings');
    this.#mode = record.mode as PositionMode;
    this.#isolated.clear();
    for (const ix of record.isolated as readonly InstrumentIx[]) this.#isolated.add(ix);
    this.#leverages.clear();
    for (const [ix, leverage] of record.leverages as readonly (readonly [InstrumentIx, number])[]) {
      this.#leverages.set(ix, leverage);
    }
  }
}
