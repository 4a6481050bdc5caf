/**
 * Candles of ccxt, told once they are over: when a later one has come, or some time after their end. Invariant: open times that are told increase.
 */
import type { EpochUs } from '#core';
import { type FeedInstrument, newVenueCandle, type VenueCandle } from '../market/index.ts';
import { CcxtFault } from './ccxt-fault.ts';
import type { CcxtCandle } from './exchange.ts';
import { epochUsOf, priceTicksOf, qtyLotsOf } from './numbers.ts';

/** Reads the candles of one instrument and length. */
export class CandleReader {
  readonly #instrument: FeedInstrument;
  readonly #timeframeUs: number;
  readonly #graceUs: number;
  readonly #newest: VenueCandle = newVenueCandle();
  #hasNewest = false;
  #lastToldUs: EpochUs = Number.NEGATIVE_INFINITY;

  constructor(instrument: FeedInstrument, timeframeUs: number, graceUs: number) {
    this.#instrument = instrument;
    this.#timeframeUs = timeframeUs;
    this.#graceUs = graceUs;
  }

  /** Takes a row; returns the candle before it when that is over by it. The record is read during the call of `tell`. @throws CcxtFault */
  take(row: CcxtCandle, tell: (candle: VenueCandle) => void): void {
    const candle = readCandle(row, this.#instrument, this.#timeframeUs);
    if (candle.openTsUs <= this.#lastToldUs) return;
    if (this.#hasNewest && candle.openTsUs < this.#newest.openTsUs) return;
    if (this.#hasNewest && candle.openTsUs > this.#newest.openTsUs) this.#tell(tell);
    Object.assign(this.#newest, candle);
    this.#hasNewest = true;
  }

  /** Tells the newest candle when its end is long enough ago. */
  passTime(nowUs: EpochUs, tell: (candle: VenueCandle) => void): void {
    if (!this.#hasNewest) return;
    if (this.#newest.openTsUs + this.#timeframeUs + this.#graceUs <= nowUs) this.#tell(tell);
  }

  #tell(tell: (candle: VenueCandle) => void): void {
    this.#hasNewest = false;
    this.#lastToldUs = this.#newest.openTsUs;
    this.#newest.isClosed = true;
    tell(this.#newest);
  }
}

/** Reads `[openMs, open, high, low, close, volume]`. @throws CcxtFault */
export function readCandle(
  row: CcxtCandle,
  { ix, priceDecimals, qtyDecimals, symbol }: FeedInstrument,
  timeframeUs: number,
): VenueCandle {
  const [openMs, ...values] = row;
  const openTsUs = epochUsOf(openMs) ?? Number.NaN;
  const [openTicks = Number.NaN, highTicks = Number.NaN, lowTicks = Number.NaN, closeTicks = Number.NaN] =
    values.slice(0, 4).map((value) => priceTicksOf(value, priceDecimals));
  const volumeLots = qtyLotsOf(values[4], qtyDecimals);
  const candle = { openTicks, highTicks, lowTicks, closeTicks, volumeLots };
  const isWhole = Object.values(candle).every((value) => !Number.isNaN(value));
  if (!isWhole || Number.isNaN(openTsUs) || highTicks < lowTicks) {
    throw new CcxtFault(`expected a candle of ${symbol}, found ${JSON.stringify(row)}`);
  }
  return {
    instrumentIx: ix,
    tsVenueUs: openTsUs + timeframeUs,
    timeframeUs,
    openTsUs,
    ...candle,
    isClosed: false,
  };
}
