/** Recorded market data of `../shared/data` as integers, for tests against what venues themselves said. Reads whole files; never used by the product. */
import { readFileSync } from 'node:fs';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { assert, parseDecimal, US_PER_MS } from '#core';
import type { TradeTick } from '#features';
import { sharedPath } from './shared-data.ts';

/** A candle of a file: ticks and lots. */
export interface FileCandle {
  readonly openTsUs: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
}

/** Returns the lines of a gzipped or plain file of the data folder. */
export function dataLines(...path: readonly string[]): string[] {
  const bytes = readFileSync(sharedPath('data', ...path));
  const text = (path.at(-1)?.endsWith('.gz') === true ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** Returns the lines of the first file in a ZIP of the data folder. */
export function zippedLines(...path: readonly string[]): string[] {
  const zip = readFileSync(sharedPath('data', ...path));
  assert(zip.readUInt32LE(0) === 0x04034b50, 'a ZIP begins with a file');
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  // What follows the end of the compressed data is ignored.
  return inflateRawSync(zip.subarray(start))
    .toString('utf8')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** Parses decimal text exactly; a number that does not fit is a fault of the test. */
export function exact(text: string, decimals: number): number {
  const value = parseDecimal(text, decimals);
  assert(Number.isSafeInteger(value), `'${text}' has at most ${decimals} decimals`);
  return value;
}

/** Returns a candle of the texts o, h, l, c, volume. */
export function candleOf(
  openTsUs: number,
  texts: readonly string[],
  priceDecimals: number,
  qtyDecimals: number,
): FileCandle {
  const [open = '', high = '', low = '', close = '', volume = ''] = texts;
  return {
    openTsUs,
    openTicks: exact(open, priceDecimals),
    highTicks: exact(high, priceDecimals),
    lowTicks: exact(low, priceDecimals),
    closeTicks: exact(close, priceDecimals),
    volumeLots: exact(volume, qtyDecimals),
  };
}

/** Reads a file `ts_ms,open,high,low,close,volume`. */
export function candlesOfFile(
  priceDecimals: number,
  qtyDecimals: number,
  ...path: readonly string[]
): ReadonlyMap<number, FileCandle> {
  const candles = new Map<number, FileCandle>();
  for (const line of dataLines(...path).slice(1)) {
    const [tsMs, ...texts] = line.split(',');
    const openTsUs = Number(tsMs) * US_PER_MS;
    candles.set(openTsUs, candleOf(openTsUs, texts, priceDecimals, qtyDecimals));
  }
  return candles;
}

/** A Binance message of a capture with its time of receipt. */
export interface CapturedMessage {
  readonly tsLocalUs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads an l2-raw file: `<ns> {json}`; a REST snapshot is one that has `lastUpdateId`. */
export function l2Messages(...path: readonly string[]): CapturedMessage[] {
  return dataLines(...path).map((line) => {
    const space = line.indexOf(' ');
    const message = JSON.parse(line.slice(space + 1)) as Record<string, unknown>;
    const data = (message.data ?? message) as Record<string, unknown>;
    return { tsLocalUs: Number(line.slice(0, space - 3)), data };
  });
}

/** Returns the trade of a Binance `trade` or `aggTrade` message. */
export function binanceTrade(
  message: CapturedMessage,
  priceDecimals: number,
  qtyDecimals: number,
): TradeTick {
  const { a, m, p, q, T, t } = message.data;
  const tsVenueUs = Number(T) * US_PER_MS;
  return {
    tsVenueUs,
    // The collectors' clocks are wrong by up to seconds; what matters here is the venue's time.
    tsLocalUs: Math.max(message.tsLocalUs, tsVenueUs),
    tradeId: Number(t ?? a),
    priceTicks: exact(String(p), priceDecimals),
    qtyLots: exact(String(q), qtyDecimals),
    takerSide: m === true ? 'sell' : 'buy',
  };
}
