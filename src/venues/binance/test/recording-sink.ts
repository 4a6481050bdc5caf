/** Keeps what a decoder delivers as plain values, in order, so that tests can compare it. */
import type { BookUpdate, LevelBuffer } from '#book';
import type { DecodedSink } from '../../market/index.ts';

/** One call of the sink: what was said, with all of its values. */
export type Said = readonly [kind: string, values: unknown];

/** Returns a book update as plain values. */
export function plainUpdate(update: BookUpdate): unknown {
  const { bids, asks, ...rest } = update;
  return { ...rest, bids: levelsOf(bids), asks: levelsOf(asks) };
}

/** Records every call. */
export class RecordingSink implements DecodedSink {
  said: Said[] = [];

  onBook(update: BookUpdate): void {
    this.said.push(['book', plainUpdate(update)]);
  }

  onTrade(trade: object): void {
    this.#keep('trade', trade);
  }

  onCandle(candle: object): void {
    this.#keep('candle', candle);
  }

  onQuote(quote: object): void {
    this.#keep('quote', quote);
  }

  onMark(mark: object): void {
    this.#keep('mark', mark);
  }

  onFunding(funding: object): void {
    this.#keep('funding', funding);
  }

  onOpenInterest(interest: object): void {
    this.#keep('open-interest', interest);
  }

  onLiquidation(liquidation: object): void {
    this.#keep('liquidation', liquidation);
  }

  onOrderSnapshot(instrumentIx: number, checksum: number): void {
    this.#keep('order-snapshot', { instrumentIx, checksum });
  }

  onOrder(order: object): void {
    this.#keep('order', order);
  }

  onOrdersEnd(instrumentIx: number, checksum: number): void {
    this.#keep('orders-end', { instrumentIx, checksum });
  }

  onControl(message: object): void {
    this.#keep('control', message);
  }

  onConnectionSequence(): boolean {
    return true;
  }

  #keep(kind: string, values: object): void {
    this.said.push([kind, { ...values }]);
  }
}

function levelsOf(levels: LevelBuffer): readonly (readonly [number, number])[] {
  return Array.from({ length: levels.count }, (_, i) => [
    levels.priceTicks[i] ?? Number.NaN,
    levels.qtyLots[i] ?? Number.NaN,
  ]);
}
