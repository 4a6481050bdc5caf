/**
 * The role of an impact model (M90 to M94): what own trading leaves behind in one recorded market. It keeps account of what own takers took
 * from displayed levels, and says how far the market stands away from the record, always against the trader. What it is not: it fills nothing and
 * changes no recorded event.
 * Invariants: no lot of a level is free twice before the level is told anew; a model never makes more free, nor a price better, than `none` does.
 */
import type { Checkpointable, EpochUs } from '#core';
import type { Side } from '#domain';

/** What own trading leaves behind in the market of one instrument. Time never goes back between calls. */
export interface ImpactModel extends Checkpointable {
  readonly name: string;
  /** True when the model wants to hear of prints and mid prices. */
  readonly needsMarket: boolean;
  /** Returns the lots of a displayed level that own takers can still have, in [0, `shownLots`]; `bookSide` is that of the level. */
  freeLots(bookSide: Side, priceTicks: number, shownLots: number, nowUs: EpochUs): number;
  /** Takes note of lots that an own taker took from a level. */
  onTaken(bookSide: Side, priceTicks: number, lots: number, nowUs: EpochUs): void;
  /** Takes note that a level was told anew. */
  onLevel(bookSide: Side, priceTicks: number, nowUs: EpochUs): void;
  /** Takes note that the whole book was told anew. */
  onSnapshot(nowUs: EpochUs): void;
  /** Takes note of an own execution, as a maker or a taker; `side` is that of the order. */
  onOwnFill(side: Side, lots: number, nowUs: EpochUs): void;
  /** Takes note of a recorded print. */
  onPrint(lots: number, nowUs: EpochUs): void;
  /** Takes note of the middle of the recorded book, a price above 0. */
  onMid(midTicks: number, nowUs: EpochUs): void;
  /** Returns by how many ticks the market has moved away for an own order of `side`: 0 or more, rounded up to the tick step. */
  shiftTicks(side: Side, nowUs: EpochUs): number;
}
