/** Door of `engine`: the step function, strategies, the run loop. */
export { RECONCILE } from './comparison.ts';
export type { HoldCause } from './desk.ts';
export type {
  AdoptEffect,
  CancelEffect,
  CompareEffect,
  Effect,
  PredictEffect,
  RecordEffect,
  SubmitEffect,
  TellFillsEffect,
  TimerEffect,
} from './effects.ts';
export { Engine } from './engine.ts';
export { EnsembleStrategy, type EnsembleStrategyOptions } from './ensemble-strategy.ts';
export type {
  AccountMark,
  ControlEvent,
  EngineEvent,
  PredictionEvent,
  TimerEvent,
  VenueAnswer,
  VenueStateEvent,
} from './events.ts';
export type { EngineOptions, EngineTuning } from './options.ts';
export { PROTECTION_DEFAULTS, type ProtectionRules } from './protection-auditor.ts';
export {
  type Pacer,
  Session,
  type SessionObserver,
  type SessionOptions,
  type SessionParts,
} from './session.ts';
export type {
  AnsweredSnapshot,
  Decision,
  DecisionReference,
  OrderSignal,
  Protection,
  Strategy,
  StrategyContext,
  StrategyOrder,
  SubmitOutcome,
  Trigger,
} from './strategy.ts';
export { buyAndHoldPct, type EngineSummary } from './summary.ts';
export type { Hold } from './trading-limits.ts';
