/** What holding a perpetual costs by funding, and the fee of a forced close. */
import { assert, type EpochUs } from '#core';
import { FUNDING_RATE_DECIMALS, type Side } from '#domain';

/** Extra fee of a liquidation, ppm of notional: what Binance lists for its largest contracts (`liquidationFee` 0.0125). */
export const LIQUIDATION_FEE_PPM_DEFAULT = 12_500;

const RATE_UNIT = 10 ** FUNDING_RATE_DECIMALS;

/** A holding period. */
export interface FundingQuestion {
  /** `buy` = long: pays when the rate is positive. */
  readonly side: Side;
  /** Expected rate of each settlement. */
  readonly rateE12: number;
  /** Time between settlements, which lie on multiples of it since the epoch (8 h: 00, 08, 16 UTC). */
  readonly intervalUs: number;
  readonly openUs: EpochUs;
  readonly holdUs: number;
}

/** Returns how many settlements lie in (`openUs`, `openUs` + `holdUs`]. */
export function settlementCount(openUs: EpochUs, holdUs: number, intervalUs: number): number {
  assert(intervalUs > 0 && holdUs >= 0, 'a holding period is at least 0 and the funding interval above 0');
  return Math.floor((openUs + holdUs) / intervalUs) - Math.floor(openUs / intervalUs);
}

/** Returns the expected funding as a fraction of notional: positive = paid, negative = received. */
export function fundingFraction(question: FundingQuestion): number {
  const count = settlementCount(question.openUs, question.holdUs, question.intervalUs);
  const sign = question.side === 'buy' ? 1 : -1;
  return count === 0 ? 0 : (sign * count * question.rateE12) / RATE_UNIT;
}
