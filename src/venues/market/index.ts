/** What all market-data adapters share: the port, the decoded records, the JSON cursor. Used inside the room. */
export type {
  DecimalStyle,
  DialogueStep,
  MarketAdapter,
  PingRule,
  SocketAddress,
  SocketDialogue,
  SocketLimits,
  SocketPlan,
  StreamSupport,
  Subscription,
  VenueHosts,
} from './adapter.ts';
export type {
  ControlMessage,
  DecodedSink,
  FrameDecoder,
  FundingPrint,
  LiquidationPrint,
  MarkPrint,
  OpenInterestPrint,
  OrderPrint,
  QuotePrint,
  TradePrint,
  VenueCandle,
} from './decoded.ts';
export { type FeedInstrument, WireSymbols } from './feed-instrument.ts';
export { bytesOf, FrameFault, JsonCursor } from './json-cursor.ts';
export type {
  HistoryCandle,
  HistoryFunding,
  HistoryOpenInterest,
  HistoryRange,
  ListedFeedInstrument,
  ListedInstrument,
  MarketRest,
  PollPlan,
  RestCall,
  RestVerdict,
} from './rest.ts';
