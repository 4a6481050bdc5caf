/** Door of `wire`: the messages between server and dashboard. Imports nothing but zod, so that it fits into a browser. */
export { applyChanges } from './apply-changes.ts';
export type { Decision, Explanation, RoundTripCost, Rule, Vote, WeighedVote } from './decision.ts';
export { type Health, type HttpError, healthSchema, httpErrorSchema } from './http.ts';
export {
  CANDLES_MAX,
  DECISIONS_MAX,
  EQUITY_POINTS_MAX,
  FEATURES_MAX,
  LOG_MAX,
  MODELS_MAX,
  ORDERS_MAX,
  RULES_MAX,
  SYMBOLS_MAX,
  TEXT_CHARS_MAX,
  TRADES_MAX,
  WIRE_VERSION,
  WORKERS_MAX,
} from './limits.ts';
export type { LogEntry } from './log-entry.ts';
export type { Candle, EquityCurve, EquityPoint } from './market.ts';
export {
  CLOSE_CODES,
  type ClientMessage,
  type Hello,
  type Parsed,
  parseClientMessage,
  parseServerMessage,
  type ServerMessage,
  type Update,
} from './messages.ts';
export type { RunInfo, RunInstrument, RunPhase } from './run.ts';
export { type Changes, type DashboardState, emptyState } from './state.ts';
export type {
  Account,
  LimitUse,
  Model,
  Performance,
  Price,
  Risk,
  Status,
  System,
} from './status.ts';
export type { Order, OrderLabel, Position, Trade } from './trading.ts';
