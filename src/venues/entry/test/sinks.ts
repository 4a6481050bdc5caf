/** Ears for what private connections tell, in its order: as records under their names, or as lines of words. */
import type { PrivateSink } from '../index.ts';

/** Keeps records under the names of what they are. */
export class Heard implements PrivateSink {
  readonly told: { readonly what: string; readonly record: unknown }[] = [];
  readonly onOrder = (record: unknown): void => this.#note('order', record);
  readonly onFill = (record: unknown): void => this.#note('fill', record);
  readonly onBalance = (record: unknown): void => this.#note('balance', record);
  readonly onPosition = (record: unknown): void => this.#note('position', record);
  readonly onFunding = (record: unknown): void => this.#note('funding', record);
  readonly onStreamEnd = (reason: string): void => this.#note('end', reason);
  readonly onNotice = (detail: string): void => this.#note('notice', detail);

  #note(what: string, record: unknown): void {
    this.told.push({ what, record });
  }

  /** Records of one kind, and forgets all. */
  take(what: string): readonly Record<string, unknown>[] {
    return this.told
      .splice(0)
      .filter((line) => line.what === what)
      .map(({ record }) => record as Record<string, unknown>);
  }
}

/** Writes a line for each thing told, and keeps the records by kind. */
export class Told implements PrivateSink {
  readonly words: string[] = [];
  readonly orders: Parameters<PrivateSink['onOrder']>[0][] = [];
  readonly fills: Parameters<PrivateSink['onFill']>[0][] = [];
  readonly positions: Parameters<PrivateSink['onPosition']>[0][] = [];
  readonly balances: Parameters<PrivateSink['onBalance']>[0][] = [];

  onOrder(record: Parameters<PrivateSink['onOrder']>[0]): void {
    this.orders.push(record);
    this.words.push(`order ${record.venueOrderId} ${record.status} ${record.filledLots}/${record.qtyLots}`);
  }

  onFill(record: Parameters<PrivateSink['onFill']>[0]): void {
    this.fills.push(record);
    this.words.push(`fill ${record.execId} ${record.qtyLots}`);
  }

  onBalance(record: Parameters<PrivateSink['onBalance']>[0]): void {
    this.balances.push(record);
    this.words.push(`balance ${record.total.asset}`);
  }

  onPosition(record: Parameters<PrivateSink['onPosition']>[0]): void {
    this.positions.push(record);
    this.words.push(`position ${record.instrument.symbol} ${record.qtyLots}`);
  }

  onFunding(...[instrument, { asset, units }]: Parameters<PrivateSink['onFunding']>): void {
    this.words.push(`funding ${instrument?.symbol ?? 'unknown'} ${units} ${asset}`);
  }

  onStreamEnd(reason: string): void {
    this.words.push(`end ${reason}`);
  }

  onNotice(detail: string): void {
    this.words.push(`notice ${detail}`);
  }
}
