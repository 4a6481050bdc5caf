/** The door `xylen/strategy`: the types that a user's own strategy is written against. Types only; it needs nothing at run time. */
export type { BookEvent, CandleEvent, FillEvent, Instrument, InstrumentTable, TradeEvent } from '#domain';
export type { PredictionEvent } from './events.ts';
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
