/** Door of `costs`: fees, spread, slippage and funding; one model for decisions and for the simulator. */
export {
  CostModel,
  type KnownDepth,
  type LegCost,
  type LegQuestion,
  type RoundTripCost,
  type RoundTripQuestion,
} from './cost-model.ts';
export {
  checkDepthRule,
  DEPTH_RULE_DEFAULT,
  type DepthLadder,
  type DepthRule,
  depthLadder,
  levelTicks,
  lotsPerLevel,
  touchTicks,
} from './depth-rule.ts';
export { FEE_TIERS, type FeeChoice, FeeSchedule, type FeeTier, feeAtoms } from './fee-schedule.ts';
export {
  type FundingQuestion,
  fundingFraction,
  LIQUIDATION_FEE_PPM_DEFAULT,
  settlementCount,
} from './funding-cost.ts';
