/** Candles of a source as columns: what training on a synthetic history needs. */
import { assert } from '#core';
import type { CandleColumns, CandleEvent, MarketEvent } from '#domain';

/** A source that answers at once. */
export interface ImmediateSource {
  next(): MarketEvent | undefined;
}

/** Columns of one instrument while they fill. */
class CandleTable {
  #rowCount = 0;
  #timeframeUs = 0;
  readonly #openTsUs: Float64Array;
  readonly #openTicks: Float64Array;
  readonly #highTicks: Float64Array;
  readonly #lowTicks: Float64Array;
  readonly #closeTicks: Float64Array;
  readonly #volumeLots: Float64Array;

  constructor(rowCountMax: number) {
    this.#openTsUs = new Float64Array(rowCountMax);
    this.#openTicks = new Float64Array(rowCountMax);
    this.#highTicks = new Float64Array(rowCountMax);
    this.#lowTicks = new Float64Array(rowCountMax);
    this.#closeTicks = new Float64Array(rowCountMax);
    this.#volumeLots = new Float64Array(rowCountMax);
  }

  get isFull(): boolean {
    return this.#rowCount === this.#openTsUs.length;
  }

  push(candle: CandleEvent): void {
    const row = this.#rowCount++;
    this.#timeframeUs = candle.timeframeUs;
    this.#openTsUs[row] = candle.openTsUs;
    this.#openTicks[row] = candle.openTicks;
    this.#highTicks[row] = candle.highTicks;
    this.#lowTicks[row] = candle.lowTicks;
    this.#closeTicks[row] = candle.closeTicks;
    this.#volumeLots[row] = candle.volumeLots;
  }

  columns(): CandleColumns {
    const rowCount = this.#rowCount;
    return {
      timeframeUs: this.#timeframeUs,
      rowCount,
      openTsUs: this.#openTsUs.subarray(0, rowCount),
      openTicks: this.#openTicks.subarray(0, rowCount),
      highTicks: this.#highTicks.subarray(0, rowCount),
      lowTicks: this.#lowTicks.subarray(0, rowCount),
      closeTicks: this.#closeTicks.subarray(0, rowCount),
      volumeLots: this.#volumeLots.subarray(0, rowCount),
    };
  }
}

/**
 * Takes candles from a source that answers at once until `barCount` of each instrument are there or it is exhausted; returns one set of
 * columns per instrument, indexed by instrument. Other events are passed over; the source then stands behind the last bar taken.
 */
export function takeCandles(
  source: ImmediateSource,
  instrumentCount: number,
  barCount: number,
): readonly CandleColumns[] {
  assert(instrumentCount > 0 && barCount > 0, 'candles are taken of at least one instrument and bar');
  const tables = Array.from({ length: instrumentCount }, () => new CandleTable(barCount));
  while (tables.some((table) => !table.isFull)) {
    const event = source.next();
    if (event === undefined) break;
    const table = event.kind === 'candle' ? tables[event.instrumentIx] : undefined;
    if (event.kind === 'candle' && table !== undefined && !table.isFull) table.push(event);
  }
  return tables.map((table) => table.columns());
}
