/** The invented instruments of the synthetic market: what they are like and the trading rules that they carry, labelled synthetic. */
import type { InstrumentSpec } from '#domain';

/** The character of one invented instrument. */
export interface SyntheticSymbol {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly startPrice: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Standard deviation of a day's return, a fraction. */
  readonly dailyVolatility: number;
  /** Mean traded volume per minute in base units. */
  readonly minuteVolume: number;
  /** Correlation with the market factor, in [0, 1]. */
  readonly marketLoading: number;
}

const symbol = (
  baseAsset: string,
  startPrice: number,
  decimals: readonly [price: number, qty: number],
  dailyVolatility: number,
  minuteVolume: number,
  marketLoading: number,
): SyntheticSymbol => ({
  symbol: `${baseAsset}USDT`,
  baseAsset,
  quoteAsset: 'USDT',
  startPrice,
  priceDecimals: decimals[0],
  qtyDecimals: decimals[1],
  dailyVolatility,
  minuteVolume,
  marketLoading,
});

/** Five invented markets; they bear the names of real coins and only roughly their sizes, nothing in them is real. */
export const SYNTHETIC_SYMBOLS: readonly SyntheticSymbol[] = [
  symbol('BTC', 60_000, [1, 3], 0.026, 90, 0.85),
  symbol('ETH', 3_000, [2, 3], 0.032, 900, 0.8),
  symbol('SOL', 150, [3, 2], 0.045, 9_000, 0.7),
  symbol('XRP', 0.6, [4, 1], 0.04, 900_000, 0.6),
  symbol('LTC', 80, [2, 3], 0.035, 4_000, 0.6),
];

/** Returns the trading rules of an invented instrument: venue `sim`, rules `synthetic`. */
export function syntheticInstrument(spec: SyntheticSymbol): InstrumentSpec {
  const step = (decimals: number): string => (10 ** -decimals).toFixed(decimals);
  return {
    venue: 'sim',
    symbol: spec.symbol,
    baseAsset: spec.baseAsset,
    quoteAsset: spec.quoteAsset,
    kind: 'perpetual',
    priceDecimals: spec.priceDecimals,
    qtyDecimals: spec.qtyDecimals,
    tickSize: step(spec.priceDecimals),
    lotSize: step(spec.qtyDecimals),
    qtyMin: step(spec.qtyDecimals),
    qtyMax: Math.ceil(spec.minuteVolume * 100).toString(),
    notionalMin: '5',
    leverageMax: 20,
    maintenanceMarginPpm: 10_000,
    rulesFrom: 'synthetic',
  };
}
