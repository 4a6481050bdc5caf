/** What a feed tells its consumers. All arguments are valid during the call only; calls come in the order of `tsLocalUs`. */
import type { BookKeeper, BookUpdate } from '#book';
import type { EpochUs } from '#core';
import type { InstrumentIx, LedgerEntry } from '#domain';
import type {
  FundingPrint,
  LiquidationPrint,
  MarkPrint,
  OpenInterestPrint,
  OrderPrint,
  QuotePrint,
  TradePrint,
  VenueCandle,
} from '../market/index.ts';

/**
 * Something that the people who run the feed should know: a connection that ended or is replaced, a subscription that was refused, a request that
 * failed, messages that could not be read. `suppressed` counts notices that were held back before this one because too many came.
 */
export interface FeedNotice {
  readonly kind: 'connected' | 'disconnected' | 'replacing' | 'refused' | 'request' | 'damaged';
  /** Name of the socket or symbol it is about. */
  readonly subject: string;
  readonly message: string;
  readonly suppressed: number;
}

/** Receives what a feed delivers. */
export interface FeedListener {
  /** A message as it came, before anything is made of it. */
  onRaw(bytes: Uint8Array, socketName: string, tsLocalUs: EpochUs): void;
  /**
   * An update that was applied, `keeper` holding the book after it: whoever applies the same updates has the same book. `update.tsLocalUs` is the time
   * of this call, also for updates that waited for a snapshot.
   */
  onBook(update: BookUpdate, keeper: BookKeeper): void;
  onTrade(trade: TradePrint, tsLocalUs: EpochUs): void;
  /** A candle that the venue has closed; open times of an instrument and timeframe increase. */
  onCandle(candle: VenueCandle, tsLocalUs: EpochUs): void;
  onQuote(quote: QuotePrint, tsLocalUs: EpochUs): void;
  onMark(mark: MarkPrint, tsLocalUs: EpochUs): void;
  onFunding(funding: FundingPrint, tsLocalUs: EpochUs): void;
  onOpenInterest(interest: OpenInterestPrint, tsLocalUs: EpochUs): void;
  onLiquidation(liquidation: LiquidationPrint, tsLocalUs: EpochUs): void;
  /** All orders of the instrument are forgotten; adds follow. `checksum` -1 = none. */
  onOrderSnapshot(instrumentIx: InstrumentIx, checksum: number, tsLocalUs: EpochUs): void;
  onOrder(order: OrderPrint, tsLocalUs: EpochUs): void;
  /** The last order change of a message was delivered; `checksum` of the book after it, -1 = none. */
  onOrdersEnd(instrumentIx: InstrumentIx, checksum: number, tsLocalUs: EpochUs): void;
  /** A book became usable or ceased to be; nobody decides on a book that is not. */
  onBookState(instrumentIx: InstrumentIx, isUsable: boolean, reason: string): void;
  /** A loss has ended and stands in the ledger. */
  onLedger(entry: LedgerEntry): void;
  onNotice(notice: FeedNotice): void;
}
