/**
 * What a decoder hands over. Records are made once and filled again for every message, so whoever is handed one reads it during the call.
 * A decoder delivers a frame as a whole or not at all: nothing is delivered before the last byte was found to be valid.
 */

import type { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import type { InstrumentIx, Side } from '#domain';

/** A trade print. */
export interface TradePrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  /** The venue's number of the trade, or of the message where its trade ids are no numbers. */
  tradeId: number;
  priceTicks: number;
  qtyLots: number;
  takerSide: Side;
}

/** A candle of the venue; `isClosed` false while it may still change. */
export interface VenueCandle {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  timeframeUs: number;
  openTsUs: EpochUs;
  openTicks: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  volumeLots: number;
  isClosed: boolean;
}

/** Best bid and ask; `updateId` -1 where it cannot be compared with the book's. */
export interface QuotePrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  updateId: number;
  bidTicks: number;
  bidLots: number;
  askTicks: number;
  askLots: number;
}

/** Mark price, index price (-1 = not stated), in 10^-8. */
export interface MarkPrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  markE8: number;
  indexE8: number;
}

/** The funding rate in force for the next settlement (`isSettled` false), or one that was settled at `tsVenueUs`. */
export interface FundingPrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  rateE12: number;
  nextFundingUs: EpochUs;
  isSettled: boolean;
}

/** Open contracts in lots. */
export interface OpenInterestPrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  openInterestLots: number;
}

/** A forced order; `side` is its side. */
export interface LiquidationPrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  side: Side;
  priceTicks: number;
  qtyLots: number;
}

/** A change of one order (level 3); a snapshot is told by `orderSnapshot` and follows as adds. */
export interface OrderPrint {
  instrumentIx: InstrumentIx;
  tsVenueUs: EpochUs;
  action: 'add' | 'modify' | 'delete';
  side: Side;
  orderId: string;
  priceTicks: number;
  qtyLots: number;
}

/** What a venue says about the conversation itself; allocated, because rare. */
export type ControlMessage =
  /** KuCoin's hello, Kraken's status: subscriptions may be sent now. */
  | { readonly kind: 'welcome'; readonly pingIntervalUs: number | null }
  /** The request of that id was taken. */
  | { readonly kind: 'ack'; readonly id: string }
  /** A channel (`symbol` null: all that were asked for) is subscribed or not any more. */
  | {
      readonly kind: 'subscribed' | 'unsubscribed';
      readonly channel: string;
      readonly symbol: string | null;
    }
  /** The request of that id, channel or symbol was refused; the socket stays up and would look like a quiet market. */
  | {
      readonly kind: 'refused';
      readonly id: string | null;
      readonly channel: string | null;
      readonly symbol: string | null;
      readonly message: string;
    }
  | { readonly kind: 'pong' }
  | { readonly kind: 'heartbeat' }
  /** The venue is about to cut the connection, or says that it cannot serve. */
  | { readonly kind: 'going-away'; readonly message: string };

/** Receives what decoders deliver. */
export interface DecodedSink {
  onBook(update: BookUpdate): void;
  onTrade(trade: TradePrint): void;
  onCandle(candle: VenueCandle): void;
  onQuote(quote: QuotePrint): void;
  onMark(mark: MarkPrint): void;
  onFunding(funding: FundingPrint): void;
  onOpenInterest(interest: OpenInterestPrint): void;
  onLiquidation(liquidation: LiquidationPrint): void;
  /** All orders of the instrument are forgotten; adds follow. `checksum` -1 = none. */
  onOrderSnapshot(instrumentIx: InstrumentIx, checksum: number): void;
  onOrder(order: OrderPrint): void;
  /** The last order change of a message was delivered; `checksum` of the book after it, -1 = none. */
  onOrdersEnd(instrumentIx: InstrumentIx, checksum: number): void;
  onControl(message: ControlMessage): void;
  /** The number of the frame on its connection (Coinbase); false = do not deliver what it holds. Called before anything else of the frame. */
  onConnectionSequence(sequence: number): boolean;
}

/** Reads the frames of one connection (or of one capture). */
export interface FrameDecoder {
  /**
   * Decodes one text frame. What is valid JSON of an unknown kind is ignored and counted by `ignoredCount`.
   * @throws FrameFault when it is damaged, and then nothing of it was delivered.
   */
  decode(frame: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void;
  /** Valid frames that said nothing this program listens to (also those of instruments that it does not follow). */
  readonly ignoredCount: number;
}
