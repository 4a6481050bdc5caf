/** Door of `risk`: sizes, limits, breakers. The only maker of `RiskApproved`. */
export type { Halt } from './account-guard.ts';
export { REFUSAL_CODE_LIST, REFUSAL_CODES, type RefusalCode } from './codes.ts';
export { type OptionsUpdate, type RiskAction, RiskEngine, type RiskSnapshot } from './engine.ts';
export type { IntentSize, OrderIntent, RiskContext, RiskVerdict, RuleOutcome, SignalSize } from './intent.ts';
export { type LevelOptions, type ProtectiveLevels, protectiveLevels } from './levels.ts';
export type { BreakerState } from './loss-breaker.ts';
export {
  defaultRiskOptions,
  loosenedKeys,
  type RiskOptions,
  riskOptionProblems,
  type SizingMethod,
} from './options.ts';
export { kellyBinary, kellyGaussian, notionalFraction, volatilityFactor } from './sizing.ts';
