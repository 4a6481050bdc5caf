/** Seeded random walks as candles and as trades, the input of the bar and tick benchmarks: SYNTHETIC. */
import { Prng, US_PER_MINUTE } from '#core';
import type { CandleColumns, InstrumentSpec } from '#domain';
import type { TradeColumns } from '#sim';

/** The instrument of both. */
export const WALK_SPEC: InstrumentSpec = {
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  kind: 'perpetual',
  priceDecimals: 1,
  qtyDecimals: 3,
  tickSize: '0.1',
  lotSize: '0.001',
  qtyMin: '0.001',
  qtyMax: '1000',
  notionalMin: '5',
  leverageMax: 20,
  maintenanceMarginPpm: 5_000,
  rulesFrom: 'synthetic',
};

const START_US = 1_704_067_200_000_000;
const FIRST_TICKS = 600_000;
const LOWEST_TICKS = 100_000;

/** Returns one-minute candles. */
export function walkCandles(rowCount: number, seed: number): CandleColumns {
  const prng = new Prng(seed).split('walk-candles');
  const openTsUs = new Float64Array(rowCount);
  const openTicks = new Float64Array(rowCount);
  const highTicks = new Float64Array(rowCount);
  const lowTicks = new Float64Array(rowCount);
  const closeTicks = new Float64Array(rowCount);
  const volumeLots = new Float64Array(rowCount);
  let price = FIRST_TICKS;
  for (let row = 0; row < rowCount; row++) {
    openTsUs[row] = START_US + row * US_PER_MINUTE;
    openTicks[row] = price;
    price = Math.max(LOWEST_TICKS, price + Math.round(prng.normal() * 300));
    closeTicks[row] = price;
    highTicks[row] = Math.max(openTicks[row]!, price) + prng.integer(0, 150);
    lowTicks[row] = Math.min(openTicks[row]!, price) - prng.integer(0, 150);
    volumeLots[row] = prng.integer(1_000, 50_000);
  }
  return {
    timeframeUs: US_PER_MINUTE,
    rowCount,
    openTsUs,
    openTicks,
    highTicks,
    lowTicks,
    closeTicks,
    volumeLots,
  };
}

/** Returns trades, 40 ms apart on average. */
export function walkTrades(rowCount: number, seed: number): TradeColumns {
  const prng = new Prng(seed).split('walk-trades');
  const tsVenueUs = new Float64Array(rowCount);
  const tsLocalUs = new Float64Array(rowCount);
  const priceTicks = new Float64Array(rowCount);
  const qtyLots = new Float64Array(rowCount);
  const takerSign = new Int8Array(rowCount);
  const tradeId = new Float64Array(rowCount);
  let nowUs = START_US;
  let price = FIRST_TICKS;
  for (let row = 0; row < rowCount; row++) {
    nowUs += prng.integer(1, 80_000);
    price = Math.max(LOWEST_TICKS, price + prng.integer(-6, 7));
    tsVenueUs[row] = nowUs;
    tsLocalUs[row] = nowUs + 1_000;
    priceTicks[row] = price;
    qtyLots[row] = prng.integer(1, 2_000);
    takerSign[row] = prng.integer(0, 2) === 0 ? 1 : -1;
    tradeId[row] = row + 1;
  }
  return { rowCount, tsVenueUs, tsLocalUs, priceTicks, qtyLots, takerSign, tradeId };
}
