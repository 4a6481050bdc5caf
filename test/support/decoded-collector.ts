/** A sink of a market-data decoder that keeps copies of all it was told, in order. */
import type { BookUpdate, LevelBuffer } from '#book';
import type {
  ControlMessage,
  DecodedSink,
  FundingPrint,
  LiquidationPrint,
  MarkPrint,
  OpenInterestPrint,
  OrderPrint,
  QuotePrint,
  TradePrint,
  VenueCandle,
} from '../../src/venues/market/index.ts';

/** A book update as plain numbers: levels are [priceTicks, qtyLots, sequence]. */
export interface CollectedBook {
  readonly instrumentIx: number;
  readonly tsVenueUs: number;
  readonly isSnapshot: boolean;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

/** Keeps everything. */
export class DecodedCollector implements DecodedSink {
  readonly books: CollectedBook[] = [];
  readonly trades: TradePrint[] = [];
  readonly candles: VenueCandle[] = [];
  readonly quotes: QuotePrint[] = [];
  readonly marks: MarkPrint[] = [];
  readonly fundings: FundingPrint[] = [];
  readonly interests: OpenInterestPrint[] = [];
  readonly controls: ControlMessage[] = [];
  readonly sequences: number[] = [];
  /** Kinds in the order told. */
  readonly order: string[] = [];
  /** What `onConnectionSequence` answers. */
  takesSequence: (sequence: number) => boolean = () => true;

  onBook(update: BookUpdate): void {
    const { firstId, instrumentIx, isSnapshot, lastId, previousId, tsVenueUs } = update;
    const bids = levelsOf(update.bids);
    const asks = levelsOf(update.asks);
    this.books.push({ instrumentIx, tsVenueUs, isSnapshot, firstId, lastId, previousId, bids, asks });
    this.order.push('book');
  }

  onTrade(trade: TradePrint): void {
    this.trades.push({ ...trade });
    this.order.push('trade');
  }

  onCandle(candle: VenueCandle): void {
    this.candles.push({ ...candle });
    this.order.push('candle');
  }

  onQuote(quote: QuotePrint): void {
    this.quotes.push({ ...quote });
    this.order.push('quote');
  }

  onMark(mark: MarkPrint): void {
    this.marks.push({ ...mark });
    this.order.push('mark');
  }

  onFunding(funding: FundingPrint): void {
    this.fundings.push({ ...funding });
    this.order.push('funding');
  }

  onOpenInterest(interest: OpenInterestPrint): void {
    this.interests.push({ ...interest });
    this.order.push('open-interest');
  }

  onLiquidation(_liquidation: LiquidationPrint): void {
    this.order.push('liquidation');
  }

  onOrderSnapshot(): void {
    this.order.push('order-snapshot');
  }

  onOrder(_order: OrderPrint): void {
    this.order.push('order');
  }

  onOrdersEnd(): void {
    this.order.push('orders-end');
  }

  onControl(message: ControlMessage): void {
    this.controls.push(message);
    this.order.push(message.kind);
  }

  onConnectionSequence(sequence: number): boolean {
    this.sequences.push(sequence);
    return this.takesSequence(sequence);
  }
}

function levelsOf({ count, priceTicks, qtyLots, sequence }: LevelBuffer): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, i) => [priceTicks[i] ?? 0, qtyLots[i] ?? 0, sequence[i] ?? 0]);
}
