/**
 * What others may read of an account: plain facts in atoms, ticks and lots. Nothing here changes anything.
 */
import type { EpochUs } from '#core';
import type { InstrumentIx } from '#domain';

/** An open or flat position of one instrument, as a value. */
export interface PositionView {
  readonly instrumentIx: InstrumentIx;
  /** Signed: positive long, negative short. */
  readonly qtyLots: number;
  /** Cost of the open quantity: signed sum of ticks x lots, average-cost method. */
  readonly costTickLots: bigint;
  /** Average entry price in ticks, a double for display; `null` when flat. */
  readonly entryTicks: number | null;
  /** Last mark, 0 when none was seen. */
  readonly markTicks: number;
  /** Absolute value of the position at the mark. */
  readonly notionalAtoms: bigint;
  readonly unrealisedAtoms: bigint;
  /** Gross P&L realised in this instrument so far. */
  readonly realisedAtoms: bigint;
}

/** The account as a value: the exact columns of `portfolio_state`. */
export interface AccountSnapshot {
  readonly cashAtoms: bigint;
  readonly equityAtoms: bigint;
  readonly unrealisedAtoms: bigint;
  readonly realisedAtoms: bigint;
  readonly feesAtoms: bigint;
  readonly fundingAtoms: bigint;
  readonly dayPnlAtoms: bigint;
  /** Deepest fall below the high-water mark so far, as a fraction of that mark. */
  readonly maxDrawdown: number;
  /** Open positions only, in order of instrument. */
  readonly positions: readonly PositionView[];
}

/** The read side of a portfolio, all that risk and strategies see of it. Every getter is O(1) or O(margin groups). */
export interface PortfolioView {
  readonly cashAtoms: bigint;
  /** Cash + unrealised P&L at the last marks. */
  readonly equityAtoms: bigint;
  readonly unrealisedAtoms: bigint;
  /** Sum of |position| x mark. */
  readonly grossExposureAtoms: bigint;
  /** Sum of signed position x mark. */
  readonly netExposureAtoms: bigint;
  /** Initial margin of all positions at their leverage, rounded up. */
  readonly marginUsedAtoms: bigint;
  readonly highWaterAtoms: bigint;
  /** UTC day (days since the epoch) of the last event. */
  readonly day: number;
  /** Equity when that day began. */
  readonly dayStartEquityAtoms: bigint;
  /** Signed open quantity of one instrument. */
  positionLots(instrumentIx: InstrumentIx): number;
  /** Last mark of one instrument, 0 when none was seen. */
  markTicks(instrumentIx: InstrumentIx): number;
  /** Leverage that margin of this instrument is computed with. */
  leverageOf(instrumentIx: InstrumentIx): number;
  /** The lowest leverage of any instrument: margin of an unknown mix computed with it is never too small. */
  readonly leverageMin: number;
}

/** What one fill did to the account. */
export interface FillOutcome {
  readonly instrumentIx: InstrumentIx;
  readonly tsUs: EpochUs;
  /** Lots of the fill that opened or added. */
  readonly openedLots: number;
  /** Lots of the fill that closed what was open. `openedLots + closedLots` is the fill. */
  readonly closedLots: number;
  /** Gross P&L realised by the closed part. */
  readonly realisedAtoms: bigint;
  /** Signed position before and after. */
  readonly positionLotsBefore: number;
  readonly positionLots: number;
  /** Cost of the position after the fill: signed sum of ticks x lots. */
  readonly costTickLots: bigint;
  /** True when the fill closed one side and opened the other. */
  readonly isFlip: boolean;
  /** True when nothing is open after it. */
  readonly isFlat: boolean;
}
