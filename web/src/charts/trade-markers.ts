/** Where trades stand on the price chart. Pure. */
import type { Candle, Trade } from '../wire.ts';

/** A mark on a bar. */
export interface TradeMarker {
  /** Opening moment of the bar. */
  readonly tsUs: number;
  readonly kind: 'entry' | 'exit' | 'stop' | 'target';
  readonly side: 'LONG' | 'SHORT';
  readonly text: string;
}

/** Returns the marks of the trades whose moments lie on the candles, in order of time. */
export function markersOf(trades: readonly Trade[], candles: readonly Candle[]): TradeMarker[] {
  const first = candles[0]?.tsUs;
  if (first === undefined) return [];
  const markers: TradeMarker[] = [];
  for (const trade of trades) {
    const { entryTsUs, exitLabel, exitTsUs, side, status } = trade;
    const letter = side === 'LONG' ? 'L' : 'S';
    if (entryTsUs >= first)
      markers.push({ tsUs: barAt(candles, entryTsUs), kind: 'entry', side, text: letter });
    if (exitTsUs === null || exitTsUs < first) continue;
    const kind = exitLabel === 'SL' ? 'stop' : exitLabel === 'TP' ? 'target' : 'exit';
    const text = status === 'LIQUIDATED' ? 'LIQ' : kind === 'stop' ? 'SL' : kind === 'target' ? 'TP' : 'X';
    markers.push({ tsUs: barAt(candles, exitTsUs), kind, side, text });
  }
  return markers.sort((a, b) => a.tsUs - b.tsUs);
}

/** Returns the opening moment of the last candle that opened at or before `tsUs`. */
function barAt(candles: readonly Candle[], tsUs: number): number {
  let low = 0;
  let high = candles.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((candles[middle]?.tsUs ?? 0) <= tsUs) low = middle;
    else high = middle - 1;
  }
  return candles[low]?.tsUs ?? tsUs;
}
