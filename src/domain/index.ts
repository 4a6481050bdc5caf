/** Door of `domain`: the nouns of trading, exact and immutable. */
export { assertRiskApproved, claimRiskMint, type RiskApproved, type RiskMint } from './approval.ts';
export {
  type BadHour,
  type BadHourMode,
  type BadHourRule,
  badHoursOf,
  badShareWithin,
  hourBadness,
} from './bad-hours.ts';
export { isLate, orderedUs } from './event-moment.ts';
export {
  type AmendRejectedEvent,
  type CancelRejectedEvent,
  type ExecutionEvent,
  type FillEvent,
  type FundingPaymentEvent,
  type OrderAcceptedEvent,
  type OrderAmendedEvent,
  type OrderCanceledEvent,
  type OrderExpiredEvent,
  type OrderRejectedEvent,
  type OrderTriggeredEvent,
  VENUE_REJECT_CODES,
  type VenueAccount,
  type VenuePosition,
  type VenueRejectCode,
} from './execution.ts';
export {
  type FeedEvent,
  type FeedHour,
  type FundingRateEvent,
  LEDGER_CAUSES,
  type LedgerCause,
  type LedgerEntry,
  type LiquidationEvent,
  type MarkPriceEvent,
  type OpenInterestEvent,
  type QuoteEvent,
  STREAM_KINDS,
  type StreamKind,
} from './feed.ts';
export { FeedHash } from './feed-hash.ts';
export { EVENT_RANKS, FEED_ORDER_DEFAULTS, type FeedOrderOptions, feedReorderWindow } from './feed-order.ts';
export {
  ATOM_DECIMALS_DEFAULT,
  ATOM_DECIMALS_MAX,
  atomDecimalsFor,
  buildInstrument,
  ceilToTick,
  floorToLot,
  floorToTick,
  type Instrument,
  type InstrumentIx,
  type InstrumentSpec,
  InstrumentTable,
  moneyOf,
  notionalAtoms,
  priceOf,
  qtyOf,
  type RulesSource,
} from './instrument.ts';
export {
  type MarginTier,
  type MarginTierSpec,
  maintenanceAtomsOf,
  marginTierAt,
  marginTiersOf,
  notionalAtomsMaxAt,
} from './margin-tier.ts';
export {
  type BookEvent,
  type BookOrderEvent,
  type CandleColumns,
  type CandleEvent,
  type FeedStateEvent,
  FUNDING_RATE_DECIMALS,
  type FundingEvent,
  type MarkEvent,
  type MarketEvent,
  type TradeEvent,
} from './market.ts';
export {
  type AmendRequest,
  hasLimitPrice,
  isConditionalType,
  isFinalStatus,
  isStopType,
  ORDER_STATUSES,
  ORDER_TYPES,
  type OrderLabel,
  type OrderRequest,
  type OrderStatus,
  type OrderType,
  type PlainOrderType,
  POSITION_SIDES,
  type PositionSide,
  SELF_TRADE_MODES,
  type SelfTradeMode,
  type TimeInForce,
  TRIGGER_SOURCES,
  type TriggerSource,
  type VenueOrder,
} from './order.ts';
export type { Action, NoVoteReason, Prediction, PredictionReply } from './prediction.ts';
export { oppositeSide, type Side, sideSign } from './side.ts';
export { parseVenueId, VENUE_IDS, type VenueId } from './venue.ts';
