/** Candles as columns of doubles: where floats begin. */
import { assert, POW10 } from '#core';
import type { CandleColumns } from '#domain';
import type { Bar } from './bar.ts';

/** Finished bars, oldest first, times strictly increasing; `rowCount` rows of each column are used. Volume in units of the base asset. */
export interface CandleFloats {
  readonly rowCount: number;
  readonly openTsUs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** The decimals of an instrument's ticks and lots; an `Instrument` is one. */
export interface CandleDecimals {
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

/**
 * Converts integer candles to the doubles nearest to their decimals: a tick count below 2^53 and a power of ten up to 10^15 are both
 * exact, so one division rounds once and gives what parsing the decimal text gives.
 */
export function candleFloatsOf(candles: CandleColumns, decimals: CandleDecimals): CandleFloats {
  const priceUnit = POW10[decimals.priceDecimals];
  const qtyUnit = POW10[decimals.qtyDecimals];
  assert(priceUnit !== undefined && qtyUnit !== undefined, 'decimals are integers in [0, 15]');
  const { rowCount } = candles;
  return {
    rowCount,
    openTsUs: candles.openTsUs.slice(0, rowCount),
    open: divided(candles.openTicks, rowCount, priceUnit),
    high: divided(candles.highTicks, rowCount, priceUnit),
    low: divided(candles.lowTicks, rowCount, priceUnit),
    close: divided(candles.closeTicks, rowCount, priceUnit),
    volume: divided(candles.volumeLots, rowCount, qtyUnit),
  };
}

/** Fills `bar` with row `row` of `candles`. */
export function readBar(candles: CandleFloats, row: number, bar: Bar): void {
  bar.openTsUs = candles.openTsUs[row]!;
  bar.open = candles.open[row]!;
  bar.high = candles.high[row]!;
  bar.low = candles.low[row]!;
  bar.close = candles.close[row]!;
  bar.volume = candles.volume[row]!;
}

function divided(integers: Float64Array, rowCount: number, unit: number): Float64Array {
  const values = new Float64Array(rowCount);
  for (let i = 0; i < rowCount; i++) values[i] = integers[i]! / unit;
  return values;
}
