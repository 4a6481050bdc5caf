/** Door of `engine`: the step function, strategies, the run loop. */
export type {
  CancelEffect,
  Effect,
  PredictEffect,
  RecordEffect,
  SubmitEffect,
  TimerEffect,
} from './effects.ts';
export { Engine } from './engine.ts';
export { EnsembleStrategy, type EnsembleStrategyOptions } from './ensemble-strategy.ts';
export type { ControlEvent, EngineEvent, PredictionEvent, TimerEvent } from './events.ts';
export type { EngineOptions, EngineTuning } from './options.ts';
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
