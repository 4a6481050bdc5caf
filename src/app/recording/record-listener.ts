/** A feed's listener that records everything: hands each event to the recording as it comes, and notes where the recording could not take one. */
import type { BookUpdate } from '#book';
import type { AppendOutcome } from '#bus';
import type { EpochUs } from '#core';
import type { InstrumentIx, LedgerEntry, StreamKind, VenueId } from '#domain';
import type { FeedListener, FeedNotice } from '#venues/feed';
import type {
  FundingPrint,
  LiquidationPrint,
  MarkPrint,
  OpenInterestPrint,
  OrderPrint,
  QuotePrint,
  TradePrint,
  VenueCandle,
} from '#venues/market';
import type { Recording } from './recording.ts';

/** What the listener works with. */
export interface RecordListenerParts {
  readonly venue: VenueId;
  readonly recording: Recording;
  readonly keepsRaw: boolean;
  /** The recording is full: the feeds are to be stopped. */
  onFull(): void;
  /** An event of a stream came: what was missed of it before has ended. */
  onEvent(instrumentIx: InstrumentIx, stream: StreamKind, tsLocalUs: EpochUs): void;
  onNotice(venue: VenueId, notice: FeedNotice): void;
}

/** Counts of a venue's feed since it was started. */
export interface RecordCounts {
  messages: number;
  bytes: number;
  events: number;
  losses: number;
}

/** Records what one feed delivers. */
export class RecordListener implements FeedListener {
  readonly counts: RecordCounts = { messages: 0, bytes: 0, events: 0, losses: 0 };
  readonly #parts: RecordListenerParts;
  readonly #recording: Recording;

  constructor(parts: RecordListenerParts) {
    this.#parts = parts;
    this.#recording = parts.recording;
  }

  onRaw(bytes: Uint8Array, socketName: string, tsLocalUs: EpochUs): void {
    this.counts.messages++;
    this.counts.bytes += bytes.length;
    if (this.#parts.keepsRaw)
      this.#take(this.#recording.raw(this.#parts.venue, socketName, bytes, tsLocalUs));
  }

  onBook(update: BookUpdate): void {
    if (update.isSnapshot) this.#parts.onEvent(update.instrumentIx, 'book', update.tsLocalUs);
    this.#event(this.#recording.book(update));
  }

  onTrade(trade: TradePrint, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(trade.instrumentIx, 'trades', tsLocalUs);
    this.#event(this.#recording.trade(trade, tsLocalUs));
  }

  onCandle(candle: VenueCandle, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(candle.instrumentIx, 'candles', tsLocalUs);
    this.#event(this.#recording.candle(candle, tsLocalUs));
  }

  onQuote(quote: QuotePrint, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(quote.instrumentIx, 'quotes', tsLocalUs);
    this.#event(this.#recording.quote(quote, tsLocalUs));
  }

  onMark(mark: MarkPrint, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(mark.instrumentIx, 'mark-price', tsLocalUs);
    this.#event(this.#recording.markPrice(mark, tsLocalUs));
  }

  onFunding(funding: FundingPrint, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(funding.instrumentIx, 'funding-rate', tsLocalUs);
    const outcome = funding.isSettled
      ? this.#recording.funding(funding, tsLocalUs)
      : this.#recording.fundingRate(funding, tsLocalUs);
    this.#event(outcome);
  }

  onOpenInterest(interest: OpenInterestPrint, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(interest.instrumentIx, 'open-interest', tsLocalUs);
    this.#event(this.#recording.openInterest(interest, tsLocalUs));
  }

  onLiquidation(liquidation: LiquidationPrint, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(liquidation.instrumentIx, 'liquidations', tsLocalUs);
    this.#event(this.#recording.liquidation(liquidation, tsLocalUs));
  }

  onOrderSnapshot(instrumentIx: InstrumentIx, checksum: number, tsLocalUs: EpochUs): void {
    this.#parts.onEvent(instrumentIx, 'orders', tsLocalUs);
    this.#event(this.#recording.ordersClear(instrumentIx, checksum, tsLocalUs));
  }

  onOrder(order: OrderPrint, tsLocalUs: EpochUs): void {
    this.#event(this.#recording.bookOrder(order, tsLocalUs));
  }

  onOrdersEnd(): void {
    // The changes say it all; checksums are the feed's affair.
  }

  onBookState(): void {
    // A loss stands in the ledger once it has ended; the table asks the feed itself.
  }

  onLedger(entry: LedgerEntry): void {
    this.counts.losses++;
    this.#take(this.#recording.ledger(entry));
  }

  onNotice(notice: FeedNotice): void {
    this.#parts.onNotice(this.#parts.venue, notice);
  }

  #event(outcome: AppendOutcome): void {
    this.counts.events++;
    this.#take(outcome);
  }

  #take(outcome: AppendOutcome): void {
    if (outcome === 'wait') this.#parts.onFull();
  }
}
