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
export { CandleCloser, newVenueCandle } from './candle-closer.ts';
export {
  type ContractScale,
  type ContractSizes,
  contractScale,
  feedInstrumentOf,
  INVERSE_IS_UNTRADABLE,
  lotsOfWire,
  readCutLots,
  readLots,
  scaledSizes,
  scaleLevels,
  wireQtyDecimals,
} from './contract-scale.ts';
export { decimalIn, readQtyLots, readRounded, roundedDecimal } from './decimal-reader.ts';
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
export { pushLevel, readAskPrice, readPrice, readQty } from './level-numbers.ts';
export { RecordPool } from './record-pool.ts';
export { readRecord, readRecords, type TextRecord } from './record-reader.ts';
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
export { pagesOf, RestClient, type RestClientParts } from './rest-client.ts';
export { quoteOf, readReply } from './rest-reply.ts';
export { epochCountUs, readEpochCount, readRfc3339, rfc3339Us } from './time-reader.ts';
