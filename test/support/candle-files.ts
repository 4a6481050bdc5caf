/** Files of invented candles and funding, in the forms that `xylen import` reads. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDecimal, Prng, US_PER_MINUTE } from '#core';
import type { CandleColumns } from '#domain';
import { SYNTHETIC_SYMBOLS, type SyntheticSymbol, syntheticMarket, takeCandles } from '#sim';

/** Where invented files begin. */
export const FILES_START_MS = Date.UTC(2024, 0, 1);
const BAR_MS = 300_000;
const HEADER = 'ts_ms,open,high,low,close,volume';

/** Writes five-minute candles of a random walk; returns the file. */
export function writeWalk(dir: string, symbol: string, barCount: number, seed: number): string {
  const prng = new Prng(seed).split(symbol);
  const rows = [HEADER];
  let price = 300_000;
  for (let i = 0; i < barCount; i++) {
    const open = price;
    price = Math.max(100_000, price + Math.round(prng.normal() * 700));
    const high = Math.max(open, price) + prng.integer(0, 300);
    const low = Math.min(open, price) - prng.integer(0, 300);
    const text = [open, high, low, price].map((ticks) => (ticks / 10).toFixed(1)).join(',');
    rows.push(`${FILES_START_MS + i * BAR_MS},${text},${(prng.integer(20_000, 900_000) / 1_000).toFixed(3)}`);
  }
  return written(dir, `${symbol}_5m.csv`, rows);
}

/** Writes five-minute candles of the synthetic BTCUSDT with trends so strong that the trend rule trades; returns the file. */
export function writeTrends(
  dir: string,
  barCount: number,
  seed: number,
  startMs: number = FILES_START_MS,
): string {
  const [symbol] = SYNTHETIC_SYMBOLS;
  if (symbol === undefined) throw new RangeError('the synthetic market has symbols');
  const market = syntheticMarket({
    symbols: [symbol],
    trendStrength: 20,
    startUs: startMs * 1_000,
    endUs: null,
    barUs: 5 * US_PER_MINUTE,
    seed,
    feedLatencyUs: 0,
  });
  const [columns] = takeCandles(market, 1, barCount);
  if (columns === undefined) throw new RangeError('a market of one symbol has one table');
  return writeCandles(dir, columns, symbol);
}

/** Writes candles as a file that is named after their symbol; returns the file. */
export function writeCandles(dir: string, columns: CandleColumns, symbol: SyntheticSymbol): string {
  const rows = [HEADER];
  for (let row = 0; row < columns.rowCount; row++) {
    const { closeTicks, highTicks, lowTicks, openTicks } = columns;
    const prices = [openTicks, highTicks, lowTicks, closeTicks].map((column) =>
      formatDecimal(column[row] ?? 0, symbol.priceDecimals),
    );
    const volume = formatDecimal(columns.volumeLots[row] ?? 0, symbol.qtyDecimals);
    rows.push(`${(columns.openTsUs[row] ?? 0) / 1_000},${prices.join(',')},${volume}`);
  }
  return written(dir, `${symbol.symbol}_5m.csv`, rows);
}

/** Writes a funding rate every eight hours; returns the file. */
export function writeFunding(dir: string, symbol: string, days: number, fromDay = 0): string {
  const rows = ['ts_ms,funding_rate'];
  for (let i = fromDay * 3; i < (fromDay + days) * 3; i++) {
    rows.push(`${FILES_START_MS + i * 28_800_000},${(0.0001 * (1 + (i % 5) - 2)).toFixed(8)}`);
  }
  return written(dir, `${symbol}_funding.csv`, rows);
}

function written(dir: string, name: string, rows: readonly string[]): string {
  const path = join(dir, name);
  writeFileSync(path, `${rows.join('\n')}\n`);
  return path;
}
