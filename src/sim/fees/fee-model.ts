/**
 * The role of a fee model (M33, M109): what each side of a fill costs at a moment, given what the account has traded. What it is not: the amounts (`feeAtoms` of
 * `costs`) or the fees that decisions reckon with, which are those of the cost model.
 */
import type { Checkpointable, EpochUs } from '#core';
import type { VenueId } from '#domain';

/** What the fills of one account cost. */
export interface FeeModel extends Checkpointable {
  /** Returns the fee of one side of a trade as parts per million of its notional; negative = a rebate. */
  ppm(venue: VenueId, liquidity: 'maker' | 'taker', nowUs: EpochUs): number;
  /** Takes note of a fill; time never goes back. */
  onFill(venue: VenueId, notionalAtoms: bigint, nowUs: EpochUs): void;
}
