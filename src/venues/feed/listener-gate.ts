/** The door to a feed's listener: shut once and for all when the feed stops, so that whoever stopped it hears nothing more. */
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
import type { FeedListener, FeedNotice } from './listener.ts';

/** Passes calls on while it is open. */
export class ListenerGate implements FeedListener {
  readonly #listener: FeedListener;
  #isOpen = true;

  constructor(listener: FeedListener) {
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Nothing passes any more. */
  shut(): void {
    this.#isOpen = false;
  }

  onRaw(bytes: Uint8Array, socketName: string, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onRaw(bytes, socketName, tsLocalUs);
  }

  onBook(update: BookUpdate, keeper: BookKeeper): void {
    if (this.#isOpen) this.#listener.onBook(update, keeper);
  }

  onTrade(trade: TradePrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onTrade(trade, tsLocalUs);
  }

  onCandle(candle: VenueCandle, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onCandle(candle, tsLocalUs);
  }

  onQuote(quote: QuotePrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onQuote(quote, tsLocalUs);
  }

  onMark(mark: MarkPrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onMark(mark, tsLocalUs);
  }

  onFunding(funding: FundingPrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onFunding(funding, tsLocalUs);
  }

  onOpenInterest(interest: OpenInterestPrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onOpenInterest(interest, tsLocalUs);
  }

  onLiquidation(liquidation: LiquidationPrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onLiquidation(liquidation, tsLocalUs);
  }

  onOrderSnapshot(instrumentIx: InstrumentIx, checksum: number, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onOrderSnapshot(instrumentIx, checksum, tsLocalUs);
  }

  onOrder(order: OrderPrint, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onOrder(order, tsLocalUs);
  }

  onOrdersEnd(instrumentIx: InstrumentIx, checksum: number, tsLocalUs: EpochUs): void {
    if (this.#isOpen) this.#listener.onOrdersEnd(instrumentIx, checksum, tsLocalUs);
  }

  onBookState(instrumentIx: InstrumentIx, isUsable: boolean, reason: string): void {
    if (this.#isOpen) this.#listener.onBookState(instrumentIx, isUsable, reason);
  }

  onLedger(entry: LedgerEntry): void {
    if (this.#isOpen) this.#listener.onLedger(entry);
  }

  onNotice(notice: FeedNotice): void {
    if (this.#isOpen) this.#listener.onNotice(notice);
  }
}
