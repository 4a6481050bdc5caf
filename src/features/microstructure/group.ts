/** How features are computed row by row: groups of columns that share a kernel, fed with the events of the market. */
import type { EpochUs } from '#core';
import type { Side } from '#domain';
import type { TradeTick } from '../candles/trade-candle.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import type { BookView } from './book-view.ts';

/** One feature: its name says its parameters. */
export interface MicroColumn {
  readonly name: string;
  readonly formula: string;
  readonly unit: string;
  /** Where it comes from. */
  readonly source: string;
}

/** What is known at the end of a row, i.e. of everything before its time. */
export interface RowContext {
  readonly rowUs: EpochUs;
  /** The book, if it is open, usable and not stale. */
  readonly book: BookView | null;
  /** True when the book was usable all the time since the row before. */
  readonly isBookWhole: boolean;
  /** True when all trades since the row before are known. */
  readonly isTradeWhole: boolean;
  /** The book of the other venue, if it is open, usable and not stale. */
  readonly other: BookView | null;
}

/** A group of features; what it does not need it does not override. A part takes facts in the order of events and writes its columns at each row. */
export abstract class MicroGroup implements Taped {
  abstract readonly columns: readonly MicroColumn[];

  /** Writes the columns, `NaN` where not defined, to `out[at ...]` and begins the next row. */
  abstract endRow(context: RowContext, out: Float64Array, at: number): void;

  abstract tape(tape: StateTape): void;

  /** The rows before are not the ones just before any more: windows of rows begin anew. */
  restart(): void {}

  /** The book has a new state, open and usable. */
  onBook(_book: BookView): void {}

  /** The book cannot be used until its next state. */
  onBookLost(): void {}

  onTrade(_trade: TradeTick): void {}

  /** Trades up to `untilUs` may be missing. */
  onTradesLost(_untilUs: EpochUs): void {}

  onMark(_tsVenueUs: EpochUs, _markE8: number, _indexE8: number): void {}

  onFundingRate(_tsVenueUs: EpochUs, _rateE12: number): void {}

  onOpenInterest(_tsVenueUs: EpochUs, _lots: number): void {}

  onLiquidation(_side: Side, _qtyLots: number): void {}

  /** Liquidations up to `untilUs` may be missing. */
  onLiquidationsLost(_untilUs: EpochUs): void {}
}

/** Makes a column. */
export function column(name: string, formula: string, unit: string, source: string): MicroColumn {
  return { name, formula, unit, source };
}

/** A stretch of time as windows of rows: `60s` of rows every second are 60. */
export interface RowSpan {
  readonly label: string;
  readonly rows: number;
}
