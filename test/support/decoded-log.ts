/** Everything that a decoder delivered, as plain values: records are reused by decoders, so each is copied. */
import type { BookUpdate, LevelBuffer } from '#book';
import type { DecodedSink, FrameDecoder } from '#venues/market';

/** A delivered record: what it was, and its fields. */
export interface DecodedEntry {
  readonly kind: string;
  readonly value: unknown;
}

/** A book message as plain values; levels are [priceTicks, qtyLots]. */
export interface PlainBook {
  readonly instrumentIx: number;
  readonly tsVenueUs: number;
  readonly tsLocalUs: number;
  readonly isSnapshot: boolean;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly checksum: number;
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
}

/** Keeps what is delivered, in order. */
export class DecodedLog implements DecodedSink {
  readonly entries: DecodedEntry[] = [];
  /** What the decoder is told about a number of the connection. */
  acceptsSequence = true;

  onBook(update: BookUpdate): void {
    this.#add('book', plainBook(update));
  }
  onTrade(trade: object): void {
    this.#add('trade', { ...trade });
  }
  onCandle(candle: object): void {
    this.#add('candle', { ...candle });
  }
  onQuote(quote: object): void {
    this.#add('quote', { ...quote });
  }
  onMark(mark: object): void {
    this.#add('mark', { ...mark });
  }
  onFunding(funding: object): void {
    this.#add('funding', { ...funding });
  }
  onOpenInterest(interest: object): void {
    this.#add('open-interest', { ...interest });
  }
  onLiquidation(liquidation: object): void {
    this.#add('liquidation', { ...liquidation });
  }
  onOrderSnapshot(instrumentIx: number, checksum: number): void {
    this.#add('order-snapshot', { instrumentIx, checksum });
  }
  onOrder(order: object): void {
    this.#add('order', { ...order });
  }
  onOrdersEnd(instrumentIx: number, checksum: number): void {
    this.#add('orders-end', { instrumentIx, checksum });
  }
  onControl(message: object): void {
    this.#add('control', { ...message });
  }
  onConnectionSequence(sequence: number): boolean {
    this.#add('sequence', sequence);
    return this.acceptsSequence;
  }

  /** Returns the records of one kind. */
  of(kind: string): readonly unknown[] {
    return this.entries.filter((entry) => entry.kind === kind).map((entry) => entry.value);
  }

  /** Returns the books. */
  get books(): readonly PlainBook[] {
    return this.of('book') as readonly PlainBook[];
  }

  #add(kind: string, value: unknown): void {
    this.entries.push({ kind, value });
  }
}

/** Decodes one frame and returns what it delivered. */
export function decodedBy(decoder: FrameDecoder, text: string, tsLocalUs = 1): DecodedLog {
  const log = new DecodedLog();
  decoder.decode(Buffer.from(text), tsLocalUs, log);
  return log;
}

/** Copies a book message into plain values. */
export function plainBook(update: BookUpdate): PlainBook {
  const { instrumentIx, tsVenueUs, tsLocalUs, isSnapshot, firstId, lastId, previousId, checksum } = update;
  const [bids, asks] = [levelsOf(update.bids), levelsOf(update.asks)];
  return {
    instrumentIx,
    tsVenueUs,
    tsLocalUs,
    isSnapshot,
    firstId,
    lastId,
    previousId,
    checksum,
    bids,
    asks,
  };
}

function levelsOf(levels: LevelBuffer): readonly (readonly [number, number])[] {
  return Array.from(
    { length: levels.count },
    (_, i) => [levels.priceTicks[i] ?? 0, levels.qtyLots[i] ?? 0] as const,
  );
}
