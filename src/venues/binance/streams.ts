/**
 * Names of Binance's streams: which one carries what was asked for, under which route it lives, and what the name of a received one says. Wire
 * symbols are in upper case in messages and in lower case in names of streams.
 */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import type { StreamKind } from '#domain';
import { bytesOf, type Subscription } from '../market/index.ts';

/**
 * Parts of the USD-M stream host since 2026: books and quotes are public, the rest is market. A stream asked for under the wrong part is
 * acknowledged and then says nothing.
 */
export type Route = 'public' | 'market';

/** Kline intervals of fixed length; months (`1M`) have none and are not offered. */
const INTERVALS: readonly (readonly [name: string, us: number])[] = [
  ['1s', US_PER_SECOND],
  ['1m', US_PER_MINUTE],
  ['3m', 3 * US_PER_MINUTE],
  ['5m', 5 * US_PER_MINUTE],
  ['15m', 15 * US_PER_MINUTE],
  ['30m', 30 * US_PER_MINUTE],
  ['1h', US_PER_HOUR],
  ['2h', 2 * US_PER_HOUR],
  ['4h', 4 * US_PER_HOUR],
  ['6h', 6 * US_PER_HOUR],
  ['8h', 8 * US_PER_HOUR],
  ['12h', 12 * US_PER_HOUR],
  ['1d', US_PER_DAY],
  ['3d', 3 * US_PER_DAY],
  ['1w', 7 * US_PER_DAY],
];
const INTERVAL_BYTES = INTERVALS.map(([name, us]) => ({ name: bytesOf(name), us }));

const AT = 0x40;
const DEPTH = bytesOf('depth');
const BOOK_TICKER = bytesOf('bookTicker');

/** Returns the venue's name of a candle length. @throws XY_USAGE when the venue has no candle of that length */
export function intervalName(timeframeUs: number | null): string {
  const found = INTERVALS.find(([, us]) => us === timeframeUs);
  if (found !== undefined) return found[0];
  const offered = INTERVALS.map(([name]) => name).join(' ');
  throw new XylenError('XY_USAGE', `Binance has candles of ${offered}, not of ${timeframeUs} us`, {
    fields: { timeframeUs },
  });
}

/** Returns the candle length of an interval's name in `bytes[start, end)`; -1 when it has no fixed length. */
export function intervalUs(bytes: Uint8Array, start: number, end: number): number {
  for (const { name, us } of INTERVAL_BYTES) if (isAt(bytes, start, end, name)) return us;
  return -1;
}

/** Returns the stream that carries a subscription. @throws XY_USAGE for a kind that the venue does not stream */
export function streamName(subscription: Subscription, tradeStream: 'aggTrade' | 'trade'): string {
  const { instrument, stream, timeframeUs } = subscription;
  const symbol = instrument.wireSymbol.toLowerCase();
  if (stream === 'candles') return `${symbol}@kline_${intervalName(timeframeUs)}`;
  const channel = channelOf(stream, tradeStream);
  if (channel !== null) return `${symbol}@${channel}`;
  throw new XylenError('XY_USAGE', `${instrument.venue} has no stream of kind '${stream}'`, {
    fields: { stream },
  });
}

/** Returns the route of a kind of stream. */
export function routeOf(stream: StreamKind): Route {
  return stream === 'book' || stream === 'quotes' ? 'public' : 'market';
}

/** What the name of a frame's stream says: bodies of diffs and of other books look the same. `none` = the frame has no wrapper. */
export type StreamSort = 'none' | 'diff-depth' | 'quote' | 'other';

/**
 * Tells diff depth (`btcusdt@depth`, `btcusdt@depth@100ms`) and quotes (`btcusdt@bookTicker`) from all others by the name in `bytes[start, end)`.
 * Partial depth (`@depth20`) and books with retail orders (`@rpiDepth`) send bodies of the same form that must not touch such a book.
 */
export function streamSort(bytes: Uint8Array, start: number, end: number): StreamSort {
  let channel = start;
  while (channel < end && bytes[channel] !== AT) channel++;
  channel++;
  if (isAt(bytes, channel, end, BOOK_TICKER)) return 'quote';
  const depthEnd = channel + DEPTH.length;
  if (!isAt(bytes, channel, Math.min(end, depthEnd), DEPTH)) return 'other';
  return depthEnd === end || bytes[depthEnd] === AT ? 'diff-depth' : 'other';
}

/** Returns the channel of a kind whose name needs no more than the symbol; `null` when there is none. */
function channelOf(stream: StreamKind, tradeStream: 'aggTrade' | 'trade'): string | null {
  if (stream === 'book') return 'depth@100ms';
  if (stream === 'quotes') return 'bookTicker';
  if (stream === 'trades') return tradeStream;
  if (stream === 'mark-price' || stream === 'funding-rate') return 'markPrice@1s';
  return stream === 'liquidations' ? 'forceOrder' : null;
}

function isAt(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}
